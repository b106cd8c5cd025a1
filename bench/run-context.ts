import type { Measurements } from './measurements.ts'
import type { BenchOptions } from './options.ts'
import type { Place } from './places.ts'
import type { Processes } from './processes.ts'
import type { SampleReport } from './report-statement.ts'
import type { PartName } from './result.ts'
import type { Servers } from './servers.ts'
import type { Api, System } from './system.ts'

/** A database with a population of incidents. */
export interface SizedDatabase {
  readonly name: string
  readonly url: string
  readonly incidents: number
}

/** What every part of a run works with. */
export interface RunContext {
  readonly options: BenchOptions
  readonly servers: Servers
  readonly processes: Processes
  readonly system: System
  /** Ours, rising in size. */
  readonly databases: readonly [SizedDatabase, ...SizedDatabase[]]
  readonly largest: SizedDatabase
  /** A copy of the largest one, in which the peers and the yardsticks work. */
  readonly peers: SizedDatabase
  readonly places: readonly Place[]
  readonly samples: readonly SampleReport[]
  readonly measurements: Measurements
  readonly pgbench: string | undefined
  readonly signal: AbortSignal
  /** The API of a database, which is started at first use and stays. */
  api(database: SizedDatabase): Promise<Api>
  /**
   * Runs what may fail without taking the rest of its part with it, such as a peer: the failure is noted in the result.
   *
   * @returns whether it went well; rejects only where the whole run is broken off
   */
  attempt(part: PartName, what: string, run: () => Promise<void>): Promise<boolean>
  /** Reads the processor's yardstick; called between rounds. */
  pace(): void
  log(message: string): void
}

/** The same things in another order each round, so that none of them always comes after the same neighbour. */
export function rotated<T>(things: readonly T[], round: number): T[] {
  const first = things.length === 0 ? 0 : round % things.length
  return [...things.slice(first), ...things.slice(0, first)]
}

/**
 * Which of our databases a round visits: the first one all, because growth is to be seen; the others those that a goal is
 * about.
 *
 * @param share the smallest that matters, as a part of the largest
 */
export function visited({ databases, largest }: RunContext, round: number, share: number): SizedDatabase[] {
  return databases.filter(({ incidents }) => round === 0 || incidents >= largest.incidents * share)
}

/** Measures what is compared with nothing but itself: each database in the first round, the largest in all. */
export async function inRounds(
  context: RunContext,
  measureOnce: (context: RunContext, database: SizedDatabase) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < context.options.rounds; round += 1)
    for (const database of visited(context, round, 1)) {
      context.signal.throwIfAborted()
      context.pace()
      await measureOnce(context, database)
    }
}
