import t from 'tap'
import { areaRoutes } from '../../src/areas/area-routes.ts'
import { importAreas } from '../../src/areas/import-areas.ts'
import { roles } from '../../src/domain/actor.ts'
import { listApplicablePolicies } from '../../src/policies/find-policies.ts'
import { openHttpServer } from '../http/open-http-server.ts'
import { routeDependencies } from '../registry/registry-api.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase } from '../support/database.ts'
import { seedWorld } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { areaSource, csvSource } from './csv-source.ts'

async function prepared(t: Parameters<typeof createTestDatabase>[0]) {
  const { db } = await createTestDatabase(t)
  const clock = createMovableClock()
  await seedWorld(db, clock)
  const server = await openHttpServer(t, {
    routes: [
      areaRoutes({
        ...routeDependencies({ db, readClock: clock.read }),
        listPolicies: listApplicablePolicies,
      }),
    ],
  })
  const get = async (url: string) => {
    const answer = await server.inject({ method: 'GET', url })
    return { status: answer.statusCode, link: answer.headers.link, body: answer.json() }
  }
  const codes = async (query: string) =>
    (await get(`/v1/areas?${query}`)).body.items.map((item: { code: string }) => item.code)
  const run = (source: AsyncIterable<Uint8Array>) =>
    importAreas({ db, readClock: clock.read }, source, { actor: worldActors.administrator })
  return { db, clock, server, get, codes, run }
}

t.test('an area is shown with its ancestors and the rungs that a promise climbs from it', async (t) => {
  const { get } = await prepared(t)
  const { status, body } = await get(`/v1/areas/${huangshi.grid}`)
  t.equal(status, 200)
  t.strictSame(body, {
    code: huangshi.grid,
    name: '胜阳港社区第一网格',
    kind: 'grid',
    parentCode: huangshi.community,
    districtCode: huangshi.district,
    retiredAt: null,
    successorCode: null,
    successorCodes: [],
    revision: 1,
    treeVersion: 1,
    ancestors: [
      { code: huangshi.city, kind: 'city', name: '黄石市' },
      { code: huangshi.district, kind: 'district', name: '黄石港区' },
      { code: huangshi.street, kind: 'street', name: '胜阳港街道' },
      { code: huangshi.community, kind: 'community', name: '胜阳港社区' },
    ],
    ladder: [
      { code: huangshi.community, kind: 'community', name: '胜阳港社区' },
      { code: huangshi.street, kind: 'street', name: '胜阳港街道' },
      { code: huangshi.district, kind: 'district', name: '黄石港区' },
    ],
  })
  const city = await get(`/v1/areas/${huangshi.city}`)
  t.strictSame([city.body.ancestors, city.body.ladder], [[], []], 'a city stands above the ladder')
})

t.test('an area that does not exist is 404, and what is no code is 400', async (t) => {
  const { get } = await prepared(t)
  t.equal((await get('/v1/areas/420299000000')).status, 404)
  const { status, body } = await get('/v1/areas/4202')
  t.equal(status, 400)
  t.match(body.errors, [{ pointer: 'code', detail: /12 digits/ }])
  t.equal((await get('/v1/areas?kind=village')).status, 400)
  t.equal((await get('/v1/areas?sort=name')).status, 400)
})

t.test('areas are filtered by parent, kind, subtree and a part of the name', async (t) => {
  const { codes } = await prepared(t)
  t.strictSame(await codes(`parentCode=${huangshi.street}`), [huangshi.neighbour, huangshi.community])
  t.strictSame(await codes('kind=district'), [huangshi.district, huangshi.foreignDistrict])
  t.strictSame(await codes(`within=${huangshi.community}`), [huangshi.community, huangshi.grid])
  t.strictSame(await codes(`kind=community&within=${huangshi.foreignDistrict}`), [huangshi.foreignCommunity])
  t.strictSame(await codes(`name=${encodeURIComponent('胜阳港')}&kind=street`), [huangshi.street])
  t.strictSame(await codes('name=%25'), [], 'a percent sign is no pattern')
  t.strictSame(await codes('within=420299000000'), [])
})

t.test('pages follow each other without a gap', async (t) => {
  const { get } = await prepared(t)
  const seen: string[] = []
  for (let url: string | undefined = '/v1/areas?limit=4'; url !== undefined; ) {
    const { body, link } = await get(url)
    t.ok(body.items.length <= 4)
    seen.push(...body.items.map((item: { code: string }) => item.code))
    url = /<(.*)>/.exec(String(link ?? ''))?.[1]
  }
  t.strictSame(seen, Object.values(huangshi).toSorted())
  t.equal((await get('/v1/areas?cursor=eyJjb2RlIjoxfQ')).status, 400, 'a forged cursor')
})

t.test('retired areas are shown where they are asked for, with their successor', async (t) => {
  const { codes, get, run, clock } = await prepared(t)
  await run(
    csvSource(
      'code,name,kind,parent_code,successor_code',
      `${huangshi.neighbour},湖滨路社区,community,${huangshi.street},${huangshi.community}`,
    ),
  )
  t.strictSame(await codes(`parentCode=${huangshi.street}`), [huangshi.community])
  t.strictSame(await codes(`parentCode=${huangshi.street}&retired=yes`), [huangshi.neighbour])
  t.equal((await codes(`parentCode=${huangshi.street}&retired=any`)).length, 2)
  t.match((await get(`/v1/areas/${huangshi.neighbour}`)).body, {
    successorCode: huangshi.community,
    retiredAt: new Date(clock.now()).toISOString(),
    ladder: [{}, {}, {}],
  })
})

t.test('the ladder follows the tree: what is missing between is climbed past', async (t) => {
  const { get, run } = await prepared(t)
  await run(areaSource('420202900001,直管社区,community,420202000000'))
  const { body } = await get('/v1/areas/420202900001')
  t.strictSame(
    body.ladder.map((rung: { kind: string }) => rung.kind),
    ['community', 'district'],
  )
})

t.test('every role may read the tree, and nobody without a token', async (t) => {
  const { server } = await prepared(t)
  const document = server.app.swagger()
  t.match(document.paths?.['/v1/areas']?.get, { 'x-access': [...roles], tags: ['areas'] })
  t.match(document.paths?.['/v1/areas/{code}']?.get, { responses: { 200: {}, 400: {}, 401: {}, 404: {} } })
})
