import { type AreaKind, type AreaNode, type Place, rankOf } from './area.ts'

/** The kinds of area that a promise climbs, e.g. community → street → district. Their order is that of the kinds. */
export type Ladder = readonly AreaKind[]

/** The first rung at or above the last node of the place, or nothing where the place lies above the ladder. */
export function firstRung(ladder: Ladder, place: Place): AreaNode | undefined {
  return place.path.findLast((node) => ladder.includes(node.kind))
}

/**
 * The first rung at or above a place that may be made to carry a category (准入): what a community is not admitted to starts
 * at the street. Where the ladder ends below, the whole ladder counts, because somebody has to answer.
 */
export function admittingRung(ladder: Ladder, place: Place, admittedFrom: AreaKind): AreaNode | undefined {
  const admitted = ladder.filter((kind) => rankOf(kind) >= rankOf(admittedFrom))
  return firstRung(admitted, place) ?? firstRung(ladder, place)
}

/**
 * Who carries what would otherwise come to an area: that area, or where it may not be made to carry such a case the first rung
 * above it that may (准入).
 */
export function carrierInsteadOf(
  area: AreaNode,
  ladder: Ladder,
  place: Place,
  admittedFrom: AreaKind,
): AreaNode {
  const admitted = admittingRung(ladder, place, admittedFrom)
  const may = rankOf(area.kind) >= rankOf(admittedFrom)
  return may || admitted === undefined || rankOf(admitted.kind) <= rankOf(area.kind) ? area : admitted
}

/**
 * The next rung above a kind of area along this place's path. A tree that lacks a level (a community right under
 * its district) is climbed past the gap; grids within grids are one rung, because they are of one kind.
 */
export function nextRung(ladder: Ladder, place: Place, above: AreaKind): AreaNode | undefined {
  return place.path.findLast((node) => ladder.includes(node.kind) && rankOf(node.kind) > rankOf(above))
}

/**
 * Who answers at a rung along this place's path: the area of that kind, or where there is none any more the next rung above.
 * Above the last rung it is the topmost area.
 */
export function answeringAt(ladder: Ladder, place: Place, rung: AreaKind): AreaNode {
  const here = place.path.findLast(({ kind }) => kind === rung) ?? nextRung(ladder, place, rung)
  const area = here ?? place.path[0]
  if (area === undefined) throw new Error('A place has at least one area')
  return area
}

/**
 * The area in whose name someone acts: the first rung at or above the actor's own area, so that a grid worker acts for
 * the community. Someone from above the ladder acts for their own area. Nothing where the actor's area does not lie
 * on the place's path.
 */
export function actingArea(ladder: Ladder, place: Place, actorAreaCode: string): AreaNode | undefined {
  const own = place.path.findIndex((node) => node.code === actorAreaCode)
  if (own === -1) return undefined
  return firstRung(ladder, { ...place, path: place.path.slice(0, own + 1) }) ?? place.path[own]
}
