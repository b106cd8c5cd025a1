import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { settledFeed } from '../feed/settled-feed.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { createInboxWorld, told } from './inbox-world.ts'

const { community, street, district, foreigner, gridWorker, responder, otherResponder } = worldActors
const keeper: Actor = { id: 'keeper', role: 'administrator', areaCode: huangshi.district }
const minute = 60_000
const day = 24 * 60 * minute

t.test(
  'a case at which the area itself stands is in its inbox until it is resolved, after what runs out',
  async (t) => {
    const { inbox, changes, report, done, db, clock } = await createInboxWorld(t)
    const toldTo = async (by: Actor) => (await inbox(by)).items.map(told)
    const { incidentId } = (await report()).body
    await settledFeed(db)
    const before = await inbox(gridWorker)
    await done(incidentId, gridWorker, 'arrive')
    await settledFeed(db)
    for (const by of [community, gridWorker])
      t.same(await toldTo(by), ['deadline feedback running', 'deadline on_site met'], by.id)
    for (const by of [street, district, foreigner, responder]) t.same(await toldTo(by), [], by.id)
    const arrived = await changes(gridWorker, before.feedCursor)
    t.match(
      arrived.items.find(({ clock }) => clock.promise === 'on_site'),
      { dueAt: null, clock: { accountable: { code: huangshi.community, name: '胜阳港社区' } } },
      'by no clock, and the same thing as before',
    )
    t.ok(before.items.some(({ id }) => arrived.items.some((item) => item.id === id && item.dueAt === null)))

    await done(incidentId, community, 'feedback', { text: '已在现场，正在联系车主。' })
    t.same(await toldTo(community), ['deadline on_site met'], 'nothing runs any more, and it is not over')
    clock.advance(minute)
    const later = (await report()).body.incidentId
    const items = (await inbox(community)).items
    t.equal(items.at(-1)?.incident.id, incidentId, 'what has no clock comes last')
    const pages: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const page: Awaited<ReturnType<typeof inbox>> = await inbox(
        community,
        `?limit=1${next && `&cursor=${next}`}`,
      )
      pages.push(...page.items.map(({ id }) => id))
      next = page.nextCursor
    }
    t.same(
      pages,
      items.map(({ id }) => id),
    )
    await done(later, community, 'settle', { text: '已劝离。' })
    await settledFeed(db)
    const { feedCursor } = await inbox(community)
    await done(incidentId, community, 'resolve', { text: '车辆已挪走。' })
    await settledFeed(db)
    t.same(await toldTo(community), [])
    t.ok((await changes(community, feedCursor)).gone.includes(items.at(-1)?.id ?? ''))
  },
)

t.test(
  'where a lead is at work the case is theirs to resolve, and the area’s again once they have finished',
  async (t) => {
    const { inbox, changes, report, done, db } = await createInboxWorld(t)
    const toldTo = async (by: Actor) => (await inbox(by)).items.map(told)
    const { incidentId } = (await report()).body
    await done(incidentId, gridWorker, 'arrive')
    await done(incidentId, community, 'feedback')
    await settledFeed(db)
    const { items, feedCursor } = await inbox(community)
    await done(incidentId, community, 'whistle', { lead: worldUnits.volunteers })
    await settledFeed(db)
    t.same(await toldTo(community), [])
    t.ok((await changes(community, feedCursor)).gone.includes(items[0]?.id ?? ''))
    t.same(await toldTo(otherResponder), ['assignment on_site running assigned'])
    await done(incidentId, otherResponder, 'arrive')
    t.same(await toldTo(community), [])
    await done(incidentId, otherResponder, 'finish')
    t.same(await toldTo(community), ['deadline on_site met'])
    t.same(await toldTo(otherResponder), [])
    await done(incidentId, community, 'resolve', { text: '已疏通。' })
    await done(incidentId, community, 'reopen', { text: '又堵了。' })
    t.same(
      await toldTo(community),
      ['deadline feedback running', 'deadline on_site running'],
      'promised anew',
    )
  },
)

t.test('who came after it was broken at the top still has to resolve it', async (t) => {
  const { inbox, report, done, clock, settle } = await createInboxWorld(t)
  const { incidentId } = (await report()).body
  for (let rung = 0; rung < 3; rung += 1) {
    clock.advance(day)
    await settle()
  }
  await done(incidentId, gridWorker, 'arrive')
  await done(incidentId, community, 'feedback')
  t.same((await inbox(district)).items.map(told), ['deadline on_site breached'], 'the red list has let it go')
  await done(incidentId, district, 'resolve')
  t.same((await inbox(district)).items, [])
})

t.test('where the area is gone, whoever stands in its place resolves the case', async (t) => {
  const { inbox, report, done, call } = await createInboxWorld(t)
  const toldTo = async (by: Actor) => (await inbox(by)).items.map(told)
  const { incidentId } = (await report()).body
  await done(incidentId, gridWorker, 'arrive')
  await done(incidentId, community, 'feedback')
  const merge = await call(keeper, 'POST', `/v1/areas/${huangshi.neighbour}/merge`, {
    from: [huangshi.community],
  })
  t.equal(merge.status, 200, merge.text)
  t.same(await toldTo({ ...community, areaCode: huangshi.neighbour }), ['deadline on_site met'])
  for (const by of [community, street, district]) t.same(await toldTo(by), [], by.id)
})
