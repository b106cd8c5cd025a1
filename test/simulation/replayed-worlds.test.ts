import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import t from 'tap'
import { createRandom } from '../../chaos/seeded-random.ts'
import { type PlayedWorld, playWorld } from '../../chaos/simulation/play-world.ts'
import { soundDomain } from '../../chaos/simulation/simulate-worlds.ts'
import {
  createWorldFrom,
  rungsMax,
  type SimulatedWorld,
  type Step,
} from '../../chaos/simulation/simulated-world.ts'
import { createStepSource } from '../../chaos/simulation/step-source.ts'
import { runDoctor } from '../../src/doctor/run-doctor.ts'
import { applyEvent } from '../../src/domain/event.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { noticesOf } from '../../src/domain/notices-of.ts'
import { loadIncidents } from '../../src/incidents/load-incidents.ts'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import { createWorld, type World } from '../support/world.ts'
import { storePolicy, storeRegistries, storeWorld } from './stored-world.ts'

const worlds = Number(process.env.REPLAYED_WORLDS ?? 200)
const firstSeed = 5_000_000
/** The invariant of doctor's that nobody takes care of here. */
const undelivered = 8
/** Longer than any limit that a world's policy can have: each such wake-up lets every promise climb one rung. */
const pastEverythingMs = 24 * 3_600_000

t.setTimeout(300_000)

t.test('simulated worlds come out of Postgres as they went into the fold, row for row', async (t) => {
  const store = await createWorld(t)
  const simulated = Array.from({ length: worlds }, (_, index) => {
    const random = createRandom(firstSeed + index)
    return { random, world: createWorldFrom(random, firstSeed + index, String(1_000 + index)) }
  })
  await storeRegistries(
    store,
    simulated.map(({ world }) => world),
  )

  let steps = 0
  const differing: unknown[] = []
  for (const { random, world } of simulated) {
    const played = await replay(store, world, createStepSource(world, random), differing)
    steps += played
    // One after the other, so that a wake-up finds nothing but this world's deadlines.
    store.clock.advance(pastEverythingMs)
  }
  t.same(differing, [])
  t.ok(steps > 20 * worlds, `${worlds} worlds, ${steps} steps`)

  const diagnosis = await runDoctor({ db: store.db, readClock: store.clock.read })
  t.same(
    diagnosis.checks.filter(({ ok, number }) => !ok && number !== undelivered),
    [],
    'the invariants hold, but for the notices, which nobody delivers here',
  )
  const verification = await verifyAuditTrail({ db: store.db })
  t.equal(verification.outcome, 'sound', JSON.stringify(verification.faults.slice(0, 3)))
  t.equal(verification.counts.incidents, worlds)
})

/** Plays a world in memory and in Postgres side by side. Returns how many steps it took. */
async function replay(
  store: World,
  simulated: SimulatedWorld,
  next: (played: PlayedWorld) => Step | undefined,
  differing: unknown[],
): Promise<number> {
  const { db, clock } = store
  const policyId = await storePolicy(store, simulated)
  const world = { ...simulated, policy: { ...simulated.policy, id: policyId } }
  const { version } = await db.selectFrom('area_tree').select('version').executeTakeFirstOrThrow()
  const receivedAt = clock.now()
  const stored = await storeWorld(store, world)
  const played = playWorld(world, {
    domain: soundDomain,
    receivedAt,
    incidentId: stored.incidentId,
    treeVersion: version,
  })
  const accepted = new Set<number>()
  let steps = 0
  let latest = receivedAt
  const both = async (step: Step): Promise<boolean> => {
    steps += 1
    // A claim looks for what is due by the clock alone. Where that stands before the incident's last event, it comes later.
    const shown = step.do === 'wake' ? Math.max(step.at, played.now) : step.at
    clock.set(Math.max(receivedAt + shown, stored.notBefore))
    const expected = expect(world, played, step, accepted, clock.now())
    // What the registry would refuse is not even tried there.
    if (expected === 'refused') return true
    const word = await stored.take(step)
    latest = Math.max(latest, clock.now())
    if (word === 'accepted' && step.do === 'act') accepted.add(step.key)
    if (word === expected || (step.do === 'move' && word === 'moved')) return true
    differing.push({ seed: world.seed, step, steps, word, expected })
    return false
  }

  for (let step = next(played); step !== undefined; step = next(played)) if (!(await both(step))) return steps
  await both({ at: latest - receivedAt, do: 'trust', aheadMs: 0 })
  // To the end, so that nothing is left for the wake-ups of the next world.
  for (let rung = 0; rung <= rungsMax; rung += 1)
    await both({ at: latest - receivedAt + pastEverythingMs, do: 'wake' })
  differing.push(...(await differences(store, world.seed, played)))
  return steps
}

