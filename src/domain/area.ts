/** The kinds of area (辖区), from the smallest to the largest. A grid may hold grids. */
export const areaKinds = ['grid', 'community', 'street', 'district', 'city'] as const
export type AreaKind = (typeof areaKinds)[number]

/** One node of the area tree, as far as rules need it. */
export interface AreaNode {
  readonly code: string
  readonly kind: AreaKind
}

/**
 * Where something lies in the area tree at one instant: the nodes from the root down to the area itself, and
 * the version of the tree in which that was so.
 */
export interface Place {
  readonly path: readonly AreaNode[]
  readonly treeVersion: number
}

/** How high a kind of area stands: 0 for a grid, 4 for a city. */
export function rankOf(kind: AreaKind): number {
  return areaKinds.indexOf(kind)
}

/** The division codes of a place from the root down. */
export function codesOf(place: Place): string[] {
  return place.path.map((node) => node.code)
}
