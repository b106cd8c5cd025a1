import { z } from 'zod'
import { type CsvFile, readCsv } from '../csv/read-csv.ts'
import { refuseRepeatedCodes } from '../csv/repeated-codes.ts'
import { nameColumn, optionalColumn } from '../csv/text-column.ts'
import { areaKinds } from '../domain/area.ts'
import { severities } from '../domain/policy.ts'
import { unitKinds } from '../domain/unit.ts'
import { unknownUnitKind } from '../units/unit-file.ts'
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

const categoryRow = z
  .object({
    code: categoryCode,
    parent_code: optionalColumn(categoryCode),
    name_zh: nameColumn,
    name_en: nameColumn,
    severity: z.enum(severities, { error: unknownSeverity }),
    unit_kind: z.enum(unitKinds, { error: unknownUnitKind }),
    admitted_from: optionalColumn(z.enum(areaKinds, { error: unknownAreaKind })),
  })
  .transform((row) => ({
    code: row.code,
    parentCode: row.parent_code,
    nameZh: row.name_zh,
    nameEn: row.name_en,
    severity: row.severity,
    unitKind: row.unit_kind,
    admittedFrom: row.admitted_from ?? 'grid',
  }))

/** One category as a file gives it. */
export type CategoryRow = z.output<typeof categoryRow>

/**
 * Reads a file of categories: `code,parent_code,name_zh,name_en,severity,unit_kind` and optionally `admitted_from`, the
 * lowest kind of area that may be made to carry it (准入); without it every one may.
 *
 * @throws RejectedFile
 */
export async function readCategoryFile(source: AsyncIterable<Uint8Array>): Promise<CsvFile<CategoryRow>> {
  const file = await readCsv(source, {
    columns: {
      required: ['code', 'parent_code', 'name_zh', 'name_en', 'severity', 'unit_kind'],
      optional: ['admitted_from'],
    },
    row: categoryRow,
  })
  refuseRepeatedCodes(file.rows)
  return file
}
