import { soundReading } from '../src/database/clock.ts'
import type { Actor } from '../src/domain/actor.ts'
import type { Context, Request } from '../src/domain/context.ts'
import { type Command, decide, type PlainCommandType } from '../src/domain/decide.ts'
import type { IncidentEvent } from '../src/domain/event.ts'
import type { Incident } from '../src/domain/incident.ts'
import type { Instant } from '../src/domain/instant.ts'
import { openIncident } from '../src/domain/open-incident.ts'
import type { Policy } from '../src/domain/policy.ts'
import { settleOverdue } from '../src/domain/settle-overdue.ts'
import type { PopulationPolicies } from './populate-registries.ts'

const minute = 60_000
const hour = 60 * minute

/** When the case that stands for all of its kind is received: so late that its instants cannot be anything else. */
export const receipt: Instant = 7_000_000_000_000

/** What the case that stands for all of its kind holds in the place of each one's own. */
export const standIns = {
  id: '01990000-0000-7000-8000-00000000000a',
  report_id: '01990000-0000-7000-8000-00000000000b',
  number: '429900-21911028-STANDSIN',
  city: '429900000000',
  district: '429901000000',
  street: '429901001000',
  community: '429901001001',
  unit: 'stands-in-for-a-unit',
  category: 'stands_in_for_a_category',
} as const

/** A step of a case: an act of somebody, or the wakers' settling of whatever is overdue by then. */
interface Step {
  readonly atMs: number
  readonly act: ScenarioAct | null
  readonly by: keyof typeof actors
}

/** A course that incidents take, and the policy that they are under. */
export interface Scenario {
  readonly cohort: 'kept' | 'broken' | 'open' | 'overrun' | 'due'
  /** How often it is taken, among those of its cohort. */
  readonly weight: number
  readonly policy: keyof PopulationPolicies
  readonly steps: readonly Step[]
}

const actors = {
  resident: { id: 'bench:resident', role: 'resident', areaCode: standIns.community },
  community: { id: 'bench:community', role: 'dispatcher', areaCode: standIns.community },
  responder: { id: 'bench:responder', role: 'responder', unitCode: standIns.unit },
} as const satisfies Record<string, Actor>

/** Odd milliseconds, so that an act never falls on an instant of a clock. Acts are shifted for each incident, clocks are not. */
const act = (type: ScenarioAct, atMs: number, by: Step['by'] = 'community'): Step => ({
  atMs: atMs + 7,
  act: type,
  by,
})
const wake = (dueAtMs: number): Step => ({ atMs: dueAtMs + 43, act: null, by: 'community' })
const [tenMinutes, oneHour, eightHours] = [wake(10 * minute), wake(hour), wake(8 * hour)]

/**
 * What may become of a case: every kind of breach, and clocks that still run. What was resolved has been closed since, because
 * nobody is asked for longer than three days whether it worked.
 */
export const scenarios: readonly Scenario[] = [
  {
    cohort: 'kept',
    weight: 5,
    policy: 'ordinary',
    steps: [act('settle', 3 * minute), act('close', 20 * hour)],
  },
  {
    cohort: 'kept',
    weight: 4,
    policy: 'ordinary',
    steps: [act('arrive', 4 * minute), act('resolve', 40 * minute), act('close', 50 * hour)],
  },
  { cohort: 'kept', weight: 1, policy: 'ordinary', steps: [act('reject', 5 * minute)] },
  {
    cohort: 'broken',
    weight: 4,
    policy: 'ordinary',
    steps: [tenMinutes, act('arrive', 15 * minute), act('resolve', 40 * minute), act('close', 20 * hour)],
  },
  {
    cohort: 'broken',
    weight: 3,
    policy: 'ordinary',
    steps: [act('arrive', 5 * minute), oneHour, act('resolve', 90 * minute), act('close', 30 * hour)],
  },
  {
    cohort: 'broken',
    weight: 2,
    policy: 'ordinary',
    steps: [
      tenMinutes,
      oneHour,
      eightHours,
      act('arrive', 9 * hour),
      act('resolve', 10 * hour),
      act('close', 30 * hour),
    ],
  },
  {
    cohort: 'broken',
    weight: 1,
    policy: 'ordinary',
    steps: [
      act('whistle', 5 * minute),
      oneHour,
      eightHours,
      act('arrive', 9 * hour, 'responder'),
      act('resolve', 10 * hour, 'responder'),
      act('close', 30 * hour),
    ],
  },
  {
    cohort: 'broken',
    weight: 1,
    policy: 'ordinary',
    steps: [tenMinutes, oneHour, eightHours, act('reject', 9 * hour)],
  },
  { cohort: 'open', weight: 7, policy: 'patient', steps: [] },
  { cohort: 'open', weight: 1, policy: 'patient', steps: [act('report_up', 4 * minute)] },
  { cohort: 'open', weight: 1, policy: 'patient', steps: [act('whistle', 6 * minute)] },
  { cohort: 'open', weight: 1, policy: 'patient', steps: [act('arrive', 20 * minute)] },
  { cohort: 'overrun', weight: 1, policy: 'overrun', steps: [tenMinutes] },
  { cohort: 'due', weight: 1, policy: 'overrun', steps: [] },
]

