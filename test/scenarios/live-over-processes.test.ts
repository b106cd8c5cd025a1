import t from 'tap'
import { readDatabaseClock } from '../../src/database/clock.ts'
import type { LiveClient } from '../feed/live-api.ts'
import { settledFeed } from '../feed/settled-feed.ts'
import { checkWorld } from '../support/check-world.ts'
import { createWorld } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { serveTogether } from './api-processes.ts'

// Two processes are started, on a machine that may be busy.
t.setTimeout(240_000)

const { community, street, foreigner, responder, otherResponder, resident } = worldActors
const board = '/v1/board/live'

t.test(
  'desks hear what happens in their area, at whichever process, and miss nothing when one is killed',
  async (t) => {
    const world = await createWorld(t)
    const [one, two] = await serveTogether(t, 2, { DATABASE_URL: world.url })
    if (one === undefined || two === undefined) throw new Error('two were started')
    const told = ({ events }: LiveClient) =>
      events.filter(({ event }) => event !== 'ready').map(({ event, data }) => `${event} ${data.seq}`)
    const until = async (client: LiveClient, last: string) => {
      while (told(client).at(-1) !== last) await client.until(client.events.length + 1)
      return told(client)
    }

    await settledFeed(world.db)
    const desk = await two.listen(street, board, { 'accept-language': 'zh-CN' })
    const elsewhere = await one.listen(foreigner, board, { 'accept-language': 'zh-CN' })
    const unit = await two.listen(responder, board)
    const otherUnit = await one.listen(otherResponder, board)
    t.match(desk.headers, { 'content-type': /text\/event-stream/ })
    for (const client of [desk, elsewhere, unit, otherUnit]) await client.until(1)

    const id = await one.report()
    await one.act(id, community, 'report-up')
    await one.act(id, street, 'whistle', { lead: worldUnits.fire })
    t.same(await until(desk, 'whistle_blown 3'), ['report_received 1', 'reported_up 2', 'whistle_blown 3'])
    t.match(desk.events.at(-1)?.data, { incidentId: id, state: 'dispatched' })
    t.match(desk.events.at(-1)?.data.text, /胜阳港街道.*黄石港区消防救援大队/)
    // What came shortly before may be told with it: a unit that is called may read all of the case.
    t.equal((await until(unit, 'whistle_blown 3')).at(-1), 'whistle_blown 3', 'a unit that is called')
    t.ok(unit.events.every(({ event, data }) => event === 'ready' || data.incidentId === id))

    // What the other desk hears next is its own: it was told nothing of what lies elsewhere.
    const foreignId = await two.report({ areaCode: huangshi.foreignCommunity })
    t.same(await until(elsewhere, 'report_received 1'), ['report_received 1'])
    t.equal(elsewhere.events.at(-1)?.data.incidentId, foreignId)
    t.equal((await one.listen(foreigner, `/v1/incidents/${id}/live`)).status, 404)
    t.equal((await one.listen(resident, board)).status, 403)

    // The desk is away for a while, and comes back to the other process.
    desk.leave()
    await two.act(id, responder, 'accept')
    await one.act(id, responder, 'arrive')
    const again = await one.listen(street, board, { 'last-event-id': desk.lastEventId })
    t.same(
      await until(again, 'arrived 5'),
      ['assignment_accepted 4', 'arrived 5'],
      'nothing missed, nothing twice',
    )

    const beside = await one.report()
    const ofOne = await two.listen(street, `/v1/incidents/${id}/live`, { 'last-event-id': again.lastEventId })
    await ofOne.until(1)
    await one.act(beside, community, 'report-up')
    await one.act(id, street, 'feedback', { text: '正在疏通。' })
    t.same(await until(ofOne, 'feedback_given 6'), ['feedback_given 6'], 'one case is told alone')
    t.ok(ofOne.events.every(({ event, data }) => event === 'ready' || data.incidentId === id))

    two.child.kill('SIGKILL')
    await ofOne.ended
    await one.act(id, responder, 'resolve', { text: '已疏通。' })
    const back = await one.listen(street, `/v1/incidents/${id}/live`, { 'last-event-id': ofOne.lastEventId })
    t.same(await until(back, 'resolved 7'), ['resolved 7'], 'at the process that is left it goes on')
    t.same(told(otherUnit), [], 'a unit that was never called heard nothing at all')
    for (const client of [elsewhere, unit, otherUnit, again, back]) client.leave()
    await checkWorld(t, { ...world, clock: { ...world.clock, read: readDatabaseClock } })
  },
)
