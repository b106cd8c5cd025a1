import type { PromiseKind } from '../domain/deadline.ts'
import type { IncidentEvent } from '../domain/event.ts'
import { listed, promiseWords } from '../wording/domain-words.ts'
import { durationWords } from '../wording/duration-words.ts'
import { readAs } from '../wording/shanghai-time.ts'
import type { Wording } from '../wording/wording.ts'
import { byParty, listedWords, partyWords, promisesOf, type Telling } from './timeline-words.ts'

/** Sentences about what clocks did, and about whoever was urged because of them. */

const notKept = {
  report: { zh: '超时未上报', en: 'did not report up in time' },
  feedback: { zh: '超时未反馈', en: 'did not answer in time' },
  on_site: { zh: '超时未到场', en: 'was not on site in time' },
} as const satisfies Record<PromiseKind, Wording>

export function breachWords(
  { at, breach, changes }: Extract<IncidentEvent, { type: 'deadline_breached' }>,
  { nameOf }: Telling,
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
          zh: '已到顶，列入红灯清单，兑现前一直由其负责',
          en: 'this is the top of the ladder, which stays accountable until the promise is kept',
        }
      : { zh: '由事件自身的时限逐级升级', en: "the incident's own deadline carries it on" }
  }
  const { zh, en } = tail()
  return { zh: `${party.zh}${late.zh}，${zh}`, en: `${party.en} ${late.en}; ${en}` }
}

/** One act puts off all of them by the same time, unless the clock was set more than once. */
export function prolongedWords({ changes: { prolonged = [] } }: IncidentEvent, telling: Telling): Wording {
  const promises = listedWords(
    promisesOf(
      prolonged.map(({ no }) => no),
      telling,
    ),
  )
  const { zh, en } = durationWords(Math.max(...prolonged.map(({ byMs }) => byMs)))
  return {
    zh: `系统时钟被拨快，${promises.zh}时限顺延约 ${zh}`,
    en: `the clock was set ahead; ${promises.en} put off by about ${en}`,
  }
}

export function urgedWords(
  { changes: { urged = [] } }: IncidentEvent,
  who: Wording,
  { deadlines, nameOf }: Telling,
): Wording {
  const rows = urged.flatMap((no) => deadlines.get(no) ?? [])
  const parties = byParty(rows).map(([first, all]) => {
    const party = partyWords(first, nameOf)
    const promises = listedWords(all.map(({ promise }) => promiseWords[promise]))
    return { zh: `${party.zh}的${promises.zh}`, en: `${party.en} about ${promises.en}` }
  })
  return {
    zh: `${who.zh}督办${parties.map(({ zh }) => zh).join('，')}`,
    en: `${who.en} urged ${parties.map(({ en }) => en).join(' and ')}`,
  }
}

/** Promises that an act kept. One that was broken at a lower rung was kept late, whatever the present rung's clock said. */
export function keptWords({ changes }: IncidentEvent, telling: Telling): Wording[] {
  const met = changes.settled.filter(({ state }) => state === 'met').map(({ no }) => no)
  const late = promisesOf(changes.fulfilled, telling)
  const inTime = promisesOf(met, telling).filter((promise) => !late.includes(promise))
  const clause = (zh: string, en: string, promises: readonly Wording[]): Wording[] =>
    promises.length === 0
      ? []
      : [{ zh: `${zh}：${listed(promises, 'zh')}`, en: `${en}: ${listed(promises, 'en')}` }]
  return [...clause('按时兑现', 'kept in time', inTime), ...clause('逾期兑现', 'kept late', late)]
}
