import { Readable } from 'node:stream'
import type { Kysely } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { importAreas } from '../src/areas/import-areas.ts'
import { lockRegistryStream } from '../src/audit/registry-stream.ts'
import { readDatabaseClock } from '../src/database/clock.ts'
import { inTransaction } from '../src/database/in-transaction.ts'
import type { Database } from '../src/database/schema.ts'
import type { Actor } from '../src/domain/actor.ts'
import type { Policy } from '../src/domain/policy.ts'
import { createPolicyVersion } from '../src/policies/create-policy-version.ts'
import { ordinaryRules, type PolicyFields } from '../src/policies/policy-fields.ts'
import { policyOf } from '../src/policies/policy-row.ts'
import { seed } from '../src/seed.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Huangshi has 57 streets; with these it is a city of 357 and some 4,000 communities, as large ones are. */
const extraStreets = 50
const communitiesPerStreet = 10
const actor: Actor = { id: 'bench:administrator', role: 'administrator' }

/** No clock of theirs falls due by itself within half a year. */
const far = (firstMs?: number) => ({
  community: firstMs ?? 200 * day,
  street: 200 * day,
  district: 200 * day,
})
/** As in 8-1-10, but whoever a promise climbs to has a day, so that a case has few breaches. */
const ordinary = (limitMs: number) => ({ community: limitMs, street: day, district: day })

const rest = {
  areaCode: null,
  categoryCode: null,
  severity: null,
  // Intake never chooses them: they are the policies of what is planted.
  enabled: false,
  ladder: ['community', 'street', 'district'],
  unitMinimumMs: 30 * minute,
  arrivalRadiusM: 500,
  ...ordinaryRules,
} satisfies Partial<PolicyFields>

const policies = {
  ordinary: {
    limitsMs: { report: ordinary(10 * minute), feedback: ordinary(hour), on_site: ordinary(8 * hour) },
    unitLimitMs: 8 * hour,
  },
  patient: { limitsMs: { report: far(), feedback: far(), on_site: far() }, unitLimitMs: 200 * day },
  overrun: {
    limitsMs: { report: far(10 * minute), feedback: far(), on_site: far() },
    unitLimitMs: 200 * day,
  },
} as const satisfies Record<string, Pick<PolicyFields, 'limitsMs' | 'unitLimitMs'>>

export type PopulationPolicies = Readonly<Record<keyof typeof policies, Policy>>

/** Fills the registries as far as they are empty: Huangshi and its extra streets, units, categories, and the policies. */
export async function fillRegistries(
  db: Kysely<Database>,
): Promise<{ policies: PopulationPolicies; treeVersion: number }> {
  await seed({ db, readClock: readDatabaseClock })
  const found = await findPolicies(db)
  if (found === undefined) {
    const file = Readable.from([Buffer.from(await extraAreas(db))])
    await importAreas({ db, readClock: readDatabaseClock }, file, { actor })
    for (const [name, fields] of Object.entries(policies)) {
      const policy: PolicyFields = { ...rest, ...fields, code: `bench-${name}`, ladder: [...rest.ladder] }
      await inTransaction(db, async (trx) => {
        const stream = await lockRegistryStream(trx, 'policies', readDatabaseClock)
        await createPolicyVersion(trx, stream, { id: uuidv7(), fields: policy, actor })
      })
    }
  }
  const made = found ?? (await findPolicies(db))
  if (made === undefined) throw new Error('The policies of the population are missing')
  const { version } = await db.selectFrom('area_tree').select('version').executeTakeFirstOrThrow()
  return { policies: made, treeVersion: version }
}

/** The policies, or nothing where they have not been made yet. */
async function findPolicies(db: Kysely<Database>): Promise<PopulationPolicies | undefined> {
  const rows = await db.selectFrom('policies').selectAll().where('code', 'like', 'bench-%').execute()
  const find = (name: keyof typeof policies): Policy | undefined => {
    const row = rows.find(({ code }) => code === `bench-${name}`)
    return row && policyOf(row)
  }
  const [planted, patient, overrun] = [find('ordinary'), find('patient'), find('overrun')]
  if (planted === undefined || patient === undefined || overrun === undefined) return undefined
  return { ordinary: planted, patient, overrun }
}

/** A file of areas: more streets for each district, with communities of their own. */
async function extraAreas(db: Kysely<Database>): Promise<string> {
  const districts = await db
    .selectFrom('areas')
    .select(['code', 'name'])
    .where('kind', '=', 'district')
    .orderBy('code')
    .execute()
  const lines = ['code,name,kind,parent_code']
  for (const district of districts) {
    for (let street = 1; street <= extraStreets; street += 1) {
      const prefix = `${district.code.slice(0, 6)}${500 + street}`
      lines.push(`${prefix}000,${district.name}第${street}街道,street,${district.code}`)
      for (let community = 1; community <= communitiesPerStreet; community += 1) {
        const code = `${prefix}${String(community).padStart(3, '0')}`
        lines.push(`${code},第${street}街道第${community}社区,community,${prefix}000`)
      }
    }
  }
  return `${lines.join('\n')}\n`
}
