import type { NumberedRow } from './read-csv.ts'
import { RejectedRows } from './rejected-rows.ts'

/** @throws RejectedRows where two rows carry the same code; for a registry whose rows are named by something else, that. */
export function refuseRepeatedCodes<Row>(
  rows: readonly NumberedRow<Row>[],
  codeOf: (row: Row) => string,
  column = 'code',
): void {
  const firstLines = new Map<string, number>()
  const faults = rows.flatMap(({ line, row }) => {
    const code = codeOf(row)
    const first = firstLines.get(code)
    if (first === undefined) firstLines.set(code, line)
    return first === undefined
      ? []
      : [
          {
            line,
            column,
            detail: { zh: `与第 ${first} 行重复`, en: `Stands in line ${first} already` },
          },
        ]
  })
  if (faults.length > 0) throw new RejectedRows(faults)
}
