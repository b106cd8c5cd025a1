import type { Actor } from '../../src/domain/actor.ts'
import type { Ask } from '../simulation/asked.ts'
import type { HistoryEvent } from './read-histories.ts'

/** What was asked for, of what only its event tells. */
const plain = {
  reported_up: 'report_up',
  feedback_given: 'feedback',
  assignment_accepted: 'accept',
  assignment_returned: 'return',
  assignment_finished: 'finish',
  settled: 'settle',
  rejected: 'reject',
  resolved: 'resolve',
  closed: 'close',
  reopened: 'reopen',
  urged: 'urge',
} as const

/** What the clock and changes of the tree write, and what a merge or an answer writes into another case beside the event that is answered. */
export const unaskedEvents: readonly string[] = [
  'deadline_breached',
  'deadlines_prolonged',
  'pause_ended',
  'closed_unanswered',
  'duty_moved',
  'reports_joined',
  'reports_separated',
  'answered_elsewhere',
]

/**
 * What somebody asked for, as the reference model wants it; nothing for what the clock did.
 *
 * @throws Error for an event that nobody knows
 */
export function askOf({ type, changes, rating }: HistoryEvent): Ask | undefined {
  if (type === 'report_received' || unaskedEvents.includes(type)) return undefined
  const { assigned, assignments = [], relief, started, mergedInto } = changes
  const no = assignments[0]?.no ?? 0
  const { requested, no: reliefNo = 0 } = relief ?? {}
  switch (type) {
    case 'whistle_blown':
      return {
        type: 'whistle',
        calls: assigned.map(({ assignee, part }) => ({ part, unit: unitOf(assignee.code) })),
      }
    case 'handed_down':
      return { type: 'hand_down', areaCode: assigned[0]?.assignee.code ?? '' }
    case 'arrived':
      return { type: 'arrive' }
    case 'return_ruled':
      return { type: 'rule_return', no, upheld: assignments[0]?.move === 'return' }
    case 'assignment_withdrawn':
      return { type: 'withdraw', no }
    case 'raised': {
      const rung = started[0]?.rung
      if (rung === undefined || rung === 'unit') throw new Error('Nothing was raised')
      return { type: 'raise', rung }
    }
    case 'pause_requested':
      return { type: 'request_pause', promises: requested?.promises ?? [], until: requested?.until ?? 0 }
    case 'extension_requested':
      return { type: 'request_extension', promises: requested?.promises ?? [], byMs: requested?.byMs ?? 0 }
    case 'relief_approved':
      return { type: 'approve_relief', no: reliefNo }
    case 'relief_refused':
      return { type: 'refuse_relief', no: reliefNo }
    case 'resumed':
      return { type: 'resume', no: reliefNo }
    case 'merged':
      return { type: 'merge', into: mergedInto === undefined ? 0 : 1 }
    case 'unmerged':
      return { type: 'unmerge' }
    case 'rated':
      return { type: 'rate', solved: rating?.solved ?? true }
    case 'reporter_revealed':
      return { type: 'reveal_reporter', report: 0 }
    default: {
      const found = Object.entries(plain).find(([event]) => event === type)?.[1]
      if (found === undefined) throw new Error(`Nobody knows the event ${type}`)
      return { type: found }
    }
  }
}

/** All that the model does with a unit that was called is to name it. */
function unitOf(code: string) {
  return { code, kind: 'department', areaCode: '', categoryCodes: null, retired: false } as const
}

/** @throws Error where nobody is said to have done it */
export function actorOf({ type, actor }: HistoryEvent): Actor {
  if (actor === null) throw new Error(`${type} by nobody`)
  const { id, role, areaCode, unitCode } = actor
  return {
    id,
    role,
    ...(areaCode === undefined ? {} : { areaCode }),
    ...(unitCode === undefined ? {} : { unitCode }),
  }
}
