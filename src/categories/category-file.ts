import { z } from 'zod'
import { retiredColumn } from '../csv/list-column.ts'
import { nameColumn, optionalColumn } from '../csv/text-column.ts'
import { areaKinds } from '../domain/area.ts'
import { severities } from '../domain/policy.ts'
import { unitKinds } from '../domain/unit.ts'
import { unknownUnitKind } from '../wording/domain-words.ts'
import { bilingual } from '../wording/wording.ts'
import { categoryCode } from './category-code.ts'

const unknownSeverity = bilingual(
  `严重程度须为 ${severities.join('、')} 之一`,
  `The severity must be one of ${severities.join(', ')}`,
)

const unknownAreaKind = bilingual(
  `准入层级须为 ${areaKinds.join('、')} 之一`,
  `The level that it is admitted from must be one of ${areaKinds.join(', ')}`,
)

/** A category of which everything is said; its path follows from its parents. */
export const categoryFacts = z.strictObject({
  code: categoryCode,
  parentCode: categoryCode.nullable().meta({ description: 'null for a root' }),
  path: z.array(z.string()),
  nameZh: nameColumn,
  nameEn: nameColumn,
  severity: z
    .enum(severities, { error: unknownSeverity })
    .meta({ description: 'What an incident of this category has by default' }),
  unitKind: z
    .enum(unitKinds, { error: unknownUnitKind })
    .meta({ description: 'The kind of unit that is competent for it' }),
  admittedFrom: z
    .enum(areaKinds, { error: unknownAreaKind })
    .meta({ description: 'The lowest kind of area that may be made to carry it (准入)' }),
  retired: z.boolean(),
})
export type CompleteCategoryRow = z.output<typeof categoryFacts>

/** What is said of a category: what is left out stays as it is. */
export const categoryRow = categoryFacts.omit({ path: true }).partial().required({ code: true })
export type CategoryRow = z.output<typeof categoryRow>

/** A category as a file gives it. */
export const categoryFile = {
  columns: {
    required: ['code', 'parent_code', 'name_zh', 'name_en', 'severity', 'unit_kind'],
    optional: ['admitted_from', 'retired'],
  },
  row: z
    .object({
      code: categoryCode,
      parent_code: optionalColumn(categoryCode),
      name_zh: nameColumn,
      name_en: nameColumn,
      severity: categoryFacts.shape.severity,
      unit_kind: categoryFacts.shape.unitKind,
      admitted_from: optionalColumn(categoryFacts.shape.admittedFrom).optional(),
      retired: retiredColumn.optional(),
    })
    .transform(
      (row): CategoryRow => ({
        code: row.code,
        parentCode: row.parent_code,
        nameZh: row.name_zh,
        nameEn: row.name_en,
        severity: row.severity,
        unitKind: row.unit_kind,
        admittedFrom: row.admitted_from ?? undefined,
        retired: row.retired,
      }),
    ),
}
