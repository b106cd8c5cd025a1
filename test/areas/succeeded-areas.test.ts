import t from 'tap'
import { type Area, type AreaFacts, growTree } from '../../src/areas/area-tree.ts'
import { huangshi } from '../support/world-areas.ts'

const {
  city,
  district,
  street,
  community,
  neighbour,
  grid,
  foreignDistrict,
  foreignStreet,
  foreignCommunity,
} = huangshi

const kinds = {
  [city]: ['city', null],
  [district]: ['district', city],
  [street]: ['street', district],
  [community]: ['community', street],
  [neighbour]: ['community', street],
  [grid]: ['grid', community],
  [foreignDistrict]: ['district', city],
  [foreignStreet]: ['street', foreignDistrict],
  [foreignCommunity]: ['community', foreignStreet],
} as const satisfies Record<string, readonly [AreaFacts['kind'], string | null]>

/** The small world's tree, in which some areas have retired in favour of others, or lie elsewhere. */
function grow(
  succeeded: Readonly<Record<string, readonly string[]>>,
  parents: Readonly<Record<string, string>> = {},
) {
  const facts = Object.entries(kinds).map(
    ([code, [kind, parentCode]]): AreaFacts => ({
      ...{ code, name: code, kind, parentCode: parents[code] ?? parentCode },
      retired: succeeded[code] !== undefined,
      successorCodes: succeeded[code] ?? [],
    }),
  )
  return growTree(new Map(facts.map((area) => [area.code, area])))
}

const pathOf = ({ areas }: { areas: ReadonlyMap<string, Area> }, code: string) =>
  areas.get(code)?.path.map((node) => node.code)
const above = [city, district, street]
const inNeighbour = { [grid]: neighbour }

t.test('what lay in an area that gave way to one other lies where that one does', async (t) => {
  const tree = await grow({ [community]: [neighbour] }, inNeighbour)
  t.same(tree.faults, [])
  t.same(pathOf(tree, community), [...above, neighbour])
  t.same(pathOf(tree, grid), [...above, neighbour, grid])
})

t.test('an area that had retired below it lies below the other one with it', async (t) => {
  const tree = await grow({ [grid]: [], [community]: [neighbour] })
  t.same(tree.faults, [])
  t.same(pathOf(tree, grid), [...above, neighbour, grid])
  t.same(pathOf(await grow({ [grid]: [community], [community]: [neighbour] }), grid), [...above, neighbour])
})

t.test('of a line of successions the end counts, in its own district', async (t) => {
  const tree = await grow(
    { [community]: [neighbour], [neighbour]: [foreignCommunity] },
    { [grid]: foreignCommunity },
  )
  t.same(tree.faults, [])
  for (const code of [community, neighbour]) {
    t.same(pathOf(tree, code), [city, foreignDistrict, foreignStreet, foreignCommunity])
    t.equal(tree.areas.get(code)?.districtCode, foreignDistrict)
  }
})

t.test('where several took over, or nobody did, everything stays where it was', async (t) => {
  for (const successors of [[], [neighbour, foreignCommunity]])
    t.same(pathOf(await grow({ [community]: successors }, inNeighbour), community), [...above, community])
  const onward = await grow(
    { [community]: [neighbour], [neighbour]: [grid, foreignCommunity] },
    { [grid]: street },
  )
  t.same(onward.faults, [])
  t.same(pathOf(onward, community), [...above, neighbour], 'as far as it can be told')
})

t.test('an area cannot give way to one that lies below itself', async (t) => {
  const { faults } = await grow({ [community]: [grid], [grid]: [] })
  t.match(faults, [{ code: grid, column: 'parent_code', detail: { en: 'The area lies below itself' } }])
})
