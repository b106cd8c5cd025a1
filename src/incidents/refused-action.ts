import type { Refusal } from '../domain/refusal.ts'
import { Problem, type ProblemError } from '../http/problems/problem.ts'
import { refusalKinds } from '../http/problems/refusal-kinds.ts'
import type { Action } from './action.ts'

/** A refusal as whoever asked is told it, with the place in their request of what was refused. */
export function problemOfRefusal(refusal: Refusal, action: Action): Problem {
  return new Problem(refusal.code, { rule: refusal.rule, errors: errorsOf(refusal, action) })
}

/** The domain says what of all that was named it refused; where that stands is found in the request, which names it once. */
function errorsOf({ code, named }: Refusal, { type: _, ...fields }: Action): ProblemError[] {
  if (named === undefined) return []
  const { title } = refusalKinds[code]
  // A code tells the reader more than its place in a list; a number or an instant stands where the pointer leads.
  const detail =
    typeof named === 'string' ? { zh: `${title.zh}：${named}`, en: `${title.en}: ${named}` } : title
  return Object.entries(fields).flatMap(([field, value]) => {
    if (value === named) return [{ pointer: `/${field}`, detail }]
    const index = Array.isArray(value) ? value.indexOf(named) : -1
    return index < 0 ? [] : [{ pointer: `/${field}/${index}`, detail }]
  })
}
