import type { Transaction } from 'kysely'
import { inTurns } from '../batches/in-turns.ts'
import { instant, type ReadClock } from '../database/clock.ts'
import { insertTogether } from '../database/insert-together.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { type ChainedEvent, chainEvents, insertEvents } from './append-events.ts'
import { genesis } from './chain.ts'

/** The registries that decisions about incidents are made from: each transaction reads the heads of their streams. */
export const registryStreams = ['areas', 'categories', 'policies', 'units'] as const
export type RegistryStream = (typeof registryStreams)[number]

/** Every stream that is not an incident's. No action waits for those of the last line. */
export type StreamName = RegistryStream | 'people' | 'responsibilities' | 'clock'

/** Each event of an import tells hundreds of rows, and takes some ms to be made into bytes and hashed. */
const eventsPerTurn = 4

/** A registry's stream whose head is locked, and the instant at which that was so. */
export interface LockedStream {
  readonly now: Instant
  /** The instant of the stream's last event so far. */
  readonly lastAt: Instant
  /** Writes events about the registry's change; in the same transaction as the change itself. */
  append(events: readonly { readonly type: string; readonly at: Instant }[]): Promise<ChainedEvent[]>
}

/**
 * Locks the stream of a registry, or that of the clock, and reads the clock. Whoever changes a registry does this first,
 * so changes of one registry happen one after the other, and time never runs backwards within its stream.
 */
export async function lockRegistryStream(
  trx: Transaction<Database>,
  name: StreamName,
  readClock: ReadClock,
): Promise<LockedStream> {
  await trx
    .insertInto('streams')
    .values({ name, head_seq: 0, head_hash: genesis, head_at: instant(0) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const head = await trx
    .selectFrom('streams')
    .selectAll()
    .where('name', '=', name)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow()
  const now = Math.max((await readClock(trx)).now, head.head_at)
  return {
    now,
    lastAt: head.head_at,
    async append(events) {
      const chained: ChainedEvent[] = []
      let last = { seq: head.head_seq, hash: head.head_hash, at: head.head_at }
      for await (const batch of inTurns(events, eventsPerTurn)) {
        const linked = chainEvents(name, null, last, batch)
        await insertTogether(trx, [insertEvents(linked)])
        chained.push(...linked)
        last = linked.at(-1) ?? last
      }
      if (chained.length === 0) return []
      await trx
        .updateTable('streams')
        .set({ head_seq: last.seq, head_hash: last.hash, head_at: instant(last.at) })
        .where('name', '=', name)
        .execute()
      return chained
    },
  }
}
