import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { fire, hour, minute, receipt, type ToldCase, tellCase, volunteers } from './told-cases.ts'

/** Cases in which, between them, everything happens that can happen to a case. */

const { community, street, district, gridWorker, resident, responder, otherResponder, auditor } = worldActors
const called = [
  { unit: fire, part: 'lead' },
  { unit: volunteers, part: 'support' },
] as const

/** A joint handling in which everything about assignments happens. */
export function jointHandling(): ToldCase {
  return tellCase()
    .at(5 * minute)
    .act(community, { type: 'report_up' })
    .at(6 * minute)
    .act(street, { type: 'whistle', units: called })
    .act(otherResponder, { type: 'accept' })
    .act(responder, { type: 'return' })
    .act(otherResponder, { type: 'return' })
    .act(district, { type: 'rule_return', assignmentNo: 2, upheld: false })
    .act(street, { type: 'hand_down', areaCode: community.areaCode })
    .act(gridWorker, { type: 'accept' })
    .act(street, { type: 'withdraw', assignmentNo: 3 })
    .act(street, { type: 'whistle', units: called.slice(0, 1) })
    .act(responder, { type: 'return' })
    .act(district, { type: 'rule_return', assignmentNo: 4, upheld: true })
    .act(otherResponder, { type: 'arrive', distanceM: 900 })
    .act(otherResponder, { type: 'finish' })
}

/** Clocks that are stopped, put off, handed to another rung and urged. */
export function relieved(): ToldCase {
  return tellCase()
    .at(5 * minute)
    .act(community, { type: 'whistle', units: [{ unit: volunteers, part: 'lead' }] })
    .act(otherResponder, { type: 'request_pause', promises: ['feedback'], until: receipt + 50 * hour })
    .act(street, { type: 'approve_relief', reliefNo: 1 })
    .act(community, { type: 'request_extension', promises: ['on_site'], byMs: 26 * hour })
    .act(street, { type: 'refuse_relief', reliefNo: 2 })
    .act(community, { type: 'request_extension', promises: ['on_site'], byMs: 90 * minute })
    .act(street, { type: 'approve_relief', reliefNo: 3 })
    .at(65 * minute)
    .act(community, { type: 'resume', reliefNo: 1 })
    .act(district, { type: 'urge' })
    .act(district, { type: 'raise', rung: 'street' })
    .act(street, { type: 'request_pause', promises: ['feedback'], until: receipt + 4 * hour })
    .act(district, { type: 'approve_relief', reliefNo: 4 })
    .at(4 * hour + 1)
    .settle()
}

/** A case that is rated twice, of which the first time reopens it. */
export function rated(): ToldCase {
  const told = tellCase()
  const { reportId } = told
  return told
    .at(minute)
    .act(community, { type: 'settle' })
    .act(resident, {
      type: 'rate',
      rating: { reportId, solved: false, satisfaction: 1 },
      othersAsked: false,
      rated: false,
    })
    .act(gridWorker, { type: 'arrive', distanceM: null })
    .act(community, { type: 'resolve' })
    .act(resident, {
      type: 'rate',
      rating: { reportId, solved: true, satisfaction: 4 },
      othersAsked: false,
      rated: false,
    })
    .act(community, { type: 'reopen' })
    .act(community, { type: 'feedback' })
    .act(community, { type: 'reject' })
    .act(auditor, { type: 'reveal_reporter', reportId })
}

export function merged(): [survivor: ToldCase, other: ToldCase] {
  const survivor = tellCase(1).at(30 * minute)
  survivor.act(community, { type: 'request_extension', promises: ['on_site'], byMs: 5 * hour })
  survivor.act(street, { type: 'approve_relief', reliefNo: 1 })
  const other = tellCase(2, receipt + minute).at(31 * minute)
  survivor.at(31 * minute).join(other, community)
  survivor.at(40 * minute).separate(other.at(40 * minute), street)
  return [survivor, other]
}

/** An answer that was late in both cases before they became one. */
export function lateInBoth(): [survivor: ToldCase, other: ToldCase] {
  const [survivor, other] = [tellCase(1).at(61 * minute), tellCase(2, receipt + minute).at(63 * minute)]
  survivor
    .at(63 * minute)
    .settle()
    .join(other.settle(), community)
  survivor
    .at(70 * minute)
    .act(community, { type: 'feedback' })
    .tellAnswer(other.at(70 * minute), community)
  return [survivor, other]
}

export function unanswered(): ToldCase {
  return tellCase()
    .act(gridWorker, { type: 'settle' })
    .at(80 * hour)
    .settle()
}

export function putOff(): ToldCase {
  return tellCase()
    .at(2 * minute)
    .settle([{ from: null, to: receipt + minute, byMs: 5 * minute }])
    .at(20 * minute)
    .settle()
    .act(gridWorker, { type: 'arrive', distanceM: null })
    .act(community, { type: 'resolve' })
    .act(community, { type: 'close' })
}

/** All of them. */
/** Areas that change while the case is with one of them: it goes over to the next, which is then no more. */
export function moved(): ToldCase {
  return tellCase()
    .at(minute)
    .moveTo(huangshi.neighbour)
    .at(5 * minute)
    .act(street, { type: 'hand_down', areaCode: huangshi.neighbour })
    .moveTo(community.areaCode)
    .moveTo(null)
}

export const stories = [
  jointHandling(),
  relieved(),
  rated(),
  ...merged(),
  ...lateInBoth(),
  unanswered(),
  putOff(),
  moved(),
]
