import t from 'tap'
import { areasMax, planAreaChange } from '../../src/areas/plan-area-change.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { problemOf } from '../http/open-http-server.ts'
import { checkWorld } from '../support/check-world.ts'
import { huangshi } from '../support/world-areas.ts'
import { createRegistryApi } from './registry-api.ts'

const street: Actor = { id: 'administrator-street', role: 'administrator', areaCode: huangshi.street }
const community: Actor = { ...street, id: 'administrator-community', areaCode: huangshi.community }

t.test('nobody leaves their own rung by calling their area something else', async (t) => {
  const api = await createRegistryApi(t)
  const own = { name: '胜阳港社区', kind: 'grid', parentCode: huangshi.street }
  const path = `/v1/areas/${huangshi.community}`
  const csv = `code,name,kind,parent_code\n${huangshi.community},胜阳港社区,grid,${huangshi.street}\n`
  for (const answer of [
    await api.send(community, 'PUT', path, { json: own }),
    await api.send(community, 'POST', '/v1/areas/import', { csv }),
  ])
    t.match(problemOf(answer), { status: 422, errors: [{ detail: /decided by whoever is above it/ }] })
  const renamed = await api.send(community, 'PUT', path, {
    json: { ...own, name: '新港', kind: 'community' },
  })
  t.equal(renamed.statusCode, 200, renamed.body)
  const above = await api.send(street, 'PUT', path, { json: own })
  t.equal(above.statusCode, 200, above.body)
})

t.test('a split names each part, and each area that one takes over, once', async (t) => {
  const api = await createRegistryApi(t)
  const split = (...into: object[]) =>
    api.send(street, 'POST', `/v1/areas/${huangshi.community}/split`, { json: { into } })
  const [one, other] = [
    { code: '420202007101', name: '甲社区' },
    { code: '420202007102', name: '乙社区' },
  ]
  const childCodes = [huangshi.grid]
  for (const [answer, pointer] of [
    [await split({ ...one, childCodes }, { ...one, name: '丙社区' }), '/into/1/code'],
    [await split({ ...one, childCodes }, { ...other, childCodes }), '/into/1/childCodes/0'],
    [await split({ ...one, childCodes: [huangshi.grid, huangshi.grid] }, other), '/into/0/childCodes/1'],
  ] as const)
    t.match(problemOf(answer), { status: 422, errors: [{ pointer, detail: /stands there once/ }] })
  t.equal((await split({ ...one, childCodes }, other)).statusCode, 200)
  const successorCodes = [one.code, one.code]
  const retired = await api.send(street, 'POST', `/v1/areas/${other.code}/retire`, {
    json: { successorCodes },
  })
  t.equal(retired.statusCode, 200)
  const found = await api.send(street, 'GET', `/v1/areas/${other.code}`)
  t.same(found.json().successorCodes, [one.code], 'one took over, and took over alone')
  await checkWorld(t, api)
})

t.test('nobody fills the tree for everybody', async (t) => {
  const node = (code: string, parentCode: string | null, kind: 'street' | 'grid') => ({
    code,
    name: code,
    kind,
    parentCode,
    path: [...(parentCode === null ? [] : [{ code: parentCode, kind: 'street' as const }]), { code, kind }],
    districtCode: parentCode ?? code,
    retired: false,
    successorCodes: [],
  })
  const grids = Array.from({ length: areasMax - 1 }, (_, no) => `420202007001-${no + 1}`)
  const present = new Map([
    ['420202007000', node('420202007000', null, 'street')],
    ...grids.map((code) => [code, node(code, '420202007000', 'grid')] as const),
  ])
  const row = { code: '420202007001-x', name: '网格', kind: 'grid' as const, parentCode: '420202007000' }
  const planFor = (within: string | null, said: typeof row) =>
    planAreaChange(present, [{ line: 1, row: said }], { retireMissing: false, within })
  await t.rejects(planFor('420202007000', row), /20000 areas in yours at most/)
  await t.resolves(planFor(null, row), 'the operator may')
  await t.resolves(planFor('420202007000', { ...row, code: grids[0] ?? '' }), 'what is there is changed')
})
