import { type Kysely, sql, type Transaction } from 'kysely'
import { type RegistryHeads, rememberRows } from '../audit/registry-heads.ts'
import type { Database } from '../database/schema.ts'
import type { AreaKind } from '../domain/area.ts'
import type { Ladder } from '../domain/ladder.ts'
import { policyColumns, policyOf, type SelectablePolicy } from './policy-row.ts'

/**
 * The policies that a new incident can be given: of each code the newest version, unless that one is disabled. Which of
 * them applies is decided by `choosePolicy`, which looks at each of them; `applicableMax` bounds how many there are.
 */
export async function listApplicablePolicies(db: Kysely<Database>): Promise<SelectablePolicy[]> {
  return (await selectApplicable(db).execute()).map(policyOf)
}

/** Goes from one code to the next by the index, because versions become ever more and all but the newest are passed over. */
export function selectApplicable(db: Kysely<Database>) {
  const newest = sql<string>`(
    with recursive newest (id, code) as (
      (select id, code from policies order by code desc, version desc limit 1)
      union all
      select earlier.id, earlier.code from newest cross join lateral (
        select id, code from policies where code < newest.code order by code desc, version desc limit 1) as earlier
    )
    select id from newest)`
  return db
    .selectFrom('policies')
    .select(policyColumns)
    .where('id', 'in', newest)
    .where('enabled', '=', true)
    .orderBy('code')
}

const applicable = 'applicable'
const findKnown = rememberRows(
  'policies',
  1,
  async (trx) => new Map([[applicable, await listApplicablePolicies(trx)]]),
)

/** The same for transactions that have read the registries' heads, at next to no cost. */
export async function listKnownPolicies(
  trx: Transaction<Database>,
  heads: RegistryHeads,
): Promise<readonly SelectablePolicy[]> {
  return (await findKnown(trx, heads, [applicable])).get(applicable) ?? []
}

/**
 * Every ladder that any version has, as incidents keep the version that they were given. From one to the next by the index: there
 * are few ladders, however many versions there are.
 */
export const laddersSql = sql<{ ladder: AreaKind[] }>`
  with recursive each (ladder) as (
    (select ladder from policies order by ladder limit 1)
    union all
    select next.ladder from each cross join lateral (
      select ladder from policies where ladder > each.ladder order by ladder limit 1) as next
  )
  select ladder from each`

const everyLadder = 'ladders'
const findLadders = rememberRows('policies', 1, async (trx) => {
  const { rows } = await laddersSql.execute(trx)
  return new Map([[everyLadder, rows.map(({ ladder }) => ladder)]])
})

/** Every ladder that an incident may climb, for transactions that have read the registries' heads. */
export async function listKnownLadders(
  trx: Transaction<Database>,
  heads: RegistryHeads,
): Promise<readonly Ladder[]> {
  return (await findLadders(trx, heads, [everyLadder])).get(everyLadder) ?? []
}

/**
 * Versions that were read before, least recently used first. A version is never edited, so what is remembered stays true;
 * the bound keeps a deployment with a long history from filling the process (about 1 KB an entry).
 */
const remembered = new Map<string, SelectablePolicy>()
const rememberedMax = 1_000

/**
 * The versions that incidents are pinned to, by id.
 *
 * @throws Error when one does not exist: a foreign key holds every pinned version in place.
 */
export async function getPolicies(
  db: Kysely<Database>,
  ids: readonly string[],
): Promise<Map<string, SelectablePolicy>> {
  const found = new Map<string, SelectablePolicy>()
  for (const id of new Set(ids)) {
    const policy = remembered.get(id)
    if (policy !== undefined) found.set(id, policy)
  }
  const missing = [...new Set(ids)].filter((id) => !found.has(id))
  if (missing.length > 0) {
    const rows = await db
      .selectFrom('policies')
      .select(policyColumns)
      .where('id', '=', sql<string>`any(${missing}::uuid[])`)
      .execute()
    for (const row of rows) found.set(row.id, policyOf(row))
  }
  for (const id of ids) if (!found.has(id)) throw new Error(`There is no policy version ${id}`)
  remember(found)
  return found
}

function remember(policies: ReadonlyMap<string, SelectablePolicy>): void {
  for (const [id, policy] of policies) {
    remembered.delete(id)
    remembered.set(id, policy)
  }
  for (const id of remembered.keys()) {
    if (remembered.size <= rememberedMax) break
    remembered.delete(id)
  }
}
