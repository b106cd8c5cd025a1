import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { categoryFile } from '../../../src/categories/category-file.ts'
import { readCsv } from '../../../src/csv/read-csv.ts'
import { readCityMap } from '../../../src/demo/cases/city-map.ts'
import type { Place } from '../../../src/domain/area.ts'
import type { CategoryFacts } from '../../../src/domain/context.ts'
import type { UnitFacts } from '../../../src/domain/unit.ts'
import { projectRoot } from '../../../src/project-root.ts'
import { unitFacts, unitFile } from '../../../src/units/unit-file.ts'

/** What the show's instance is seeded with, as the domain needs to know it. */

const map = await readCityMap()
const seedFile = (name: string) => createReadStream(join(projectRoot, 'data', name))
const unitRows = (await readCsv(seedFile('huangshi-units.csv'), unitFile)).rows
const categoryRows = (await readCsv(seedFile('categories.csv'), categoryFile)).rows

const units = new Map(
  unitRows.map(({ row }): [string, UnitFacts] => {
    const { code, kind, areaCode, categoryCodes, retired } = unitFacts.parse({
      ...row,
      categoryCodes: row.categoryCodes ?? null,
      skills: row.skills ?? [],
      retired: row.retired ?? false,
    })
    return [code, { code, kind, areaCode, categoryCodes, retired }]
  }),
)
const categories = new Map(categoryRows.map(({ row }) => [row.code, row]))

export function seededUnit(code: string): UnitFacts {
  const unit = units.get(code)
  if (unit === undefined) throw new Error(`There is no unit ${code}`)
  return unit
}

export function seededCategory(code: string): CategoryFacts {
  const category = categories.get(code)
  if (category === undefined) throw new Error(`There is no category ${code}`)
  const { parentCode, admittedFrom = 'grid' } = category
  const above = parentCode === null || parentCode === undefined ? [] : seededCategory(parentCode).path
  return { path: [...above, code], admittedFrom }
}

export function seededPlace(areaCode: string): Place {
  const { code, kind, parentCode } = map.area(areaCode)
  const above = parentCode === null ? [] : seededPlace(parentCode).path
  return { path: [...above, { code, kind }], treeVersion: 1 }
}
