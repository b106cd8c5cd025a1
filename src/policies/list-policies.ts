import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import { policyViewColumns, viewPolicy } from './policy-view.ts'

/** Where a page of policies ends. */
export const policyPosition = z.strictObject({ code: z.string(), version: z.int32() })

export interface PolicyQuery {
  /** All versions of this one; otherwise the newest version of each. */
  readonly code: string | undefined
  readonly after: z.output<typeof policyPosition> | undefined
  readonly limit: number
}

/** A page of policies, by code and then the newest version first; disabled ones too. */
export async function listPolicies(db: Kysely<Database>, { code, after, limit }: PolicyQuery) {
  let query = db.selectFrom('policies').select(policyViewColumns)
  if (code === undefined) {
    query = query.where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('policies as newer')
            .select('newer.id')
            .whereRef('newer.code', '=', 'policies.code')
            .whereRef('newer.version', '>', 'policies.version'),
        ),
      ),
    )
  } else {
    query = query.where('code', '=', code)
  }
  if (after !== undefined) {
    query = query.where(({ or, and, eb }) =>
      or([
        eb('code', '>', after.code),
        and([eb('code', '=', after.code), eb('version', '<', after.version)]),
      ]),
    )
  }
  const rows = await query
    .orderBy('code')
    .orderBy('version', 'desc')
    .limit(limit + 1)
    .execute()
  const items = rows.slice(0, limit)
  return { items: items.map(viewPolicy), next: rows.length > limit ? items.at(-1) : undefined }
}

/** One version of a policy by its id. */
export async function findPolicy(db: Kysely<Database>, id: string) {
  const row = await db
    .selectFrom('policies')
    .select(policyViewColumns)
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? undefined : viewPolicy(row)
}
