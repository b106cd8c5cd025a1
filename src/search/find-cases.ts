import { type RawBuilder, sql, type Transaction } from 'kysely'
import { uuidArray } from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'
import { mergesFollowedMax } from '../domain/case-limits.ts'
import { pairsOf } from './fold-text.ts'
import { districtWord } from './index-texts.ts'

/** In more texts than this a term is common, and few rows of any list have to be looked at until a page is full. */
const rareMax = 3_000

/** The cases that a term occurs in, each with whether it does so in what was reported, not in remarks alone. */
type Candidates = ReadonlyMap<string, boolean>

/** In which cases terms occur: these, or those that a condition holds for, given the column of a case's id. */
export type FoundCases =
  | { readonly ids: readonly string[] }
  | { readonly occurs: (id: RawBuilder<unknown>) => RawBuilder<boolean> }

/**
 * Looks up in which cases terms occur. Their pairs of characters lead there, and the text itself decides, so what only looks
 * alike is not found. Where a term is rare those cases are few and are named, and with them the cases that they were merged
 * into; otherwise there is a condition that reads the texts of whatever row it is asked about.
 *
 * What was reported leads to the case that the report belongs to now, which shows it. A remark leads to its own case alone: whoever
 * may see the other one may still not see this one, and must not find out what it says.
 *
 * @param terms folded, at least one
 * @param districts those that are looked in; undefined where it is all of them
 */
export async function findCases(
  trx: Transaction<Database>,
  terms: readonly string[],
  districts: readonly string[] | undefined,
): Promise<FoundCases> {
  if (districts?.length === 0) return { ids: [] }
  const found = await Promise.all(terms.map((term) => candidatesOf(trx, term, districts)))
  const [rarest, ...others] = found.filter((ids) => ids !== 'common').toSorted((a, b) => a.size - b.size)
  if (rarest === undefined) return { occurs: (id) => everyTermOccurs(terms, id) }
  const rare = [rarest, ...others]
  const own = [...rarest.keys()].filter((id) => others.every((cases) => cases.has(id)))
  const reported = own.filter((id) => rare.every((cases) => cases.get(id) === true))
  const common = terms.filter((_, index) => found[index] === 'common')
  return { ids: await withSurvivors(trx, { own, reported }, common) }
}

async function candidatesOf(
  trx: Transaction<Database>,
  term: string,
  districts: readonly string[] | undefined,
): Promise<Candidates | 'common'> {
  const { rows } = await sql<{ incident_id: string; reported: boolean }>`
    select incident_id, ${isReported} as reported from search_texts s
    where words @@ ${wordQuery(term, districts)}::tsquery and strpos(folded, ${term}) > 0
    limit ${rareMax + 1}`.execute(trx)
  if (rows.length > rareMax) return 'common'
  const cases = new Map<string, boolean>()
  for (const { incident_id: id, reported } of rows) cases.set(id, reported || cases.get(id) === true)
  return cases
}

/** A text is that of a report, and no remark (index-texts.ts). */
const isReported = sql<boolean>`starts_with(s.part, 'report/')`

/** As a text of Postgres' type. A folded term holds letters, marks and digits only, so nothing in it can end a quotation. */
function wordQuery(term: string, districts: readonly string[] | undefined): string {
  const runs = term.split(' ').map((run) => [...run])
  const words = runs.flatMap((run) =>
    run.length === 1 ? run.map((only) => `'${only}':*`) : pairsWithin(run).map((pair) => `'${pair}'`),
  )
  const places = districts?.map((code) => `'${districtWord(code)}'`)
  return [...words, ...(places === undefined ? [] : [`(${places.join('|')})`])].join('&')
}

/** The pairs that stand in the text too: the last character may be followed by another one there. */
function pairsWithin(run: readonly string[]): string[] {
  return [...pairsOf(run.join(''))].filter((pair) => [...pair].length === 2)
}

function everyTermOccurs(
  terms: readonly string[],
  id: RawBuilder<unknown>,
  within: RawBuilder<boolean> = sql<boolean>`true`,
): RawBuilder<boolean> {
  const occur = terms.map(
    (term) => sql`exists (
      select from search_texts s where s.incident_id = ${id} and ${within} and strpos(s.folded, ${term}) > 0)`,
  )
  return sql<boolean>`(${sql.join([sql`true`, ...occur], sql` and `)})`
}

/**
 * Of some cases those in which the common terms occur too, and the cases that they were merged into where it is by what was
 * reported.
 */
async function withSurvivors(
  trx: Transaction<Database>,
  { own, reported }: { readonly own: readonly string[]; readonly reported: readonly string[] },
  common: readonly string[],
): Promise<string[]> {
  if (own.length === 0) return []
  const id = sql.ref('found.id')
  const { rows } = await sql<{ id: string }>`
    with recursive cases (id, merges) as (
      select found.id, 0 from unnest(${uuidArray(reported)}) as found (id)
      where ${everyTermOccurs(common, id, isReported)}
      union
      select i.merged_into, cases.merges + 1
      from cases join incidents i on i.id = cases.id
      where i.merged_into is not null and cases.merges < ${mergesFollowedMax}
    )
    select id from cases
    union
    select found.id from unnest(${uuidArray(own)}) as found (id) where ${everyTermOccurs(common, id)}`.execute(
    trx,
  )
  return rows.map(({ id }) => id)
}
