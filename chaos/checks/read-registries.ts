import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../src/database/schema.ts'
import type { AreaOnPath, PolicyFacts, Registries } from './accountability.ts'

const kind = z.enum(['grid', 'community', 'street', 'district', 'city'])
const limits = z.partialRecord(kind, z.int())

/** Reads the area tree and the policies, which a run does not change once it has begun. */
export async function readRegistries(db: Kysely<Database>): Promise<Registries> {
  const areas = await sql<{ code: string; path: string[]; kinds: string[] }>`
    select code, path, path_kinds as kinds from areas`.execute(db)
  const paths = new Map<string, AreaOnPath[]>(
    areas.rows.map(({ code, path, kinds }) => [
      code,
      path.map((each, depth) => ({ code: each, kind: kind.parse(kinds[depth]) })),
    ]),
  )
  const policies = await sql<{
    id: string
    ladder: string[]
    limits: unknown
    unit: number
    minimum: number
  }>`
    select id, ladder, limits_ms as limits, unit_limit_ms as unit, unit_minimum_ms as minimum from policies`.execute(
    db,
  )
  const byId = new Map<string, PolicyFacts>(
    policies.rows.map((row) => [
      row.id,
      {
        ladder: z.array(kind).parse(row.ladder),
        limitsMs: z.object({ report: limits, feedback: limits, on_site: limits }).parse(row.limits),
        unitLimitMs: row.unit,
        unitMinimumMs: row.minimum,
      },
    ]),
  )
  return { pathOf: (code) => found(paths, code), policy: (id) => found(byId, id) }
}

function found<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key)
  if (value === undefined) throw new Error(`${key} is in no registry`)
  return value
}
