import { randomBytes } from 'node:crypto'
import type { Kysely, RawBuilder, Transaction } from 'kysely'
import { z } from 'zod'
import { commitmentTo } from '../audit/chain.ts'
import type { RegistryHeads } from '../audit/registry-heads.ts'
import type { ReadClock } from '../database/clock.ts'
import { inDecidingTransaction } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import { boundLockWaits, waitMaxMs } from '../database/waiting.ts'
import type { Actor } from '../domain/actor.ts'
import { applyEvent } from '../domain/apply-event.ts'
import { answerElsewhere, joinReports, separateReports } from '../domain/commands/merge.ts'
import type { Request } from '../domain/context.ts'
import { type Command, type Decision, decide } from '../domain/decide.ts'
import type { IncidentEvent } from '../domain/event.ts'
import type { Instant } from '../domain/instant.ts'
import { settleOverdue } from '../domain/settle-overdue.ts'
import { Problem } from '../http/problems/problem.ts'
import { entityTag } from '../http/write-headers.ts'
import type { RequestKey } from '../idempotency/request-key.ts'
import { type Answer, findEarlierUses, storeAnswers } from '../idempotency/stored-answers.ts'
import { type ActedOn, type Action, commandOf } from './action.ts'
import type { DecidedIncident, Note } from './decided-incident.ts'
import { failureOfAction } from './failure-of-action.ts'
import { incidentView, readNames, receiptView, viewIncident, viewReceipt } from './incident-view.ts'
import { comesBackToLife, lockAreaToo, lockCases, survivorOf } from './lock-cases.ts'
import { findMergedReports } from './merged-reports.ts'
import { type OwingCase, readOwingCases } from './owing-cases.ts'
import { type Case, readCases } from './read-cases.ts'
import { problemOfRefusal } from './refused-action.ts'
import { requestInstant, saltLength } from './report-submission.ts'
import { saveDecisions } from './save-decisions.ts'
import { inScope } from './scope.ts'

export interface ActionRequest {
  readonly incidentId: string
  readonly action: Action
  readonly actor: Actor
  /** Which incidents exist for whoever asks, as a condition on `incidents`: those that the actor may see unless told otherwise. */
  readonly scope?: RawBuilder<boolean>
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
  /** `performance.now()` at the deciding instant. */
  readonly readAt: number
  readonly salt: Buffer
  readonly giveUpAt: number
}

export interface ActionOutcome {
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
      const survivorId = await survivorOf(trx, asked)
      const ids = [...new Set([asked.incidentId, ...(survivorId === undefined ? [] : [survivorId])])].sort()
      const locking = lockCases(trx, asked, ids, asked.scope ?? inScope(asked.actor))
      if (comesBackToLife(asked.action)) await lockAreaToo(trx, locking, asked.incidentId, giveUpAt)
      // In this order: what is read after the lock was not there before it, and the same request may have been carried out
      // while this one waited for it, and that is its answer.
      const [locked, uses, { cases, readAt, heads }] = await Promise.all([
        locking,
        findEarlierUses(trx, [asked.request]),
        readCases(trx, readClock, ids),
      ])
      const earlier = uses.get(0)
      if (earlier === 'reused') return new Problem('idempotency_key_reused')
      if (earlier !== undefined) return { answer: earlier.answer, replayed: true }
      const caseOf = (id: string | undefined) =>
        cases.find(({ incident }) => incident.id === id && locked.has(incident.id))
      const found = caseOf(asked.incidentId)
      if (found === undefined) return new Problem('not_found')
      const survivor = caseOf(survivorId)
      const owing = await readOwingCases(trx, readClock, { ...asked, ...found, locked })
      if (owing instanceof Problem) return owing
      // All cases of one decision have one instant, and time never runs backwards in any stream.
      const besides = [...owing, ...(survivor === undefined ? [] : [survivor])]
      const now = Math.max(found.context.now, ...besides.map(({ context }) => context.now))
      return await decideAndSave(
        trx,
        {
          found: at(now, found),
          survivor: survivor && at(now, survivor),
          owing: owing.map((each) => at(now, each)),
          heads,
        },
        { ...asked, readAt, salt, giveUpAt },
      )
    },
    giveUpAt,
  ).catch(async (error: unknown) => {
    throw await failureOfAction({ db, readClock }, asked.incidentId, error)
  })
  if (outcome instanceof Problem) throw outcome
  return outcome
}

function at<Each extends Case>(now: Instant, each: Each): Each {
  return { ...each, context: { ...each.context, now } }
}

