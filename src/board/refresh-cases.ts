import { type RawBuilder, sql, type Transaction } from 'kysely'
import { uuidArray } from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'
import { openStates } from '../domain/incident-state.ts'
import { cellOf } from '../duplicates/near-cases.ts'
import { countChanges } from './board-counts.ts'

const open = [...openStates]

/** The board's columns, in the order of its rows below. */
export const boardColumns = sql`incident_id, district_code, area_code, category_code, severity, state, received_at, standing,
  urgent_at, promise, rung, accountable_code, red_list, unit_codes, latitude, longitude, cell`

/**
 * What the board says of open cases, told from the other tables as they stand.
 *
 * @param which a condition on incidents `i`
 */
export function boardRows(which: RawBuilder<boolean>): RawBuilder<unknown> {
  return sql`
    select i.id as incident_id, i.district_code, i.area_code, i.category_code, i.severity, i.state, i.received_at,
      coalesce(next.standing, 3) as standing, coalesce(next.due_at, i.received_at) as urgent_at, next.promise, next.rung,
      next.accountable_code,
      exists (select from deadlines d where d.incident_id = i.id and d.outstanding = 'exhausted') as red_list,
      array(select a.assignee_code from assignments a
        where a.incident_id = i.id and a.assignee_kind = 'unit' and a.ended_at is null order by a.no) as unit_codes,
      i.latitude, i.longitude, ${cellOf(sql.ref('i.latitude'), sql.ref('i.longitude'))} as cell
    from incidents i
    left join lateral (
      select case d.state when 'running' then 0 when 'breached' then 1 else 2 end as standing, d.due_at, d.promise, d.rung,
        d.accountable_code
      from deadlines d
      where d.incident_id = i.id and d.assignment_no is null and (d.state in ('running', 'paused') or d.outstanding = 'exhausted')
      order by 1, d.due_at, d.no limit 1
    ) as next on true
    where ${which} and i.state = any(${open}::text[])`
}

/** Makes the board's rows of some cases anew, one for each that is open and none for the others, and counts them. */
export async function refreshCases(trx: Transaction<Database>, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const given = uuidArray(ids)
  await countChanges(trx, sql<boolean>`incident_id = any(${given})`, () => makeRows(trx, given))
}

async function makeRows(trx: Transaction<Database>, given: RawBuilder<unknown>): Promise<void> {
  await sql`
    insert into board_cases (${boardColumns})
    ${boardRows(sql<boolean>`i.id = any(${given})`)}
    on conflict (incident_id) do update set state = excluded.state, standing = excluded.standing,
      urgent_at = excluded.urgent_at, promise = excluded.promise, rung = excluded.rung,
      accountable_code = excluded.accountable_code, red_list = excluded.red_list, unit_codes = excluded.unit_codes,
      latitude = excluded.latitude, longitude = excluded.longitude, cell = excluded.cell
    where (board_cases.state, board_cases.standing, board_cases.urgent_at, board_cases.promise, board_cases.rung,
        board_cases.accountable_code, board_cases.red_list, board_cases.unit_codes, board_cases.cell)
      is distinct from (excluded.state, excluded.standing, excluded.urgent_at, excluded.promise, excluded.rung,
        excluded.accountable_code, excluded.red_list, excluded.unit_codes, excluded.cell)`.execute(trx)
  await sql`
    delete from board_cases where incident_id = any(${given}) and not exists (
      select from incidents i where i.id = incident_id and i.state = any(${open}::text[]))`.execute(trx)
}
