import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import { sampleDatabaseClock } from '../../src/database/clock.ts'
import type { Database } from '../../src/database/schema.ts'
import type { AreaNode } from '../../src/domain/area.ts'
import { policyColumns, policyOf } from '../../src/policies/policy-row.ts'
import type { Registries } from './accountability.ts'

const kind = z.enum(['grid', 'community', 'street', 'district', 'city'])

/** Reads the area tree, categories and policies: those that cases are about, a run does not change once it has begun. */
export async function readRegistries(db: Kysely<Database>): Promise<Registries> {
  const areas = await sql<{ code: string; path: string[]; kinds: string[] }>`
    select code, path, path_kinds as kinds from areas`.execute(db)
  const paths = new Map<string, AreaNode[]>(
    areas.rows.map(({ code, path, kinds }) => [
      code,
      path.map((each, depth) => ({ code: each, kind: kind.parse(kinds[depth]) })),
    ]),
  )
  const policies = await db.selectFrom('policies').select(policyColumns).execute()
  const policyById = new Map(policies.map((row) => [row.id, policyOf(row)]))
  const categories = await sql<{ code: string; path: string[]; from: string }>`
    select code, path, admitted_from as from from categories`.execute(db)
  const categoryByCode = new Map(
    categories.rows.map(({ code, path, from }) => [code, { path, admittedFrom: kind.parse(from) }]),
  )
  const { jumps } = await sampleDatabaseClock(db)
  return {
    pathOf: (code) => found(paths, code),
    policy: (id) => found(policyById, id),
    category: (code) => found(categoryByCode, code),
    setAhead: jumps.filter(({ byMs }) => byMs > 0),
  }
}

function found<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key)
  if (value === undefined) throw new Error(`${key} is in no registry`)
  return value
}
