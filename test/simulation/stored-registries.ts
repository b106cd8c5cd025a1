import type { SimulatedArea, SimulatedWorld } from '../../chaos/simulation/simulated-world.ts'
import { importAreas } from '../../src/areas/import-areas.ts'
import { categoryRegistry } from '../../src/categories/category-registry.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { type AreaKind, areaKinds } from '../../src/domain/area.ts'
import { importRows } from '../../src/registry/import-rows.ts'
import { unitRegistry } from '../../src/units/unit-registry.ts'
import { areaSource, csvSource } from '../areas/csv-source.ts'
import type { World } from '../support/world.ts'

/** Puts the areas, categories and units of many worlds into the registries at once, as an operator does from files. */
export async function storeRegistries(
  { db, clock }: World,
  worlds: readonly SimulatedWorld[],
): Promise<void> {
  const dependencies = { db, readClock: clock.read }
  const actor: Actor = { id: 'keeper', role: 'administrator', areaCode: worlds[0]?.areas[0]?.code ?? '' }
  const areas = worlds.flatMap((world) => world.areas)
  await importAreas(dependencies, areaSource(...areas.map(areaRow)), { actor })
  const category = (code: string, parent: string, admittedFrom: AreaKind) =>
    `${code},${parent},模拟事项,Simulated,high,department,${admittedFrom}`
  await importRows(
    dependencies,
    categoryRegistry,
    csvSource(
      'code,parent_code,name_zh,name_en,severity,unit_kind,admitted_from',
      category('simulated', '', 'grid'),
      category('other', '', 'grid'),
      ...areaKinds.map((kind) => category(`simulated_${kind}`, 'simulated', kind)),
    ),
    { actor },
  )
  const units = worlds.flatMap(({ units, unknownUnit }) => units.filter(({ code }) => code !== unknownUnit))
  const unitRows = (retired: boolean) =>
    csvSource(
      'code,name,kind,area_code,category_codes,retired',
      ...units
        .filter((unit) => unit.retired || !retired)
        .map(({ code, kind, areaCode, categoryCodes }) =>
          [code, '队伍', kind, areaCode, categoryCodes?.join(';') ?? '', retired ? 'yes' : 'no'].join(','),
        ),
    )
  await importRows(dependencies, unitRegistry, unitRows(false), { actor })
  await importRows(dependencies, unitRegistry, unitRows(true), { actor })
}

function areaRow({ code, kind, parent }: SimulatedArea): string {
  return `${code},${nameOfArea(code)},${kind},${parent ?? ''}`
}

/** What an area of a simulated world is called. */
export function nameOfArea(code: string): string {
  return `辖区${code}`
}
