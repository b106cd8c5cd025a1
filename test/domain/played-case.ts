import { applyEvent } from '../../src/domain/apply-event.ts'
import type { AreaKind, Place } from '../../src/domain/area.ts'
import type { Counterpart } from '../../src/domain/commands/merge.ts'
import type { ClockJump, Context } from '../../src/domain/context.ts'
import { type Deadline, isLive, isOfIncident, type PromiseKind } from '../../src/domain/deadline.ts'
import { type Command, decide } from '../../src/domain/decide.ts'
import type { IncidentEvent } from '../../src/domain/event.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { Instant } from '../../src/domain/instant.ts'
import { type NoticeDraft, noticesOf } from '../../src/domain/notices-of.ts'
import { openIncident } from '../../src/domain/open-incident.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { Refusal, RefusalCode } from '../../src/domain/refusal.ts'
import { settleOverdue } from '../../src/domain/settle-overdue.ts'
import type { CommandType } from '../../src/domain/transitions.ts'
import { huangshi } from '../support/world-areas.ts'
import { type ActorName, actors, call, hour, minute, places, policy, receipt } from './played-facts.ts'

/** The report that opened a case. */
export const reportId = '01990000-0000-7000-8000-00000000000b'

/** A case that was received a minute before the others, for whatever is merged into another. */
const elder = (now: Instant): Counterpart => {
  const id = '01990000-0000-7000-8000-0000000000e1'
  const played = playCase({ id, receivedAt: -minute, reportId: id })
  return played.at(now - receipt).counterpart()
}

/**
 * A command with whatever it needs: the fire brigade is whistled, the community given the case, the first assignment or
 * request meant, an hour asked for, unless a test says otherwise.
 */
export function commandOf(type: CommandType, now: Instant): Command {
  switch (type) {
    case 'whistle':
      return call('fire')
    case 'hand_down':
      return { type, areaCode: huangshi.community }
    case 'arrive':
      return { type, distanceM: null }
    case 'rule_return':
      return { type, assignmentNo: 1, upheld: true }
    case 'withdraw':
      return { type, assignmentNo: 1 }
    case 'raise':
      return { type, rung: 'district' }
    case 'request_pause':
      return { type, promises: ['on_site'], until: now + hour }
    case 'request_extension':
      return { type, promises: ['on_site'], byMs: hour }
    case 'approve_relief':
    case 'refuse_relief':
    case 'resume':
      return { type, reliefNo: 1 }
    case 'merge': {
      const survivor = elder(now)
      return { type, survivor, reports: { first: reportId, all: new Set([reportId]) }, attached: 0 }
    }
    case 'unmerge':
      return { type, survivor: elder(now), reports: { first: reportId, all: new Set([reportId]) } }
    case 'rate':
      return {
        type,
        rating: { reportId, solved: true, satisfaction: 5 },
        othersAsked: false,
        rated: false,
      }
    case 'reveal_reporter':
      return { type, reportId }
    default:
      return { type }
  }
}

export interface CaseOptions {
  readonly id?: string
  readonly reportId?: string
  /** In milliseconds after the instant at which every other case is received. */
  readonly receivedAt?: number
  readonly place?: Place
  readonly districtCode?: string
  readonly policy?: Policy
  /** The lowest kind of area that may be made to carry such a case. */
  readonly admittedFrom?: AreaKind
}

/** A case that is played command by command on a clock that a test sets. */
export interface PlayedCase {
  readonly incident: Incident
  readonly events: readonly IncidentEvent[]
  /** Why the last command did not go through. */
  readonly refusal: Refusal | null
  /** Sets the clock, in milliseconds since receipt. */
  at(sinceReceiptMs: number): PlayedCase
  /** Whether the clock can be trusted from now on, and what it was set ahead by. */
  trust(trusted: boolean, ...jumps: ClockJump[]): PlayedCase
  /** Moves the incident's area elsewhere in the tree. */
  moveTo(moved: Place): PlayedCase
  /** Does a command, and returns the code of its refusal. */
  act(
    type: CommandType | Command,
    by: ActorName,
    options?: { readonly queuedMs?: number },
  ): RefusalCode | null
  /** Settles what is overdue, as a waker does, and returns how many events that made. */
  settle(): number
  /** Whom an event tells of what, the last one unless told otherwise. */
  notices(event?: IncidentEvent): NoticeDraft[]
  /** Lets an event happen that another case's command wrote here. */
  append(event: IncidentEvent): void
  /** The case as another one's merge sees it: nothing is overdue. */
  counterpart(): Counterpart
  /** The deadlines of a promise, units' included, each as `rung state`; ` (reason)` and ` fulfilled` follow. */
  rows(promise: PromiseKind): string[]
  /** The deadline of the incident's own that is live for a promise. */
  live(promise: PromiseKind): Deadline | undefined
  /** When the live deadline of a promise is due, in milliseconds since receipt. */
  due(promise: PromiseKind): number | undefined
}

