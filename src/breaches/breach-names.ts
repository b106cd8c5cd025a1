import { type Kysely, sql } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Rung } from '../domain/deadline.ts'
import type { Breach } from './breach-view.ts'

/** What a breach mentions by code. */
export interface Mentions {
  readonly area_path: readonly string[]
  readonly tree_version: number
  readonly rung: Rung
  readonly accountable_code: string
  readonly category_code: string
  readonly policy_id: string
}

/** The names of what breaches mention, each read once however many pages of a file mention it. */
export interface BreachNames {
  /** Reads what is mentioned and not known yet. */
  learn(db: Kysely<Database>, rows: readonly Mentions[]): Promise<void>
  /** The name that an area had in a version of the tree. */
  area(code: string, treeVersion: number): string
  /** A path with the names of its areas; the same object for the same path, of which a file has thousands of breaches. */
  path(codes: readonly string[], treeVersion: number): Breach['areaPath']
  unit(code: string): string
  category(code: string): { readonly nameZh: string; readonly nameEn: string }
  policy(id: string): { readonly code: string; readonly version: number }
}

interface AreaName {
  readonly since_version: number
  readonly until_version: number | null
  readonly name: string
}

/** Knows nothing yet. Where nothing is to be found, a code is its own name, so that no breach drops out of a report. */
export function createBreachNames(): BreachNames {
  const areas = new Map<string, AreaName[]>()
  const units = new Map<string, string>()
  const categories = new Map<string, { nameZh: string; nameEn: string }>()
  const policies = new Map<string, { code: string; version: number }>()
  const paths = new Map<string, Breach['areaPath']>()
  let treeVersion = -1

  async function learnAreas(db: Kysely<Database>, rows: readonly Mentions[]): Promise<void> {
    const mentioned = rows.flatMap((row) =>
      row.rung === 'unit' ? row.area_path : [...row.area_path, row.accountable_code],
    )
    const isNewer = rows.some((row) => row.tree_version > treeVersion)
    const version = isNewer
      ? (await db.selectFrom('area_tree').select('version').executeTakeFirstOrThrow()).version
      : treeVersion
    // Of a tree that has changed since, older names are known at most. They stay until the others are there.
    const codes = [...(isNewer ? areas.keys() : []), ...unknown(mentioned, areas)]
    if (codes.length === 0) return
    const found = await db
      .selectFrom('area_versions')
      .select(['code', 'since_version', 'until_version', 'name'])
      .where('code', '=', sql<string>`any(${codes}::text[])`)
      .execute()
    const versions = new Map<string, AreaName[]>(codes.map((code) => [code, []]))
    for (const { code, ...name } of found) versions.get(code)?.push(name)
    for (const [code, of] of versions) areas.set(code, of)
    treeVersion = version
  }

  const area = (code: string, version: number): string =>
    areas
      .get(code)
      ?.find(
        ({ since_version: since, until_version: until }) =>
          since <= version && (until === null || until > version),
      )?.name ?? code

  return {
    async learn(db, rows) {
      await learnAreas(db, rows)
      const unitCodes = unknown(
        rows.flatMap((row) => (row.rung === 'unit' ? [row.accountable_code] : [])),
        units,
      )
      if (unitCodes.length > 0) {
        const found = await db
          .selectFrom('units')
          .select(['code', 'name'])
          .where('code', 'in', unitCodes)
          .execute()
        for (const { code, name } of found) units.set(code, name)
      }
      const categoryCodes = unknown(
        rows.map((row) => row.category_code),
        categories,
      )
      if (categoryCodes.length > 0) {
        const found = await db
          .selectFrom('categories')
          .select(['code', 'name_zh', 'name_en'])
          .where('code', 'in', categoryCodes)
          .execute()
        for (const row of found) categories.set(row.code, { nameZh: row.name_zh, nameEn: row.name_en })
      }
      const policyIds = unknown(
        rows.map((row) => row.policy_id),
        policies,
      )
      if (policyIds.length > 0) {
        const found = await db
          .selectFrom('policies')
          .select(['id', 'code', 'version'])
          .where('id', 'in', policyIds)
          .execute()
        for (const { id, code, version } of found) policies.set(id, { code, version })
      }
    },
    area,
    path(codes, version) {
      const key = `${version} ${codes.join('/')}`
      const known = paths.get(key)
      if (known !== undefined) return known
      const path = codes.map((code) => ({ code, name: area(code, version) }))
      paths.set(key, path)
      return path
    },
    unit: (code) => units.get(code) ?? code,
    category: (code) => categories.get(code) ?? { nameZh: code, nameEn: code },
    policy(id) {
      const policy = policies.get(id)
      if (policy === undefined) throw new Error(`Policy ${id} is missing`)
      return policy
    },
  }
}

function unknown(mentioned: readonly string[], known: ReadonlyMap<string, unknown>): string[] {
  return [...new Set(mentioned)].filter((key) => !known.has(key))
}
