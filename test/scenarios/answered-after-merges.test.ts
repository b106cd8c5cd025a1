import t from 'tap'
import { createApiWorld } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldActors } from '../support/world-actors.ts'

const { community, street, otherResident } = worldActors
const minute = 60_000
const hour = 60 * minute

/** Three cases, each a minute younger than the one before, at an instant when none of them has been answered in time. */
async function threeLate(t: Parameters<typeof createApiWorld>[0]) {
  const world = await createApiWorld(t)
  const ids: string[] = []
  for (const text of ['消防通道被占。', '同一处通道又被占了。', '还是那处通道。']) {
    ids.push((await world.report({ description: text }, { by: otherResident })).body.incidentId)
    world.clock.advance(minute)
  }
  world.clock.advance(hour)
  await world.settle()
  const [first = '', second = '', third = ''] = ids
  /** When the feedback that was late in a case was given after all, `never` where it was not. */
  const kept = async (incidentId: string) => {
    const rows = await world.db
      .selectFrom('deadlines')
      .select('fulfilled_at')
      .where('incident_id', '=', incidentId)
      .where('promise', '=', 'feedback')
      .where('state', '=', 'breached')
      .orderBy('no')
      .execute()
    return rows.map(({ fulfilled_at: at }) => at ?? 'never')
  }
  return { ...world, first, second, third, kept }
}

t.test('who waits with a case of a case is answered by the last, and each breach says when', async (t) => {
  const world = await threeLate(t)
  const { act, clock, first, second, third, kept } = world
  t.equal((await act(third, community, 'merge', { into: second })).status, 200)
  t.equal((await act(second, community, 'merge', { into: first })).status, 200)
  t.same(await kept(third), ['never'])
  clock.advance(minute)
  t.equal((await act(first, community, 'feedback')).status, 200)
  for (const id of [first, second, third]) t.same(await kept(id), [clock.now()], id)
  await checkWorld(t, world)
  const steps = await world.call(street, 'GET', `/v1/incidents/${third}/timeline`)
  t.match(steps.text, /"type":"answered_elsewhere"/)
  clock.advance(minute)
  t.equal((await act(first, community, 'feedback')).status, 200)
  t.same(await kept(third), [clock.now() - minute], 'a second answer is late for nobody')
  await checkWorld(t, world)
})

t.test('what was late with a case that one was taken out of is kept by their own answer alone', async (t) => {
  const world = await threeLate(t)
  const { act, clock, first, second, third, kept } = world
  await act(third, community, 'merge', { into: second })
  await act(second, community, 'merge', { into: first })
  clock.advance(3 * hour)
  await world.settle()
  t.equal((await act(second, street, 'unmerge')).status, 200)
  clock.advance(minute)
  t.equal((await act(first, community, 'feedback')).status, 200)
  t.equal((await kept(first)).filter((at) => at === 'never').length, 2, 'two others wait elsewhere')
  t.notOk((await kept(second)).some((at) => at !== 'never'))
  await checkWorld(t, world)
  clock.advance(minute)
  t.equal((await act(second, community, 'settle')).status, 200)
  for (const id of [first, second, third])
    t.notOk((await kept(id)).includes('never'), `${id}: all are answered`)
  t.equal((await kept(third))[0], clock.now())
  await checkWorld(t, world)
})

t.test('a case on the red list for an answer is neither merged nor taken out', async (t) => {
  const world = await threeLate(t)
  const { act, clock, first, second, third } = world
  await act(third, community, 'merge', { into: second })
  for (const days of [1, 2, 3]) {
    clock.advance(days * 24 * hour)
    await world.settle()
  }
  const refused = { status: 409, body: { code: 'answer_exhausted' } }
  t.match(await act(second, community, 'merge', { into: first }), refused)
  t.match(await act(third, street, 'unmerge'), refused)
  await act(second, community, 'feedback')
  t.equal((await act(third, street, 'unmerge')).status, 200)
  t.equal((await act(second, community, 'merge', { into: first })).status, 200)
  await checkWorld(t, world)
})

t.test('what a third case answered is read by whoever had been a part of it by way of another', async (t) => {
  const world = await createApiWorld(t)
  const { act, call, clock } = world
  const reports: { incidentId: string; reportId: string }[] = []
  for (const text of ['消防通道被占。', '同一处通道又被占了。', '还是那处通道。']) {
    reports.push((await world.report({ description: text }, { by: otherResident })).body)
    clock.advance(minute)
  }
  const [first = '', second = '', third = ''] = reports.map(({ incidentId }) => incidentId)
  const answer = async (id: string, text: string) => {
    clock.advance(minute)
    t.equal((await act(id, community, 'feedback', { text })).status, 200)
    clock.advance(minute)
  }
  /** What the reporter of each case has been told, as far as it was said in the answers of this test. */
  const told = async () => {
    const read = reports.map(({ reportId }) => call(otherResident, 'GET', `/v1/reports/${reportId}`))
    return (await Promise.all(read)).map(({ text }) => text.match(/答复[一二三四五六]/g))
  }
  await answer(first, '答复一')
  t.equal((await act(third, community, 'merge', { into: second })).status, 200)
  await answer(second, '答复二')
  t.equal((await act(second, community, 'merge', { into: first })).status, 200)
  await answer(first, '答复三')
  const ofThree = ['答复一', '答复三']
  t.same(await told(), [ofThree, ['答复二', '答复三'], ['答复二', '答复三']])
  t.equal((await act(second, street, 'unmerge', { text: '并非同一地点。' })).status, 200)
  await answer(first, '答复四')
  await answer(second, '答复五')
  t.same((await told())[2], ['答复二', '答复三', '答复五'], 'while it goes on with the one in between')
  t.equal((await act(third, street, 'unmerge', { text: '并非同一地点。' })).status, 200)
  await answer(second, '答复六')
  t.same(await told(), [
    [...ofThree, '答复四'],
    ['答复二', '答复三', '答复五', '答复六'],
    ['答复二', '答复三', '答复五'],
  ])
  await world.settle()
  await checkWorld(t, world)
})
