import { sql, type Transaction } from 'kysely'
import type { ChainedEvent } from '../audit/append-events.ts'
import type { LockedStream } from '../audit/registry-stream.ts'
import type { Database } from '../database/schema.ts'
import { batchStatementMaxMs } from '../database/waiting.ts'
import type { Actor } from '../domain/actor.ts'
import type { Instant } from '../domain/instant.ts'
import { findSaid, moveBases, tellBases } from './plan-bases.ts'
import { plansMoved } from './plan-evidence.ts'
import type { AskedRows, Registry, StoredChange } from './registry.ts'

/** Where a change comes from, as far as its event tells. */
export interface ChangeOrigin {
  readonly actor: Actor
  /** Of the file's bytes, hexadecimal; null where no file was sent. */
  readonly sha256: string | null
  /** The plan that it carries out, where it was made before. */
  readonly planned?: { readonly id: string; readonly effectiveAt: Instant }
}

export interface ChangeDone {
  readonly rows: number
  readonly changed: Readonly<Record<string, number>>
  readonly treeVersion: number | undefined
  /** The event that tells of the change as a whole; undefined where nothing new was said. */
  readonly event: ChainedEvent | undefined
  /** The revisions of the rows that changed. */
  readonly revisions: ReadonlyMap<string, number>
}

const nothingStored: StoredChange = { about: {}, events: [], revisions: new Map() }

/** How long a change may think about its rows between two statements, in ms: other work of the process has its turns meanwhile. */
const thinkingMaxMs = 60_000

/** Lets a transaction think about as many rows as a batch may have. Its statements stay as short as everybody's. */
export async function takeThought(trx: Transaction<Database>): Promise<void> {
  await sql`select set_config('idle_in_transaction_session_timeout', ${`${thinkingMaxMs}ms`}, true)`.execute(
    trx,
  )
}

/** Lets a transaction take the time that a batch takes. Its pool must wait for answers as long (`batchAnswerLimitMs`). */
export async function takeTime(trx: Transaction<Database>): Promise<void> {
  await takeThought(trx)
  await sql`select set_config('statement_timeout', ${`${batchStatementMaxMs}ms`}, true)`.execute(trx)
}

/**
 * Changes a registry at once: rows, versions and events, or nothing at all where nothing new is said and nothing was
 * planned. The caller holds the lock of the registry's stream.
 *
 * @throws RejectedRows with the lines that are wrong
 */
export async function applyChange<Row>(
  trx: Transaction<Database>,
  stream: LockedStream,
  registry: Registry<Row>,
  asked: AskedRows<Row>,
  { actor, sha256, planned }: ChangeOrigin,
): Promise<ChangeDone> {
  const rows = asked.rows.length
  const { changed, keys, store } = await registry.plan(trx, asked)
  // A plan that says nothing new any more was carried out all the same, which its event tells.
  if (keys.length === 0 && planned === undefined)
    return { rows, changed, treeVersion: undefined, event: undefined, revisions: nothingStored.revisions }
  const earlier = planned === undefined ? undefined : await findSaid(trx, registry, keys)
  const { about, events, revisions } = keys.length === 0 ? nothingStored : await store(stream.now)
  const origin = sha256 === null || registry.personal ? {} : { sha256 }
  const head = {
    type: `${registry.name}_${sha256 === null ? 'amended' : 'imported'}`,
    at: stream.now,
    actor,
    ...about,
    ...origin,
    ...(planned === undefined ? {} : { planned }),
    rows,
    changed,
  }
  const moved =
    planned === undefined || earlier === undefined
      ? []
      : await moveBases(trx, registry.name, planned.id, earlier, await findSaid(trx, registry, keys))
  const telling = plansMoved(registry.name, stream.now, moved)
  const [event, ...rest] = await stream.append([head, ...events, ...telling])
  for (const [index, { plans }] of telling.entries()) {
    const told = rest[events.length + index]
    if (told === undefined) throw new Error('Plans moved along without an event')
    await tellBases(
      trx,
      plans.map(({ plannedChange }) => plannedChange),
      told.seq,
    )
  }
  return { rows, changed, treeVersion: about.treeVersion, event, revisions }
}
