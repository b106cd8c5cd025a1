import type { Transaction } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import { mergesFollowedMax } from '../domain/case-limits.ts'
import type { IncidentEvent } from '../domain/event.ts'
import type { Instant } from '../domain/instant.ts'
import { instantOut } from '../http/instant-schema.ts'
import { findMerges, type Merge } from '../incidents/merged-reports.ts'
import { type EventSpan, readLastEvents, readNotes } from '../incidents/read-events.ts'
import { readEventNames } from '../timeline/timeline-names.ts'
import type { Language } from '../wording/wording.ts'
import { publicStep, publicTypes } from './public-steps.ts'

export const publicTimelineEntry = z
  .object({
    id: z.string().meta({ description: 'Which step of this timeline it is; no two have the same' }),
    seq: z.int().meta({
      description:
        'Counts the events of a case, with gaps; those of a case that the report was joined with count anew, so that two steps may have the same',
    }),
    type: z.enum(publicTypes),
    at: instantOut,
    text: z.string().meta({ description: 'A sentence for people, by Accept-Language' }),
    note: z
      .string()
      .nullable()
      .meta({ description: 'What was written to the reporter, where something was' }),
  })
  .meta({ id: 'PublicTimelineEntry', description: 'One step of a case as its reporter sees it (进展)' })

type Entry = z.input<typeof publicTimelineEntry>
type Step = Omit<Entry, 'id'>

/** Events that are read at once, and how often for one page: where hardly any of them shows, a page may be short. */
const piece = { eventsMax: 100, perPageMax: 20 }

/** Events that answer whoever reported. */
const answers: readonly IncidentEvent['type'][] = ['feedback_given', 'settled', 'rejected', 'resolved']

/** A place in a timeline: one of its parts, counted from the first, and the event before which it goes on. */
export const timelinePosition = z.tuple([z.int().min(0).max(10_000), z.int32().min(1)])
type Position = z.output<typeof timelinePosition>

export interface TimelinePage {
  readonly items: Entry[]
  /** Where the steps before these are; undefined at the beginning of the timeline. */
  readonly next: Position | undefined
}

interface Asked {
  readonly reportId: string
  readonly incidentId: string
  readonly language: Language
  /** Only what comes before it; everything where there is none. */
  readonly before: Position | undefined
  readonly limit: number
}

/** Events of one case that follow each other in a timeline. */
interface Part extends EventSpan {
  readonly incidentId: string
}

/** Cases that one was a part of for a while and that are asked what they had been a part of meanwhile, for one timeline. */
const asidesMax = 100

/** Above every number of an event. */
const noneSeq = 2 ** 31 - 1

/**
 * The newest steps of an incident that its reporter may see, oldest first, or those before a position: no ids of actors, no
 * remarks among colleagues, nobody's blame. While the incident is merged, the timeline of the survivor follows from the merge
 * on; once that is undone, only what had answered its reporter meanwhile, be it in a case that the survivor was merged into. Four
 * statements at the most for each hundred events that are looked at, and one for each case. The caller has checked that the
 * report is the reader's.
 */
export async function publicTimeline(
  trx: Transaction<Database>,
  { reportId, incidentId, language, before, limit }: Asked,
): Promise<TimelinePage> {
  const parts = await findParts(trx, incidentId)
  let steps: { readonly entry: Entry; readonly position: Position }[] = []
  let at = before !== undefined && before[0] < parts.length ? before : endOf(parts, parts.length - 1)
  for (let pieces = 0; at !== undefined && steps.length <= limit && pieces < piece.perPageMax; pieces += 1) {
    const [index, beforeSeq]: Position = at
    const part = parts[index]
    if (part === undefined) break
    const span = { ...part, beforeSeq: Math.min(beforeSeq, part.beforeSeq) }
    const { entries, nextSeq } = await readSteps(trx, span, reportId, language)
    const found = entries.map((entry) => ({
      entry: { id: `${index}.${entry.seq}`, ...entry },
      position: position(index, entry.seq),
    }))
    steps = [...found, ...steps]
    at = nextSeq === undefined ? endOf(parts, index - 1) : position(index, nextSeq)
  }
  const shown = steps.slice(-limit)
  return { items: shown.map(({ entry }) => entry), next: steps.length > limit ? shown[0]?.position : at }
}

