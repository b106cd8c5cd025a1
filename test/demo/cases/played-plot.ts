import type { CaseScript, CastMember, Step } from '../../../src/demo/cases/script.ts'
import { type Verdict, verdictsOf } from '../../../src/demo/judge/verdict.ts'
import { demoLimits, demoPolicy } from '../../../src/demo/play/demo-policy.ts'
import { playCase, type Stage } from '../../../src/demo/play/play-case.ts'
import type { Actor } from '../../../src/domain/actor.ts'
import { alarmsOf } from '../../../src/domain/alarms.ts'
import { applyEvent } from '../../../src/domain/apply-event.ts'
import { joinReports } from '../../../src/domain/commands/merge.ts'
import type { Context } from '../../../src/domain/context.ts'
import { type Command, decide } from '../../../src/domain/decide.ts'
import type { Incident } from '../../../src/domain/incident.ts'
import type { Instant } from '../../../src/domain/instant.ts'
import { openIncident } from '../../../src/domain/open-incident.ts'
import type { Policy } from '../../../src/domain/policy.ts'
import { settleOverdue } from '../../../src/domain/settle-overdue.ts'
import { ordinaryRules } from '../../../src/policies/policy-fields.ts'
import { seededCategory, seededPlace, seededUnit } from './seeded-registries.ts'

/** A case to try plots on that say nothing of themselves. */
const anyCase: CaseScript = {
  id: '案例',
  reporter: 'resident',
  report: { categoryCode: 'fire_lane_blocked', areaCode: '420202007001', description: '', address: '' },
  unitCode: '420202-fire-rescue',
  steps: [],
  expected: [],
}

/** How the engine and the network behave. */
export interface Conditions {
  readonly limits: 'own' | 'equal'
  readonly pace: number
  /** How late the engine finds what no act finds first, in ms: a breach, the end of a pause. */
  readonly lagMs: () => number
  /** How long an act takes on its way, in ms. */
  readonly travelMs: () => number
}

export interface Played {
  readonly verdicts: readonly Verdict[]
  /** The incident at the end, and the one that a second report opened. */
  readonly incidents: readonly Incident[]
  readonly tookMs: number
}

type Which = 'own' | 'again'

/**
 * Plays a script on the pure domain, where time moves by itself: what the show does over HTTP in half a minute, in a
 * millisecond. Throws where an act is refused.
 */