async function decideAndSave(
  trx: Transaction<Database>,
  actedOn: ActedOn & { readonly owing: readonly OwingCase[] },
  asked: AttemptedAction,
): Promise<Problem | ActionOutcome> {
  const { found, survivor, owing, heads } = actedOn
  const { incident, context } = found
  // Whoever merges a case into itself is refused, and it is settled once.
  const besides = survivor === undefined || survivor.incident.id === incident.id ? [] : [settled(survivor)]
  const command =
    asked.ifMatch !== undefined && asked.ifMatch !== incident.revision
      ? new Problem('precondition_failed')
      : await commandOf(trx, asked.action, { ...actedOn, survivor: besides[0]?.afterwards ?? survivor })
  if (command instanceof Problem) {
    await save(trx, [settled(found), ...besides])
    return command
  }
  const { readAt, salt } = asked
  const note = noteOf(asked, salt)
  const request: Request = {
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
  }
  const decision = decide(incident, command, request, context)
  if (decision.refusal !== null) {
    await save(trx, [decidedFor(found, decision), ...besides])
    return problemOfRefusal(decision.refusal, asked.action)
  }
  const others = await Promise.all(
    besides.map((other) => alongside(trx, { command, merged: settled(found).afterwards, other, request })),
  )
  const answered = await elsewhere(trx, incident.id, owing, request)
  const decided = [decidedFor(found, decision, note), ...others, ...answered] as const
  const answer = await saveAndAnswer(trx, decided, heads, asked)
  return { answer, replayed: false }
}

/** What a merge or its undoing does to the incident that survives. Its event refers to the words of the other one's. */
async function alongside(
  trx: Transaction<Database>,
  { command, merged, other, request }: { command: Command; merged: Case; other: Settled; request: Request },
): Promise<Decided> {
  const { afterwards } = other
  const asked = { ...request, note: null }
  const reports = await findMergedReports(trx, merged.incident.id)
  const event =
    command.type === 'merge'
      ? joinReports(afterwards, merged.incident, reports, asked)
      : separateReports(afterwards, merged.incident.id, reports, asked)
  return happening(other, event)
}

/** What an answer does to other cases in which it was late for one of its reporters. Their events refer to its words. */
async function elsewhere(
  trx: Transaction<Database>,
  incidentId: string,
  owing: readonly OwingCase[],
  request: Request,
): Promise<Decided[]> {
  if (owing.length === 0) return []
  const reports = await findMergedReports(trx, incidentId)
  return owing.flatMap((before) => {
    const other = settled(before)
    const event = answerElsewhere(other.afterwards, before.own, reports, { ...request, note: null })
    return event === undefined ? [] : [happening(other, event)]
  })
}

function happening(other: Settled, event: IncidentEvent): Decided {
  return {
    ...other,
    events: [...other.events, event],
    after: applyEvent(other.afterwards.incident, event),
  }
}

/** What was decided about one of the incidents. */
interface Decided extends DecidedIncident {
  readonly before: Case
}

/** A case with what was overdue settled, as a decision and as the case that it makes. */
interface Settled extends Decided {
  readonly afterwards: Case
}

function decidedFor(
  before: Case,
  { events, incident: after }: Pick<Decision, 'events' | 'incident'>,
  note: Note | null = null,
): Decided {
  return { before, after, events, position: before.position, note }
}

function settled(before: Case): Settled {
  const settlement = settleOverdue(before.incident, before.context)
  return { ...decidedFor(before, settlement), afterwards: { ...before, incident: settlement.incident } }
}

/** Stores what was settled where the action itself is refused. */
async function save(trx: Transaction<Database>, decisions: readonly Decided[]): Promise<void> {
  const eventful = decisions.filter(({ events }) => events.length > 0)
  if (eventful.length > 0) await saveDecisions(trx, eventful)
}

/** Stores decisions, and the answer to whoever asked for the first one in the same statement. */
async function saveAndAnswer(
  trx: Transaction<Database>,
  decisions: readonly [Decided, ...Decided[]],
  heads: RegistryHeads,
  { request, giveUpAt }: AttemptedAction,
): Promise<Answer> {
  const [{ before, after: incident }] = decisions
  const nameOf = await readNames(trx, heads, [incident])
  let answer: Answer | undefined
  await boundLockWaits(trx, giveUpAt)
  await saveDecisions(trx, decisions, async (inserts, [event]) => {
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

/** What belongs to the event and stands outside it: a text, a position, or nothing. */
function noteOf({ action, text, textVisibleToReporter }: ActionRequest, salt: Buffer): Note | null {
  const position = action.type === 'arrive' ? action.position : null
  if (text === null && position === null) return null
  return { text, position, visibleToReporter: textVisibleToReporter, salt }
}
