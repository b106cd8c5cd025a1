import type { RateLimit } from '../rate-limits/rate-limiter.ts'

/** How many reports are taken within ten minutes. */
export interface ReportQuotas {
  /** From one person who is logged in: nobody sees so much, but a whole building may file by one phone. */
  readonly perPerson: number
  /** From one network address without a login: behind one of a mobile network are many. */
  readonly perAddress: number
}

export const usualQuotas: ReportQuotas = { perPerson: 200, perAddress: 30 }

/** Following costs little, and phones ask again and again. */
const looksPerReport = 20
/** What hardly anybody reaches costs intake nothing before. */
const inOne = 10
/**
 * Whoever files for a whole building does not look around before each report. So a third is asked before reporting, and by
 * the usual quota a caller needs a whole day for the ten thousand points, 100 m apart, by which a town could be mapped for
 * one category.
 */
const reportsPerLookAround = 3

export interface ReportLimits {
  readonly byPerson: RateLimit
  readonly byAddress: RateLimit
  /** Looks and ratings by a secret link: a wrong secret counts as much as a right one. */
  readonly following: RateLimit
  /** Looks at what others have reported nearby, by person: enough to report, too little to map the cases of a town. */
  readonly lookingAround: RateLimit
}

export function reportLimits({ perPerson, perAddress }: ReportQuotas): ReportLimits {
  return {
    byPerson: { name: 'reports', quota: perPerson, inOne: Math.min(inOne, perPerson) },
    byAddress: { name: 'public-reports', quota: perAddress, inOne: 1 },
    following: { name: 'public-following', quota: perAddress * looksPerReport, inOne: 1 },
    lookingAround: { name: 'duplicates', quota: Math.ceil(perPerson / reportsPerLookAround), inOne: 1 },
  }
}
