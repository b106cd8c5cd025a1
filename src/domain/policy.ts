import { type AreaKind, type Place, rankOf } from './area.ts'
import { compareInOrder } from './compare-in-order.ts'
import type { PromiseKind } from './deadline.ts'
import type { Ladder } from './ladder.ts'
import type { UnitKind } from './unit.ts'

/** How pressing a category is by default. */
export const severities = ['low', 'normal', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]

/** Milliseconds for each rung of the ladder. */
export type RungLimits = Readonly<Partial<Record<AreaKind, number>>>

/** One immutable version of a policy. An incident is pinned to the version that was chosen at its receipt. */
export interface Policy {
  /** Identifies this version of this policy. */
  readonly id: string
  readonly code: string
  readonly version: number
  readonly ladder: Ladder
  readonly limitsMs: Readonly<Record<PromiseKind, RungLimits>>
  /** A whistled unit's own on-site limit, counted from the whistle. */
  readonly unitLimitMs: number
  /** A whistled unit always gets at least this long, however late the whistle was blown. */
  readonly unitMinimumMs: number
  /** An arrival that is claimed farther away than this is accepted, but flagged. */
  readonly arrivalRadiusM: number
  /** Which kinds of unit an area of each kind may whistle (街道吹哨、部门报到；社区吹哨、党员报到). */
  readonly whistles: Readonly<Partial<Record<AreaKind, readonly UnitKind[]>>>
  /** The levels that may settle a case on the spot by themselves (自下而上自行解决). */
  readonly settledBy: readonly AreaKind[]
  /** How many returns of a case the area deals with that whistled; the area above rules on any further one. */
  readonly returnsMax: number
  /** How long a pause may last, by how much one extension may put off, and how many requests a case may have. */
  readonly pauseMaxMs: number
  readonly extensionMaxMs: number
  readonly reliefsMax: number
  /** How long a reporter is asked whether it worked; then the case closes by itself (问效于民). */
  readonly ratingTimeMs: number
  /** A reporter's no reopens a case that was reopened less often than this, by whomever; after that it is kept and reopens nothing. */
  readonly reopeningsMax: number
  /** Two reports of one category within this distance and time may be of the same thing. */
  readonly duplicateRadiusM: number
  readonly duplicateTimeMs: number
}

/** What a policy applies to. `null` means: to every one. */
export interface PolicySelector {
  readonly areaCode: string | null
  readonly categoryCode: string | null
  readonly severity: Severity | null
}

/** What a policy is chosen for: codes run from the root down to the thing itself. */
export interface PolicySubject {
  readonly areaCodes: readonly string[]
  readonly categoryCodes: readonly string[]
  readonly severity: Severity
}

/**
 * The most specific of the given policies for a subject: the deepest area decides, then the deepest category, then
 * a named severity (docs/domain.md, Policy). Nothing where no policy fits.
 */
export function choosePolicy<P extends PolicySelector>(
  policies: readonly P[],
  subject: PolicySubject,
): P | undefined {
  let best: { policy: P; specificity: readonly number[] } | undefined
  for (const policy of policies) {
    const area = policy.areaCode === null ? 0 : subject.areaCodes.indexOf(policy.areaCode) + 1
    const category = policy.categoryCode === null ? 0 : subject.categoryCodes.indexOf(policy.categoryCode) + 1
    const foreign =
      (policy.areaCode !== null && area === 0) ||
      (policy.categoryCode !== null && category === 0) ||
      (policy.severity !== null && policy.severity !== subject.severity)
    if (foreign) continue
    const specificity = [area, category, policy.severity === null ? 0 : 1]
    if (best === undefined || compareInOrder(specificity, best.specificity) > 0)
      best = { policy, specificity }
  }
  return best?.policy
}

/**
 * The limit of a promise at a rung, in milliseconds. An area that stands above the ladder's top, such as a city that
 * blew the whistle itself, has the top rung's limit.
 */
export function limitFor(policy: Policy, promise: PromiseKind, rung: AreaKind): number {
  const limits = policy.limitsMs[promise]
  const top = policy.ladder.reduce((high, kind) => (rankOf(kind) > rankOf(high) ? kind : high))
  const limit = limits[rung] ?? limits[top]
  if (limit === undefined)
    throw new Error(`Policy ${policy.code} v${policy.version} has no limit for ${promise}`)
  return limit
}

/** The rungs of the ladder that a policy gives no limit for, by promise. Empty for a policy that can be used. */
export function missingLimits(
  policy: Pick<Policy, 'ladder' | 'limitsMs'>,
): { promise: string; rung: AreaKind }[] {
  return Object.entries(policy.limitsMs).flatMap(([promise, limits]) =>
    policy.ladder.filter((rung) => limits[rung] === undefined).map((rung) => ({ promise, rung })),
  )
}

/** Whether a place can be reported about under a ladder at all: someone on it must be able to be accountable. */
export function isReportable(ladder: Ladder, place: Place): boolean {
  return place.path.some((node) => ladder.includes(node.kind))
}
