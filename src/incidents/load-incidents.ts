import { type RawBuilder, sql, type Transaction } from 'kysely'
import type { Head } from '../audit/append-events.ts'
import { uuidArray } from '../database/array-parameters.ts'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database } from '../database/schema.ts'
import type { Incident } from '../domain/incident.ts'
import {
  assignmentColumns,
  deadlineColumns,
  incidentColumns,
  joinedColumns,
  type Position,
  reliefColumns,
  toAssignment,
  toDeadline,
  toIncident,
  toJoined,
  toPosition,
  toRelief,
} from './incident-rows.ts'

/** An incident as it is stored, with the head of its chain. */
export interface StoredIncident {
  readonly incident: Incident
  readonly head: Head
  readonly position: Position | null
}

/**
 * Reads whole incidents, in the order of the given ids. The caller has locked them in an *earlier* statement: within the
 * locking one, a deadline that was settled between its snapshot and the lock would still show as running.
 */
export async function loadIncidents(
  trx: Transaction<Database>,
  ids: readonly string[],
): Promise<StoredIncident[]> {
  // An empty list is no SQL; the caller may have found nothing to lock.
  if (ids.length === 0) return []
  const [
    { rows: incidents },
    { rows: deadlines },
    { rows: assignments },
    { rows: reliefs },
    { rows: joined },
  ] = await Promise.all([
    executePrepared(trx, trx.selectFrom('incidents').select(incidentColumns).where('id', '=', anyOf(ids))),
    executePrepared(
      trx,
      trx
        .selectFrom('deadlines')
        .select(deadlineColumns)
        .where('incident_id', '=', anyOf(ids))
        .orderBy('incident_id')
        .orderBy('no'),
    ),
    executePrepared(
      trx,
      trx
        .selectFrom('assignments')
        .select(assignmentColumns)
        .where('incident_id', '=', anyOf(ids))
        .orderBy('incident_id')
        .orderBy('no'),
    ),
    executePrepared(
      trx,
      trx
        .selectFrom('reliefs')
        .select(reliefColumns)
        .where('incident_id', '=', anyOf(ids))
        .orderBy('incident_id')
        .orderBy('no'),
    ),
    executePrepared(
      trx,
      trx
        .selectFrom('joined_incidents')
        .select(joinedColumns)
        .where('survivor_id', '=', anyOf(ids))
        .orderBy('survivor_id')
        .orderBy('joined_at')
        .orderBy('incident_id'),
    ),
  ])
  const deadlinesOf = byIncident(deadlines)
  const assignmentsOf = byIncident(assignments)
  const reliefsOf = byIncident(reliefs)
  const byId = new Map(incidents.map((row) => [row.id, row]))
  return ids.flatMap((id) => {
    const row = byId.get(id)
    if (row === undefined) return []
    const incident = toIncident(row, {
      deadlines: (deadlinesOf.get(id) ?? []).map(toDeadline),
      assignments: (assignmentsOf.get(id) ?? []).map(toAssignment),
      reliefs: (reliefsOf.get(id) ?? []).map(toRelief),
      joined: joined.filter((each) => each.survivor_id === id).map(toJoined),
    })
    return [{ incident, head: { seq: row.head_seq, hash: row.head_hash }, position: toPosition(row) }]
  })
}

/** One parameter however many ids there are: a list of five hundred costs more to build and to plan than to look up. */
function anyOf(ids: readonly string[]): RawBuilder<string> {
  return sql<string>`any(${uuidArray(ids)})`
}

function byIncident<Row extends { incident_id: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.incident_id)
    if (group === undefined) groups.set(row.incident_id, [row])
    else group.push(row)
  }
  return groups
}
