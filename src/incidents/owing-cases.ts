import { type RawBuilder, sql, type Transaction } from 'kysely'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Incident } from '../domain/incident.ts'
import { transitions } from '../domain/transitions.ts'
import { Problem } from '../http/problems/problem.ts'
import type { Action } from './action.ts'
import { type Case, readCases } from './read-cases.ts'

/** Another case in which an answer was late for somebody whom this one may answer, and the report that opened it. */
export interface OwingCase extends Case {
  readonly own: string
}

/**
 * The ids of the cases in which an answer was late for a reporter whom one case may answer: those that go on as a part of it,
 * and those that it, or one of these, was a part of until that was undone. Those with nothing late are left out, so that an
 * answer locks nobody for nothing.
 */
export function owingIds(incidentId: string): RawBuilder<string> {
  return sql`
    with recursive part (id) as (
      select ${incidentId}::uuid
      union
      select joined.incident_id from part
      join joined_incidents joined on joined.survivor_id = part.id and joined.separated_at is null
    ), once (id) as (
      select id from part
      union
      select joined.survivor_id from once
      join joined_incidents joined on joined.incident_id = once.id and joined.separated_at is not null
    )
    select once.id from once
    where once.id <> ${incidentId}::uuid and exists (
      select from deadlines where deadlines.incident_id = once.id and promise = 'feedback' and state = 'breached'
        and fulfilled_at is null)`
}

/** What somebody does with a case. */
interface Answering {
  readonly action: Action
  readonly incident: Pick<Incident, 'id' | 'joined' | 'deadlines'>
  /** What the caller has locked, by its id. */
  readonly locked: ReadonlyMap<string, unknown>
}

/** Whether an action answers whoever reported. */
export function answersReporters({ type }: Action): boolean {
  return transitions[type].keeps.includes('feedback')
}

/**
 * Reads those cases where an action is an answer. A case that no other was merged into, and that was merged into none, costs no
 * statement.
 *
 * @returns Problem `busy` where one of them came in between the look and the lock
 */
export async function readOwingCases(
  trx: Transaction<Database>,
  readClock: ReadClock,
  { action, incident, locked }: Answering,
): Promise<OwingCase[] | Problem> {
  const { id, joined, deadlines } = incident
  if (!answersReporters(action)) return []
  if (joined.length === 0 && !deadlines.some(({ cancelReason }) => cancelReason === 'merged')) return []
  const { rows } = await sql<{ incident_id: string; id: string }>`
    select incident_id, id from reports where incident_id in (${owingIds(id)})`.execute(trx)
  if (rows.some((row) => !locked.has(row.incident_id))) return new Problem('busy')
  const ownOf = new Map(rows.map((row) => [row.incident_id, row.id]))
  const { cases } = await readCases(trx, readClock, [...ownOf.keys()])
  return cases.flatMap((each) => {
    const own = ownOf.get(each.incident.id)
    return own === undefined ? [] : [{ ...each, own }]
  })
}
