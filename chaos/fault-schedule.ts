import { createHash } from 'node:crypto'
import { type FaultKind, type PlannedFault, programNames, redisKinds, type Target } from './fault-kinds.ts'
import { createRandom, type SeededRandom } from './seeded-random.ts'

/**
 * A run alternates between storms, in which faults overlap as they like, and calms, in which one deadline worker falls and
 * nothing else does: only there can be seen how soon its work is taken over. A Redis that is gone may stay so in a calm,
 * which shows how late deadlines are without it.
 */
const stormMs = 60_000
const calmMs = 27_000
const cycleMs = stormMs + calmMs
/** What the storm has left behind is over by then, the queue's ticks come again, and what follows is the worker's doing. */
const calmKillAtMs = 18_000

/** Some seven kills a minute of storm, one in each calm: more than 300 an hour, although some find their victim down already. */
const killEveryMs = { min: 7_000, max: 9_500 } as const
/** Everything else comes on top of the kills, and overlaps with them and with itself. */
const faultEveryMs = { min: 2_000, max: 5_000 } as const
/** The system works undisturbed at first. */
const firstAtMs = 3_000

/** Three of ten kills hit all of Postgres: more than 70 an hour. */
const killVictims = [
  'postgres',
  'postgres',
  'postgres',
  'backend',
  'api-1',
  'api-2',
  'deadlines-1',
  'deadlines-2',
  'notices',
  'redis',
] as const satisfies readonly Target[]

const sideKinds = [
  'stop',
  'stop',
  'stop_in_transaction',
  'kill_at_commit',
  'cut_postgres',
  'cut_redis',
  'half_open_postgres',
  'half_open_redis',
  'slow_postgres',
  'slow_redis',
  'commit_unsent',
  'commit_unanswered',
  'commit_completed',
  'redis_flushed',
  'redis_gone',
  'redis_full',
  'redis_evicting',
  'app_clock',
  'database_clock',
  'pool_exhausted',
  'poison',
] as const satisfies readonly FaultKind[]

const minuteMs = 60_000

export interface Schedule {
  readonly seed: string
  readonly minutes: number
  readonly faults: readonly PlannedFault[]
  /** SHA-256 of the faults: equal seeds and lengths have equal digests. */
  readonly digest: string
}

export interface ScheduleOptions {
  readonly seed: string
  readonly minutes: number
  /** Whether the machine has a Redis; without one, faults of Redis are left out. */
  readonly redis: boolean
  /** Whether the clocks of processes can be moved. */
  readonly appClocks: boolean
}

/** Plans every fault of a run from its seed. Nothing else decides about them. */
export function planFaults({ seed, minutes, redis, appClocks }: ScheduleOptions): Schedule {
  const endMs = minutes * minuteMs
  const excluded = new Set<string>([...(redis ? [] : redisKinds), ...(appClocks ? [] : ['app_clock'])])
  const kills = planKills(createRandom(`${seed} kills`), endMs).filter(
    ({ target }) => redis || target !== 'redis',
  )
  const sides = planSides(createRandom(`${seed} faults`), endMs, minutes).filter(
    ({ kind, target }) => !excluded.has(kind) && (redis || target !== 'redis'),
  )
  const faults = [...kills, ...sides].toSorted((a, b) => a.atMs - b.atMs)
  const digest = createHash('sha256').update(JSON.stringify(faults)).digest('hex')
  return { seed, minutes, faults, digest }
}

function planKills(random: SeededRandom, endMs: number): PlannedFault[] {
  const victim = random.bag<Target>(killVictims)
  const worker = random.bag<Target>(['deadlines-1', 'deadlines-2'])
  const faults: PlannedFault[] = []
  const kill = (atMs: number, target: Target) =>
    faults.push({ atMs, kind: 'kill', target, forMs: 0, byMs: 0 })
  for (let cycleAt = 0; cycleAt < endMs; cycleAt += cycleMs) {
    const calmAt = cycleAt + stormMs
    for (
      let atMs = cycleAt + firstAtMs;
      atMs < Math.min(calmAt, endMs);
      atMs += random.within(killEveryMs.min, killEveryMs.max)
    )
      kill(atMs, victim())
    const atMs = calmAt + calmKillAtMs + random.within(0, 2_000)
    if (atMs < endMs) kill(atMs, worker())
  }
  return faults
}

