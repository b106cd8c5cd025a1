import { codesOf, rankOf } from './area.ts'
import type { Assignment, AssignmentMove } from './assignment.ts'
import type { Context } from './context.ts'
import { type Deadline, isLive, type Party, type PromiseKind, type Rung } from './deadline.ts'
import type { IncidentEvent } from './event.ts'
import { standingFor } from './follow-areas.ts'
import type { Incident } from './incident.ts'
import type { Instant } from './instant.ts'
import type { ReliefChange } from './relief.ts'

export const noticeKinds = [
  'breached',
  'exhausted',
  'handed_over',
  'assigned',
  'taken_up_again',
  'joined',
  'returned',
  'return_requested',
  'return_refused',
  'withdrawn',
  'relief_requested',
  'relief_approved',
  'relief_refused',
  'urged',
] as const
export type NoticeKind = (typeof noticeKinds)[number]

/** What decides who is told. */
type NoticeContext = Pick<Context, 'place' | 'policy'>

/** Someone is to be told about one deadline. It names no person and quotes nobody. */
export interface NoticeDraft {
  readonly kind: NoticeKind
  readonly recipient: Party
  /** The deadline that ran out, that the recipient has just taken over, or that somebody asks or decides about. */
  readonly about: {
    readonly promise: PromiseKind
    readonly rung: Rung
    readonly accountable: Party
    readonly dueAt: Instant
  }
}

/**
 * Who is told of an event. A breach tells the next rung, which is accountable from now on; at the top, whoever stands there now;
 * a unit's breach tells the area that whistled it. Whoever becomes accountable is told, whoever is asked for a decision, and
 * whoever asked for one.
 *
 * @param incident the incident after the event
 * @param context what it was decided by: whoever is told stands in the tree of that instant
 */
export function noticesOf(incident: Incident, event: IncidentEvent, context: NoticeContext): NoticeDraft[] {
  if (event.type === 'deadline_breached') return [ofBreach(incident, event, context)]
  const { started, assignments = [], relief, urged = [] } = event.changes
  return [
    ...started.flatMap((start) => {
      const kind = kindOfStart(start, event)
      return kind === undefined ? [] : [draft(kind, start.accountable, start)]
    }),
    ...assignments.flatMap(({ no, move }) => ofMove(incident, { no, move }, context)),
    ...(relief === undefined ? [] : ofRelief(incident, relief, context)),
    ...urged.flatMap((no) => {
      const deadline = incident.deadlines.find((each) => each.no === no)
      if (deadline === undefined) return []
      return [draft('urged', standingNow(deadline.accountable, incident, context), deadline)]
    }),
  ]
}

function draft(kind: NoticeKind, recipient: Party, about: NoticeDraft['about']): NoticeDraft {
  const { promise, rung, accountable, dueAt } = about
  return { kind, recipient, about: { promise, rung, accountable, dueAt } }
}

function ofBreach(
  incident: Incident,
  { breach, changes }: Extract<IncidentEvent, { type: 'deadline_breached' }>,
  context: NoticeContext,
): NoticeDraft {
  if (breach.outcome === 'exhausted') {
    const { code } = standingFor(breach.accountable.code, incident, context)
    return draft('exhausted', { kind: 'area', code }, breach)
  }
  const next = changes.started[0]?.accountable
  return draft('breached', next ?? whistlerOf(incident, breach.deadlineNo, context), breach)
}

function kindOfStart(
  start: IncidentEvent['changes']['started'][number],
  { type }: IncidentEvent,
): NoticeKind | undefined {
  switch (type) {
    case 'report_received':
      return undefined
    case 'reopened':
    case 'rated':
    case 'unmerged':
      return 'taken_up_again'
    case 'reports_joined':
      return 'joined'
    default:
      return start.assignmentNo === null ? 'handed_over' : 'assigned'
  }
}

function ofMove(
  incident: Incident,
  { no, move }: { readonly no: number; readonly move: AssignmentMove },
  { place }: NoticeContext,
): NoticeDraft[] {
  const assignment = incident.assignments.find((each) => each.no === no)
  const own = incident.deadlines.findLast(({ assignmentNo }) => assignmentNo === no)
  if (assignment === undefined || own === undefined) return []
  switch (move) {
    case 'return':
      return [draft('returned', whistler(assignment), own)]
    case 'request_return':
      return [draft('return_requested', areaAbove(place, assignment.whistledBy), own)]
    case 'refuse_return':
      return [draft('return_refused', assignment.assignee, own)]
    case 'withdraw':
      return [draft('withdrawn', assignment.assignee, own)]
    case 'accept':
    case 'arrive':
    case 'finish':
      return []
  }
}

function ofRelief(incident: Incident, change: ReliefChange, context: NoticeContext): NoticeDraft[] {
  const no = 'requested' in change ? change.requested.no : change.no
  const relief = incident.reliefs.find((each) => each.no === no)
  const concerned = incident.deadlines.filter(({ promise }) => relief?.promises.includes(promise) === true)
  // Whoever decides stands above all who answer for one of them. Once nobody does, it is about what they last had to keep.
  const [highest] = concerned.filter(isLive).toSorted((one, other) => heightOf(other) - heightOf(one))
  const about = highest ?? concerned.at(-1)
  if (relief === undefined || about === undefined) return []
  if ('requested' in change) {
    const above =
      about.rung === 'unit'
        ? whistlerOf(incident, about.no, context)
        : areaAbove(context.place, about.accountable.code)
    return [draft('relief_requested', above, about)]
  }
  if (change.to === 'ended') return []
  const kind = change.to === 'approved' ? 'relief_approved' : 'relief_refused'
  return [draft(kind, standingNow(relief.requestedBy, incident, context), about)]
}

/** A unit is told itself; for an area that has gone, whoever stands there now: nothing hands over what is on the red list. */
function standingNow(party: Party, incident: Incident, context: NoticeContext): Party {
  if (party.kind === 'unit') return party
  return { kind: 'area', code: standingFor(party.code, incident, context).code }
}

function heightOf({ rung }: Deadline): number {
  return rung === 'unit' ? -1 : rankOf(rung)
}

/** The area right above one on the case's path; the top itself where there is none. */
function areaAbove(place: Context['place'], code: string): Party {
  const codes = codesOf(place)
  return { kind: 'area', code: codes[codes.indexOf(code) - 1] ?? code }
}

function whistler({ whistledBy }: Assignment): Party {
  return { kind: 'area', code: whistledBy }
}

/** The area that called whoever this deadline belongs to, or stands there now: the call itself follows the areas later only. */
function whistlerOf(incident: Incident, deadlineNo: number, context: NoticeContext): Party {
  const deadline = incident.deadlines.find(({ no }) => no === deadlineNo)
  const assignment = incident.assignments.find(({ no }) => no === deadline?.assignmentNo)
  if (assignment === undefined)
    throw new Error(`Deadline ${deadlineNo} of ${incident.id} belongs to no assignment`)
  return { kind: 'area', code: standingFor(assignment.whistledBy, incident, context).code }
}
