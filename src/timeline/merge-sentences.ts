import type { IncidentEvent } from '../domain/event.ts'
import { durationWords } from '../wording/duration-words.ts'
import type { Wording } from '../wording/wording.ts'
import {
  actorWords,
  inOneSentence,
  listedWords,
  owedWords,
  promisesOf,
  type Telling,
} from './timeline-words.ts'

type OfMerge = Extract<IncidentEvent['type'], 'merged' | 'unmerged' | 'reports_joined' | 'reports_separated'>

/** Incidents that became one (并案) and were taken apart again, told in the stream of either. */
export function mergeWords(type: OfMerge, event: IncidentEvent, telling: Telling): Wording {
  const { at, actor, changes } = event
  const { mergedInto, joined, separated } = changes
  const { nameOf, incidentNumbers } = telling
  const who = actorWords(actor, nameOf)
  const id = mergedInto ?? joined?.incidentId ?? separated?.incidentId ?? ''
  const other = incidentNumbers.get(id) ?? id
  const opening = {
    merged: {
      zh: `${who.zh}将此事件并入事件 ${other}`,
      en: `${who.en} merged the incident into ${other}`,
    },
    unmerged: {
      zh: `${who.zh}撤销并案，此事件恢复单独办理`,
      en: `${who.en} undid the merge, and the incident goes on by itself`,
    },
    reports_joined: {
      zh: `${who.zh}将事件 ${other} 并入此事件`,
      en: `${who.en} merged incident ${other} into this one`,
    },
    reports_separated: {
      zh: `${who.zh}撤销与事件 ${other} 的并案`,
      en: `${who.en} took incident ${other} out of this one again`,
    },
  } as const satisfies Record<OfMerge, Wording>
  return inOneSentence(
    opening[type],
    ...advancedWords(event, telling),
    ...owedWords(changes.started, at, nameOf),
  )
}

/** A due time that a merge brought forward, or gave back. */
function advancedWords({ changes: { advanced = [] } }: IncidentEvent, telling: Telling): Wording[] {
  return advanced.map(({ no, byMs }) => {
    const promise = listedWords(promisesOf([no], telling))
    const length = durationWords(Math.abs(byMs))
    return byMs > 0
      ? { zh: `${promise.zh}时限提前 ${length.zh}`, en: `${promise.en} due ${length.en} sooner` }
      : { zh: `${promise.zh}时限恢复，延后 ${length.zh}`, en: `${promise.en} due ${length.en} later again` }
  })
}