function planSides(random: SeededRandom, endMs: number, minutes: number): PlannedFault[] {
  const kind = random.bag<FaultKind>(sideKinds)
  const faults: PlannedFault[] = []
  for (let cycleAt = 0; cycleAt < endMs; cycleAt += cycleMs) {
    const calmAt = Math.min(cycleAt + stormMs, endMs)
    for (
      let atMs = cycleAt + firstAtMs;
      atMs < calmAt;
      atMs += random.within(faultEveryMs.min, faultEveryMs.max)
    ) {
      const planned = detail(kind(), random, minutes)
      // A calm finds everything lifted, and so does the end.
      const lastMs = planned.kind === 'redis_gone' ? endMs : calmAt
      faults.push({ atMs, ...planned, forMs: Math.min(planned.forMs, lastMs - atMs) })
    }
  }
  return faults
}

/** Half an hour is long enough for the longest faults; shorter runs get shorter ones. */
const fullLengthMinutes = 30

function detail(kind: FaultKind, random: SeededRandom, minutes: number): Omit<PlannedFault, 'atMs'> {
  const longMs = (fromMs: number, toMs: number): number =>
    random.within(fromMs, Math.max(fromMs, Math.round(toMs * Math.min(1, minutes / fullLengthMinutes))))
  const program = random.pick(programNames)
  const queueUser = random.pick<Target>(['deadlines-1', 'deadlines-2', 'notices'])
  const committer = random.pick<Target>(['api-1', 'api-1', 'api-2', 'api-2', 'deadlines-1', 'deadlines-2'])
  const at = (target: Target, forMs: number, byMs = 0) => ({ kind, target, forMs, byMs })
  switch (kind) {
    case 'kill':
      return at(program, 0)
    case 'kill_at_commit':
    case 'commit_unsent':
    case 'commit_unanswered':
    case 'commit_completed':
      return at(committer, 0)
    case 'stop': {
      const target = random.pick<Target>([...programNames, 'postgres', 'backend', 'redis'])
      // All of Postgres stands still for seconds only: a minute of that would test patience and nothing else.
      if (target === 'postgres') return at(target, random.within(500, 6_000))
      return at(target, random.next() < 0.3 ? longMs(10_000, 60_000) : random.within(500, 8_000))
    }
    case 'stop_in_transaction':
      return at(committer, random.next() < 0.3 ? longMs(10_000, 60_000) : random.within(2_500, 8_000))
    case 'cut_postgres':
      return at(program, 0)
    case 'cut_redis':
      return at(queueUser, 0)
    case 'half_open_postgres':
      return at(program, longMs(4_000, 30_000))
    case 'half_open_redis':
      return at(queueUser, longMs(4_000, 60_000))
    case 'slow_postgres':
      return at(program, longMs(3_000, 20_000), random.within(20, 250))
    case 'slow_redis':
      return at(queueUser, longMs(3_000, 30_000), random.within(50, 1_500))
    case 'redis_flushed':
      return at('redis', 0)
    case 'redis_gone':
      return at('redis', longMs(6_000, 180_000))
    case 'redis_full':
    case 'redis_evicting':
      return at('redis', longMs(4_000, 30_000))
    case 'app_clock':
      return at(program, longMs(5_000, 60_000), random.pick([-10, 10]) * minuteMs)
    case 'database_clock':
      return at('all', longMs(3_000, 20_000), random.pick([-60, 60]) * minuteMs)
    case 'pool_exhausted':
      return at('all', random.within(2_000, 6_000))
    case 'poison':
      return at('all', longMs(8_000, 60_000))
  }
}