/** The course of one case, played by the rules of the domain. */
export interface PlayedScenario extends Scenario {
  readonly incident: Incident
  readonly events: readonly IncidentEvent[]
  /** Where it lies, and its policy. */
  readonly standing: Pick<Context, 'place' | 'policy'>
  /** The instants of acts. */
  readonly actedAt: ReadonlySet<Instant>
}

/** Plays a scenario on the case that stands for all of its kind. Throws where the rules refuse a step. */
export function playScenario(
  scenario: Scenario,
  { policy, treeVersion, commitment }: { policy: Policy; treeVersion: number; commitment: string },
): PlayedScenario {
  const place = {
    path: [
      { code: standIns.city, kind: 'city' },
      { code: standIns.district, kind: 'district' },
      { code: standIns.street, kind: 'street' },
      { code: standIns.community, kind: 'community' },
    ],
    treeVersion,
  } as const
  const contextAt = (now: Instant): Context => ({
    ...soundReading(now),
    place,
    policy,
    category: { path: [standIns.category], admittedFrom: 'grid' },
  })
  const facts = {
    id: standIns.id,
    number: standIns.number,
    districtCode: standIns.district,
    areaCode: standIns.community,
    categoryCode: standIns.category,
    severity: 'high',
    policyId: policy.id,
  } as const
  const requestAt = (now: Instant, actor: Actor, note: Request['note'] = null): Request => ({
    actor,
    requestedAt: now,
    occurredAt: null,
    note,
  })
  const asked = requestAt(receipt, actors.resident, { commitment, visibleToReporter: true })
  const opened = openIncident(facts, standIns.report_id, asked, contextAt(receipt))
  let incident = opened.incident
  const events: IncidentEvent[] = [opened.event]
  const actedAt = new Set<Instant>()
  for (const { atMs, act: type, by } of scenario.steps) {
    const now = receipt + atMs
    const context = contextAt(now)
    if (type === null) {
      const settlement = settleOverdue(incident, context)
      incident = settlement.incident
      events.push(...settlement.events)
      continue
    }
    const decision = decide(incident, commandOf(type), requestAt(now, actors[by]), context)
    if (decision.refusal !== null) throw new Error(`${type} is refused: ${decision.refusal.code}`)
    incident = decision.incident
    events.push(...decision.events)
    actedAt.add(now)
  }
  return { ...scenario, incident, events, standing: { place, policy }, actedAt }
}

/** What the scenarios do, each as far as its name says it. */
type ScenarioAct = PlainCommandType | 'whistle' | 'arrive'

function commandOf(type: ScenarioAct): Command {
  switch (type) {
    case 'whistle':
      return {
        type,
        units: [
          {
            unit: {
              code: standIns.unit,
              kind: 'volunteer_team',
              areaCode: standIns.district,
              categoryCodes: null,
              retired: false,
            },
            part: 'lead',
          },
        ],
      }
    case 'arrive':
      return { type, distanceM: null }
    default:
      return { type }
  }
}
