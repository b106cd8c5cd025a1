import type { CompleteAreaRow } from '../../areas/area-file.ts'
import type { CityMap } from './city-map.ts'

/** Streets with fewer communities than this would pile their cases up in one of them. */
const communitiesMin = 4
/** The four districts of the city proper. */
const urbanDistricts = ['420202', '420203', '420204', '420205']

/**
 * Puts places of another city into Huangshi: each neighbourhood becomes a street, and its cases go round the street's
 * urban communities. The same names in the same order always come to the same places.
 *
 * @returns a function from a neighbourhood to the next case's community
 */
export function placesInHuangshi(map: CityMap): (neighbourhood: string) => CompleteAreaRow {
  const streets = map
    .ofKind('street')
    .filter(({ code, name }) => urbanDistricts.includes(code.slice(0, 6)) && name.endsWith('街道'))
    .map(({ code }) => map.childrenOf(code).filter(({ name }) => name.includes('社区')))
    .filter((communities) => communities.length >= communitiesMin)
  const visits = new Map<string, { street: number; cases: number }>()
  return (neighbourhood) => {
    const { street, cases } = visits.get(neighbourhood) ?? { street: visits.size % streets.length, cases: 0 }
    visits.set(neighbourhood, { street, cases: cases + 1 })
    const communities = streets[street] ?? []
    const community = communities[cases % communities.length]
    if (community === undefined) throw new Error('Huangshi has no streets')
    return community
  }
}
