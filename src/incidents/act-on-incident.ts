import { randomBytes } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import { z } from 'zod'
import { lockAreas } from '../areas/lock-areas.ts'
import { commitmentTo } from '../audit/chain.ts'
import type { RegistryHeads } from '../audit/registry-heads.ts'
import type { ReadClock } from '../database/clock.ts'
import { inDecidingTransaction } from '../database/in-transaction.ts'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database } from '../database/schema.ts'
import { boundLockWaits, waitMaxMs } from '../database/waiting.ts'
import type { Actor } from '../domain/actor.ts'
import { type Command, type Decision, decide } from '../domain/decide.ts'
import type { Instant } from '../domain/instant.ts'
import { settleOverdue } from '../domain/settle-overdue.ts'
import type { CommandType } from '../domain/transitions.ts'
import { Problem } from '../http/problem.ts'
import { entityTag } from '../http/write-headers.ts'
import type { RequestKey } from '../idempotency/request-key.ts'
import { type Answer, findEarlierUses, storeAnswers } from '../idempotency/stored-answers.ts'
import { findKnownUnits } from '../units/find-units.ts'
import type { DecidedIncident, Note } from './decided-incident.ts'
import { distanceBetween } from './distance.ts'
import { failureOfAction } from './failure-of-action.ts'
import { incidentView, readNames, receiptView, viewIncident, viewReceipt } from './incident-view.ts'
import type { Position } from './load-incidents.ts'
import { type Case, readCases } from './read-cases.ts'
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

/** An action, with what belongs to the attempt to carry it out. */
interface AttemptedAction extends ActionRequest {
  readonly heads: RegistryHeads
  /** `performance.now()` at the deciding instant. */
  readonly readAt: number
  readonly salt: Buffer
  readonly giveUpAt: number
}

interface ActionOutcome {
  readonly answer: Answer
  readonly replayed: boolean
}

/**
 * The one way in which somebody changes an incident: lock it, read the clock, settle what is overdue, decide, save. What
 * was settled is committed even where the action itself is refused.
 *
 * @param giveUpAt when the request's time for waiting is over, in terms of `performance.now()`
 * @throws Problem with the refusal's code, `not_found` for what is foreign, or `precondition_failed`
 */
export async function actOnIncident(
  { db, readClock }: WritePathDependencies,
  asked: ActionRequest,
  giveUpAt = performance.now() + waitMaxMs,
): Promise<ActionOutcome> {
  const salt = randomBytes(saltLength)
  const outcome = await inDecidingTransaction(
    db,
    async (trx) => {
      await boundLockWaits(trx, giveUpAt)
      const locking = lockIncident(trx, asked)
      if (asked.action.type === 'reopen') await lockAreaToo(trx, locking, giveUpAt)
      // In this order: what is read after the lock was not there before it, and the same request may have been carried out
      // while this one waited for it, and that is its answer.
      const [areaCode, uses, { cases, readAt, heads }] = await Promise.all([
        locking,
        findEarlierUses(trx, [asked.request]),
        readCases(trx, readClock, [asked.incidentId]),
      ])
      const earlier = uses.get(0)
      if (earlier === 'reused') return new Problem('idempotency_key_reused')
      if (earlier !== undefined) return { answer: earlier.answer, replayed: true }
      const [found] = cases
      if (areaCode === undefined || found === undefined) return new Problem('not_found')
      return await decideAndSave(trx, found, { ...asked, heads, readAt, salt, giveUpAt })
    },
    giveUpAt,
  ).catch(async (error: unknown) => {
    throw await failureOfAction({ db, readClock }, asked.incidentId, error)
  })
  if (outcome instanceof Problem) throw outcome
  return outcome
}

/** @returns the code of the incident's area; undefined where the actor may not see it, or there is none */
async function lockIncident(
  trx: Transaction<Database>,
  { incidentId, actor }: ActionRequest,
): Promise<string | undefined> {
  const { rows } = await executePrepared(
    trx,
    trx
      .selectFrom('incidents')
      .select('area_code')
      .where('id', '=', incidentId)
      .where(inScope(actor))
      .forNoKeyUpdate(),
  )
  return rows[0]?.area_code
}