/** Receives a report at `receipt`, as a resident's. */
export function playCase(options: CaseOptions = {}): PlayedCase {
  const receivedAt = receipt + (options.receivedAt ?? 0)
  let now = receivedAt
  let where = options.place ?? places.grid
  let clockFault = false
  let clockJumps: readonly ClockJump[] = []
  const pinned = options.policy ?? policy
  const category = {
    path: ['fire', 'fire_lane_blocked'],
    admittedFrom: options.admittedFrom ?? 'grid',
  } as const
  const context = (): Context => ({ now, clockFault, clockJumps, place: where, policy: pinned, category })
  const facts = {
    id: options.id ?? '01990000-0000-7000-8000-00000000000a',
    number: '420202-20261120-7K3QX9TD',
    districtCode: options.districtCode ?? huangshi.district,
    areaCode: where.path.at(-1)?.code ?? '',
    categoryCode: 'fire_lane_blocked',
    severity: 'high',
    policyId: pinned.id,
  } as const
  const request = { actor: actors.resident, requestedAt: receivedAt, occurredAt: null, note: null }
  const opened = openIncident(facts, options.reportId ?? reportId, request, context())
  let incident = opened.incident
  let refusal: Refusal | null = null
  const events: IncidentEvent[] = [opened.event]
  const live = (promise: PromiseKind) =>
    incident.deadlines.find((row) => row.promise === promise && isLive(row) && isOwed(row))

  const played: PlayedCase = {
    get incident() {
      return incident
    },
    get refusal() {
      return refusal
    },
    events,
    at(sinceReceiptMs) {
      now = receipt + sinceReceiptMs
      return played
    },
    trust(trusted, ...jumps) {
      clockFault = !trusted
      clockJumps = [...clockJumps, ...jumps]
      return played
    },
    moveTo(moved) {
      where = moved
      return played
    },
    act(type, by, { queuedMs = 0 } = {}) {
      const command = typeof type === 'string' ? commandOf(type, now) : type
      const asked = { actor: actors[by], requestedAt: now - queuedMs, occurredAt: null, note: null }
      const decision = decide(incident, command, asked, context())
      incident = decision.incident
      events.push(...decision.events)
      refusal = decision.refusal
      return refusal?.code ?? null
    },
    settle() {
      const settlement = settleOverdue(incident, context())
      incident = settlement.incident
      events.push(...settlement.events)
      return settlement.events.length
    },
    notices(event = events.at(-1)) {
      return event === undefined ? [] : noticesOf(incident, event, context())
    },
    append(event) {
      incident = applyEvent(incident, event)
      events.push(event)
    },
    counterpart() {
      played.settle()
      return { incident, context: context() }
    },
    rows: (promise) =>
      incident.deadlines
        .filter((deadline) => deadline.promise === promise)
        .map(({ rung, state, cancelReason, fulfilledAt }) =>
          [
            rung,
            state,
            ...(cancelReason ? [`(${cancelReason})`] : []),
            ...(fulfilledAt ? ['fulfilled'] : []),
          ].join(' '),
        ),
    live,
    due(promise) {
      const row = live(promise)
      return row && row.dueAt - receipt
    },
  }
  return played
}

/** Owed by the incident to everybody: not by an assignment, not to one merged report alone. */
function isOwed(row: Deadline): boolean {
  return isOfIncident(row) && row.reportId === null
}
