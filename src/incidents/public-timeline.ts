import type { Transaction } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import type { IncidentEvent } from '../domain/event.ts'
import type { Instant } from '../domain/instant.ts'
import { instantOut } from '../http/instant-schema.ts'
import type { Language } from '../wording/wording.ts'
import { type Merge, mergesOf } from './merged-reports.ts'
import { publicStep, publicTypes } from './public-steps.ts'
import { readEvents, readNotes } from './read-events.ts'
import { readEventNames } from './timeline-names.ts'

export const publicTimelineEntry = z
  .object({
    seq: z.int().meta({
      description:
        'Counts the events of a case, with gaps; those of the case that a report was joined with count anew',
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

/** More events than any real case has; the oldest are shown then. */
const eventsMax = 500

/** A survivor may be merged in its turn, but hardly twice. */
const mergesFollowedMax = 4

/** Events that answer whoever reported. */
const answers: readonly IncidentEvent['type'][] = ['feedback_given', 'settled', 'rejected', 'resolved']

/** A case, from an instant on and until one. */
type Followed = Omit<Merge, 'since'> & { readonly since: Instant | null }

/**
 * The part of an incident's timeline that its reporter may see, oldest first: no ids of actors, no remarks among
 * colleagues, nobody's blame. While the incident is merged, that of the survivor follows from the merge on; once that is undone,
 * only what had answered its reporter meanwhile. Five statements for each of them at most. The caller has checked that the
 * report is the reader's.
 */
export async function publicTimeline(
  trx: Transaction<Database>,
  { reportId, incidentId }: { readonly reportId: string; readonly incidentId: string },
  language: Language,
): Promise<Entry[]> {
  const entries: Entry[] = []
  let next: Followed | undefined = { incidentId, since: null, until: null }
  for (let merges = 0; next !== undefined && merges <= mergesFollowedMax; merges += 1) {
    const steps = await readSteps(trx, next, reportId, language)
    const present = steps.partOf.findLast(({ until }) => until === null)
    const undone = steps.partOf.filter(({ until }) => until !== null).slice(0, mergesFollowedMax)
    for (const entry of steps.entries) {
      const over = undone.find(({ until }) => entry.type === 'separated' && entry.at === until)
      if (over !== undefined) entries.push(...(await readAnswers(trx, over, reportId, language)))
      entries.push(entry)
    }
    next = present
  }
  return entries
}

/** What a reporter was answered while their case was part of another one: that it should not have been takes no answer back. */
async function readAnswers(
  trx: Transaction<Database>,
  followed: Followed,
  reportId: string,
  language: Language,
): Promise<Entry[]> {
  const { entries } = await readSteps(trx, followed, reportId, language)
  return entries.filter(({ type }) => type === 'answered')
}

async function readSteps(
  trx: Transaction<Database>,
  { incidentId, since, until }: Followed,
  reportId: string,
  language: Language,
): Promise<{ entries: Entry[]; partOf: Merge[] }> {
  const stored = await readEvents(trx, incidentId, { afterSeq: 0, limit: eventsMax })
  const shown = stored.filter(
    ({ event: { at } }) => (since === null || at >= since) && (until === null || at < until),
  )
  const notes = await readNotes(trx, incidentId, shown)
  const events = shown.map(({ event }) => event)
  const nameOf = await readEventNames(trx, events, [])
  const reliefs = await readTerms(trx, incidentId, events)
  const entries = shown.flatMap(({ seq, event }): Entry[] => {
    // The events of a stream count from 1.
    const before = stored[seq - 2]?.event.changes.state
    const told = publicStep(event, { nameOf, reportId, before, reliefs })
    if (told === undefined) return []
    const note = readableBy(reportId, event) ? notes.get(seq)?.text : undefined
    return [
      {
        seq,
        type: told.type,
        at: event.at,
        text: told.text[language],
        note: note ?? null,
      },
    ]
  })
  return { entries, partOf: mergesOf(events) }
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
