import { sql, type Transaction } from 'kysely'
import { textArray, uuidArray } from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'
import { foldText, pairsOf } from './fold-text.ts'

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
    select missing.* from (
      select r.incident_id, r.district_code, 'report/' || r.id as part, concat_ws(E'\n', r.description, r.address) as text
      from reports r where r.incident_id = any(${ids})
      union all
      select n.incident_id, i.district_code, 'note/' || n.seq, n.text
      from event_notes n join incidents i on i.id = n.incident_id
      where n.incident_id = any(${ids}) and n.text is not null
    ) as missing
    where not exists (
      select from search_texts s where s.incident_id = missing.incident_id and s.part = missing.part)`.execute(
    trx,
  )
  if (rows.length === 0) return 0
  const folded = rows.map(({ text }) => foldText(text))
  await sql`
    insert into search_texts (incident_id, part, folded, words)
    select incident_id, part, folded, array_to_tsvector(string_to_array(words, ' '))
    from unnest(
      ${uuidArray(rows.map(({ incident_id }) => incident_id))},
      ${textArray(rows.map(({ part }) => part))},
      ${textArray(folded)},
      ${textArray(folded.map((text, index) => [districtWord(rows[index]?.district_code ?? ''), ...pairsOf(text)].join(' ')))}
    ) as found (incident_id, part, folded, words)
    on conflict do nothing`.execute(trx)
  return rows.length
}

/** No pair looks like it: a folded text has no such sign. */
export function districtWord(districtCode: string): string {
  return `@${districtCode}`
}
