import type { IncidentEvent } from '../domain/event.ts'
import type { Wording } from '../wording/wording.ts'
import { assignmentMoveWords, callWords, dutyMovedWords } from './assignment-sentences.ts'
import { breachWords, keptWords, prolongedWords, urgedWords } from './clock-sentences.ts'
import { mergeWords } from './merge-sentences.ts'
import { pauseOverWords, reliefChangeWords } from './relief-sentences.ts'
import { actorWords, handedWords, inOneSentence, owedWords, type Telling } from './timeline-words.ts'

/** What an event was, as one sentence for staff, in both languages. */
export function timelineText(event: IncidentEvent, telling: Telling): Wording {
  const { zh, en } = inOneSentence(
    sentenceOf(event, telling),
    ...keptWords(event, telling),
    ...(event.clockFault === true ? [clockFaultWords] : []),
  )
  return { zh, en: en.charAt(0).toUpperCase() + en.slice(1) }
}

const clockFaultWords: Wording = {
  zh: '当时系统时钟异常，所兑现的承诺算按时',
  en: 'the clock could not be trusted then, so what was kept counts as kept in time',
}

function sentenceOf(event: IncidentEvent, telling: Telling): Wording {
  const { at, actor, changes } = event
  const { nameOf } = telling
  const who = actorWords(actor, nameOf)
  switch (event.type) {
    case 'report_received': {
      const { number } = event.incident
      const forOthers = telling.filedForOthers.has(event.reportId)
      const opening = forOthers
        ? {
            zh: `收到${who.zh}代他人反映的线索，立为事件 ${number}`,
            en: `A report that ${who.en} filed for somebody else opened incident ${number}`,
          }
        : {
            zh: `收到${who.zh}的线索，立为事件 ${number}`,
            en: `A report from ${who.en} opened incident ${number}`,
          }
      return inOneSentence(opening, ...owedWords(changes.started, at, nameOf))
    }
    case 'reported_up':
      return inOneSentence(
        { zh: `${who.zh}上报`, en: `${who.en} reported the incident up` },
        ...handedWords(changes.started, nameOf),
      )
    case 'raised':
      return inOneSentence(
        { zh: `${who.zh}将此事件提级办理`, en: `${who.en} raised the incident` },
        ...handedWords(changes.started, nameOf),
      )
    case 'urged':
      return urgedWords(event, who, telling)
    case 'whistle_blown':
    case 'handed_down':
      return callWords(event.type, event, telling)
    case 'assignment_accepted':
    case 'arrived':
    case 'assignment_returned':
    case 'return_ruled':
    case 'assignment_withdrawn':
    case 'assignment_finished':
      return assignmentMoveWords(event.type, event, telling)
    case 'pause_requested':
    case 'extension_requested':
    case 'relief_approved':
    case 'relief_refused':
      return reliefChangeWords(event, telling)
    case 'resumed':
      return pauseOverWords(
        event,
        { zh: `${who.zh}提前结束挂账`, en: `${who.en} ended the pause before its time` },
        telling,
      )
    case 'pause_ended':
      return pauseOverWords(event, { zh: '挂账到期', en: 'the pause came to its end' }, telling)
    case 'merged':
    case 'unmerged':
    case 'reports_joined':
    case 'reports_separated':
      return mergeWords(event.type, event, telling)
    case 'answered_elsewhere':
      return {
        zh: `${who.zh}在另一事件中答复了反映人`,
        en: `${who.en} answered the person who reported in another incident`,
      }
    case 'feedback_given':
      return { zh: `${who.zh}答复了反映人`, en: `${who.en} answered the person who reported` }
    case 'settled':
      return { zh: `${who.zh}就地解决`, en: `${who.en} settled the incident on the spot` }
    case 'rejected':
      return { zh: `${who.zh}认定线索无效`, en: `${who.en} rejected the report` }
    case 'resolved':
      return { zh: `${who.zh}办结`, en: `${who.en} resolved the incident` }
    case 'closed':
      return { zh: `${who.zh}结案`, en: `${who.en} closed the incident` }
    case 'closed_unanswered':
      return {
        zh: '评价期内无人评价，事件自动结案',
        en: 'nobody said in time whether it worked, so the incident was closed',
      }
    case 'reopened':
      return inOneSentence(
        { zh: `${who.zh}重办此事件`, en: `${who.en} reopened the incident` },
        ...owedWords(changes.started, at, nameOf),
      )
    case 'rated':
      return ratedWords(event, telling)
    case 'reporter_revealed':
      return {
        zh: `${who.zh}查看了匿名反映人的身份`,
        en: `${who.en} was shown who had reported anonymously`,
      }
    case 'deadline_breached':
      return breachWords(event, telling)
    case 'deadlines_prolonged':
      return prolongedWords(event, telling)
    case 'duty_moved':
      return dutyMovedWords(event, telling)
  }
}

/** What the reporter said, and whether the case is taken up again because of it. */
function ratedWords(
  { at, changes, rating }: Extract<IncidentEvent, { type: 'rated' }>,
  { nameOf }: Telling,
): Wording {
  const { solved, satisfaction } = rating
  const opening = solved
    ? {
        zh: `反映人评价：已解决，满意度 ${satisfaction}/5`,
        en: `The reporter says that it worked, ${satisfaction} of 5`,
      }
    : {
        zh: `反映人评价：未解决，满意度 ${satisfaction}/5`,
        en: `The reporter says that it did not work, ${satisfaction} of 5`,
      }
  if (changes.started.length > 0)
    return inOneSentence(
      opening,
      { zh: '此事件重办', en: 'the incident is reopened' },
      ...owedWords(changes.started, at, nameOf),
    )
  if (!solved) return inOneSentence(opening, { zh: '不再重办', en: 'it is not reopened again' })
  return changes.state === 'closed'
    ? inOneSentence(opening, { zh: '此事件结案', en: 'the incident is closed' })
    : opening
}
