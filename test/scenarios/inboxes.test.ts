import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { settledFeed } from '../feed/settled-feed.ts'
import { createInboxWorld, type ShownItem, told } from '../inbox/inbox-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'

const { gridWorker, community, street, district, responder, otherResponder } = worldActors
const minute = 60_000

t.test(
  'whoever answers for something finds it in their inbox, by due time, and is told what changes',
  async (t) => {
    const world = await createInboxWorld(t)
    const { inbox, changes, done, call, clock, settle, db } = world
    const first = (await world.report()).body.incidentId
    clock.advance(5 * minute)
    const second = (await world.report({ address: '黄石大道 120 号' })).body.incidentId
    const titled = (items: readonly ShownItem[]) =>
      items.map((item) => `${item.incident.id === first ? '甲' : '乙'} ${told(item)}`)
    const toldTo = async (by: Actor) => titled((await inbox(by)).items)
    const ofBoth = [
      '甲 deadline report running',
      '乙 deadline report running',
      '甲 deadline feedback running',
      '乙 deadline feedback running',
      '甲 deadline on_site running',
      '乙 deadline on_site running',
    ]
    t.same(await toldTo(community), ofBoth, 'a desk, what is due first')
    t.same(await toldTo(gridWorker), ofBoth, 'a person who works for it')
    t.same(await toldTo(responder), [])

    // A phone keeps what it has, and asks for the rest.
    await settledFeed(db)
    const phone = await inbox(gridWorker)
    const read = (tag: string) =>
      call(gridWorker, 'GET', '/v1/inbox', undefined, { headers: { 'if-none-match': tag } })
    const tag = String((await read('"nothing"')).headers.etag)
    t.match(await read(tag), { status: 304, text: '' })
    await done(first, gridWorker, 'report-up')
    await settledFeed(db)
    t.equal((await read(tag)).status, 200)
    const since = await changes(gridWorker, phone.feedCursor)
    t.same(since.items, [])
    t.same(
      phone.items.filter(({ id }) => since.gone.includes(id)).map(({ id }) => id),
      phone.items.filter(({ incident }) => incident.id === first).map(({ id }) => id),
      'what was handed up is gone from it',
    )
    t.match(await changes(gridWorker, since.feedCursor), { items: [], gone: [] }, 'and then nothing')
    t.same(await toldTo(street), ['甲 deadline feedback running', '甲 deadline on_site running'])

    await settledFeed(db)
    const atStation = await inbox(responder)
    await done(first, street, 'whistle', { lead: worldUnits.fire, support: [worldUnits.volunteers] })
    await settledFeed(db)
    const called = await changes(responder, atStation.feedCursor)
    t.match(called.items, [
      {
        incident: { id: first },
        assignment: { part: 'lead', state: 'assigned', whistledBy: { name: '胜阳港街道' } },
      },
    ])
    t.match((await inbox(otherResponder)).items, [{ assignment: { part: 'support' } }])
    await done(first, responder, 'accept')
    await done(first, street, 'request-extension', {
      promises: ['on_site'],
      byMs: minute,
      text: '道路拥堵。',
    })
    t.same(await toldTo(district), ['甲 relief on_site running extension'], 'what waits for a decision')
    await done(first, district, 'approve-relief', { reliefNo: 1 })
    t.same(await toldTo(district), [])

    clock.advance(worldPolicy.reportMs + 1)
    await settle()
    t.same(
      (await toldTo(street)).filter((title) => title.startsWith('乙')),
      ['乙 deadline report running'],
      'what ran out below comes up',
    )
    await done(first, responder, 'arrive')
    await done(first, responder, 'resolve')
    t.same(await toldTo(responder), [])
    t.same(
      (await toldTo(street)).filter((title) => title.startsWith('甲')),
      [],
      'what has ended is nobody’s any more',
    )
    await done(second, street, 'settle')
    for (const by of [gridWorker, community, street, district, otherResponder])
      t.same(await toldTo(by), [], by.id)
    await checkWorld(t, world)
  },
)
