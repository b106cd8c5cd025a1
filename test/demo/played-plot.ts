import { demoLimits, demoPolicy } from '../../src/demo/demo-policy.ts'
import { playCase, type Stage } from '../../src/demo/play-case.ts'
import type { CaseScript, CastMember, Step } from '../../src/demo/script.ts'
import { type Verdict, verdictsOf } from '../../src/demo/verdict.ts'
import type { Actor } from '../../src/domain/actor.ts'
import type { Place } from '../../src/domain/area.ts'
import type { Context } from '../../src/domain/context.ts'
import { type Command, decide } from '../../src/domain/decide.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { Instant } from '../../src/domain/instant.ts'
import { openIncident } from '../../src/domain/open-incident.ts'
import type { Policy } from '../../src/domain/policy.ts'
import { settleOverdue } from '../../src/domain/settle-overdue.ts'
import { ordinaryRules } from '../../src/policies/policy-fields.ts'

const city = '420200000000'
const district = '420202000000'
const street = '420202007000'
const community = '420202007001'
const unit = '420202-fire-rescue'

const place: Place = {
  path: [
    { code: city, kind: 'city' },
    { code: district, kind: 'district' },
    { code: street, kind: 'street' },
    { code: community, kind: 'community' },
  ],
  treeVersion: 1,
}

const actors = {
  grid_worker: { id: '网格员', role: 'grid_worker', areaCode: community },
  community: { id: '社区调度员', role: 'dispatcher', areaCode: community },
  street: { id: '街道调度员', role: 'dispatcher', areaCode: street },
  responder: { id: '处置人员', role: 'responder', unitCode: unit },
} as const satisfies Record<CastMember, Actor>

/** How the engine and the network behave. */
export interface Conditions {
  readonly limits: 'own' | 'equal'
  readonly pace: number
  /** How late the engine finds a breach that nobody's act finds first, in ms. */
  readonly lagMs: () => number
  /** How long an act takes on its way, in ms. */
  readonly travelMs: () => number
}

/**
 * Plays a script on the pure domain, where time moves by itself: what the show does over HTTP in half a minute, in a
 * millisecond. Throws where an act is refused.
 */
export async function playOnDomain(
  script: Pick<CaseScript, 'steps'>,
  { limits: name, pace, lagMs, travelMs }: Conditions,
): Promise<{ verdicts: Verdict[]; tookMs: number }> {
  const limits = demoLimits(name, pace)
  const policy: Policy = { id: 'demo', version: 1, ...ordinaryRules, ...demoPolicy(city, limits) }
  const startedAt = Date.UTC(2026, 10, 21, 1)
  let now: Instant = startedAt
  let incident: Incident | undefined
  const foundAt = new Map<number, Instant>()

  const contextNow = (): Context => ({
    now,
    clockFault: false,
    clockJumps: [],
    place,
    policy,
    category: { path: ['fire_lane_blocked'], admittedFrom: 'grid' },
  })
  const current = (): Incident => {
    if (incident === undefined) throw new Error('Nothing was reported')
    return incident
  }
  /** When the engine finds that a deadline has run out; drawn once for each. */
  const detection = (no: number, dueAt: Instant): Instant => {
    const at = foundAt.get(no) ?? dueAt + 1 + lagMs()
    foundAt.set(no, at)
    return at
  }
  const advanceTo = (to: Instant): void => {
    for (;;) {
      const next = current()
        .deadlines.filter(({ state }) => state === 'running')
        .map(({ no, dueAt }) => detection(no, dueAt))
        .filter((at) => at <= to)
        .toSorted((a, b) => a - b)[0]
      if (next === undefined) break
      now = Math.max(now, next)
      incident = settleOverdue(current(), contextNow()).incident
    }
    now = Math.max(now, to)
  }
  const commandOf = ({ act }: Step): Command => {
    if (act === 'whistle')
      return {
        type: act,
        units: [
          {
            unit: {
              code: unit,
              kind: 'volunteer_team',
              areaCode: district,
              categoryCodes: null,
              retired: false,
            },
            part: 'lead',
          },
        ],
      }
    return act === 'arrive' ? { type: act, distanceM: null } : { type: act }
  }
  const request = (actor: Actor) => ({ actor, requestedAt: now, occurredAt: null, note: null })

  const stage: Stage = {
    async submit() {
      const facts = {
        id: '0199aaaa-0000-7000-8000-000000000001',
        number: '420202-20261121-DEMO0001',
        districtCode: district,
        areaCode: community,
        categoryCode: 'fire_lane_blocked',
        severity: 'high',
        policyId: policy.id,
      } as const
      const resident: Actor = { id: '居民', role: 'resident' }
      incident = openIncident(facts, 'report', request(resident), contextNow()).incident
      return incident
    },
    async act(step) {
      advanceTo(now + travelMs())
      const decision = decide(current(), commandOf(step), request(actors[step.who]), contextNow())
      if (decision.refusal !== null) throw new Error(`${step.act} was refused: ${decision.refusal.code}`)
      incident = decision.incident
      return incident
    },
    async lookAgain() {
      advanceTo(now + 400)
      return current()
    },
    async until(at) {
      advanceTo(Math.max(now, at))
    },
    async pause(ms) {
      advanceTo(now + Math.round(ms))
    },
  }
  const script100 = { id: '', reporter: 'resident', unitCode: unit, expected: [], ...script } as const
  const report = { categoryCode: '', areaCode: community, description: '', address: '' }
  const seen = await playCase({ ...script100, report }, stage, limits.limits)
  return { verdicts: verdictsOf(seen.deadlines), tookMs: now - startedAt }
}
