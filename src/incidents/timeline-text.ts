import type { Actor } from '../domain/actor.ts'
import type { Deadline, DeadlineStart, PromiseKind } from '../domain/deadline.ts'
import type { IncidentEvent } from '../domain/event.ts'
import { listed, promiseWords, roleWords, rungWords } from '../wording/domain-words.ts'
import { readAs } from '../wording/shanghai-time.ts'
import type { Language, Wording } from '../wording/wording.ts'
import type { NameOf } from './incident-view.ts'

/** What a sentence about an event needs beside the event. */
export interface Telling {
  readonly language: Language
  readonly nameOf: NameOf
  /** The incident's deadlines by number, at least those that the event settled. */
  readonly deadlines: ReadonlyMap<number, Pick<Deadline, 'promise'>>
}

/** What an event was, as one sentence for staff. */
export function timelineText(event: IncidentEvent, telling: Telling): string {
  const { language, nameOf } = telling
  const sentence = sentenceOf(event, telling)
  const parts = [
    sentence,
    ...keptParts(event, telling.deadlines),
    ...handedParts(event.changes.started, nameOf),
    ...(event.clockFault === true ? [clockFaultWords] : []),
  ]
  return parts.map((part) => part[language]).join(language === 'zh' ? '；' : '; ')
}

const clockFaultWords: Wording = {
  zh: '当时系统时钟异常，所完成的承诺视为按时',
  en: 'the clock could not be trusted then, so what was kept counts as kept in time',
}

function sentenceOf(event: IncidentEvent, { nameOf, deadlines }: Telling): Wording {
  const { at, actor, changes } = event
  const who = actorWords(actor, nameOf)
  switch (event.type) {
    case 'report_received': {
      const { number } = event.incident
      return startedWords(
        changes.started,
        event,
        {
          zh: `收到${who.zh}的线索，立为事件 ${number}`,
          en: `A report from ${who.en} opened incident ${number}`,
        },
        nameOf,
      )
    }
    case 'reopened':
      return startedWords(
        changes.started,
        event,
        { zh: `${who.zh}重办此事件`, en: `${who.en} reopened the incident` },
        nameOf,
      )
    case 'reported_up':
      return { zh: `${who.zh}上报`, en: `${who.en} reported the incident up` }
    case 'whistle_blown': {
      const { assigned, started } = changes
      const unit = assigned === null ? '' : nameOf({ kind: 'unit', code: assigned.unitCode })
      const area = assigned === null ? '' : nameOf({ kind: 'area', code: assigned.whistledBy })
      const due = started.find(({ rung }) => rung === 'unit')?.dueAt ?? at
      return {
        zh: `${area}吹哨，派单给${unit}，须于 ${readAs(due, at)} 前到场`,
        en: `${area} blew the whistle for ${unit}, due on site by ${readAs(due, at)}`,
      }
    }
    case 'arrived':
      return event.farFromPlace === true
        ? {
            zh: `${who.zh}到场，所报位置离事发地过远，已标记`,
            en: `${who.en} arrived; the claimed position is too far from the place and is flagged`,
          }
        : { zh: `${who.zh}到场`, en: `${who.en} arrived on site` }
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
    case 'deadline_breached':
      return breachWords(event, nameOf)
    case 'deadlines_prolonged':
      return prolongedWords(changes.prolonged ?? [], deadlines)
  }
}

const notKept = {
  report: { zh: '超时未上报', en: 'did not report up in time' },
  feedback: { zh: '超时未反馈', en: 'did not answer in time' },
  on_site: { zh: '超时未到场', en: 'was not on site in time' },
} as const satisfies Record<PromiseKind, Wording>

function breachWords(
  { at, breach, changes }: Extract<IncidentEvent, { type: 'deadline_breached' }>,
  nameOf: NameOf,
): Wording {
  const late = notKept[breach.promise]
  const party = partyWords(breach, nameOf)
  const next = changes.started[0]
  const tail = (): Wording => {
    if (next !== undefined) {
      const above = partyWords(next, nameOf)
      const due = readAs(next.dueAt, at)
      return { zh: `升级至${above.zh}，新时限 ${due}`, en: `escalated to ${above.en}, now due ${due}` }
    }
    return breach.outcome === 'exhausted'
      ? {
          zh: '已是最高一级，列入红榜，完成前一直由其负责',
          en: 'this is the top of the ladder, which stays accountable until the promise is kept',
        }
      : { zh: '由事件本身的时限逐级追责', en: "the incident's own deadline carries it on" }
  }
  const { zh, en } = tail()
  return { zh: `${party.zh}${late.zh}，${zh}`, en: `${party.en} ${late.en}; ${en}` }
}

