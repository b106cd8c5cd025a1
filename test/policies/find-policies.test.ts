import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { lockRegistryStream } from '../../src/audit/registry-stream.ts'
import { choosePolicy } from '../../src/domain/policy.ts'
import { createPolicyVersion } from '../../src/policies/create-policy-version.ts'
import { defaultPolicy } from '../../src/policies/default-policy.ts'
import { getPolicies, listApplicablePolicies } from '../../src/policies/find-policies.ts'
import { policyFields } from '../../src/policies/policy-fields.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase } from '../support/database.ts'
import { seedWorld, worldCategory, worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

async function prepared(t: Parameters<typeof createTestDatabase>[0]) {
  const { db } = await createTestDatabase(t)
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
  return { db, create }
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

t.test('the default policy is the 8-1-10 rule and passes what the API demands', async (t) => {
  t.strictSame(policyFields.parse(defaultPolicy), defaultPolicy)
  t.match(defaultPolicy.limitsMs, {
    report: { community: 600_000, street: 600_000, district: 600_000 },
    feedback: { community: 3_600_000 },
    on_site: { community: 28_800_000 },
  })
})
