import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { readRegistryHeads } from '../../src/audit/registry-heads.ts'
import { lockRegistryStream } from '../../src/audit/registry-stream.ts'
import { inSnapshot } from '../../src/database/in-snapshot.ts'
import { openDatabase } from '../../src/database/open-database.ts'
import { choosePolicy } from '../../src/domain/policy.ts'
import { applicableMax, createPolicyVersion } from '../../src/policies/create-policy-version.ts'
import { defaultPolicy } from '../../src/policies/default-policy.ts'
import {
  getPolicies,
  laddersSql,
  listApplicablePolicies,
  listKnownLadders,
  selectApplicable,
} from '../../src/policies/find-policies.ts'
import { policyFields } from '../../src/policies/policy-fields.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase } from '../support/database.ts'
import { readsOf } from '../support/explain-plan.ts'
import { seedWorld, worldCategory, worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

async function prepared(t: Parameters<typeof createTestDatabase>[0]) {
  const { db, url } = await createTestDatabase(t)
  const owner = openDatabase({ url, poolMax: 1, applicationName: 'test owner', role: 'login' })
  t.teardown(() => owner.close())
  const clock = createMovableClock()
  await seedWorld(db, clock)
  const create = (fields: Partial<typeof defaultPolicy>) =>
    db.transaction().execute(async (trx) => {
      const stream = await lockRegistryStream(trx, 'policies', clock.read)
      const actor = worldActors.administrator
      return createPolicyVersion(trx, stream, {
        id: uuidv7(),
        fields: { ...defaultPolicy, ...fields },
        actor,
      })
    })
  /** So many versions of each of so many codes, with three ladders in turn, and no event. */
  const plant = async (codes: number, versions: number) => {
    await owner.pool.query(
      `insert into policies (id, code, version, enabled, ladder, limits_ms, unit_limit_ms, unit_minimum_ms, arrival_radius_m,
         created_at, created_by)
       select gen_random_uuid(), 'planted-' || number, each, true, case each % 3 when 0 then '{street,district}'::text[]
         when 1 then '{community,street,district}' else '{grid,district}' end, limits_ms, unit_limit_ms, unit_minimum_ms,
         arrival_radius_m, created_at, created_by
       from policies, generate_series(1, $1::integer) number, generate_series(1, $2::integer) each
       where policies.code = $3`,
      [codes, versions, worldPolicy.code],
    )
    await owner.pool.query('vacuum analyze policies')
  }
  return { db, create, plant }
}

t.test('the newest version of each policy applies, unless it is disabled', async (t) => {
  const { db, create } = await prepared(t)
  await create({ code: 'city' })
  const newer = await create({ code: 'city', areaCode: huangshi.district })
  await create({ code: 'gone' })
  await create({ code: 'gone', enabled: false })
  const policies = await listApplicablePolicies(db)
  t.strictSame(
    policies.map(({ code, version }) => [code, version]),
    [
      ['city', 2],
      [worldPolicy.code, 1],
    ],
  )
  const chosen = choosePolicy(policies, {
    areaCodes: [huangshi.city, huangshi.district],
    categoryCodes: ['fire', worldCategory],
    severity: 'high',
  })
  t.equal(chosen?.id, newer.id)
  t.equal(chosen?.limitsMs.on_site.street, 8 * 60 * 60 * 1000)
})

t.test('a pinned version is found by its id, also when a newer one applies', async (t) => {
  const { db, create } = await prepared(t)
  const first = await create({ code: 'city', arrivalRadiusM: 300 })
  const second = await create({ code: 'city', arrivalRadiusM: 400, enabled: false })
  for (const round of ['read', 'remembered']) {
    const found = await getPolicies(db, [first.id, second.id, first.id])
    t.strictSame(
      [found.get(first.id)?.arrivalRadiusM, found.get(second.id)?.arrivalRadiusM],
      [300, 400],
      round,
    )
  }
  await t.rejects(getPolicies(db, [first.id, uuidv7()]), /There is no policy version/)
})

t.test('what applies is found past however many versions there were', async (t) => {
  const { db, plant } = await prepared(t)
  await plant(20, 500)
  t.equal((await listApplicablePolicies(db)).length, 21)
  const applicable = await readsOf(db, selectApplicable(db), 'policies')
  t.equal(applicable.scans, 0)
  t.ok(applicable.rows <= 3 * 21, `${applicable.rows} rows`)
  const { rows } = await laddersSql.execute(db)
  t.strictSame(rows.map(({ ladder }) => ladder.join()).sort(), [
    'community,street,district',
    'grid,district',
    'street,district',
  ])
  const ladders = await readsOf(db, laddersSql, 'policies')
  t.equal(ladders.scans, 0)
  t.ok(ladders.rows <= 5, `${ladders.rows} rows`)
})

t.test('ladders are read once for each state of the registry', async (t) => {
  const { db, create, plant } = await prepared(t)
  const known = () =>
    inSnapshot(db, async (trx) => (await listKnownLadders(trx, await readRegistryHeads(trx))).length)
  await create({ code: 'city', ladder: ['district'] })
  t.equal(await known(), 2)
  await plant(1, 3)
  t.equal(await known(), 2, 'no event has told of these')
  await create({ code: 'city', ladder: ['city'] })
  t.equal(await known(), 5, 'older versions are those of incidents')
})

t.test('so many policies apply at one time, and no more', async (t) => {
  const { create, plant } = await prepared(t)
  await plant(applicableMax - 1, 1)
  const refused = create({ code: 'one-more' })
  await t.rejects(refused, { code: 'change_refused' })
  t.equal((await create({ code: 'one-more', enabled: false })).version, 1, 'which applies to nothing')
  t.equal((await create({ code: 'planted-7' })).version, 2, 'another version takes no room')
  await create({ code: 'planted-7', enabled: false })
  t.equal((await create({ code: 'one-more' })).version, 2)
})

t.test('the default policy is the 8-1-10 rule and passes what the API demands', async (t) => {
  t.strictSame(policyFields.parse(defaultPolicy), defaultPolicy)
  t.match(defaultPolicy.limitsMs, {
    report: { community: 600_000, street: 600_000, district: 600_000 },
    feedback: { community: 3_600_000 },
    on_site: { community: 28_800_000 },
  })
})
