import { type Kysely, sql, type Transaction } from 'kysely'
import { type RegistryHeads, rememberRows } from '../audit/registry-heads.ts'
import type { Database } from '../database/schema.ts'
import { policyColumns, policyOf, type SelectablePolicy } from './policy-row.ts'

/**
 * The policies that a new incident can be given: of each code the newest version, unless that one is disabled. Which of
 * them applies is decided by `choosePolicy`.
 */
export async function listApplicablePolicies(db: Kysely<Database>): Promise<SelectablePolicy[]> {
  const rows = await db
    .selectFrom(
      db
        .selectFrom('policies')
        .selectAll()
        .distinctOn('code')
        .orderBy('code')
        .orderBy('version', 'desc')
        .as('newest'),
    )
    .select(policyColumns)
    .where('enabled', '=', true)
    .orderBy('code')
    .execute()
  return rows.map(policyOf)
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
