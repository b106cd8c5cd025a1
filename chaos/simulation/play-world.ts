import { type AreaNode, codesOf, type Place } from '../../src/domain/area.ts'
import type { MergedReports } from '../../src/domain/commands/merge.ts'
import type { Context, Request } from '../../src/domain/context.ts'
import { isOpen } from '../../src/domain/incident-state.ts'
import { answeredIn, changedBeside, faultsOfAnswers, owingCases } from './answers-in-play.ts'
import { inDomain, type RatingFacts } from './asked.ts'
import {
  type CaseInPlay,
  caseAsked,
  caseBeside,
  type Decided,
  lookIn,
  type OpenCase,
  takeIn,
} from './case-in-play.ts'
import { differencesOf } from './differences.ts'
import type { Domain } from './domain-in-play.ts'
import { act } from './reference-acts.ts'
import { groundsOf } from './reference-grounds.ts'
import { lookAt } from './reference-look.ts'
import { answerElsewhere } from './reference-merges.ts'
import { receive, reportsOf } from './reference-model.ts'
import { reasonsAgainst } from './reference-rules.ts'
import { pathIn, type SimulatedWorld, type Step } from './simulated-world.ts'

/** What a report of a world and its case are called. */
export interface CaseNames {
  readonly incidentId: string
  readonly reportId: string
}

export interface PlayOptions {
  readonly domain: Domain
  /** The instant of the first receipt. */
  readonly receivedAt: number
  /** What a case is called; asked when its report comes in. */
  readonly nameCase: (index: number) => CaseNames
  readonly treeVersion: number
}

/** What one step came to, as a word for the counts: `accepted`, a refusal's code, `replayed`, … */
export interface Outcome {
  readonly word: string
  /** The rule that a refusal names. */
  readonly rule?: string | undefined
  /** Everything that is wrong after it; nothing in a sound world. */
  readonly faults: readonly string[]
}

/** A world under way. */
export interface PlayedWorld {
  readonly receivedAt: number
  /** Those of the reports that have come in so far. */
  readonly cases: readonly CaseInPlay[]
  /** What is wrong right after the first receipt. */
  readonly faults: readonly string[]
  /** What the clocks of all cases show at least, in ms since the first receipt. */
  readonly now: number
  /** The clock cannot be trusted just now. */
  readonly distrusted: boolean
  take(step: Step): Outcome
  /** Whether nothing speaks against it, as far as the cases have been looked at: what is overdue meanwhile may. */
  allows(asking: Asking): boolean
}

type Asking = Pick<Extract<Step, { readonly do: 'act' }>, 'at' | 'on' | 'ask' | 'by'>

