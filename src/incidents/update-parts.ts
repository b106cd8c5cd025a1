import { sql, type Transaction } from 'kysely'
import { instantArray, smallintArray, textArray, uuidArray } from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'
import { type Alarm, alarmsOf } from '../domain/alarms.ts'
import type { DecidedIncident } from './decided-incident.ts'
import { expectRows } from './update-rows.ts'

/**
 * Each function below changes rows that few decisions touch, and costs the others no statement. They fail the transaction
 * where a row was not as it was when the decision was made.
 */

export async function updateMerged(
  trx: Transaction<Database>,
  changed: readonly DecidedIncident[],
): Promise<void> {
  const rows = changed.filter(({ before, after }) => before?.incident.mergedInto !== after.mergedInto)
  if (rows.length === 0) return
  const { numAffectedRows } = await sql`
    update incidents set merged_into = changed.into_id, merged_at = changed.at, merged_from = changed.from_state,
      state = changed.state
    from unnest(
      ${uuidArray(rows.map(({ after }) => after.id))},
      ${uuidArray(rows.map(({ after }) => after.mergedInto?.incidentId ?? null))},
      ${instantArray(rows.map(({ after }) => after.mergedInto?.at ?? null))},
      ${textArray(rows.map(({ after }) => after.mergedInto?.from ?? null))},
      ${textArray(rows.map(({ after }) => after.state))}
    ) as changed (id, into_id, at, from_state, state)
    where incidents.id = changed.id`.execute(trx)
  expectRows('incidents', rows.length, numAffectedRows)
}

export async function updateReliefs(
  trx: Transaction<Database>,
  changed: readonly DecidedIncident[],
): Promise<void> {
  const rows = changed.flatMap(({ before, after }) =>
    (before?.incident.reliefs ?? []).flatMap((old, index) => {
      const row = after.reliefs[index]
      return row === undefined || row.state === old.state
        ? []
        : [{ id: after.id, stateBefore: old.state, row }]
    }),
  )
  if (rows.length === 0) return
  const { numAffectedRows } = await sql`
    update reliefs set state = changed.state, decided_at = changed.decided_at, decided_by = changed.decided_by,
      ended_at = changed.ended_at
    from unnest(
      ${uuidArray(rows.map(({ id }) => id))},
      ${smallintArray(rows.map(({ row }) => row.no))},
      ${textArray(rows.map(({ stateBefore }) => stateBefore))},
      ${textArray(rows.map(({ row }) => row.state))},
      ${instantArray(rows.map(({ row }) => row.decidedAt))},
      ${textArray(rows.map(({ row }) => row.decidedBy))},
      ${instantArray(rows.map(({ row }) => row.endedAt))}
    ) as changed (incident_id, no, state_before, state, decided_at, decided_by, ended_at)
    where reliefs.incident_id = changed.incident_id and reliefs.no = changed.no
      and reliefs.state = changed.state_before`.execute(trx)
  expectRows('reliefs', rows.length, numAffectedRows)
}

export async function updateJoined(
  trx: Transaction<Database>,
  changed: readonly DecidedIncident[],
): Promise<void> {
  const rows = changed.flatMap(({ before, after }) =>
    (before?.incident.joined ?? []).flatMap((old, index) => {
      const row = after.joined[index]
      // What a merge takes grows with those who are called; nothing else of it changes but its end.
      const same = row?.separatedAt === old.separatedAt && row?.taken.length === old.taken.length
      return row === undefined || same ? [] : [{ id: after.id, row }]
    }),
  )
  if (rows.length === 0) return
  const { numAffectedRows } = await sql`
    update joined_incidents set taken = changed.taken::jsonb, separated_at = changed.at
    from unnest(
      ${uuidArray(rows.map(({ id }) => id))},
      ${uuidArray(rows.map(({ row }) => row.incidentId))},
      ${textArray(rows.map(({ row }) => JSON.stringify(row.taken)))},
      ${instantArray(rows.map(({ row }) => row.separatedAt))}
    ) as changed (survivor_id, incident_id, taken, at)
    where joined_incidents.survivor_id = changed.survivor_id and joined_incidents.incident_id = changed.incident_id
      and separated_at is null`.execute(trx)
  expectRows('joined_incidents', rows.length, numAffectedRows)
}

/** Sets what an incident waits for now, and stops what it no longer waits for. */
export async function updateAlarms(
  trx: Transaction<Database>,
  changed: readonly DecidedIncident[],
): Promise<void> {
  const set: { id: string; alarm: Alarm }[] = []
  const stopped: { id: string; alarm: Alarm }[] = []
  for (const { before, after } of changed) {
    if (before === undefined) continue
    const { policy } = before.context
    const old = alarmsOf(before.incident, policy)
    const now = alarmsOf(after, policy)
    const missing = (alarms: readonly Alarm[], others: readonly Alarm[]) =>
      alarms
        .filter(({ kind, no }) => !others.some((other) => other.kind === kind && other.no === no))
        .map((alarm) => ({ id: after.id, alarm }))
    set.push(...missing(now, old))
    stopped.push(...missing(old, now))
  }
  if (stopped.length > 0) {
    const { numAffectedRows } = await sql`
      delete from alarms using unnest(
        ${uuidArray(stopped.map(({ id }) => id))},
        ${textArray(stopped.map(({ alarm }) => alarm.kind))},
        ${smallintArray(stopped.map(({ alarm }) => alarm.no))}
      ) as stopped (incident_id, kind, no)
      where alarms.incident_id = stopped.incident_id and alarms.kind = stopped.kind and alarms.no = stopped.no`.execute(
      trx,
    )
    expectRows('alarms', stopped.length, numAffectedRows)
  }
  if (set.length === 0) return
  await sql`
    insert into alarms (incident_id, kind, no, at)
    select * from unnest(
      ${uuidArray(set.map(({ id }) => id))},
      ${textArray(set.map(({ alarm }) => alarm.kind))},
      ${smallintArray(set.map(({ alarm }) => alarm.no))},
      ${instantArray(set.map(({ alarm }) => alarm.at))}
    )`.execute(trx)
}
