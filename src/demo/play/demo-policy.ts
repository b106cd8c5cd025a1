import { unitKinds } from '../../domain/unit.ts'
import type { Limits } from './moment.ts'

/** Which limits a set of cases is played with. */
export type LimitsName = 'own' | 'equal'

const secondMs = 1_000
/** The shortest limit that a policy may have. */
const limitMinMs = 1_000

/**
 * Limits in seconds. Our own cases keep the proportions of 8-1-10 as far as half a minute allows: the community has long
 * enough for an arrival that even a report found overdue twice, each time as late as without Redis, comes before it
 * (docs/reliability.md, Invariants, 1). Cases from elsewhere have 10 s everywhere, so that one figure scales them.
 */
const seconds = {
  own: {
    report: { community: 4, street: 3, district: 3 },
    feedback: { community: 6, street: 4, district: 4 },
    on_site: { community: 18, street: 7, district: 7 },
    unit: 14,
  },
  equal: {
    report: { community: 10, street: 10, district: 10 },
    feedback: { community: 10, street: 10, district: 10 },
    on_site: { community: 10, street: 10, district: 10 },
    unit: 10,
  },
} as const

/**
 * The limits of a show.
 *
 * @param pace scales them all: 0.5 makes the show twice as fast
 */
export function demoLimits(name: LimitsName, pace: number): { limits: Limits; unitLimitMs: number } {
  const { unit, ...promises } = seconds[name]
  const scaled = (value: number): number => Math.max(limitMinMs, Math.round(value * secondMs * pace))
  const rungs = ({ community, street, district }: Limits['report']) => ({
    community: scaled(community),
    street: scaled(street),
    district: scaled(district),
  })
  const limits = {
    report: rungs(promises.report),
    feedback: rungs(promises.feedback),
    on_site: rungs(promises.on_site),
  }
  return { limits, unitLimitMs: scaled(unit) }
}

/**
 * The body of `POST /v1/policies` that an administrator of the city sends before the show. By it communities may whistle units
 * of every kind: in cases from elsewhere nobody stands between those who take the call and those who go.
 */
export function demoPolicy(areaCode: string, { limits, unitLimitMs }: ReturnType<typeof demoLimits>) {
  return {
    code: 'demo',
    areaCode,
    ladder: ['community', 'street', 'district'],
    limitsMs: limits,
    unitLimitMs,
    unitMinimumMs: Math.min(limitMinMs, unitLimitMs),
    arrivalRadiusM: 500,
    whistles: { community: [...unitKinds], street: [...unitKinds], district: [...unitKinds] },
  } as const
}