/** Receives a report in a world and lets steps happen to its cases, each checked against the reference model. */
export function playWorld(world: SimulatedWorld, options: PlayOptions): PlayedWorld {
  const { domain, receivedAt } = options
  const { policy, category } = world
  const areas = new Map(world.areas.map((area) => [area.code, area]))
  const successors = new Map<string, string>()
  const accepted = new Set<number>()
  const ratings = new Set<string>()
  const cases: OpenCase[] = []
  let treeVersion = options.treeVersion
  let clockFault = false
  const setAhead: { to: number; byMs: number }[] = []
  const faults = report(receivedAt)

  /** Whatever lies in an area that has given way to one other lies where that one does. */
  function pathOf(tree: Parameters<typeof pathIn>[0], code: string): AreaNode[] {
    return pathIn(tree, successors.get(code) ?? code)
  }

  /** A report comes in. Nothing is wrong where it is received as the model receives it. */
  function report(at: number): string[] {
    const areaCode = world.reports[cases.length]?.areaCode ?? ''
    const { incidentId, reportId } = options.nameCase(cases.length)
    const place: Place = { path: pathOf(areas, areaCode), treeVersion }
    const context = contextAt(at, place)
    const districtCode = place.path.find(({ kind }) => kind === 'district')?.code ?? ''
    const facts = { districtCode, policy, category, id: incidentId, reportId }
    const opened = domain.openIncident(
      {
        id: incidentId,
        number: `${districtCode.slice(0, 6)}-simulated`,
        districtCode,
        areaCode,
        categoryCode: category.code,
        severity: 'high',
        policyId: policy.id,
      },
      reportId,
      { actor: { id: 'resident', role: 'resident' }, requestedAt: at, occurredAt: null, note: null },
      context,
    )
    const { incident } = opened
    const ledger = receive(facts, lookIn(context))
    cases.push({ incident, events: [opened.event], told: [[]], ledger, place })
    return differencesOf(incident, ledger)
  }

  function contextAt(now: number, place: Place): Context {
    const clockJumps = setAhead.map((jump) => ({ from: null, ...jump }))
    return { now, place, policy, category, clockFault, clockJumps }
  }

  /** The instant at which something happens to cases. Time never runs backwards within a stream, whatever the clock does. */
  function instantFor(at: number, ...concerned: readonly OpenCase[]): number {
    const last = concerned.map(({ incident }) => incident.lastEventAt)
    return Math.max(receivedAt + at, setAhead.at(-1)?.to ?? 0, ...last)
  }

  function check(one: OpenCase, decided: Decided, now: number): string[] {
    return takeIn(one, decided, now, domain.noticesOf)
  }

  function wake(step: Extract<Step, { do: 'wake' }>): Outcome {
    const wrong: string[] = []
    let events = 0
    for (const [index, one] of cases.entries()) {
      if (step.on?.includes(index) === false) continue
      const context = contextAt(instantFor(step.at, one), one.place)
      lookAt(one.ledger, lookIn(context))
      const settlement = domain.settleOverdue(one.incident, context)
      events += settlement.events.length
      wrong.push(...check(one, settlement, context.now))
    }
    wrong.push(...faultsOfAnswers(cases))
    return { word: events > 0 ? 'settled' : 'nothing due', faults: wrong }
  }

  /** Who asks for what, and of which cases; nothing is looked at yet. Where there is no such case, the word for that. */
  function situate({ on: index, ask, by, at }: Asking) {
    const on = caseAsked(cases, index, ask.type)
    const one = cases[on]
    const other = cases[caseBeside(cases, on, ask) ?? -1]
    const actor = world.actors[by]
    if (actor === undefined) throw new Error('A step names somebody of its world')
    if (one === undefined) return 'not_found'
    if (ask.type === 'merge' && ask.into >= cases.length) return 'incident_not_found'
    const owing = owingCases(cases, one, ask.type)
    const now = instantFor(at, one, ...owing, ...(other === undefined ? [] : [other]))
    const context = contextAt(now, one.place)
    const beside = other === undefined ? undefined : contextAt(now, other.place)
    const look = { ...lookIn(context), elder: lookIn(beside ?? context) }
    const rating = ratingIn(one, cases[index] ?? one)
    const { rated, othersAsked } = rating
    const known = { elder: other?.ledger ?? one.ledger, rated, othersAsked, begunAt: receivedAt }
    return { one, other, owing, asked: { ask, actor }, now, context, beside, look, rating, known }
  }

  function ask(step: Extract<Step, { do: 'act' }>): Outcome {
    const { ask, key, queuedMs } = step
    const situated = situate(step)
    if (accepted.has(key)) return { word: 'replayed', faults: [] }
    if (typeof situated === 'string') return { word: situated, faults: [] }
    const { one, other, owing, asked, now, context, beside, look, rating, known } = situated
    const { actor } = asked
    lookAt(one.ledger, look)
    if (other !== undefined) lookAt(other.ledger, look.elder)
    const reasons = reasonsAgainst(one.ledger, look, asked, known)
    const generation = one.ledger.generation
    const reports: MergedReports = {
      first: one.ledger.facts.reportId,
      all: new Set(reportsOf(one.ledger)),
    }
    const attached = other === undefined ? 0 : reportsOf(other.ledger).length - 1
    if (reasons.length === 0) {
      act(one.ledger, look, asked, known)
      for (const { ledger, place } of owing) {
        const lookThere = lookIn(contextAt(now, place))
        lookAt(ledger, lookThere)
        answerElsewhere(ledger, one.ledger, lookThere)
      }
    }

    const request: Request = { actor, requestedAt: now - queuedMs, occurredAt: null, note: null }
    const settledOther =
      other !== undefined && beside !== undefined
        ? { ...domain.settleOverdue(other.incident, beside), context: beside }
        : undefined
    const revealed = (ask.type === 'reveal_reporter' ? cases[ask.report] : one)?.ledger.facts.reportId ?? ''
    const survivor = settledOther ?? { incident: other?.incident ?? one.incident, context: beside ?? context }
    const settled = domain.settleOverdue(one.incident, context).incident
    const command = inDomain(ask, { receivedAt, survivor, reports, attached, revealed, rating })
    const { refusal, ...decided } = domain.decide(one.incident, command, request, context)
    const code = refusal?.code ?? null
    const told = { domain, reports, request }
    const wrong = check(one, decided, now)
    if (settledOther !== undefined && other !== undefined) {
      const merged = code === null ? { type: ask.type, incident: settled } : undefined
      wrong.push(...check(other, changedBeside(settledOther, merged, told), now))
    }
    for (const each of code === null ? owing : [])
      wrong.push(...check(each, answeredIn(each, contextAt(now, each.place), told), now))
    wrong.push(...faultsOfAnswers(cases))
    if (code === null ? reasons.length > 0 : !reasons.includes(code))
      wrong.push(
        `${ask.type} was ${code ?? 'accepted'}, with ${reasons.join(', ') || 'no reason'} to refuse it`,
      )
    const rule = refusal?.rule
    const grounds = code === null ? [] : groundsOf(code, one.ledger, look, asked, receivedAt)
    if (rule === undefined ? grounds.length > 0 : !grounds.includes(rule))
      wrong.push(`${code} names ${rule}, and should name ${grounds.join(' or ') || 'none'}`)
    if (code === null) accepted.add(key)
    if (code === null && ask.type === 'rate')
      ratings.add(`${rating.reportId} ${one.ledger.facts.id} ${generation}`)
    return { word: code ?? 'accepted', rule, faults: wrong }
  }

  /** Which report is rated, and who has been asked and has answered since its case was taken up. */
  function ratingIn({ ledger }: OpenCase, rated: OpenCase): RatingFacts {
    const { reportId } = rated.ledger.facts
    const hasRated = (each: string) => ratings.has(`${each} ${ledger.facts.id} ${ledger.generation}`)
    const othersAsked = reportsOf(ledger).some((each) => each !== reportId && !hasRated(each))
    return { reportId, rated: hasRated(reportId), othersAsked }
  }

  function move(step: Extract<Step, { do: 'move' }>): Outcome {
    const area = areas.get(step.code)
    if (area === undefined || area.parent === step.under) return { word: 'refused', faults: [] }
    const moved = new Map(areas).set(area.code, { ...area, parent: step.under })
    const leaves = (one: OpenCase) =>
      !codesOf({ path: pathOf(moved, one.incident.areaCode), treeVersion }).includes(
        one.incident.districtCode,
      )
    // The registry carries no open case into another district.
    if (cases.some((one) => isOpen(one.incident.state) && leaves(one))) return { word: 'refused', faults: [] }
    areas.set(area.code, { ...area, parent: step.under })
    newTree()
    return { word: cases.some(leaves) ? 'to another district' : 'moved', faults: [] }
  }

  function newTree(): void {
    treeVersion += 1
    for (const one of cases) one.place = { path: pathOf(areas, one.incident.areaCode), treeVersion }
  }

  return {
    receivedAt,
    cases,
    faults,
    get distrusted() {
      return clockFault
    },
    get now() {
      return Math.max(...cases.map(({ incident }) => incident.lastEventAt)) - receivedAt
    },
    allows(asking) {
      const situated = situate(asking)
      if (typeof situated === 'string') return false
      const { one, look, asked, known } = situated
      return reasonsAgainst(one.ledger, look, asked, known).length === 0
    },
    take(step) {
      switch (step.do) {
        case 'wake':
          return wake(step)
        case 'act':
          return ask(step)
        case 'report': {
          const path = pathOf(areas, world.reports[cases.length]?.areaCode ?? '')
          const known = path.some(({ kind }) => policy.ladder.includes(kind))
          if (!known || clockFault) return { word: 'refused', faults: [] }
          return { word: 'received', faults: report(instantFor(step.at)) }
        }
        case 'move':
          return move(step)
        case 'retire':
          successors.set(world.reports[0].areaCode, world.successor)
          newTree()
          return { word: 'retired', faults: [] }
        case 'policy':
          return { word: 'new version', faults: [] }
        case 'distrust':
          clockFault = true
          return { word: 'stopped', faults: [] }
        case 'trust': {
          const now = instantFor(step.at, ...cases)
          if (step.aheadMs > 0 && clockFault) setAhead.push({ to: now + step.aheadMs, byMs: step.aheadMs })
          clockFault = false
          return { word: step.aheadMs > 0 ? 'set ahead' : 'came back', faults: [] }
        }
      }
    },
  }
}
