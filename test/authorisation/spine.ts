import { type AreaKind, areaKinds, rankOf } from '../../src/domain/area.ts'
import { huangshi } from '../support/world-areas.ts'

/**
 * The areas of the table's world. People of every level stand on one line from the city to a grid, so that what is the own area
 * of one lies below the next; below it lies an inner grid, and beside each level there is a neighbour.
 */
export const spine = {
  grid: huangshi.grid,
  community: huangshi.community,
  street: huangshi.street,
  district: huangshi.district,
  city: huangshi.city,
} as const satisfies Record<AreaKind, string>

/** Everybody on the line sees what lies here. */
export const innermost = `${huangshi.grid}-01`
/** A street that its district has retired, and whose administrator is still there. */
export const retiredStreet = '420202009000'

const neighbours: Readonly<Partial<Record<AreaKind, string>>> = {
  grid: `${huangshi.community}-002`,
  community: huangshi.neighbour,
  street: '420202008000',
  district: huangshi.foreignDistrict,
}

/** What the small world lacks of it. */
export const moreAreas = `code,name,kind,parent_code
${innermost},胜阳港社区第一网格甲片,grid,${spine.grid}
${neighbours.grid},胜阳港社区第二网格,grid,${spine.community}
${neighbours.street},沈家营街道,street,${spine.district}
420202008001,沈家营社区,community,${neighbours.street}
${retiredStreet},旧街道,street,${spine.district}
`

const kinds: ReadonlyMap<string, AreaKind> = new Map([
  ...areaKinds.map((kind) => [spine[kind], kind] as const),
  ...areaKinds.flatMap((kind) => {
    const neighbour = neighbours[kind]
    return neighbour === undefined ? [] : [[neighbour, kind] as const]
  }),
  [innermost, 'grid'],
  [huangshi.foreignCommunity, 'community'],
  [huangshi.foreignStreet, 'street'],
  [retiredStreet, 'street'],
])

export function kindOf(code: string): AreaKind {
  const kind = kinds.get(code)
  if (kind === undefined) throw new Error(`${code} is no area of this world`)
  return kind
}

const upwards: Readonly<Record<AreaKind, AreaKind | undefined>> = {
  grid: 'community',
  community: 'street',
  street: 'district',
  district: 'city',
  city: undefined,
}

/** The area right above one on the line, or beside it; nothing above the city. */
export function above(code: string): string | undefined {
  if (code === innermost) return spine.grid
  if (code === huangshi.foreignCommunity) return huangshi.foreignStreet
  const up = upwards[kindOf(code)]
  return up === undefined ? undefined : spine[up]
}

/** The area right below one on the line. */
export function below(code: string): string {
  const down = Object.values(spine).findLast((each) => rankOf(kindOf(each)) < rankOf(kindOf(code)))
  return down ?? innermost
}

/** Areas that do not lie in the subtree of one on the line, nor above it: the neighbour, and a foreign district's. */
function elsewhere(code: string): string[] {
  const neighbour = neighbours[kindOf(code)]
  return neighbour === undefined ? [] : [neighbour, huangshi.foreignCommunity]
}

/** Where something lies that stands in a relation to somebody of an area on the line. */
export function placesOf(areaCode: string, relation: string): string[] {
  const up = above(areaCode)
  switch (relation) {
    case 'own':
      return [areaCode]
    case 'below':
      return [...new Set([below(areaCode), innermost])]
    case 'above':
      return up === undefined ? [] : [up]
    case 'foreign':
      return elsewhere(areaCode)
    default:
      throw new Error(`Nobody knows the relation ${relation}`)
  }
}

/** In whose name somebody of an area acts, and who answers first for a case there: a grid's people act for its community. */
export function actingFor(code: string): string {
  return kindOf(code) === 'grid' ? spine.community : code
}
