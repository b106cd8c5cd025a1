import type { Transaction } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import type { PromiseKind } from '../domain/deadline.ts'
import type { IncidentEvent } from '../domain/event.ts'
import { instantOut } from '../http/instant-schema.ts'
import { rungWords } from '../wording/domain-words.ts'
import { readAs } from '../wording/shanghai-time.ts'
import type { Language, Wording } from '../wording/wording.ts'
import type { NameOf } from './incident-view.ts'
import { readEvents, readNotes } from './read-events.ts'
import { readEventNames } from './timeline-names.ts'

/** What a reporter sees of an event. A breach shows as `running_late` and names nobody. */
const publicTypes = [
  'received',
  'handed_up',
  'unit_called',
  'arrived',
  'answered',
  'settled',
  'rejected',
  'resolved',
  'closed',
  'reopened',
  'running_late',
] as const

export const publicTimelineEntry = z
  .object({
    seq: z.int(),
    type: z.enum(publicTypes),
    at: instantOut,
    text: z.string().meta({ description: 'A sentence for people, by Accept-Language' }),
    note: z
      .string()
      .nullable()
      .meta({ description: 'What was written to the reporter, where something was' }),
  })
  .meta({ id: 'PublicTimelineEntry', description: 'One step of a case as its reporter sees it (进展)' })

interface PublicStep {
  readonly type: (typeof publicTypes)[number]
  readonly text: Wording
}

/** More events than any real case has; the oldest are shown then. */
const eventsMax = 500

/**
 * The part of an incident's timeline that its reporter may see, oldest first: no ids of actors, no remarks among
 * colleagues, nobody's blame. The caller has checked that the incident is the reporter's.
 */
export async function publicTimeline(
  trx: Transaction<Database>,
  incidentId: string,
  language: Language,
): Promise<z.input<typeof publicTimelineEntry>[]> {
  const events = await readEvents(trx, incidentId, { afterSeq: 0, limit: eventsMax })
  const notes = await readNotes(trx, incidentId, events)
  const nameOf = await readEventNames(
    trx,
    events.map(({ event }) => event),
    [],
  )
  return events.flatMap(({ seq, event }) => {
    const step = publicStep(event, nameOf)
    if (step === undefined) return []
    const note = notes.get(seq)
    const visible = event.note?.visibleToReporter === true && note?.visible_to_reporter === true
    return [
      {
        seq,
        type: step.type,
        at: event.at,
        text: step.text[language],
        note: visible ? note.text : null,
      },
    ]
  })
}

function publicStep(event: IncidentEvent, nameOf: NameOf): PublicStep | undefined {
  const { at, changes } = event
  switch (event.type) {
    case 'report_received': {
      const area = changes.started[0]?.accountable
      const name = area === undefined ? '' : nameOf(area)
      return {
        type: 'received',
        text: { zh: `${name}已受理您的线索`, en: `Your report was received by ${name}` },
      }
    }
    case 'reported_up': {
      const above = changes.started[0]?.accountable
      const name = above === undefined ? { zh: '上级', en: 'the area above' } : same(nameOf(above))
      return {
        type: 'handed_up',
        text: { zh: `已核实并上报至${name.zh}`, en: `Checked and handed up to ${name.en}` },
      }
    }
    case 'whistle_blown': {
      const unit = changes.assigned === null ? '' : nameOf({ kind: 'unit', code: changes.assigned.unitCode })
      return {
        type: 'unit_called',
        text: { zh: `已通知${unit}前往处理`, en: `${unit} was called to the place` },
      }
    }
    case 'arrived':
      return {
        type: 'arrived',
        text: { zh: '处理人员已到场', en: 'Somebody who can help is at the place' },
      }
    case 'feedback_given':
      return { type: 'answered', text: { zh: '已答复您', en: 'You were answered' } }
    case 'settled':
      return { type: 'settled', text: { zh: '已就地解决', en: 'It was settled on the spot' } }
    case 'rejected':
      return { type: 'rejected', text: { zh: '未予受理', en: 'The report was not taken up' } }
    case 'resolved':
      return { type: 'resolved', text: { zh: '已办结', en: 'The case was resolved' } }
    case 'closed':
      return { type: 'closed', text: { zh: '已结案', en: 'The case was closed' } }
    case 'reopened':
      return { type: 'reopened', text: { zh: '已重新办理', en: 'The case was taken up again' } }
    // What it changes shows in the due times of the case.
    case 'deadlines_prolonged':
      return undefined
    case 'deadline_breached': {
      // A unit's own deadline is a matter between it and the area that called it.
      if (event.breach.outcome === 'carried') return undefined
      const late = runningLate[event.breach.promise]
      const next = changes.started[0]
      const tail =
        next === undefined
          ? { zh: '正在督办', en: 'it is being followed up' }
          : {
              zh: `已转由${rungWords[next.rung].zh}督办，新时限 ${readAs(next.dueAt, at)}`,
              en: `the ${rungWords[next.rung].en} now sees to it, due ${readAs(next.dueAt, at)}`,
            }
      return {
        type: 'running_late',
        text: { zh: `${late.zh}，${tail.zh}`, en: `${late.en}; ${tail.en}` },
      }
    }
  }
}

const runningLate = {
  report: { zh: '核实上报未按时完成', en: 'The check of your report is late' },
  feedback: { zh: '答复未按时完成', en: 'The answer to you is late' },
  on_site: { zh: '到场未按时完成', en: 'The arrival at the place is late' },
} as const satisfies Record<PromiseKind, Wording>

function same(text: string): Wording {
  return { zh: text, en: text }
}
