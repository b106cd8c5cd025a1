import { randomBytes } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import { findPlaces } from '../areas/find-places.ts'
import { commitmentTo } from '../audit/chain.ts'
import type { ReadClock } from '../database/clock.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { type Command, decide } from '../domain/decide.ts'
import type { CommandType } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import { settleOverdue } from '../domain/settle-overdue.ts'
import { Problem } from '../http/problem.ts'
import { entityTag } from '../http/write-headers.ts'
import { type Answer, findEarlierUses, type RequestKey, storeAnswers } from '../idempotency/stored-answers.ts'
import { getPolicies } from '../policies/find-policies.ts'
import { findUnits } from '../units/find-units.ts'
import { distanceBetween } from './distance.ts'
import { incidentView, readNames, receiptView, viewIncident, viewReceipt } from './incident-view.ts'
import { loadIncidents, type Position, type StoredIncident } from './load-incidents.ts'
import { requestInstant, saltLength } from './report-submission.ts'
import { saveDecisions } from './save-decisions.ts'
import { inScope } from './scope.ts'

/** A command as a client asks for it. */
export type Action =
  | { readonly type: 'whistle'; readonly unitCode: string }
  | { readonly type: 'arrive'; readonly position: Position | null }
  | { readonly type: Exclude<CommandType, 'whistle' | 'arrive'> }

export interface ActionRequest {
  readonly incidentId: string
  readonly action: Action
  readonly actor: Actor
  readonly request: RequestKey
  /** `performance.now()` when the request reached this server. */
  readonly arrivedAt: number
  /** When the client says that it happened. It decides nothing. */
  readonly occurredAt: Instant | null
  /** The revision that the client saw, where it insists on that. */
  readonly ifMatch: number | undefined
  readonly text: string | null
  readonly textVisibleToReporter: boolean
}

export interface WritePathDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
}

export const actionView = z
  .object({ incident: incidentView, event: receiptView })
  .meta({ id: 'ActionResult', description: 'The incident after the action, and the event that it wrote' })

/**
 * The one way in which somebody changes an incident: lock it, read the clock, settle what is overdue, decide, save. What
 * was settled is committed even where the action itself is refused.
 *
 * @throws Problem with the refusal's code, `not_found` for what is foreign, or `precondition_failed`
 */
export async function actOnIncident(
  { db, readClock }: WritePathDependencies,
  asked: ActionRequest,
): Promise<{ answer: Answer; replayed: boolean }> {
  const salt = randomBytes(saltLength)
  const outcome = await inTransaction(db, async (trx) => {
    const earlier = (await findEarlierUses(trx, [asked.request])).get(0)
    if (earlier === 'reused') return new Problem('idempotency_key_reused')
    if (earlier !== undefined) return { answer: earlier.answer, replayed: true }
    const stored = await lockIncident(trx, asked.incidentId, asked.actor)
    if (stored === undefined) return new Problem('not_found')
    const now = Math.max(await readClock(trx), stored.incident.lastEventAt)
    return await decideAndSave(trx, stored, asked, now, salt)
  })
  if (outcome instanceof Problem) throw outcome
  return outcome
}

/** Locks an incident that the actor may see, then reads it whole in statements of their own. */
async function lockIncident(
  trx: Transaction<Database>,
  incidentId: string,
  actor: Actor,
): Promise<StoredIncident | undefined> {
  const locked = await trx
    .selectFrom('incidents')
    .select('id')
    .where('id', '=', incidentId)
    .where(inScope(actor))
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (locked === undefined) return undefined
  const [stored] = await loadIncidents(trx, [incidentId])
  return stored
}

async function decideAndSave(
  trx: Transaction<Database>,
  stored: StoredIncident,
  asked: ActionRequest,
  now: Instant,
  salt: Buffer,
): Promise<Problem | { answer: Answer; replayed: boolean }> {
  const { incident } = stored
  const place = (await findPlaces(trx, [incident.areaCode])).get(incident.areaCode)
  const policy = (await getPolicies(trx, [incident.policyId])).get(incident.policyId)
  if (place === undefined || policy === undefined) throw new Error(`${incident.id} has no place or no policy`)
  const context = { now, place, policy }
  const command = await commandOf(trx, asked, stored)
  const stale = asked.ifMatch !== undefined && asked.ifMatch !== incident.revision
  if (command === undefined || stale) {
    const settlement = settleOverdue(incident, context)
    await save(trx, stored, { ...settlement, after: settlement.incident })
    return stale ? new Problem('precondition_failed') : unknownUnit()
  }

  const note = noteOf(asked)
  const decision = decide(
    incident,
    command,
    {
      actor: asked.actor,
      requestedAt: requestInstant(now, asked.arrivedAt),
      occurredAt: asked.occurredAt,
      note:
        note === null
          ? null
          : { commitment: commitmentTo(salt, note), visibleToReporter: asked.textVisibleToReporter },
    },
    context,
  )
  const event = await save(trx, stored, { events: decision.events, after: decision.incident })
  if (decision.refusal !== null || event === undefined) {
    return new Problem(decision.refusal?.code ?? 'internal_error')
  }
  if (note !== null) {
    await trx
      .insertInto('event_notes')
      .values({
        incident_id: incident.id,
        seq: event.seq,
        text: note.text,
        latitude: note.position?.latitude ?? null,
        longitude: note.position?.longitude ?? null,
        visible_to_reporter: asked.textVisibleToReporter,
        salt,
      })
      .execute()
  }
  const view: z.input<typeof actionView> = {
    incident: viewIncident(decision.incident, await readNames(trx, [decision.incident])),
    event: viewReceipt(event),
  }
  const answer: Answer = {
    status: 200,
    headers: { etag: entityTag(decision.incident.revision) },
    body: JSON.stringify(actionView.parse(view)),
  }
  await storeAnswers(trx, now, [{ request: asked.request, answer }])
  return { answer, replayed: false }
}

async function save(
  trx: Transaction<Database>,
  before: StoredIncident,
  decided: Pick<Parameters<typeof saveDecisions>[1][number], 'after' | 'events'>,
) {
  if (decided.events.length === 0) return undefined
  const [event] = await saveDecisions(trx, [{ ...decided, before, position: before.position }])
  return event
}

/** The domain's command, with what it needs to know from elsewhere; nothing where the named unit does not exist. */
async function commandOf(
  trx: Transaction<Database>,
  { action }: ActionRequest,
  { position }: StoredIncident,
): Promise<Command | undefined> {
  switch (action.type) {
    case 'whistle': {
      const unit = (await findUnits(trx, [action.unitCode])).get(action.unitCode)
      return unit === undefined ? undefined : { type: 'whistle', unit }
    }
    case 'arrive': {
      const known = action.position !== null && position !== null
      return { type: 'arrive', distanceM: known ? distanceBetween(action.position, position) : null }
    }
    default:
      return { type: action.type }
  }
}

/** What belongs to the event and stands outside it: a text, a position, or nothing. */
function noteOf({ action, text }: ActionRequest): { text: string | null; position: Position | null } | null {
  const position = action.type === 'arrive' ? action.position : null
  return text === null && position === null ? null : { text, position }
}

function unknownUnit(): Problem {
  const detail = { zh: '没有此代码的单位', en: 'No unit has this code' }
  return new Problem('unit_not_found', { errors: [{ pointer: '/unitCode', detail }] })
}
