import t from 'tap'
import { createDutyRounds } from '../../src/deadlines/move-duty.ts'
import { tellEvents } from '../../src/feed/tell-events.ts'
import { readEvents } from '../../src/incidents/read-events.ts'
import { createInboxWorld } from '../inbox/inbox-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { community, responder } = worldActors
const keeper = { id: 'administrator-district', role: 'administrator', areaCode: huangshi.district } as const
const neighbour = { id: 'dispatcher-neighbour', role: 'dispatcher', areaCode: huangshi.neighbour } as const

t.test('who hears of an event reads what its timeline says, also after areas were merged', async (t) => {
  const world = await createInboxWorld(t)
  const ids: string[] = []
  for (let n = 0; n < 2; n += 1) {
    const { incidentId: id } = (await world.report()).body
    for (const _each of [1, 2]) {
      await world.done(id, community, 'whistle')
      await world.done(id, responder, 'return', { text: '不属于消防职责。' })
    }
    ids.push(id)
  }
  const from = { from: [huangshi.community] }
  t.equal((await world.call(keeper, 'POST', `/v1/areas/${huangshi.neighbour}/merge`, from)).status, 200)
  const onFailure = (_id: string, error: unknown): never => {
    throw error
  }
  t.equal(await createDutyRounds({ db: world.db, readClock: world.clock.read, onFailure })(), 2)

  const stored = new Map<string, Awaited<ReturnType<typeof readEvents>>>()
  for (const id of ids) stored.set(id, await readEvents(world.db, id, { afterSeq: 0, limit: 100 }))
  const heard = [...stored].flatMap(([incidentId, events]) =>
    events.map(({ seq, event }) => ({ incidentId, seq, event })),
  )
  const sentences = await tellEvents(world.db, heard)
  for (const [id, events] of stored) {
    const { items } = (
      await world.call(neighbour, 'GET', `/v1/incidents/${id}/timeline`, undefined, {
        headers: { 'accept-language': 'zh' },
      })
    ).body
    const live = events.map(({ event }) => sentences.get(event)?.zh)
    t.same(
      live,
      items.map(({ text }) => text),
    )
    t.match(live[4], /申请退单，由胜阳港社区的上级裁定/, 'which it was then')
  }
})
