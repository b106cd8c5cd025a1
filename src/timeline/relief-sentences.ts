import type { IncidentEvent } from '../domain/event.ts'
import type { Instant } from '../domain/instant.ts'
import type { ReliefStart } from '../domain/relief.ts'
import { promiseWords } from '../wording/domain-words.ts'
import { durationWords } from '../wording/duration-words.ts'
import { readAs } from '../wording/shanghai-time.ts'
import type { Wording } from '../wording/wording.ts'
import { listedWords, promisesOf, type Telling } from './timeline-words.ts'

/** Sentences about clocks that are stopped (挂账) and due times that are put off (延期). */

/** Somebody asked for it, or somebody above decided about it. */
export function reliefChangeWords({ at, changes }: IncidentEvent, telling: Telling): Wording {
  const { nameOf, reliefs } = telling
  const { relief: change, paused, extended } = changes
  if (change === undefined || ('to' in change && change.to === 'ended'))
    return { zh: '挂账或延期有变动', en: 'a pause or an extension changed' }
  const relief = 'requested' in change ? change.requested : reliefs.get(change.no)
  const asker = relief === undefined ? '' : nameOf(relief.requestedBy)
  if ('requested' in change) {
    const asked = termsWords(change.requested, at)
    return {
      zh: `${asker}申请${asked.zh}，待上级审批`,
      en: `${asker} asked for ${asked.en}; an area above has to decide`,
    }
  }
  const by = nameOf({ kind: 'area', code: change.by })
  if (change.to === 'refused') {
    const asked = termsWords(relief, at)
    return {
      zh: `${by}未批准${asker}的申请：${asked.zh}`,
      en: `${by} refused what ${asker} had asked for: ${asked.en}`,
    }
  }
  const concerned = promisesOf(paused ?? (extended ?? []).map(({ no }) => no), telling)
  const granted = termsWords(relief, at, concerned)
  return {
    zh: `${by}批准${asker}的申请：${granted.zh}`,
    en: `${by} approved what ${asker} had asked for: ${granted.en}`,
  }
}

/** A pause is over: the clocks that it had stopped go on. */
export function pauseOverWords(
  { changes: { resumed = [] } }: IncidentEvent,
  opening: Wording,
  telling: Telling,
): Wording {
  if (resumed.length === 0) return opening
  const promises = listedWords(
    promisesOf(
      resumed.map(({ no }) => no),
      telling,
    ),
  )
  const length = durationWords(Math.max(...resumed.map(({ byMs }) => byMs)))
  return {
    zh: `${opening.zh}，${promises.zh}恢复计时，时限顺延 ${length.zh}`,
    en: `${opening.en}; time counts again for ${promises.en}, put off by ${length.en}`,
  }
}

/** What is asked for or granted. An approval concerns those promises alone whose clocks ran then. */
function termsWords(
  relief: ReliefStart | undefined,
  at: Instant,
  concerned: readonly Wording[] = relief?.promises.map((promise) => promiseWords[promise]) ?? [],
): Wording {
  const promises = listedWords(concerned)
  const until = relief?.until ?? null
  if (until !== null) {
    const end = readAs(until, at)
    return { zh: `${promises.zh}挂账至 ${end}`, en: `a pause of ${promises.en} until ${end}` }
  }
  const length = durationWords(relief?.byMs ?? 0)
  return { zh: `${promises.zh}延期 ${length.zh}`, en: `an extension of ${promises.en} by ${length.en}` }
}
