import type { Instant } from '../domain/instant.ts'
import { Problem } from '../http/problems/problem.ts'
import { monthStart } from '../wording/shanghai-time.ts'
import type { BreachFilter } from './breach-filter.ts'

/** Two years, so that a year can be compared with the one before. */
const monthsMax = 24

export interface Period {
  readonly from: Instant
  /** Not part of the period any more. */
  readonly to: Instant
}

/**
 * The period of a summary. An end that is left out is that of the calendar month in which the other one lies; without
 * both it is the month of `now`.
 *
 * @throws Problem `invalid_request` where it is longer than 24 months.
 */
export function summaryPeriod({ from, to }: Pick<BreachFilter, 'from' | 'to'>, now: Instant): Period {
  const begin = from ?? monthStart(to === undefined ? now : to - 1)
  const end = to ?? monthStart(begin, 1)
  if (end > monthStart(begin, monthsMax) + (begin - monthStart(begin))) {
    throw new Problem('invalid_request', {
      errors: [
        {
          pointer: 'to',
          detail: {
            zh: `时段最长 ${monthsMax} 个月`,
            en: `A summary covers at most ${monthsMax} months`,
          },
        },
      ],
    })
  }
  return { from: begin, to: end }
}
