import type { PromiseKind } from '../domain/deadline.ts'
import type { IncidentEvent } from '../domain/event.ts'
import type { IncidentState } from '../domain/incident-state.ts'
import type { ReliefStart } from '../domain/relief.ts'
import type { NameOf } from '../incidents/incident-view.ts'
import { listed, rungWords } from '../wording/domain-words.ts'
import { durationWords } from '../wording/duration-words.ts'
import { readAs } from '../wording/shanghai-time.ts'
import type { Wording } from '../wording/wording.ts'

/** What a reporter sees of an event. A breach shows as `running_late` and names nobody. */
export const publicTypes = [
  'received',
  'handed_up',
  'unit_called',
  'arrived',
  'answered',
  'settled',
  'rejected',
  'resolved',
  'closed',
  'rated',
  'reopened',
  'running_late',
  'followed_up',
  'paused',
  'extended',
  'resumed',
  'joined',
  'separated',
] as const

interface PublicStep {
  readonly type: (typeof publicTypes)[number]
  readonly text: Wording
}

/** What steps are told with. */
interface PublicTelling {
  readonly nameOf: NameOf
  /** Whose reporter reads: what others who reported the same have to say is nobody else's business. */
  readonly reportId: string
  /** The incident's state before the event. */
  readonly before: IncidentState | undefined
  readonly reliefs: ReadonlyMap<number, Pick<ReliefStart, 'until' | 'byMs'>>
}

/** An event as its reporter sees it. What happens between areas and units is theirs, and shows nothing here. */
export function publicStep(event: IncidentEvent, telling: PublicTelling): PublicStep | undefined {
  const { nameOf } = telling
  const { at, changes } = event
  switch (event.type) {
    case 'report_received': {
      const area = changes.started[0]?.accountable
      const name = area === undefined ? '' : nameOf(area)
      return step('received', `${name}已受理您的线索`, `Your report was received by ${name}`)
    }
    case 'reported_up': {
      const above = changes.started[0]?.accountable
      const name = above === undefined ? { zh: '上级', en: 'the area above' } : same(nameOf(above))
      return step('handed_up', `已核实并上报至${name.zh}`, `Checked and handed up to ${name.en}`)
    }
    case 'whistle_blown':
    case 'handed_down': {
      const called = changes.assigned.map(({ assignee }) => same(nameOf(assignee)))
      return step(
        'unit_called',
        `已通知${listed(called, 'zh')}前往处理`,
        `Called to the place: ${listed(called, 'en')}`,
      )
    }
    case 'arrived':
      return step('arrived', '处置人员已到场', 'Somebody who can help is at the place')
    case 'feedback_given':
      return step('answered', '已答复您', 'You were answered')
    case 'settled':
      return step('settled', '已就地解决', 'It was settled on the spot')
    case 'rejected':
      return step('rejected', '经核实，线索无效', 'The report was not taken up')
    case 'resolved':
      return step('resolved', '已办结', 'The case was resolved')
    case 'closed':
      return closed
    case 'closed_unanswered':
      return step('closed', '评价期已过，已结案', 'The time for rating is over, and the case was closed')
    case 'rated':
      return ratedStep(event, telling)
    case 'reopened':
      return reopened
    case 'raised': {
      const above = changes.started[0]
      const area = above === undefined ? '' : nameOf(above.accountable)
      return step('followed_up', `已提级，由${area}负责`, `${area} sees to it now`)
    }
    case 'urged':
      return step('followed_up', '上级正在督办', 'It is being followed up from above')
    case 'relief_approved':
      return reliefStep(event, telling)
    case 'resumed':
    case 'pause_ended':
      return step('resumed', '挂账结束，恢复计时', 'The pause is over, and time counts again')
    case 'merged':
      return step(
        'joined',
        '您的线索与此前反映的同一问题并案办理',
        'Your report was joined with an earlier one of the same thing',
      )
    case 'unmerged':
      return step('separated', '已撤销并案，您的线索单独办理', 'Your report is handled by itself again')
    case 'deadline_breached': {
      // A unit's own deadline is a matter between it and the area that called it.
      if (event.breach.outcome === 'carried') return undefined
      const late = runningLate[event.breach.promise]
      const next = changes.started[0]
      if (next === undefined)
        return step('running_late', `${late.zh}，正在跟进`, `${late.en}; it is being followed up`)
      const rung = rungWords[next.rung]
      const due = readAs(next.dueAt, at)
      return step(
        'running_late',
        `${late.zh}，已转由${rung.zh}负责，新时限 ${due}`,
        `${late.en}; the ${rung.en} now sees to it, due ${due}`,
      )
    }
    // Who does what among areas and units. What a set clock changes shows in the due times of the case.
    case 'assignment_accepted':
    case 'assignment_returned':
    case 'return_ruled':
    case 'assignment_withdrawn':
    case 'assignment_finished':
    case 'pause_requested':
    case 'extension_requested':
    case 'relief_refused':
    case 'reports_joined':
    case 'reports_separated':
    case 'answered_elsewhere':
    case 'deadlines_prolonged':
    case 'duty_moved':
    case 'reporter_revealed':
      return undefined
  }
}

/** Their own answer in full; of somebody else's only what it did to the case. */
function ratedStep(
  { changes, rating }: Extract<IncidentEvent, { type: 'rated' }>,
  { reportId, before }: PublicTelling,
): PublicStep | undefined {
  const again = changes.started.length > 0
  if (rating.reportId !== reportId) {
    if (again) return reopened
    return changes.state === 'closed' && before !== 'closed' ? closed : undefined
  }
  const { solved, satisfaction } = rating
  const tail = again ? { zh: '，已重办', en: '; the case was taken up again' } : same('')
  return step(
    'rated',
    `您的评价：${solved ? '已解决' : '未解决'}，满意度 ${satisfaction}/5${tail.zh}`,
    `Your answer: ${solved ? 'it worked' : 'it did not work'}, ${satisfaction} of 5${tail.en}`,
  )
}

/** Why a clock stands still, or has more time. */
function reliefStep({ at, changes }: IncidentEvent, { reliefs }: PublicTelling): PublicStep | undefined {
  const { relief: change } = changes
  const relief = change !== undefined && 'to' in change ? reliefs.get(change.no) : undefined
  if (relief === undefined) return undefined
  if (relief.until !== null) {
    const until = readAs(relief.until, at)
    return step(
      'paused',
      `经上级批准，挂账至 ${until}，期间暂停计时`,
      `Put on hold until ${until}, approved from above`,
    )
  }
  const length = durationWords(relief.byMs ?? 0)
  return step(
    'extended',
    `经上级批准，延期 ${length.zh}`,
    `Given ${length.en} more time, approved from above`,
  )
}

const runningLate = {
  report: { zh: '未能按时核实上报', en: 'The check of your report is late' },
  feedback: { zh: '未能按时答复', en: 'The answer to you is late' },
  on_site: { zh: '未能按时到场', en: 'The arrival at the place is late' },
} as const satisfies Record<PromiseKind, Wording>

const closed = step('closed', '已结案', 'The case was closed')
const reopened = step('reopened', '已重办', 'The case was taken up again')

function step(type: PublicStep['type'], zh: string, en: string): PublicStep {
  return { type, text: { zh, en } }
}

function same(text: string): Wording {
  return { zh: text, en: text }
}