function position(part: number, seq: number): Position {
  return [part, seq]
}

function endOf(parts: readonly Part[], index: number): Position | undefined {
  const part = parts[index]
  return part && position(index, part.beforeSeq)
}

/** The parts of a timeline in order: where a merge was undone, what was answered meanwhile comes in between those of the case. */
async function findParts(trx: Transaction<Database>, incidentId: string): Promise<Part[]> {
  const parts: Part[] = []
  const asides = { left: asidesMax }
  let next: Pick<Part, 'incidentId' | 'since'> | undefined = { incidentId, since: null }
  for (let merges = 0; next !== undefined && merges <= mergesFollowedMax; merges += 1) {
    const own: Pick<Part, 'incidentId' | 'since'> = next
    const partOf = await findMerges(trx, own.incidentId, own.since)
    parts.push(...(await partsWithin(trx, { ...own, until: null }, partOf, asides)))
    next = partOf.findLast(({ undone }) => undone === null)
  }
  return parts
}

/** The parts of a case within a time, and those of cases that it was a part of for a while of that. */
async function partsWithin(
  trx: Transaction<Database>,
  own: Omit<Part, 'afterSeq' | 'beforeSeq'>,
  partOf: readonly Merge[],
  asides: { left: number },
): Promise<Part[]> {
  const parts: Part[] = []
  let afterSeq = 0
  for (const { undone, since, incidentId } of partOf) {
    if (undone === null) continue
    const meanwhile = { incidentId, since, until: undone.at, types: answers }
    asides.left -= 1
    const deeper = asides.left < 0 ? [] : await findMerges(trx, incidentId, since, undone.at)
    parts.push(
      { ...own, afterSeq, beforeSeq: undone.seq },
      ...(await partsWithin(trx, meanwhile, deeper, asides)),
    )
    afterSeq = undone.seq - 1
  }
  return [...parts, { ...own, afterSeq, beforeSeq: noneSeq }]
}

/** The last steps of a part, oldest first, and before which event it goes on where that is not all of it. */
async function readSteps(
  trx: Transaction<Database>,
  { incidentId, ...span }: Part,
  reportId: string,
  language: Language,
): Promise<{ entries: Step[]; nextSeq: number | undefined }> {
  // One more: in which state a case was before an event, the one before it says.
  const stored = await readLastEvents(trx, incidentId, span, piece.eventsMax + 1)
  const shown = stored.slice(-piece.eventsMax)
  const states = new Map(stored.map(({ seq, event }) => [seq, event.changes.state]))
  const notes = await readNotes(trx, incidentId, shown)
  const events = shown.map(({ event }) => event)
  const nameOf = await readEventNames(trx, events, [])
  const reliefs = await readTerms(trx, incidentId, events)
  const entries = shown.flatMap(({ seq, event }): Step[] => {
    const told = publicStep(event, { nameOf, reportId, before: states.get(seq - 1), reliefs })
    if (told === undefined) return []
    const note = readableBy(reportId, event) ? notes.get(seq)?.text : undefined
    return [{ seq, type: told.type, at: event.at, text: told.text[language], note: note ?? null }]
  })
  return { entries, nextSeq: stored.length > shown.length ? shown[0]?.seq : undefined }
}

/** Words of an answer are for everybody who reported the thing, a reporter's own for nobody else. */
function readableBy(reportId: string, event: IncidentEvent): boolean {
  if (event.type === 'rated') return event.rating.reportId === reportId
  return answers.includes(event.type) && event.note?.visibleToReporter === true
}

/** Until when pauses were granted, and how much more time, by number; without a statement where nothing was. */
async function readTerms(
  trx: Transaction<Database>,
  incidentId: string,
  events: readonly IncidentEvent[],
): Promise<Map<number, { until: Instant | null; byMs: number | null }>> {
  if (!events.some(({ type }) => type === 'relief_approved')) return new Map()
  const rows = await trx
    .selectFrom('reliefs')
    .select(['no', 'until', 'by_ms as byMs'])
    .where('incident_id', '=', incidentId)
    .execute()
  return new Map(rows.map(({ no, ...terms }) => [no, terms]))
}
