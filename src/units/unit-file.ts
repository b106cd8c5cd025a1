import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import { type CsvFile, readCsv } from '../csv/read-csv.ts'
import { refuseRepeatedCodes } from '../csv/repeated-codes.ts'
import { nameColumn } from '../csv/text-column.ts'
import { unitKinds } from '../domain/unit.ts'
import { bilingual } from '../wording/wording.ts'

/** What names a unit, in files and in requests. */
export const unitCode = z
  .string()
  .regex(
    /^[0-9A-Za-z][0-9A-Za-z-]{1,63}$/,
    bilingual('单位代码由字母、数字和连字符组成', 'A unit code consists of letters, digits and hyphens'),
  )
  .meta({ description: '单位代码 · Unit code', example: '420202-fire-rescue' })

export const unknownUnitKind = bilingual(
  `单位类型须为 ${unitKinds.join('、')} 之一`,
  `The kind of unit must be one of ${unitKinds.join(', ')}`,
)

const unitRow = z
  .object({
    code: unitCode,
    name: nameColumn,
    kind: z.enum(unitKinds, { error: unknownUnitKind }),
    area_code: areaCode,
  })
  .transform(({ area_code, ...row }) => ({ ...row, areaCode: area_code }))

/** One unit as a file gives it. */
export type UnitRow = z.output<typeof unitRow>

/**
 * Reads a file of units: `code,name,kind,area_code`.
 *
 * @throws RejectedFile
 */
export async function readUnitFile(source: AsyncIterable<Uint8Array>): Promise<CsvFile<UnitRow>> {
  const file = await readCsv(source, {
    columns: { required: ['code', 'name', 'kind', 'area_code'] },
    row: unitRow,
  })
  refuseRepeatedCodes(file.rows)
  return file
}
