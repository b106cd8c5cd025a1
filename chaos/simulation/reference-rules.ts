import type { Actor } from '../../src/domain/actor.ts'
import type { AreaNode } from '../../src/domain/area.ts'
import type { PromiseKind } from '../../src/domain/deadline.ts'
import type { RefusalCode } from '../../src/domain/refusal.ts'
import type { UnitFacts } from '../../src/domain/unit.ts'
import type { Asked } from './asked.ts'
import { actingIn, type Beside, comesFor, type Situated } from './reference-acting.ts'
import { above, answersBelow, height, isMovable, living, receiverOf, urgedFrom } from './reference-climb.ts'
import type { Ledger, Look, ModelCall, ModelClock } from './reference-ledger.ts'
import { beyondLimits } from './reference-limits.ts'
import { isOpenState, isPausing, leadOf, life, reportsOf } from './reference-model.ts'

/** Every reason to refuse what somebody asks for; none where it goes through. */
export function reasonsAgainst(
  ledger: Ledger,
  look: Look,
  { ask, actor }: Asked,
  beside: Beside,
): RefusalCode[] {
  const reasons: RefusalCode[] = []
  if (!life[ask.type].includes(ledger.state))
    reasons.push(
      ask.type === 'resolve' && life.settle.includes(ledger.state) ? 'not_arrived' : 'illegal_transition',
    )
  if (ask.type === 'reveal_reporter') return mayKnow(look, actor) ? reasons : [...reasons, 'not_entitled']
  if (ask.type === 'rate') {
    const { endedAt, facts } = ledger
    if (beside.rated) reasons.push('already_rated')
    if (endedAt !== null && look.at - endedAt > facts.policy.ratingTimeMs) reasons.push('rating_over')
    return reasons
  }
  const acting = actingIn(ledger, look, actor)
  if (typeof acting === 'string') return [...reasons, acting]
  const situated = { ask, actor, acting, beside }
  return [...reasons, ...beyondLimits(ledger, look, situated), ...againstCommand(ledger, look, situated)]
}

function mayKnow({ path }: Look, actor: Actor): boolean {
  const own = path.find(({ code }) => code === actor.areaCode)
  if (actor.role === 'auditor' || actor.role === 'administrator') return true
  return actor.role === 'dispatcher' && (own?.kind === 'district' || own?.kind === 'city')
}

