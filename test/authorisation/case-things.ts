import { rankOf } from '../../src/domain/area.ts'
import type { Member } from './cast.ts'
import type { Trial } from './play-table.ts'
import { above, actingFor, below, innermost, kindOf, placesOf, spine } from './spine.ts'

/** How a unit stands to a case. */
export type UnitPart = 'lead' | 'support' | 'former' | 'other'

/** A case as a cell needs it. */
export interface CaseThing {
  /** Where it lies. */
  readonly place: string
  /** Who answers for it, where that is somebody above the first rung. */
  readonly answers?: string
  /** The area that it was handed down to, and by whose desk. */
  readonly assigned?: { readonly to: string; readonly by: string }
  /** What the responders' unit is to it; another unit is called besides. */
  readonly unit?: UnitPart
  /** Where the case lies that it is to be merged into. */
  readonly into?: string
}

/** In which relation somebody stands to which cases, for each table about cases. None where they stand in it to no case. */
export const relations = { seeing, contact, acting, deciding, assigned, merging, units } as const

function seeing(_operation: string, { areaCode }: Member, relation: string): CaseThing[] {
  return casePlaces(areaCode, relation).map((place) => ({ place }))
}

function contact(_operation: string, { actor, areaCode }: Member): CaseThing[] {
  if (actor?.unitCode !== undefined) return [{ place: areaCode, unit: 'lead' }]
  return isReportable(areaCode) ? [{ place: areaCode }] : [{ place: innermost }]
}

function acting(operation: string, { areaCode }: Member, relation: string): CaseThing[] {
  const own = actingFor(areaCode)
  // What is handed down must lie below whoever does it.
  const within = (code: string) =>
    unique(operation === 'hand_down' ? [innermost] : [code, innermost]).filter(isReportable)
  switch (relation) {
    case 'answers':
      // Above the city there is no rung that a case could be raised or handed up to.
      if (own === spine.city && (operation === 'raise' || operation === 'report_up')) return []
      return within(areaCode).map((place) => ({ place, answers: own }))
    case 'superior':
      if (kindOf(below(own)) === 'grid') return []
      return within(below(own)).map((place) => ({ place, answers: below(own) }))
    case 'subordinate': {
      const up = above(own)
      return up === undefined ? [] : within(areaCode).map((place) => ({ place, answers: up }))
    }
    default:
      return seeing(operation, { name: '', actor: null, areaCode }, relation)
  }
}

function deciding(operation: string, by: Member, relation: string): CaseThing[] {
  const isTop = above(actingFor(by.areaCode)) === undefined
  if (relation === 'top') return isTop ? acting(operation, by, 'answers') : []
  return isTop && relation === 'answers' ? [] : acting(operation, by, relation)
}

function assigned(_operation: string, { areaCode }: Member, relation: string): CaseThing[] {
  switch (relation) {
    case 'assigned': {
      const receivers = unique([areaCode, actingFor(areaCode)])
      return receivers.flatMap((to) => handedTo(innermost, to))
    }
    case 'unassigned':
      return handedTo(innermost, below(areaCode))
    default:
      return casePlaces(areaCode, relation).flatMap((place) => handedTo(place, place))
  }
}

function handedTo(place: string, to: string): CaseThing[] {
  const by = above(to)
  return by === undefined ? [] : [{ place, assigned: { to, by: actingFor(by) } }]
}

function merging(_operation: string, { areaCode }: Member, relation: string): CaseThing[] {
  return casePlaces(areaCode, relation).map((into) => ({ place: innermost, into }))
}

function units(_operation: string, _by: Member, relation: string): CaseThing[] {
  const unit = (['lead', 'support', 'former', 'other'] as const).find((part) => part === relation)
  return unit === undefined ? [] : [{ place: spine.community, unit }]
}

function casePlaces(areaCode: string, relation: string): string[] {
  return placesOf(areaCode, relation).filter(isReportable)
}

/** An incident's rows lie in one district, so nothing is reported about a whole city. */
function isReportable(code: string): boolean {
  return rankOf(kindOf(code)) <= rankOf('district')
}

function unique(codes: readonly string[]): string[] {
  return [...new Set(codes)]
}

export function trialsOf(by: Member, things: readonly CaseThing[]): Trial<CaseThing>[] {
  return things.map((thing) => ({ by, thing, name: nameOf(thing) }))
}

/** What tells things apart, in words for whoever reads a failure. */
export function nameOf({ place, answers, assigned: handed, unit, into }: CaseThing): string {
  return [
    `case in ${place}`,
    ...(answers === undefined ? [] : [`for which ${answers} answers`]),
    ...(handed === undefined ? [] : [`handed to ${handed.to}`]),
    ...(unit === undefined ? [] : [`own unit ${unit}`]),
    ...(into === undefined ? [] : [`into one of ${into}`]),
  ].join(', ')
}
