import t from 'tap'
import { addChaosSchema } from '../../chaos/chaos-clock.ts'
import { misattributions, type PolicyFacts, type Registries } from '../../chaos/checks/accountability.ts'
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
    histories.flatMap((history) => misattributions(history, registries)),
    [],
  )

  await t.test(
    'and a breach that is another’s, comes at another time or ends otherwise is found',
    async (t) => {
      for (const change of [
        { accountable: { code: '420203000000' } },
        { rung: 'district' as const },
        { dueAt: 1_795_000_000_000 },
        { outcome: 'exhausted' },
      ]) {
        const doctored = histories.map((history) => breachChanged(history, change))
        t.ok(doctored.flatMap((each) => misattributions(each, registries)).length > 0, JSON.stringify(change))
      }
    },
  )

  await t.test('and so is another policy', async (t) => {
    const policy = (id: string): PolicyFacts => ({
      ...registries.policy(id),
      ladder: ['community', 'district'],
    })
    t.ok(histories.flatMap((each) => misattributions(each, { ...registries, policy })).length > 0)
  })
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
      const answer = { ...first, type: 'feedback_given', seq: 0 }
      const told = new Map([[ledgerKey(`incident/${history.incidentId}`, '0'), breached.breach.dueAt - 1]])
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
