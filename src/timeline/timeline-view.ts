import { z } from 'zod'
import { type Actor, roles } from '../domain/actor.ts'
import { cancelReasons, type Deadline, promiseKinds } from '../domain/deadline.ts'
import { commandEvents, counterpartEvents, type IncidentEvent, timerEvents } from '../domain/event.ts'
import { instantOut } from '../http/instant-schema.ts'
import { type NameOf, partyView } from '../incidents/incident-view.ts'
import type { StoredEvent, StoredNote } from '../incidents/read-events.ts'
import type { Language } from '../wording/wording.ts'
import { timelineText } from './timeline-text.ts'
import type { Telling } from './timeline-words.ts'

const actorView = z
  .object({
    role: z.enum(roles),
    id: z.string().nullable().meta({ description: 'null for a resident, whose cases nobody is to connect' }),
    area: z.object({ code: z.string(), name: z.string() }).nullable(),
    unit: z.object({ code: z.string(), name: z.string() }).nullable(),
  })
  .meta({ id: 'TimelineActor', description: 'Who did it' })

const deadlineChangeView = z
  .object({
    change: z.enum([
      'started',
      'met',
      'breached',
      'cancelled',
      'kept_late',
      'prolonged',
      'extended',
      'advanced',
      'paused',
      'resumed',
      'urged',
    ]),
    no: z.int(),
    promise: z.enum(promiseKinds),
    accountable: partyView,
    dueAt: instantOut,
    cancelReason: z.enum(cancelReasons).nullable(),
  })
  .meta({ id: 'DeadlineChange', description: 'What the event did to one deadline' })

export const timelineEntry = z
  .object({
    seq: z.int().meta({ description: "The event's number in the incident's stream, from 1" }),
    type: z.enum([
      'report_received',
      'deadline_breached',
      ...timerEvents,
      ...counterpartEvents,
      ...Object.values(commandEvents),
    ]),
    at: instantOut.meta({ description: 'The deciding instant, RFC 3339, UTC' }),
    actor: actorView.nullable().meta({ description: 'null for what a clock did' }),
    requestedAt: instantOut.nullable().meta({ description: 'When the request reached the server' }),
    occurredAt: instantOut.nullable().meta({ description: 'When the client says that it happened' }),
    text: z.string().meta({ description: 'A sentence for people, by Accept-Language' }),
    note: z.object({ text: z.string(), visibleToReporter: z.boolean() }).nullable(),
    farFromPlace: z
      .boolean()
      .nullable()
      .meta({ description: 'Whether an arrival was claimed too far away; null where that is unknown' }),
    clockFault: z
      .boolean()
      .meta({ description: 'The clock could not be trusted then: what was kept counts as kept in time' }),
    deadlines: z.array(deadlineChangeView),
    hash: z.string().meta({ description: 'SHA-256 of the event in the audit trail, hexadecimal' }),
  })
  .meta({ id: 'TimelineEntry', description: 'One event of an incident (经过)' })

type DeadlineChangeView = z.input<typeof deadlineChangeView>

/** What entries are told with. */
export interface TimelineFacts extends Telling {
  readonly language: Language
  readonly deadlines: ReadonlyMap<number, Deadline>
  readonly notes: ReadonlyMap<number, StoredNote>
}

export function viewTimelineEntry(
  { seq, hash, event }: StoredEvent,
  facts: TimelineFacts,
): z.input<typeof timelineEntry> {
  const { nameOf, notes } = facts
  const note = notes.get(seq)
  return {
    seq,
    type: event.type,
    at: event.at,
    actor: event.actor === null ? null : viewActor(event.actor, nameOf),
    requestedAt: event.requestedAt,
    occurredAt: event.occurredAt,
    text: timelineText(event, facts)[facts.language],
    note:
      note === undefined || note.text === null
        ? null
        : { text: note.text, visibleToReporter: note.visible_to_reporter },
    farFromPlace: event.type === 'arrived' ? event.farFromPlace : null,
    clockFault: event.clockFault === true,
    deadlines: deadlineChanges(event, facts),
    hash: hash.toString('hex'),
  }
}

function viewActor({ role, id, areaCode, unitCode }: Actor, nameOf: NameOf): z.input<typeof actorView> {
  const named = (kind: 'area' | 'unit', code: string | undefined) =>
    code === undefined ? null : { code, name: nameOf({ kind, code }) }
  return {
    role,
    id: role === 'resident' ? null : id,
    area: named('area', areaCode),
    unit: named('unit', unitCode),
  }
}

/** What moves due times, and what leaves them as they are; an event says each by its own name. */
const shifts = ['resumed', 'prolonged', 'extended', 'advanced'] as const
const marks = ['paused', 'urged'] as const

function deadlineChanges({ changes }: IncidentEvent, { deadlines, nameOf }: TimelineFacts) {
  const view = (
    change: DeadlineChangeView['change'],
    { no, promise, accountable, dueAt }: Pick<Deadline, 'no' | 'promise' | 'accountable' | 'dueAt'>,
    cancelReason: DeadlineChangeView['cancelReason'] = null,
  ): DeadlineChangeView => ({
    change,
    no,
    promise,
    accountable: { ...accountable, name: nameOf(accountable) },
    dueAt,
    cancelReason,
  })
  const known = (no: number) => {
    const deadline = deadlines.get(no)
    return deadline === undefined ? [] : [deadline]
  }
  return [
    ...shifts.flatMap((change) =>
      (changes[change] ?? []).flatMap(({ no }) => known(no).map((deadline) => view(change, deadline))),
    ),
    ...marks.flatMap((change) =>
      (changes[change] ?? []).flatMap((no) => known(no).map((deadline) => view(change, deadline))),
    ),
    ...changes.settled.flatMap(({ no, state, reason }) =>
      known(no).map((deadline) => view(state, deadline, reason)),
    ),
    ...changes.fulfilled.flatMap((no) => known(no).map((deadline) => view('kept_late', deadline))),
    ...changes.started.map((start) => view('started', start)),
  ]
}
