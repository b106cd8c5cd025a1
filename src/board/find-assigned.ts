import { sql, type Transaction } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { FoundCases } from '../search/find-cases.ts'

/** Of a unit with more cases than this many, every page of any area is full of them. */
const assignedMax = 3_000

/** The open cases that are assigned to a unit now. */
export async function findAssigned(trx: Transaction<Database>, unitCode: string): Promise<FoundCases> {
  const { rows } = await sql<{ incident_id: string }>`
    select incident_id from board_cases where unit_codes @> array[${unitCode}]::text[] and unit_codes <> '{}'
    limit ${assignedMax + 1}`.execute(trx)
  if (rows.length <= assignedMax) return { ids: rows.map(({ incident_id }) => incident_id) }
  return {
    occurs: (id) => sql<boolean>`exists (
      select from board_cases s where s.incident_id = ${id} and s.unit_codes @> array[${unitCode}]::text[])`,
  }
}