/** Takes a step in memory, as far as Postgres will come to it at all, and returns what must come of it there. */
function expect(
  world: SimulatedWorld,
  played: PlayedWorld,
  step: Step,
  accepted: ReadonlySet<number>,
  now: number,
): string {
  if (step.do === 'act' && isUnseen(world, played, step, accepted)) return 'not_found'
  if (step.do !== 'wake') return played.take(step).word
  // Nobody claims what is not overdue, and who is claimed may only be given back the time that the clock has taken.
  if (!played.incident.deadlines.some((row) => row.state === 'running' && row.dueAt < now))
    return 'nothing due'
  const { seq } = played.incident
  played.take(step)
  return played.events.slice(seq).some(({ type }) => type === 'deadline_breached') ? 'settled' : 'nothing due'
}

/** Whether the incident does not exist for whoever asks: 404, and nothing is even looked at. */
function isUnseen(
  world: SimulatedWorld,
  { incident, place }: PlayedWorld,
  step: Extract<Step, { do: 'act' }>,
  accepted: ReadonlySet<number>,
): boolean {
  const actor = world.actors[step.by]
  if (actor === undefined || accepted.has(step.key)) return false
  return actor.unitCode === undefined
    ? place.path.every(({ code }) => code !== actor.areaCode)
    : incident.assignments.every(({ unitCode }) => unitCode !== actor.unitCode)
}

/** Every row of the incident against what its fold says. */
async function differences(
  { db }: World,
  seed: number,
  { incident, events }: PlayedWorld,
): Promise<unknown[]> {
  const found = await db.transaction().execute((trx) => loadIncidents(trx, [incident.id]))
  const [stored] = found
  const expected: Incident = { ...incident, number: stored?.incident.number ?? '' }
  const rows = await db
    .selectFrom('events')
    .select(['seq', 'type', 'at', sql<unknown>`body::jsonb -> 'changes'`.as('changes')])
    .where('stream', '=', `incident/${incident.id}`)
    .orderBy('seq')
    .execute()
  const breaches = await db
    .selectFrom('breaches')
    .select(['deadline_no', 'outcome', 'detected_at', 'due_at', 'accountable_code', 'seq'])
    .where('incident_id', '=', incident.id)
    .orderBy('seq')
    .execute()
  const notices = await db
    .selectFrom('outbox')
    .select(['seq', 'kind', 'recipient_kind', 'recipient_code'])
    .where('incident_id', '=', incident.id)
    .execute()
  const pairs = {
    incident: [stored?.incident, expected],
    events: [rows, events.map(({ type, at, changes }, index) => ({ seq: index + 1, type, at, changes }))],
    breaches: [
      breaches,
      events.flatMap((event, index) =>
        event.type === 'deadline_breached'
          ? [
              {
                deadline_no: event.breach.deadlineNo,
                outcome: event.breach.outcome,
                detected_at: event.at,
                due_at: event.breach.dueAt,
                accountable_code: event.breach.accountable.code,
                seq: index + 1,
              },
            ]
          : [],
      ),
    ],
    notices: [notices.map(lineOf).sort(), noticeRows(events).map(lineOf).sort()],
  }
  return Object.entries(pairs).flatMap(([what, [is, should]]) =>
    isDeepStrictEqual(is, should) ? [] : [{ seed, what, where: firstDifference(is, should, '') }],
  )
}

/** Where two values differ first, and in what. */
function firstDifference(is: unknown, should: unknown, path: string): string {
  if (typeof is === 'object' && is !== null && typeof should === 'object' && should !== null) {
    const others = new Map(Object.entries(should))
    for (const key of new Set([...Object.keys(is), ...others.keys()])) {
      const value = new Map(Object.entries(is)).get(key)
      if (!isDeepStrictEqual(value, others.get(key)))
        return firstDifference(value, others.get(key), `${path}/${key}`)
    }
  }
  return `${path}: ${JSON.stringify(is)} and not ${JSON.stringify(should)}`
}

function noticeRows(events: PlayedWorld['events']) {
  let incident: Incident | undefined
  return events.flatMap((event, index) => {
    const after = applyEvent(incident, event)
    incident = after
    return noticesOf(after, event).map(({ kind, recipient }) => ({
      seq: index + 1,
      kind,
      recipient_kind: recipient.kind,
      recipient_code: recipient.code,
    }))
  })
}

function lineOf(row: { seq: number; kind: string; recipient_kind: string; recipient_code: string }): string {
  return [row.seq, row.kind, row.recipient_kind, row.recipient_code].join(' ')
}
