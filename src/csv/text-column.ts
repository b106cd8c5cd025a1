import { z } from 'zod'
import { unstorableText } from '../database/unstorable-text.ts'
import { bilingual } from '../wording/wording.ts'

const nameLengthMax = 200

const badName = bilingual(
  `名称须为 1 至 ${nameLengthMax} 个字符，不含控制字符`,
  `A name has 1 to ${nameLengthMax} characters and no control characters`,
)

/** A name in a file: trimmed, in Unicode's composed form, so that names which look the same are the same. */
export const nameColumn = z
  .string()
  .transform((text) => text.trim().normalize('NFC'))
  .refine(
    (name) => name !== '' && name.length <= nameLengthMax && !/\p{Cc}/u.test(name) && !unstorableText(name),
    badName,
  )

/** A field that may be left empty, which then is null. */
export function optionalColumn<Output>(column: z.ZodType<Output, string>) {
  return z
    .string()
    .transform((text) => (text === '' ? null : text))
    .pipe(column.nullable())
}
