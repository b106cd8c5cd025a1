import { Readable } from 'node:stream'
import { importAreas } from '../../src/areas/import-areas.ts'
import { lockRegistryStream } from '../../src/audit/registry-stream.ts'
import { inTransaction } from '../../src/database/in-transaction.ts'
import { refusalOfPerson } from '../../src/people/find-registration.ts'
import { personRegistry } from '../../src/people/person-registry.ts'
import { createPolicyVersion } from '../../src/policies/create-policy-version.ts'
import { defaultPolicy } from '../../src/policies/default-policy.ts'
import { registries } from '../../src/registries.ts'
import { applyPlannedChanges, nothingSlow } from '../../src/registry/apply-planned-changes.ts'
import { changeRegistry } from '../../src/registry/change-registry.ts'
import { importRows } from '../../src/registry/import-rows.ts'
import { responsibilityRegistry } from '../../src/responsibilities/responsibility-registry.ts'
import { unitRegistry } from '../../src/units/unit-registry.ts'
import type { World } from './world.ts'
import { worldActors } from './world-actors.ts'
import { huangshi } from './world-areas.ts'

const { administrator: actor } = worldActors
const minute = 60_000

/** What was put into the registries of a world. */
export const registered = {
  unit: 'syg-rescue',
  person: 'grid-li',
  /** The name that the person has now, without a skill, and the one before. */
  names: ['欧阳秀英', '欧阳秀云'],
  responsibility: 'bl-1',
  policy: '01990000-0000-7000-8000-0000000000d1',
} as const

/**
 * Changes registries in each way: by files, twice, at once and for later. One plan is carried out though it says nothing new any
 * more, one waits for the next day.
 */
export async function changeRegistries({ db, clock }: World): Promise<void> {
  const dependencies = { db, readClock: clock.read }
  const file = (...lines: string[]) => Readable.from([Buffer.from(`${lines.join('\n')}\n`)])
  const { unit, person, names, responsibility, policy } = registered
  await importAreas(
    dependencies,
    file('code,name,kind,parent_code', `${huangshi.grid},一网格,grid,${huangshi.community}`),
    { actor },
  )
  const rename = (name: string, afterMs: number) =>
    changeRegistry(dependencies, unitRegistry, {
      actor,
      rows: [{ line: 1, row: { code: unit, name } }],
      sha256: null,
      pointTo: () => '',
      effectiveAt: clock.now() + afterMs,
      request: undefined,
    })
  const units = (name: string) =>
    file('code,name,kind,area_code', `${unit},${name},emergency_team,${huangshi.street}`)
  await importRows(dependencies, unitRegistry, units('胜阳港应急队'), { actor })
  await importRows(dependencies, unitRegistry, units('胜阳港应急抢险队'), { actor })
  await rename('胜阳港应急抢险队', minute)
  clock.advance(minute)
  await applyPlannedChanges({
    ...dependencies,
    batches: db,
    registries,
    refusalOf: refusalOfPerson,
    onFault: rethrow,
    slow: nothingSlow(),
  })
  await rename('胜阳港抢险队', 24 * 60 * minute)
  for (const name of names) {
    const row = `${person},${name},grid_worker,${huangshi.grid}`
    await importRows(dependencies, personRegistry, file('subject,name,role,area_code', row), { actor })
  }
  const answers = `${responsibility},${huangshi.community},${unit},,2026-01-01T00:00:00+08:00`
  const columns = 'code,area_code,unit_code,person_subject,valid_from'
  await importRows(dependencies, responsibilityRegistry, file(columns, answers), { actor })
  await inTransaction(db, async (trx) => {
    const stream = await lockRegistryStream(trx, 'policies', clock.read)
    // For nobody, so that the world's own goes on to apply.
    const fields = { ...defaultPolicy, code: 'unused', enabled: false }
    await createPolicyVersion(trx, stream, { id: policy, fields, actor })
  })
}

function rethrow(_id: string, error: unknown): never {
  throw error
}