function againstCommand(ledger: Ledger, look: Look, situated: Situated): RefusalCode[] {
  const { ask, actor, acting } = situated
  const { facts, calls, requests, clocks } = ledger
  const { policy } = facts
  const { area, call } = acting
  const { path, at } = look
  const bySupport: RefusalCode[] =
    call?.part === 'support' && actor.unitCode !== undefined ? ['not_lead_unit'] : []
  switch (ask.type) {
    case 'report_up': {
      const holder = clocks.findLast(({ promise }) => promise === 'report')
      return when(
        ['not_accountable', holder !== undefined && height(area.kind) > height(holder.kind)],
        ['no_rung_above', above(policy, path, area.kind) === undefined],
      )
    }
    case 'whistle':
      return [
        ...when([
          'lead_exists',
          ask.calls.some(({ part }) => part === 'lead') && leadOf(ledger) !== undefined,
        ]),
        ...ask.calls.flatMap((called) => againstUnit(ledger, look, area, called)),
      ]
    case 'hand_down': {
      const below = path.find(({ code }) => code === ask.areaCode)
      if (below === undefined || height(below.kind) >= height(area.kind)) return ['not_below']
      return when(
        ['category_not_admitted', height(below.kind) < height(facts.category.admittedFrom)],
        ['lead_exists', leadOf(ledger) !== undefined],
      )
    }
    case 'accept':
      if (call === undefined) return ['not_assigned']
      return when(
        ['already_accepted', call.acceptedAt !== null],
        ['return_pending', call.acceptedAt === null && call.state === 'return_requested'],
      )
    case 'arrive':
      if (call !== undefined || comesFor(ledger, look, actor) !== undefined)
        return when(['illegal_transition', (call ?? leadOf(ledger))?.arrivedAt !== null])
      return when(
        ['not_lead_unit', leadOf(ledger) !== undefined],
        ['illegal_transition', ledger.state === 'on_site'],
      )
    case 'return':
      if (call === undefined) return ['not_assigned']
      return when(
        ['return_not_possible', call.arrivedAt !== null || call.refused],
        ['return_pending', call.state === 'return_requested'],
      )
    case 'finish':
      if (call === undefined) return ['not_assigned']
      return when(['not_arrived', call.arrivedAt === null])
    case 'rule_return': {
      const asked = calls[ask.no - 1]
      if (asked?.state !== 'return_requested') return ['assignment_not_open']
      return when(['not_superior', !isAboveCaller(look, actor, area, asked)])
    }
    case 'withdraw': {
      const asked = calls[ask.no - 1]
      if (asked === undefined || asked.endedAt !== null) return ['assignment_not_open']
      const own = asked.whistledBy === area.code
      return when(['not_superior', !own && !isAboveCaller(look, actor, area, asked)])
    }
    case 'feedback':
    case 'reject':
    case 'resolve':
      return bySupport
    case 'settle': {
      const level = path.find(({ code }) => code === actor.areaCode)?.kind ?? area.kind
      return [...bySupport, ...when(['may_not_settle', !policy.settledBy.includes(level)])]
    }
    case 'close':
      return []
    case 'reopen':
      return when(['area_left_district', path.every(({ code }) => code !== facts.districtCode)])
    case 'raise': {
      const receiver = receiverOf(ledger, look, area, ask.rung)
      if (receiver === undefined) return ['no_rung_above']
      return when(
        ['not_superior', height(receiver.kind) > height(area.kind)],
        ['nothing_to_raise', !living(ledger).some((clock) => isMovable(clock, look, receiver))],
      )
    }
    case 'urge':
      return when(['not_superior', urgedFrom(ledger, look, area).length === 0])
    case 'request_pause':
    case 'request_extension': {
      const live = living(ledger, ask.promises)
      if (live.length === 0) return ['nothing_running']
      const answers = actor.unitCode === undefined && live.some(({ code }) => code === area.code)
      const ms = ask.type === 'request_pause' ? situated.beside.begunAt + ask.until - at : ask.byMs
      const most = ask.type === 'request_pause' ? policy.pauseMaxMs : policy.extensionMaxMs
      return when(
        ['not_accountable', !answers && call?.part !== 'lead'],
        ['pause_over', ask.type === 'request_pause' && ms <= 0],
        ['relief_beyond_limit', ask.type === 'request_extension' && ms <= 0],
        ['relief_beyond_limit', ms > most || requests.length >= policy.reliefsMax],
        ['pause_exists', ask.type === 'request_pause' && isBeingPaused(ledger, ask.promises)],
      )
    }
    case 'approve_relief':
    case 'refuse_relief': {
      const request = requests[ask.no - 1]
      if (request?.state !== 'requested') return ['relief_not_open']
      const live = living(ledger, request.promises)
      const runs = live.some((clock) => clock.state === 'running' && clock.dueAt >= at)
      const over = request.until !== null && request.until <= at
      return when(
        ['not_superior', !isAboveAll(ledger, look, actor, area, live)],
        ['nothing_running', ask.type === 'approve_relief' && !runs],
        ['pause_over', ask.type === 'approve_relief' && over],
      )
    }
    case 'resume': {
      const request = requests[ask.no - 1]
      if (request === undefined || !isPausing(request)) return ['relief_not_open']
      const live = living(ledger, request.promises)
      const answers = live.some(({ code }) => code === area.code)
      return when(['not_accountable', !answers && !isAboveAll(ledger, look, actor, area, live)])
    }
    case 'merge':
      return againstMerge(ledger, situated.beside.elder)
    case 'unmerge':
      return when(
        [
          'not_mergeable',
          ledger.mergedInto?.ledger !== situated.beside.elder || !isOpenState(situated.beside.elder.state),
        ],
        ['area_left_district', path.every(({ code }) => code !== facts.districtCode)],
        [
          'answer_exhausted',
          situated.beside.elder.clocks.some(
            (clock) => isUnanswered(clock, situated.beside.elder) && isOwedToOneOf(clock, reportsOf(ledger)),
          ),
        ],
      )
  }
}

