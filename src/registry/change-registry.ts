import { randomBytes } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import type { ChainedEvent } from '../audit/append-events.ts'
import { type LockedStream, lockRegistryStream } from '../audit/registry-stream.ts'
import type { NumberedRow } from '../csv/read-csv.ts'
import type { ReadClock } from '../database/clock.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import type { Instant } from '../domain/instant.ts'
import { Problem } from '../http/problems/problem.ts'
import { entityTag } from '../http/write-headers.ts'
import type { RequestKey } from '../idempotency/request-key.ts'
import { type Answer, findEarlierUses, storeAnswers } from '../idempotency/stored-answers.ts'
import { applyChange, takeThought } from './apply-change.ts'
import { changeView } from './change-view.ts'
import { findRevisions } from './find-revisions.ts'
import { findBases } from './plan-bases.ts'
import { commitToBases, commitToRows } from './plan-evidence.ts'
import {
  countPlanned,
  findSamePlan,
  insertPlannedChange,
  plannedAheadMaxMs,
  plannedMax,
  plannedRowsMax,
  textOfRows,
} from './planned-changes.ts'
import { keptElsewhere, type PointTo, refusalOfChange } from './refused-change.ts'
import type { Registry } from './registry.ts'

/** As long as a hash: nobody tries them all. */
const saltBytes = 32

export interface RegistryDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
}

/** A change that an administrator asks for over the API. */
export interface ChangeRequest<Row> {
  /** An administrator, who may change what lies in the subtree of their area. */
  readonly actor: Actor
  /** The rows, or what makes them of the registry as it stands under the lock. */
  readonly rows: readonly NumberedRow<Row>[] | ((trx: Transaction<Database>) => Promise<NumberedRow<Row>[]>)
  /** Of the file's bytes; null for a request in JSON. */
  readonly sha256: string | null
  /** Where a row that does not fit stands in what was sent. */
  readonly pointTo: PointTo
  /** The one row that the address names, which must exist unless `creates` says otherwise. */
  readonly target?: { readonly key: string; readonly creates: boolean; readonly ifMatch: number | undefined }
  /** When it is to take effect; undefined: at once. */
  readonly effectiveAt: Instant | undefined
  /** Under which the answer is kept; a PUT has none and needs none, as what it says twice is said once. */
  readonly request: RequestKey | undefined
}

/**
 * Changes a registry at an administrator's request, at once or for later: the same rules look at the rows when they are
 * filed and when they take effect.
 *
 * @throws Problem `change_refused` or `open_incidents` with a pointer to what does not fit, `not_found`, `not_your_area`,
 *   `precondition_failed`, `invalid_request` or `idempotency_key_reused`
 */
export async function changeRegistry<Row>(
  { db, readClock }: RegistryDependencies,
  registry: Registry<Row>,
  asked: ChangeRequest<Row>,
): Promise<{ answer: Answer; replayed: boolean }> {
  // Made before the first attempt, so that a COMMIT whose answer was lost is not repeated under another id.
  const id = uuidv7()
  try {
    return await inTransaction(db, async (trx) => {
      await takeThought(trx)
      // The lock comes first: of two requests under one key the second then finds the first one's answer.
      const stream = await lockRegistryStream(trx, registry.name, readClock)
      const earlier = asked.request && (await findEarlierUses(trx, [asked.request])).get(0)
      if (earlier === 'reused') throw new Problem('idempotency_key_reused')
      if (earlier !== undefined) return { answer: earlier.answer, replayed: true }
      const answer = await decideChange(trx, stream, registry, asked, id)
      if (asked.request !== undefined)
        await storeAnswers(trx, stream.now, [{ request: asked.request, answer }])
      return { answer, replayed: false }
    })
  } catch (error) {
    throw refusalOfChange(error, asked.pointTo)
  }
}

