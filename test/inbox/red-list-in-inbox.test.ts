import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { settledFeed } from '../feed/settled-feed.ts'
import { eastDesk, endLadderAtStreet, splitStreet, westDesk } from '../support/changed-areas.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { createInboxWorld, type InboxWorld, told } from './inbox-world.ts'

const { community, street, district, gridWorker, foreigner, auditor } = worldActors
const city: Actor = { id: 'dispatcher-city', role: 'dispatcher', areaCode: huangshi.city }
const day = 24 * 3_600_000
const onTheRedList = ['red_list report breached', 'red_list feedback breached', 'red_list on_site breached']

/** Nobody does anything until everything was broken at the top. */
async function climbToTheTop({ clock, settle }: InboxWorld) {
  for (let rung = 0; rung < 3; rung += 1) {
    clock.advance(day)
    await settle()
  }
}

t.test('what was broken at the top stays in the inbox of the top until it is kept', async (t) => {
  const world = await createInboxWorld(t)
  const { inbox, changes, report, done, call, db, clock } = world
  const toldTo = async (by: Actor) => (await inbox(by)).items.map(told)
  const { incidentId } = (await report()).body
  await climbToTheTop(world)
  await report({ areaCode: huangshi.neighbour })
  await done((await report()).body.incidentId, district, 'raise', { rung: 'district' })
  await settledFeed(db)
  const { items, feedCursor } = await inbox(district)
  t.same(items.map(told).slice(0, 3), onTheRedList, 'the past comes first')
  t.equal(items.length, 6)
  t.same(
    items.map(({ dueAt }) => dueAt),
    items.map(({ dueAt }) => dueAt).toSorted(),
  )
  t.ok(Date.parse(items[0]?.dueAt ?? '') < clock.now())
  t.match(items[0], { clock: { accountable: { kind: 'area', code: huangshi.district } } })
  for (const by of [community, street, gridWorker, foreigner, auditor, city])
    t.notOk((await toldTo(by)).join().includes('red_list'), by.id)
  const read: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: Awaited<ReturnType<typeof inbox>> = await inbox(
      district,
      `?limit=2${cursor && `&cursor=${cursor}`}`,
    )
    read.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  }
  t.same(
    read,
    items.map(({ id }) => id),
    'in pages',
  )
  const tagged = (tag: string) =>
    call(district, 'GET', '/v1/inbox', undefined, { headers: { 'if-none-match': tag } })
  const tag = String((await tagged('"nothing"')).headers.etag)
  t.equal((await tagged(tag)).status, 304)

  await done(incidentId, city, 'urge', { text: '今日办结。' })
  await settledFeed(db)
  const urged = await changes(district, feedCursor)
  t.same(
    urged.items.filter(({ kind }) => kind === 'red_list').map(({ clock }) => clock.urges),
    [1, 1, 1],
  )
  await done(incidentId, district, 'feedback', { text: '已安排处理。' })
  await settledFeed(db)
  t.equal((await tagged(tag)).status, 200)
  t.same((await toldTo(district)).slice(0, 2), [onTheRedList[0], onTheRedList[2]])
  t.ok((await changes(district, urged.feedCursor)).gone.includes(items[1]?.id ?? ''), 'kept, and gone')
  await done(incidentId, district, 'settle', { text: '已劝离。' })
  await settledFeed(db)
  t.notOk((await toldTo(district)).join().includes('red_list'), 'the case has ended')
  const over = await changes(district, urged.feedCursor)
  for (const { id } of items.slice(0, 3)) t.ok(over.gone.includes(id))
  await done(incidentId, district, 'reopen', { text: '车又停回来了。' })
  t.notOk((await toldTo(district)).join().includes('red_list'), 'what was broken before is history')
})

t.test(
  'where the top is not above a case any more, it is in the inbox of whoever stands there now',
  async (t) => {
    const world = await createInboxWorld(t)
    await endLadderAtStreet(world)
    await world.report()
    await climbToTheTop(world)
    const toldTo = async (by: Actor) => (await world.inbox(by)).items.map(told)
    t.same(await toldTo(street), onTheRedList)
    await splitStreet(world)
    t.same(await toldTo(eastDesk), onTheRedList)
    t.match((await world.inbox(eastDesk)).items[0]?.clock.accountable, {
      code: eastDesk.areaCode,
      name: '胜阳港东街道',
    })
    for (const by of [street, district, westDesk]) t.same(await toldTo(by), [], by.id)
  },
)
