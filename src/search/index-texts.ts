import { sql, type Transaction } from 'kysely'
import { textArray, uuidArray } from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'
import { foldText, pairsOf } from './fold-text.ts'

/** Every text that a case is found by: what was reported, and what was remarked. */
export const texts = sql`
  select incident_id, district_code, 'report/' || id as part, concat_ws(E'\n', description, address) as text from reports
  union all
  select n.incident_id, i.district_code, 'note/' || n.seq, n.text
  from event_notes n join incidents i on i.id = n.incident_id
  where n.text is not null`

interface Text {
  readonly incident_id: string
  readonly district_code: string
  readonly part: string
  readonly text: string
}

/**
 * Makes the texts of cases findable that are not yet: descriptions and addresses of reports, and remarks. What is there
 * already stays as it is, because texts are never edited; whoever erases one erases its row with it.
 *
 * @returns how many texts became findable
 */
export async function indexTexts(
  trx: Transaction<Database>,
  incidentIds: readonly string[],
): Promise<number> {
  if (incidentIds.length === 0) return 0
  const ids = uuidArray(incidentIds)
  const { rows } = await sql<Text>`
    select missing.* from (${texts}) as missing
    where missing.incident_id = any(${ids}) and not exists (
      select from search_texts s where s.incident_id = missing.incident_id and s.part = missing.part)`.execute(
    trx,
  )
  if (rows.length === 0) return 0
  const searched = rows.map(({ text, district_code: district }) => asSearched(text, district))
  await sql`
    insert into search_texts (incident_id, part, folded, words)
    select incident_id, part, folded, array_to_tsvector(string_to_array(words, ' '))
    from unnest(
      ${uuidArray(rows.map(({ incident_id }) => incident_id))},
      ${textArray(rows.map(({ part }) => part))},
      ${textArray(searched.map(({ folded }) => folded))},
      ${textArray(searched.map(({ words }) => [...words].join(' ')))}
    ) as found (incident_id, part, folded, words)
    on conflict do nothing`.execute(trx)
  return rows.length
}

/** A text of a district's case as the search holds it. */
export function asSearched(text: string, districtCode: string): { folded: string; words: Set<string> } {
  const folded = foldText(text)
  return { folded, words: new Set([districtWord(districtCode), ...pairsOf(folded)]) }
}

/** No pair looks like it: a folded text has no such sign. */
export function districtWord(districtCode: string): string {
  return `@${districtCode}`
}