/** One act puts off all of them by the same time, unless the clock was set more than once. */
function prolongedWords(
  prolonged: NonNullable<IncidentEvent['changes']['prolonged']>,
  deadlines: Telling['deadlines'],
): Wording {
  const promises = prolonged.flatMap(({ no }) => deadlines.get(no)?.promise ?? [])
  const words = [...new Set(promises)].map((promise) => promiseWords[promise])
  const minutes = Math.round(Math.max(...prolonged.map(({ byMs }) => byMs)) / 60_000)
  return {
    zh: `系统时钟被拨快，${listed(words, 'zh')}时限顺延约 ${minutes} 分钟`,
    en: `the clock was set ahead; ${listed(words, 'en')} put off by about ${minutes} min`,
  }
}

/** New promises that one area gives: who answers for them, and until when. */
function startedWords(
  started: readonly DeadlineStart[],
  { at }: IncidentEvent,
  opening: Wording,
  nameOf: NameOf,
): Wording {
  const first = started[0]
  if (first === undefined) return opening
  const party = partyWords(first, nameOf)
  const limits = started.map(({ promise, dueAt }) => ({
    zh: `${promiseWords[promise].zh}时限 ${readAs(dueAt, at)}`,
    en: `${promiseWords[promise].en} by ${readAs(dueAt, at)}`,
  }))
  return {
    zh: `${opening.zh}，由${party.zh}负责：${listed(limits, 'zh')}`,
    en: `${opening.en}; ${party.en} is accountable: ${listed(limits, 'en')}`,
  }
}

/** Promises that an act kept. One that was broken at a lower rung was kept late, whatever the present rung's clock said. */
function keptParts({ changes }: IncidentEvent, deadlines: Telling['deadlines']): Wording[] {
  const promisesOf = (numbers: readonly number[]) =>
    new Set(numbers.flatMap((no) => deadlines.get(no)?.promise ?? []))
  const late = promisesOf(changes.fulfilled)
  const met = promisesOf(changes.settled.filter(({ state }) => state === 'met').map(({ no }) => no))
  const inTime = [...met].filter((promise) => !late.has(promise)).map((promise) => promiseWords[promise])
  const overdue = [...late].map((promise) => promiseWords[promise])
  return [
    ...(inTime.length === 0
      ? []
      : [{ zh: `按时完成：${listed(inTime, 'zh')}`, en: `kept in time: ${listed(inTime, 'en')}` }]),
    ...(overdue.length === 0
      ? []
      : [{ zh: `逾期完成：${listed(overdue, 'zh')}`, en: `kept late: ${listed(overdue, 'en')}` }]),
  ]
}

function handedParts(started: readonly DeadlineStart[], nameOf: NameOf): Wording[] {
  const handed = started.filter(({ handedFrom }) => handedFrom !== null)
  const first = handed[0]
  if (first === undefined) return []
  const party = partyWords(first, nameOf)
  const promises = handed.map(({ promise }) => promiseWords[promise])
  return [
    {
      zh: `${listed(promises, 'zh')}改由${party.zh}负责，时限不变`,
      en: `${party.en} is now accountable for ${listed(promises, 'en')}, due as before`,
    },
  ]
}

function partyWords(
  { rung, accountable }: Pick<DeadlineStart, 'rung' | 'accountable'>,
  nameOf: NameOf,
): Wording {
  const name = nameOf(accountable)
  return { zh: `${rungWords[rung].zh}（${name}）`, en: `the ${rungWords[rung].en} (${name})` }
}

function actorWords(actor: Actor | null, nameOf: NameOf): Wording {
  if (actor === null) return { zh: '系统', en: 'the system' }
  const role = roleWords[actor.role]
  const home = homeOf(actor, nameOf)
  return home === undefined
    ? { zh: role.zh, en: `a ${role.en}` }
    : { zh: `${role.zh}（${home}）`, en: `the ${role.en} (${home})` }
}

/** Where staff belong. A resident's neighbourhood is nobody's business here. */
function homeOf({ role, areaCode, unitCode }: Actor, nameOf: NameOf): string | undefined {
  if (role === 'resident') return undefined
  if (unitCode !== undefined) return nameOf({ kind: 'unit', code: unitCode })
  return areaCode === undefined ? undefined : nameOf({ kind: 'area', code: areaCode })
}
