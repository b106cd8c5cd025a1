import t from 'tap'
import { type AreaFacts, growTree } from '../../src/areas/area-tree.ts'

const length = 20_000

/** A community with so many retired grids, each succeeded by the next one; `last` succeeds the last of them. */
function lineOfGrids(last: string): Map<string, AreaFacts> {
  const community = '420202007001'
  const root: AreaFacts = {
    code: community,
    name: '文化宫社区',
    kind: 'community',
    parentCode: null,
    retired: false,
    successorCodes: [],
  }
  const grids = Array.from(
    { length },
    (_, index): AreaFacts => ({
      code: `${community}-${index}`,
      name: `第 ${index} 网格`,
      kind: 'grid',
      parentCode: community,
      retired: true,
      successorCodes: [index + 1 < length ? `${community}-${index + 1}` : last],
    }),
  )
  return new Map([root, ...grids].map((area) => [area.code, area]))
}

// Looked through from each of its areas anew, such a line takes minutes, during which the import holds its lock.
t.test('a long line of successors is looked through once', { timeout: 20_000 }, async (t) => {
  t.same((await growTree(lineOfGrids('420202007001'))).faults, [])

  const { faults: inCircle } = await growTree(lineOfGrids('420202007001-5'))
  t.equal(inCircle.length, length, 'those that lead into a circle never come to an end either')
  t.same(new Set(inCircle.map(({ detail }) => detail.en)), new Set(['The area would succeed itself']))

  const { faults: toNowhere } = await growTree(lineOfGrids('420202999999'))
  t.equal(toNowhere.length, length)
  t.same(new Set(toNowhere.map(({ detail }) => detail.en)), new Set(['There is no such successor']))
})
