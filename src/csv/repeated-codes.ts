import type { NumberedRow } from './read-csv.ts'
import { RejectedFile } from './rejected-file.ts'

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