/** A case comes back to life in its area, which must not be moved meanwhile. What the first lock took is not waited for again. */
async function lockAreaToo(
  trx: Transaction<Database>,
  locking: Promise<string | undefined>,
  giveUpAt: number,
): Promise<void> {
  const areaCode = await locking
  if (areaCode === undefined) return
  await boundLockWaits(trx, giveUpAt)
  await lockAreas(trx, [areaCode])
}

async function decideAndSave(
  trx: Transaction<Database>,
  before: Case,
  asked: AttemptedAction,
): Promise<Problem | ActionOutcome> {
  const { incident, context } = before
  const command = await commandOf(trx, asked, before)
  if (command instanceof Problem) {
    await save(trx, before, { ...settleOverdue(incident, context), note: null })
    return command
  }
  const { readAt, salt } = asked
  const note = noteOf(asked, salt)
  const decision = decide(
    incident,
    command,
    {
      actor: asked.actor,
      requestedAt: requestInstant(context.now, readAt, asked.arrivedAt),
      occurredAt: asked.occurredAt,
      note:
        note === null
          ? null
          : {
              commitment: commitmentTo(salt, { text: note.text, position: note.position }),
              visibleToReporter: note.visibleToReporter,
            },
    },
    context,
  )
  if (decision.refusal !== null) {
    await save(trx, before, { ...decision, note: null })
    return new Problem(decision.refusal.code)
  }
  return { answer: await saveAndAnswer(trx, before, { ...decision, note }, asked), replayed: false }
}

/** What was decided, and what belongs to its last event. */
interface Decided extends Pick<Decision, 'events' | 'incident'> {
  readonly note: Note | null
}

/** Stores what was settled where the action itself is refused. */
async function save(trx: Transaction<Database>, before: Case, decided: Decided): Promise<void> {
  if (decided.events.length > 0) await saveDecisions(trx, [asDecided(before, decided)])
}

/** Stores a decision, and the answer to whoever asked for it in the same statement. */
async function saveAndAnswer(
  trx: Transaction<Database>,
  before: Case,
  decided: Decided,
  { request, heads, giveUpAt }: AttemptedAction,
): Promise<Answer> {
  const { incident } = decided
  const nameOf = await readNames(trx, heads, [incident])
  let answer: Answer | undefined
  await boundLockWaits(trx, giveUpAt)
  await saveDecisions(trx, [asDecided(before, decided)], async (inserts, [event]) => {
    if (event === undefined) throw new Error('A command that is not refused writes an event')
    const view: z.output<typeof actionView> = {
      incident: viewIncident(incident, nameOf),
      event: viewReceipt(event),
    }
    answer = {
      status: 200,
      headers: { etag: entityTag(incident.revision) },
      body: JSON.stringify(view),
    }
    await storeAnswers(trx, before.context.now, [{ request, answer }], inserts)
  })
  if (answer === undefined) throw new Error('A decision that is stored has an answer')
  return answer
}

function asDecided(before: Case, { events, incident, note }: Decided): DecidedIncident {
  return { before, after: incident, events, position: before.position, note }
}

/** The domain's command, with what it needs to know from elsewhere, or why the request cannot be one. */
async function commandOf(
  trx: Transaction<Database>,
  { action, ifMatch, heads }: AttemptedAction,
  { incident, position }: Case,
): Promise<Command | Problem> {
  if (ifMatch !== undefined && ifMatch !== incident.revision) return new Problem('precondition_failed')
  switch (action.type) {
    case 'whistle': {
      const unit = (await findKnownUnits(trx, heads, [action.unitCode])).get(action.unitCode)
      return unit === undefined ? unknownUnit() : { type: 'whistle', unit }
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
function noteOf({ action, text, textVisibleToReporter }: ActionRequest, salt: Buffer): Note | null {
  const position = action.type === 'arrive' ? action.position : null
  if (text === null && position === null) return null
  return { text, position, visibleToReporter: textVisibleToReporter, salt }
}

function unknownUnit(): Problem {
  const detail = { zh: '没有此代码的单位', en: 'No unit has this code' }
  return new Problem('unit_not_found', { errors: [{ pointer: '/unitCode', detail }] })
}
