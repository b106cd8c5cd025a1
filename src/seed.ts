import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { importAreas } from './areas/import-areas.ts'
import { lockRegistryStream } from './audit/registry-stream.ts'
import { categoryRegistry } from './categories/category-registry.ts'
import { findCategories } from './categories/find-categories.ts'
import { readCsv } from './csv/read-csv.ts'
import type { ReadClock } from './database/clock.ts'
import { inTransaction } from './database/in-transaction.ts'
import type { Database } from './database/schema.ts'
import type { Actor } from './domain/actor.ts'
import { createPolicyVersion } from './policies/create-policy-version.ts'
import { defaultPolicy } from './policies/default-policy.ts'
import { projectRoot } from './project-root.ts'
import { importRows } from './registry/import-rows.ts'
import { responsibilityRegistry } from './responsibilities/responsibility-registry.ts'
import { unitFile } from './units/unit-file.ts'
import { unitRegistry } from './units/unit-registry.ts'

const actor: Actor = { id: 'system:seed', role: 'administrator' }
const huangshiCode = '420200000000'

interface SeedDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
}

/** The registries that `seed` filled. */
export type SeededRegistry = 'areas' | 'categories' | 'units' | 'responsibilities' | 'policies'

/**
 * Fills the registries that are empty: the tree of Huangshi, the categories, some units with what they are responsible for, and
 * the 8-1-10 policy. What an operator has put into a registry since is never touched, so it may run at every start.
 */
export async function seed(dependencies: SeedDependencies): Promise<SeededRegistry[]> {
  const { db } = dependencies
  const seeded: SeededRegistry[] = []
  if (await isEmpty(db, 'areas')) {
    await importAreas(dependencies, seedFile('huangshi-areas.csv'), { actor })
    seeded.push('areas')
  }
  if (await isEmpty(db, 'categories')) {
    await importRows(dependencies, categoryRegistry, seedFile('categories.csv'), { actor })
    seeded.push('categories')
  }
  // Units of Huangshi serve nobody in an operator's own tree, and none of an operator's own categories.
  if ((await isEmpty(db, 'units')) && (await isHuangshi(db)) && (await hasCategories(db))) {
    await importRows(dependencies, unitRegistry, seedFile('huangshi-units.csv'), { actor })
    seeded.push('units')
    if (await isEmpty(db, 'responsibilities')) {
      const source = seedFile('huangshi-responsibilities.csv')
      await importRows(dependencies, responsibilityRegistry, source, { actor })
      seeded.push('responsibilities')
    }
  }
  if (await seedPolicy(dependencies)) seeded.push('policies')
  return seeded
}

function seedFile(name: string): AsyncIterable<Uint8Array> {
  return createReadStream(join(projectRoot, 'data', name))
}

async function isEmpty(db: Kysely<Database>, table: SeededRegistry): Promise<boolean> {
  return (await db.selectFrom(table).select('code').limit(1).executeTakeFirst()) === undefined
}

/** Whether the categories that the seeded units serve are there. */
async function hasCategories(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await readCsv(seedFile('huangshi-units.csv'), unitFile)
  const served = new Set(rows.flatMap(({ row }) => row.categoryCodes ?? []))
  return (await findCategories(db, [...served])).size === served.size
}

async function isHuangshi(db: Kysely<Database>): Promise<boolean> {
  const root = db.selectFrom('areas').select('code').where('code', '=', huangshiCode)
  return (await root.executeTakeFirst()) !== undefined
}

/** Two processes that start at once make one version: the second finds it under the stream's lock. */
async function seedPolicy({ db, readClock }: SeedDependencies): Promise<boolean> {
  if (!(await isEmpty(db, 'policies'))) return false
  const id = uuidv7()
  return inTransaction(db, async (trx) => {
    const stream = await lockRegistryStream(trx, 'policies', readClock)
    if (!(await isEmpty(trx, 'policies'))) return false
    await createPolicyVersion(trx, stream, { id, fields: defaultPolicy, actor })
    return true
  })
}
