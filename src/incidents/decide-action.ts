import { randomBytes } from 'node:crypto'
import { commitmentTo } from '../audit/chain.ts'
import type { Actor } from '../domain/actor.ts'
import { type Command, type Decision, decide } from '../domain/decide.ts'
import type { CommandType } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import { settleOverdue } from '../domain/settle-overdue.ts'
import { Problem } from '../http/problem.ts'
import type { RequestKey } from '../idempotency/request-key.ts'
import type { Unit } from '../units/find-units.ts'
import type { Note } from './decided-incident.ts'
import { distanceBetween } from './distance.ts'
import type { Position } from './load-incidents.ts'
import type { Case } from './read-cases.ts'
import { requestInstant, saltLength } from './report-submission.ts'

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

/** What comes of an action: what was settled stays settled even where the action itself is refused. */
export interface DecidedAction extends Pick<Decision, 'events' | 'incident'> {
  readonly asked: ActionRequest
  readonly before: Case
  readonly problem: Problem | undefined
  /** What stands outside the action's event and belongs to it. */
  readonly note: Note | null
}

/**
 * Settles what is overdue, then decides an action.
 *
 * @param readAt `performance.now()` at the deciding instant
 * @param units those that the action names, as far as there are any
 */
export function decideAction(
  asked: ActionRequest,
  before: Case,
  { readAt, units }: { readonly readAt: number; readonly units: ReadonlyMap<string, Unit> },
): DecidedAction {
  const { incident, context } = before
  const command = commandOf(asked, before, units)
  if (command instanceof Problem)
    return { asked, before, ...settleOverdue(incident, context), problem: command, note: null }
  const note = noteOf(asked)
  const {
    events,
    incident: after,
    refusal,
  } = decide(
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
              commitment: commitmentTo(note.salt, { text: note.text, position: note.position }),
              visibleToReporter: note.visibleToReporter,
            },
    },
    context,
  )
  const decided = { asked, before, events, incident: after }
  return refusal === null
    ? { ...decided, problem: undefined, note }
    : { ...decided, problem: new Problem(refusal.code), note: null }
}

/** The domain's command, with what it needs to know from elsewhere, or why the request cannot be one. */
function commandOf(
  { action, ifMatch }: ActionRequest,
  { incident, position }: Case,
  units: ReadonlyMap<string, Unit>,
): Command | Problem {
  if (ifMatch !== undefined && ifMatch !== incident.revision) return new Problem('precondition_failed')
  switch (action.type) {
    case 'whistle': {
      const unit = units.get(action.unitCode)
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

/** A text, a position, or nothing. The salt is another one in each attempt, of which one at the most is stored. */
function noteOf({ action, text, textVisibleToReporter }: ActionRequest): Note | null {
  const position = action.type === 'arrive' ? action.position : null
  if (text === null && position === null) return null
  return { text, position, visibleToReporter: textVisibleToReporter, salt: randomBytes(saltLength) }
}

function unknownUnit(): Problem {
  const detail = { zh: '没有此代码的单位', en: 'No unit has this code' }
  return new Problem('unit_not_found', { errors: [{ pointer: '/unitCode', detail }] })
}
