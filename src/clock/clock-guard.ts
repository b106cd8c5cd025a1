import type { Kysely } from 'kysely'
import {
  type ClockSample,
  ClockUnsettled,
  instant,
  type ReadClock,
  type Reading,
  readingOf,
  type SampleClock,
} from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import {
  type Course,
  courseAt,
  courseFrom,
  deviationOf,
  type Look,
  narrowed,
  toleranceMs,
} from './clock-course.ts'
import { type Finding, recordFinding } from './record-finding.ts'

/** Small differences between two clocks, and the slewing of time servers, are forgotten this often. */
const courseAgeMs = 60_000
/** From a slower look nothing is concluded. */
const lookMsMax = 250
/** Whoever has watched for less may have begun after the clock was moved, and believes those who have watched longer. */
const witnessMs = 60_000
/** How often a process writes down by what is decided (open-clock-guard.ts). */
export const witnessEveryMs = 2_000
/** A process that starts and would decide by something else than what was written down last waits so long for those who watch. */
const contradictionMs = 5_000
/** Looks at the clock for one reading: whatever was found has been written down by the third. */
const looksMax = 5

/** What is told to operators. */
interface ClockLog {
  error(facts: object, message: string): void
  info(facts: object, message: string): void
}

export interface ClockGuard {
  readonly readClock: ReadClock
  /** Looks at the clock and writes down by what is decided, for those who start later. */
  bearWitness(): Promise<void>
}

export interface ClockGuardDependencies {
  /** Connections of its own: a transaction that is deciding waits for what is written on them, and may be rolled back. */
  readonly db: Kysely<Database>
  readonly sampleClock: SampleClock
  /** Milliseconds of a clock that nobody sets: `performance.now`. */
  readonly monotonic: () => number
  readonly logger: ClockLog
}

/**
 * Guards the clock that decides (docs/reliability.md, Clock guard): compares each instant with this process' monotonic
 * clock, and on a disagreement writes down a fault before anybody decides by it. From then on every process decides by the
 * clock as it would have run on, and breaches nothing. A clock that has come back clears the fault.
 *
 * The word of others counts: what somebody else has found is believed, except where this process has watched the clock
 * for long and knows better, which it says once for each fault. So a process whose own monotonic clock stood still, in a
 * machine that was suspended, is put right by the others, and two that disagree for good do not do so for ever.
 *
 * Whoever starts has watched nothing yet. It goes by what others have decided by last: a clock that is earlier than that is a
 * fault, and by one that is much later it decides nothing until somebody has had the time to contradict.
 */
export function createClockGuard({ db, sampleClock, monotonic, logger }: ClockGuardDependencies): ClockGuard {
  let course: Course | undefined
  /** When this process looked first, by its monotonic clock. */
  let startedAt: number | undefined
  /** The last event about the clock that this process has seen. */
  let knownSeq = -1
  let watchingSince = 0
  /** This process has spoken about the fault that is open. */
  let spoken = false
  let recording: Promise<number | undefined> | undefined

  function take(sample: ClockSample, look: Look): void {
    course = courseFrom(readingOf(sample).now, look)
    watchingSince = look.after
  }

  function note({ at, seq, offsetMs }: Pick<ClockSample, 'at' | 'seq' | 'offsetMs'>): void {
    if (seq <= knownSeq) return
    if (offsetMs !== null)
      logger.error({ clockAt: at, offsetMs, seq }, 'the clock has left its course: nothing is breached')
    else if (knownSeq >= 0) logger.info({ clockAt: at, seq }, 'the clock is trusted again')
    if (offsetMs === null) spoken = false
    knownSeq = seq
  }

  /** What is to be written down before this sample may be used; nothing where it may, 'again' where another look is needed. */
  function judge(sample: ClockSample, look: Look): Finding | 'again' | undefined {
    if (course === undefined) throw new Error('The clock is compared with an earlier look at it')
    // Another reading of this process has seen more than this one meanwhile.
    if (sample.seq < knownSeq) return 'again'
    const { now } = readingOf(sample)
    if (Math.abs(deviationOf(course, now, look)) <= toleranceMs) {
      const isOld = look.after - course.since > courseAgeMs
      course = isOld && !isSlow(look) ? courseFrom(now, look) : narrowed(course, now, look)
      note(sample)
      return undefined
    }
    const others = sample.seq > knownSeq
    // That the clock is sound says nothing of one that was set again since.
    const heard =
      sample.offsetMs === null ? isAsSeen(sample) : spoken || look.after - watchingSince < witnessMs
    if (others && heard) {
      take(sample, look)
      note(sample)
      return undefined
    }
    if (isSlow(look)) return 'again'
    const expected = courseAt(course, look)
    const offset = sample.at - expected
    const back =
      sample.offsetMs !== null && (Math.abs(offset) <= toleranceMs || (sample.atLeast && offset > 0))
    const at = back ? sample.at : expected
    // The course itself was too early where it came from records, and that of others was where they were wrong.
    const behindMs = at - (others ? now : expected)
    return {
      sample,
      at,
      offsetMs: back ? null : offset,
      atLeast: false,
      behindMs: behindMs > toleranceMs ? behindMs : 0,
    }
  }

  /** The first look of a process has nothing to be compared with but what others have seen before. */
  function begin(sample: ClockSample, look: Look): Finding | 'unproven' | undefined {
    startedAt ??= look.before
    const { seenAt, offsetMs } = sample
    if (seenAt !== null && offsetMs === null && sample.at < seenAt - toleranceMs)
      return { sample, at: seenAt, offsetMs: sample.at - seenAt, atLeast: true, behindMs: 0 }
    if (!isAsSeen(sample) && look.after - startedAt < contradictionMs) return 'unproven'
    take(sample, look)
    note(sample)
    return undefined
  }

  /** Many readings of this process may have found the same; it is written down once. */
  async function record(finding: Finding, look: Look): Promise<void> {
    recording ??= recordFinding(db, finding).finally(() => {
      recording = undefined
    })
    const seq = await recording
    if (seq === undefined) return
    spoken = true
    course = courseFrom(finding.at, look)
    note({ at: finding.sample.at, seq, offsetMs: finding.offsetMs })
  }

  async function readClock(reader: Kysely<Database>): Promise<Reading> {
    for (let looks = 0; looks < looksMax; looks += 1) {
      const before = monotonic()
      const sample = await sampleClock(reader)
      const look = { before, after: monotonic() }
      const finding = course === undefined ? begin(sample, look) : judge(sample, look)
      if (finding === undefined) return readingOf(sample)
      if (finding === 'unproven') break
      if (finding !== 'again') await record(finding, look)
    }
    throw new ClockUnsettled()
  }

  return {
    readClock,
    async bearWitness() {
      const { now } = await readClock(db)
      const fresh = witnessEveryMs / 2
      await db
        .updateTable('clock_state')
        .set({ seen_at: instant(now) })
        .where('seq', '=', knownSeq)
        .where(({ eb, not, between }) =>
          eb.or([
            eb('seen_at', 'is', null),
            not(between('seen_at', instant(now - fresh), instant(now + fresh))),
          ]),
        )
        .execute()
    },
  }
}

function isSlow({ before, after }: Look): boolean {
  return after - before > lookMsMax
}

/** Whether a sample shows what those who watch have just decided by. */
function isAsSeen(sample: ClockSample): boolean {
  if (sample.seenAt === null) return true
  const sinceMs = readingOf(sample).now - sample.seenAt
  return sinceMs >= -toleranceMs && sinceMs <= witnessEveryMs + toleranceMs
}
