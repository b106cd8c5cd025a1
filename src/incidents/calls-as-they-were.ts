import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { AssignmentStart } from '../domain/assignment.ts'
import type { Party } from '../domain/deadline.ts'
import { readLastEvents, type StoredEvent } from './read-events.ts'

/** What calls somebody, and what lets somebody else go on with a call. */
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
 * @param present the incident's assignments as they stand
 */
export async function readCallsAsTheyWere(
  db: Kysely<Database>,
  incidentId: string,
  present: readonly AssignmentStart[],
): Promise<CallsAsTheyWere> {
  if (present.length === 0) return callsAsTheyWere(present, [])
  const span = { afterSeq: 0, beforeSeq: seqEnd, since: null, until: null, types }
  return callsAsTheyWere(present, await readLastEvents(db, incidentId, span, eventsMax))
}

/** Above the number of any event. */
const seqEnd = 2 ** 31 - 1

/** The same of events that were read. */
export function callsAsTheyWere(
  present: readonly AssignmentStart[],
  events: readonly Pick<StoredEvent, 'seq' | 'event'>[],
): CallsAsTheyWere {
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
