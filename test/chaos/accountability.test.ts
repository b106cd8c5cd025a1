import t from 'tap'
import { addChaosSchema } from '../../chaos/chaos-clock.ts'
import { misattributions, type Registries } from '../../chaos/checks/accountability.ts'
import { falseBreaches } from '../../chaos/checks/false-breaches.ts'
import { type History, readHistories } from '../../chaos/checks/read-histories.ts'
import { readRegistries } from '../../chaos/checks/read-registries.ts'
import { ledgerKey } from '../../chaos/ledger.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'

const minute = 60_000

/** A world in which a promise broke at every rung, a unit was late, a street took over and a case was reopened. */
async function eventfulWorld(t: Parameters<typeof createWorld>[0]): Promise<World> {
  const world = await createWorld(t)
  await addChaosSchema(world.url)
  const climbed = await world.submit()
  const handed = await world.submit()
  const whistled = await world.submit()
  await world.act(handed.incidentId, worldActors.gridWorker, { type: 'report_up' })
  await world.act(whistled.incidentId, worldActors.street, {
    type: 'whistle',
    lead: worldUnits.fire,
    support: [],
  })
  for (let rounds = 0; rounds < 60; rounds += 1) {
    world.clock.advance(30 * minute + 1)
    await world.settle()
  }
  await world.act(climbed.incidentId, worldActors.community, { type: 'settle' }, { text: '已处理' })
  await world.act(climbed.incidentId, worldActors.street, { type: 'reopen' }, { text: '未解决' })
  for (let rounds = 0; rounds < 60; rounds += 1) {
    world.clock.advance(30 * minute + 1)
    await world.settle()
  }
  return world
}

async function read(world: World): Promise<{ histories: History[]; registries: Registries }> {
  const histories: History[] = []
  for await (const history of readHistories(world.owner.db)) histories.push(history)
  return { histories, registries: await readRegistries(world.owner.db) }
}

t.test('who was accountable is recomputed from what people did', async (t) => {
  const { histories, registries } = await read(await eventfulWorld(t))
  const breaches = histories.flatMap(({ events }) => events.flatMap(({ breach }) => breach ?? []))
  t.ok(breaches.length >= 20, `${breaches.length} breaches`)
  t.ok(new Set(breaches.map(({ rung }) => rung)).size === 4, 'at each rung, and of a unit')
  t.same(
    histories.flatMap((history) => misattributions([history], registries)),
    [],
  )

  await t.test(
    'and a breach that is another’s, comes at another time or ends otherwise is found',
    async (t) => {
      for (const change of [
        { accountable: { code: '420203000000' } },
        { rung: 'district' as const },
        { dueAt: 1_795_000_000_000 },
        { outcome: 'exhausted' as const },
      ]) {
        const doctored = histories.map((history) => breachChanged(history, change))
        t.ok(
          doctored.flatMap((each) => misattributions([each], registries)).length > 0,
          JSON.stringify(change),
        )
      }
    },
  )

  await t.test('and so is another policy', async (t) => {
    const policy: Registries['policy'] = (id) => ({
      ...registries.policy(id),
      ladder: ['community', 'district'],
    })
    t.ok(histories.flatMap((each) => misattributions([each], { ...registries, policy })).length > 0)
  })
})

t.test('pauses, extensions, merges and what is undone again move due times as the rules say', async (t) => {
  const world = await createWorld(t)
  await addChaosSchema(world.url)
  const { community, street, district, responder } = worldActors
  const elder = await world.submit()
  world.clock.advance(20 * minute)
  const merged = await world.submit()
  const paused = await world.submit()
  const text = { text: '原因' }
  const pause = {
    type: 'request_pause',
    promises: ['on_site'],
    until: world.clock.now() + 90 * minute,
  } as const
  await world.act(paused.incidentId, street, { type: 'whistle', lead: worldUnits.fire, support: [] })
  await world.act(paused.incidentId, responder, pause, text)
  await world.act(paused.incidentId, district, { type: 'approve_relief', reliefNo: 1 })
  const extension = { type: 'request_extension', promises: ['on_site'], byMs: 40 * minute } as const
  await world.act(elder.incidentId, community, extension, text)
  await world.act(elder.incidentId, district, { type: 'approve_relief', reliefNo: 1 })
  await world.act(merged.incidentId, community, { type: 'merge', into: elder.incidentId })
  world.clock.advance(50 * minute)
  await world.settle()
  await world.act(merged.incidentId, street, { type: 'unmerge' }, text)
  await world.act(merged.incidentId, district, { type: 'raise', rung: 'street' })
  for (let rounds = 0; rounds < 120; rounds += 1) {
    world.clock.advance(30 * minute + 1)
    await world.settle()
  }
  const { histories, registries } = await read(world)
  t.ok(histories.flatMap(({ events }) => events.flatMap(({ breach }) => breach ?? [])).length > 15)
  t.same(misattributions(histories, registries), [])
  t.ok(misattributions(histories.slice(1), registries).length > 0, 'a merge is told by both')
  const types = (without: string) =>
    histories.map((history) => ({
      ...history,
      events: history.events.filter(({ type }) => type !== without),
    }))
  for (const without of ['relief_approved', 'raised', 'unmerged'])
    t.ok(misattributions(types(without), registries).length > 0, `it matters that somebody ${without}`)
})

t.test('a breach is false where the true clock says so', async (t) => {
  const { histories } = await read(await eventfulWorld(t))
  const truthful = histories.map((history) => ({
    ...history,
    events: history.events.map((event) => ({ ...event, trueAt: event.at })),
  }))
  const none = new Map<string, number>()
  t.same(
    truthful.flatMap((history) => falseBreaches(history, none)),
    [],
  )

  await t.test('written before its time had run out', async (t) => {
    const early = truthful.map((history) => ({
      ...history,
      events: history.events.map((event) =>
        event.breach === undefined ? event : { ...event, trueAt: event.breach.dueAt },
      ),
    }))
    t.ok(early.flatMap((history) => falseBreaches(history, none)).length > 0)
  })

  await t.test('or after somebody was told in time that the promise was kept', async (t) => {
    const found = truthful.flatMap((history) => {
      const breached = history.events.find(({ breach }) => breach?.promise === 'feedback')
      const [first, ...rest] = history.events
      if (breached?.breach === undefined || first === undefined) return []
      const answer = { ...first, type: 'feedback_given' }
      const told = new Map([[ledgerKey(`incident/${history.incidentId}`, '1'), breached.breach.dueAt - 1]])
      return falseBreaches({ ...history, events: [first, answer, ...rest] }, told)
    })
    t.match(found[0], /although kept and answered 1 ms before/)
  })
})

function breachChanged(
  history: History,
  change: Partial<NonNullable<History['events'][number]['breach']>>,
): History {
  return {
    ...history,
    events: history.events.map((event) =>
      event.breach?.rung === 'community' ? { ...event, breach: { ...event.breach, ...change } } : event,
    ),
  }
}