async function decideChange<Row>(
  trx: Transaction<Database>,
  stream: LockedStream,
  registry: Registry<Row>,
  asked: ChangeRequest<Row>,
  id: string,
): Promise<Answer> {
  const { actor, sha256, target, effectiveAt } = asked
  const within = areaOf(actor)
  try {
    await registry.refuseForeign(trx, target?.key, within)
  } catch (error) {
    // Whoever means to add it learns that it is there all the same.
    const taken = error instanceof Problem && error.code === 'not_found' && target?.creates === true
    throw taken ? new Problem('not_found', { detail: keptElsewhere }) : error
  }
  const revision = target && (await findRevisions(trx, registry, [target.key])).get(target.key)
  if (target !== undefined) refuseTarget(target, revision)
  const rows = typeof asked.rows === 'function' ? await asked.rows(trx) : asked.rows
  if (effectiveAt !== undefined)
    return planForLater(trx, stream, registry, { ...asked, rows, id, effectiveAt })
  const done = await applyChange(trx, stream, registry, { rows, within }, { actor, sha256 })
  const now = target && (done.revisions.get(target.key) ?? revision)
  return {
    status: target !== undefined && revision === undefined ? 201 : 200,
    headers: now === undefined ? {} : { etag: entityTag(now) },
    body: bodyOf({
      registry: registry.name,
      rows: rows.length,
      changed: done.changed,
      treeVersion: done.treeVersion ?? null,
      plannedChange: null,
      event: referenceTo(done.event),
    }),
  }
}

/** @throws Error for somebody without an area, whom no route of administrators lets in */
function areaOf({ id, areaCode }: Actor): string {
  if (areaCode === undefined) throw new Error(`${id} has no area`)
  return areaCode
}

function refuseTarget(
  { creates, ifMatch }: NonNullable<ChangeRequest<unknown>['target']>,
  revision: number | undefined,
): void {
  if (revision === undefined && !creates) throw new Problem('not_found')
  if (ifMatch !== undefined && ifMatch !== revision) throw new Problem('precondition_failed')
}

async function planForLater<Row>(
  trx: Transaction<Database>,
  stream: LockedStream,
  registry: Registry<Row>,
  asked: ChangeRequest<Row> & {
    readonly rows: readonly NumberedRow<Row>[]
    readonly id: string
    readonly effectiveAt: Instant
  },
): Promise<Answer> {
  const { actor, rows, sha256, target, effectiveAt } = asked
  const within = areaOf(actor)
  if (effectiveAt <= stream.now || effectiveAt > stream.now + plannedAheadMaxMs) throw notAhead()
  const { changed } = await registry.plan(trx, { rows, within })
  const bases = await findBases(trx, registry, rows, target?.key)
  const filed = { rows, within, bases, by: actor.id, effectiveAt }
  const same = await findSamePlan(trx, registry, filed)
  const { id, ...event } = same ?? (await file())
  return {
    status: 202,
    headers: { location: `/v1/planned-changes/${id}` },
    body: bodyOf({
      registry: registry.name,
      rows: rows.length,
      changed,
      treeVersion: null,
      plannedChange: { id, effectiveAt },
      event: referenceTo(event),
    }),
  }

  async function file() {
    const waiting = await countPlanned(trx, registry.name, within)
    if (waiting.changes >= plannedMax || waiting.rows + rows.length > plannedRowsMax) throw tooManyPlanned()
    const salt = randomBytes(saltBytes)
    const planned = {
      type: `${registry.name}_change_planned`,
      at: stream.now,
      actor,
      plannedChange: asked.id,
      effectiveAt,
      ...(sha256 === null || registry.personal ? {} : { sha256 }),
      rows: rows.length,
      changed,
      rowsCommitment: commitToRows(salt, textOfRows(rows)),
      basesCommitment: commitToBases(salt, bases),
    }
    const [event] = await stream.append([planned])
    if (event === undefined) throw new Error(`The plan ${asked.id} was told by no event`)
    await insertPlannedChange(trx, registry, filed, { id: asked.id, salt, at: stream.now, seq: event.seq })
    return { ...event, id: asked.id }
  }
}

function bodyOf(view: z.input<typeof changeView>): string {
  return JSON.stringify(changeView.parse(view))
}

function referenceTo(event: Pick<ChainedEvent, 'stream' | 'seq' | 'hash'> | undefined) {
  return event === undefined
    ? null
    : { stream: event.stream, seq: event.seq, hash: event.hash.toString('hex') }
}

function notAhead(): Problem {
  const detail = {
    zh: '生效时间须在现在之后两年之内',
    en: 'The change must take effect later than now, and within two years',
  }
  return new Problem('invalid_request', { errors: [{ pointer: 'effectiveAt', detail }] })
}

function tooManyPlanned(): Problem {
  const detail = {
    zh: `本辖区待生效的变更至多 ${plannedMax} 项、共 ${plannedRowsMax} 行`,
    en: `At most ${plannedMax} changes of your area wait at a time, with ${plannedRowsMax} rows together`,
  }
  return new Problem('change_refused', { detail })
}