/** Whether somebody was to be answered from the top of the ladder, was not, and still waits. */
function isUnanswered({ promise, outcome, fulfilledAt, round }: ModelClock, ledger: Ledger): boolean {
  return promise === 'feedback' && outcome === 'exhausted' && fulfilledAt === null && round === ledger.round
}

function isOwedToOneOf({ reportId }: ModelClock, reports: readonly string[]): boolean {
  return reportId !== null && reports.includes(reportId)
}

function when(...reasons: readonly (readonly [RefusalCode, boolean])[]): RefusalCode[] {
  return reasons.filter(([, holds]) => holds).map(([code]) => code)
}

function againstUnit(
  { facts: { policy, category }, calls }: Ledger,
  { path }: Look,
  area: AreaNode,
  { unit, part }: { readonly unit: UnitFacts; readonly part: ModelCall['part'] },
): RefusalCode[] {
  const served = unit.categoryCodes ?? category.path
  return when(
    ['unit_retired', unit.retired],
    ['unit_does_not_serve_area', path.every(({ code }) => code !== unit.areaCode)],
    [
      'unit_does_not_serve_category',
      part === 'lead' && category.path.every((code) => !served.includes(code)),
    ],
    ['may_not_whistle', policy.whistles[area.kind]?.includes(unit.kind) !== true],
    [
      'already_assigned',
      calls.some(({ kind, code, endedAt }) => kind === 'unit' && code === unit.code && endedAt === null),
    ],
  )
}

/** Above the area that called. Once that has gone elsewhere, everybody is. */
function isAboveCaller(look: Look, actor: Actor, area: AreaNode, { whistledBy }: ModelCall): boolean {
  const caller = look.path.find(({ code }) => code === whistledBy)
  return caller === undefined || speaksForAll(look, actor, area) || height(area.kind) > height(caller.kind)
}

function isAboveAll(
  ledger: Ledger,
  look: Look,
  actor: Actor,
  area: AreaNode,
  clocks: readonly ModelClock[],
): boolean {
  if (actor.unitCode !== undefined) return false
  return speaksForAll(look, actor, area) || clocks.every((clock) => answersBelow(ledger, look, clock, area))
}

/** Nobody stands above the root, so its administrator decides what otherwise somebody above would. */
function speaksForAll({ path }: Look, { role }: Actor, { code }: AreaNode): boolean {
  return role === 'administrator' && path.findIndex((node) => node.code === code) === 0
}

function isBeingPaused({ requests }: Ledger, promises: readonly PromiseKind[]): boolean {
  return requests.some(
    (request) =>
      request.until !== null &&
      (request.state === 'requested' || request.state === 'approved') &&
      request.promises.some((each) => promises.includes(each)),
  )
}

function againstMerge(ledger: Ledger, elder: Ledger): RefusalCode[] {
  const { facts, receivedAt } = ledger
  const reports = reportsOf(ledger)
  const owed = elder.clocks.some(({ reportId }) => reportId !== null && reports.includes(reportId))
  const wasThere = owed || elder.joined.some(({ ledger: other }) => other === ledger)
  const earlier =
    elder.receivedAt < receivedAt || (elder.receivedAt === receivedAt && elder.facts.id < facts.id)
  return when(
    ['other_district', elder.facts.districtCode !== facts.districtCode],
    ['not_mergeable', elder === ledger || !earlier || !isOpenState(elder.state)],
    ['was_separated', wasThere],
    ['answer_exhausted', ledger.clocks.some((clock) => isUnanswered(clock, ledger))],
  )
}
