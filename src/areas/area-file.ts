import { z } from 'zod'
import { type CsvFile, type NumberedRow, readCsv } from '../csv/read-csv.ts'
import { RejectedFile } from '../csv/rejected-file.ts'
import { nameColumn, optionalColumn } from '../csv/text-column.ts'
import { areaKinds } from '../domain/area.ts'
import { bilingual } from '../http/wording.ts'
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

/** @throws RejectedFile where two rows carry the same code. */
export function refuseRepeatedCodes(rows: readonly NumberedRow<{ readonly code: string }>[]): void {
  const firstLines = new Map<string, number>()
  const faults = rows.flatMap(({ line, row: { code } }) => {
    const first = firstLines.get(code)
    if (first === undefined) firstLines.set(code, line)
    return first === undefined
      ? []
      : [
          {
            line,
            column: 'code',
            detail: { zh: `代码与第 ${first} 行重复`, en: `The code is that of line ${first}` },
          },
        ]
  })
  if (faults.length > 0) throw new RejectedFile(faults)
}