export async function playOnDomain(
  played: Pick<CaseScript, 'steps'> & Partial<CaseScript>,
  { limits: name, pace, lagMs, travelMs }: Conditions,
): Promise<Played> {
  const script: CaseScript = { ...anyCase, ...played }
  const { limits, ...rest } = demoLimits(name, pace)
  const place = seededPlace(script.report.areaCode)
  const [city = '', district = '', street = '', community = ''] = place.path.map(({ code }) => code)
  const policy: Policy = {
    id: 'demo',
    version: 1,
    ...ordinaryRules,
    ...demoPolicy(city, { limits, ...rest }),
  }
  const startedAt = Date.UTC(2026, 10, 21, 1)
  let now: Instant = startedAt
  const incidents = new Map<Which, Incident>()
  const foundAt = new Map<string, Instant>()
  let answered = new Set<Which>()

  const contextNow = (): Context => ({
    now,
    clockFault: false,
    clockJumps: [],
    place,
    policy,
    category: seededCategory(script.report.categoryCode),
  })
  const request = (actor: Actor) => ({ actor, requestedAt: now, occurredAt: null, note: null })
  const get = (which: Which): Incident => {
    const incident = incidents.get(which)
    if (incident === undefined) throw new Error(`Nothing was reported: ${which}`)
    return incident
  }
  const settled = (which: Which): Incident => settleOverdue(get(which), contextNow()).incident

  /** When the engine finds something that has come due; drawn once for each. */
  const detection = (key: string, at: Instant): Instant => {
    const found = foundAt.get(key) ?? at + 1 + lagMs()
    foundAt.set(key, found)
    return found
  }
  const detectionsOf = ([which, incident]: [Which, Incident]) => [
    ...incident.deadlines
      .filter(({ state }) => state === 'running')
      .map(({ no, dueAt }) => ({ which, at: detection(`${which} ${no} ${dueAt}`, dueAt) })),
    ...alarmsOf(incident, policy).map(({ kind, no, at }) => ({
      which,
      at: detection(`${which} ${kind} ${no}`, at),
    })),
  ]
  const advanceTo = (to: Instant): void => {
    for (;;) {
      const next = [...incidents]
        .flatMap(detectionsOf)
        .filter(({ at }) => at <= to)
        .toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      now = Math.max(now, next.at)
      incidents.set(next.which, settled(next.which))
    }
    now = Math.max(now, to)
  }

  const actorFor = (who: CastMember): Actor => {
    if (typeof who === 'object') return { id: who.unit, role: 'responder', unitCode: who.unit }
    switch (who) {
      case 'reporter':
      case 'neighbour':
        return { id: who, role: 'resident' }
      case 'grid_worker':
        return { id: who, role: who, areaCode: community }
      case 'community':
        return { id: who, role: 'dispatcher', areaCode: community }
      case 'street':
        return { id: who, role: 'dispatcher', areaCode: street }
      case 'district':
        return { id: who, role: 'dispatcher', areaCode: district }
      case 'responder':
        return { id: who, role: 'responder', unitCode: script.unitCode }
    }
  }
  const open = (which: Which, who: CastMember): void => {
    const facts = {
      id: `0199aaaa-0000-7000-8000-00000000000${which === 'own' ? 1 : 2}`,
      number: '420202-20261121-DEMO0001',
      districtCode: district,
      areaCode: community,
      categoryCode: script.report.categoryCode,
      severity: 'high',
      policyId: policy.id,
    } as const
    incidents.set(which, openIncident(facts, which, request(actorFor(who)), contextNow()).incident)
  }
  const carryOut = (which: Which, command: Command, who: CastMember): void => {
    const decision = decide(get(which), command, request(actorFor(who)), contextNow())
    if (decision.refusal !== null) throw new Error(`${command.type} was refused: ${decision.refusal.code}`)
    incidents.set(which, decision.incident)
  }
  const merge = (who: CastMember): void => {
    const survivor = { incident: settled('own'), context: contextNow() }
    const before = settled('again')
    const reports = { first: 'again', all: new Set(['again']) }
    carryOut('again', { type: 'merge', survivor, reports, attached: 0 }, who)
    const joined = joinReports(survivor, before, reports, request(actorFor(who)))
    incidents.set('own', applyEvent(survivor.incident, joined))
  }
  const rate = ({ who, solved, satisfaction }: Extract<Step, { act: 'rate' }>): void => {
    const reportId = who === 'neighbour' ? 'again' : 'own'
    const othersAsked = [...incidents.keys()].some((which) => which !== reportId && !answered.has(which))
    const rating = { reportId, solved, satisfaction }
    carryOut('own', { type: 'rate', rating, othersAsked, rated: answered.has(reportId) }, who)
    answered = solved ? answered.add(reportId) : new Set()
  }
  const commandOf = (step: Exclude<Step, { act: 'report' | 'merge' | 'rate' }>): Command => {
    switch (step.act) {
      case 'whistle': {
        const lead = { unit: seededUnit(step.lead ?? script.unitCode), part: 'lead' } as const
        const support = (step.support ?? []).map(
          (code) => ({ unit: seededUnit(code), part: 'support' }) as const,
        )
        return { type: step.act, units: [lead, ...support] }
      }
      case 'arrive':
        return { type: step.act, distanceM: null }
      case 'request_pause': {
        const until = now + Math.round(step.share * limits.on_site.community)
        return { type: step.act, promises: [step.promise], until }
      }
      case 'approve_relief':
        return { type: step.act, reliefNo: step.reliefNo }
      default:
        return { type: step.act }
    }
  }

  const stage: Stage = {
    async submit() {
      open('own', 'reporter')
      return get('own')
    },
    async act(step) {
      advanceTo(now + travelMs())
      if (step.act === 'report') open('again', step.who)
      else if (step.act === 'merge') merge(step.who)
      else if (step.act === 'rate') rate(step)
      else carryOut('own', commandOf(step), step.who)
      return get('own')
    },
    async lookAgain() {
      advanceTo(now + 400)
      return get('own')
    },
    async until(at) {
      advanceTo(Math.max(now, at))
    },
    async pause(ms) {
      advanceTo(now + Math.round(ms))
    },
  }
  const seen = await playCase(script, stage, limits)
  return { verdicts: verdictsOf(seen.deadlines), incidents: [...incidents.values()], tookMs: now - startedAt }
}
