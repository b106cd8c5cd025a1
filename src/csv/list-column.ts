import { z } from 'zod'
import { bilingual } from '../wording/wording.ts'
import { optionalColumn } from './text-column.ts'

/** A field that holds several values, separated by semicolons; null where it is empty. */
export function listColumn<Output>(column: z.ZodType<Output, string>, lengthMax: number) {
  return optionalColumn(
    z
      .string()
      .transform((text) => text.split(';').map((part) => part.trim()))
      .pipe(z.array(column).max(lengthMax, bilingual(`最多 ${lengthMax} 项`, `At most ${lengthMax} values`))),
  )
}

/** Whether a row is retired: `yes` or `no`; left empty, it stays as it is. */
export const retiredColumn = z
  .enum(['yes', 'no', ''], { error: bilingual('须为 yes 或 no', 'Must be yes or no') })
  .transform((text) => (text === '' ? undefined : text === 'yes'))
