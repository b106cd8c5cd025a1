import { z } from 'zod'
import { bilingual } from '../wording/wording.ts'
import { foldText } from './fold-text.ts'

/** What one looks for is short; each term is looked up by itself. */
const queryLengthMax = 100
const termsMax = 5
/** A folded term may be longer than what was typed, because one character can stand for several. */
const termLengthMax = 300

/** The query parameter of a search: terms between white space, all of which must occur. Parsed to the folded terms. */
export const searchTerms = z
  .string()
  .min(1)
  .max(queryLengthMax)
  .transform((query, context): readonly string[] => {
    const terms = termsOf(query)
    if (terms.length > 0 && terms.length <= termsMax) return terms
    context.addIssue({
      code: 'custom',
      message: bilingual(
        `须含 1 至 ${termsMax} 个检索词，以空格分开`,
        `Must hold 1 to ${termsMax} terms with spaces between them`,
      ),
    })
    return z.NEVER
  })

/** The folded terms of a query, each once; none where it holds no letter and no digit. */
export function termsOf(query: string): string[] {
  const folded = query.split(/\s+/u).map((term) => [...foldText(term)].slice(0, termLengthMax).join(''))
  return [...new Set(folded.map((term) => term.trim()))].filter((term) => term !== '')
}
