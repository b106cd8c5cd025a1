import { z } from 'zod'
import { type CsvFile, readCsv } from '../csv/read-csv.ts'
import { refuseRepeatedCodes } from '../csv/repeated-codes.ts'
import { nameColumn, optionalColumn } from '../csv/text-column.ts'
import { areaKinds } from '../domain/area.ts'
import { bilingual } from '../wording/wording.ts'
import { areaCode } from './area-code.ts'

const unknownKind = bilingual(
  `类型须为 ${areaKinds.join('、')} 之一`,
  `The kind must be one of ${areaKinds.join(', ')}`,
)

const areaRow = z
  .object({
    code: areaCode,
    name: nameColumn,
    kind: z.enum(areaKinds, { error: unknownKind }),
    parent_code: optionalColumn(areaCode),
    successor_code: optionalColumn(areaCode).default(null),
  })
  .transform(({ parent_code: parentCode, successor_code: successorCode, ...row }) => ({
    ...row,
    parentCode,
    successorCode,
  }))

/** One area as a file gives it. A row that names a successor is that of a retired area. */
export type AreaRow = z.output<typeof areaRow>

/**
 * Reads a file of areas: `code,name,kind,parent_code` and, where an area is retired in favour of another,
 * `successor_code`. Each code stands there once.
 *
 * @throws RejectedFile
 */
export async function readAreaFile(source: AsyncIterable<Uint8Array>): Promise<CsvFile<AreaRow>> {
  const file = await readCsv(source, {
    columns: { required: ['code', 'name', 'kind', 'parent_code'], optional: ['successor_code'] },
    row: areaRow,
  })
  refuseRepeatedCodes(file.rows)
  return file
}
