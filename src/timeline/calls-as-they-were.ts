import { type Kysely, sql } from 'kysely'
import { textArray } from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'
import type { AssignmentStart } from '../domain/assignment.ts'
import type { Party } from '../domain/deadline.ts'
import { streamOf } from '../incidents/decided-incident.ts'
import { parseIncidentEvent } from '../incidents/event-schema.ts'
import type { StoredEvent } from '../incidents/read-events.ts'

/** Events that call somebody, and what lets somebody else go on with a call. */
const types = ['whistle_blown', 'handed_down', 'duty_moved'] as const

/** More than any real case has; of a call from before the last so many the present state is told. */
const eventsMax = 500

/** Who had been called and by whom, after any event of an incident. */
export interface CallsAsTheyWere {
  at(seq: number): ReadonlyMap<number, AssignmentStart>
  /** Everybody who was ever part of one. */
  readonly parties: readonly Party[]
}

/**
 * Calls change hands when the tree of areas changes, and a sentence about an event names whoever it was then. One statement, and
 * none where nobody was ever called.
 *
 * @param incidents with their assignments as they stand
 * @returns by the incident's id; nothing of one in which nobody was called
 */
export async function readCallsAsTheyWere(
  db: Kysely<Database>,
  incidents: readonly { readonly id: string; readonly assignments: readonly AssignmentStart[] }[],
): Promise<Map<string, CallsAsTheyWere>> {
  const called = incidents.filter(({ assignments }) => assignments.length > 0)
  if (called.length === 0) return new Map()
  const { rows } = await sql<{ stream: string; seq: number; body: string }>`
    select events.* from unnest(${textArray(called.map(({ id }) => streamOf(id)))}) as wanted (stream)
    cross join lateral (
      select events.stream, seq, body from events where events.stream = wanted.stream and type = any(${textArray(types)})
      order by seq desc limit ${eventsMax}) as events
    order by events.stream, seq`.execute(db)
  const events = new Map<string, CallEvent[]>()
  for (const { stream, seq, body } of rows) {
    const told = events.get(stream) ?? []
    events.set(stream, told)
    told.push({ seq, event: parseIncidentEvent(body) })
  }
  return new Map(
    called.map(({ id, assignments }) => [id, callsAsTheyWere(assignments, events.get(streamOf(id)) ?? [])]),
  )
}

type CallEvent = Pick<StoredEvent, 'seq' | 'event'>

function callsAsTheyWere(present: readonly AssignmentStart[], events: readonly CallEvent[]): CallsAsTheyWere {
  const told = events.map(({ seq, event: { changes } }) => ({ seq, ...changes }))
  return {
    at(seq) {
      const calls = new Map(present.map((each) => [each.no, each]))
      for (const { seq: after, assigned, reassigned = [] } of told) {
        for (const start of assigned) calls.set(start.no, start)
        for (const change of after <= seq ? reassigned : []) {
          const before = calls.get(change.no)
          if (before !== undefined) calls.set(change.no, { ...before, ...change })
        }
      }
      return calls
    },
    parties: told.flatMap(({ assigned, reassigned = [] }) =>
      [...assigned, ...reassigned].flatMap(({ assignee, whistledBy }): Party[] => [
        assignee,
        { kind: 'area', code: whistledBy },
      ]),
    ),
  }
}
