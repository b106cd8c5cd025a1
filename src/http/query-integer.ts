import { z } from 'zod'
import { bilingual } from '../wording/wording.ts'
import { documentedAs } from './documented-as.ts'

/**
 * A whole number in a query string, where everything arrives as text: plain digits only, so that neither '' nor '1e1' nor
 * ' 5' passes for a number.
 */
export function queryInteger({ min, max }: { readonly min: number; readonly max: number }) {
  return z
    .string()
    .regex(/^\d{1,15}$/, bilingual('必须是整数', 'Must be a whole number'))
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .meta({ override: documentedAs({ type: 'integer', minimum: min, maximum: max }) })
}
