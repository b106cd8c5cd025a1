import t from 'tap'
import { predecessorsQuery } from '../../src/areas/area-history.ts'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import { problemOf } from '../http/open-http-server.ts'
import { createRegistryApi, keepers, type RegistryApi } from '../registry/registry-api.ts'
import { readsOf } from '../support/explain-plan.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { administrator } = worldActors

const put = (
  api: RegistryApi,
  by: typeof administrator | typeof keepers.district,
  code: string,
  json: object,
) => api.send(by, 'PUT', `/v1/areas/${code}`, { json })

async function history(api: RegistryApi, code: string) {
  const answer = await api.send(worldActors.resident, 'GET', `/v1/areas/${code}/history`)
  t.equal(answer.statusCode, 200, answer.body)
  return answer.json()
}

async function treeVersion({ db }: RegistryApi): Promise<number> {
  return (await db.selectFrom('area_tree').select('version').executeTakeFirstOrThrow()).version
}

t.test('an area is added, renamed and re-parented, each in one version of the tree', async (t) => {
  const api = await createRegistryApi(t)
  const street = { name: '黄石港街道', kind: 'street', parentCode: huangshi.district }
  const added = await put(api, keepers.district, '420202006000', street)
  t.equal(added.statusCode, 201, added.body)
  t.match(added.json(), { treeVersion: 2, changed: { added: 1 } })
  api.clock.advance(60_000)
  const renamed = await put(api, keepers.district, '420202006000', { ...street, name: '黄石港新街道' })
  t.equal(renamed.headers.etag, '"3"')
  api.clock.advance(60_000)
  const community = { name: '胜阳港社区', kind: 'community', parentCode: '420202006000' }
  const moved = await put(api, keepers.district, huangshi.community, community)
  t.match(moved.json(), { treeVersion: 4, changed: { updated: 1, moved: 1 } })
  const { versions } = await history(api, huangshi.grid)
  t.match(versions, [
    {
      treeVersion: 4,
      until: null,
      path: [huangshi.city, huangshi.district, '420202006000', huangshi.community, huangshi.grid],
    },
    {
      treeVersion: 1,
      until: new Date(api.clock.now()).toISOString(),
      path: [huangshi.city, huangshi.district, huangshi.street, huangshi.community, huangshi.grid],
    },
  ])
  t.match((await history(api, '420202006000')).versions, [{ name: '黄石港新街道' }, { name: '黄石港街道' }])
})

t.test('a street is split: parts take what lay below, and the old one stays readable', async (t) => {
  const api = await createRegistryApi(t)
  const { incidentId } = await api.submit()
  const into = [
    { code: '420202008000', name: '胜阳港东街道', childCodes: [huangshi.community] },
    { code: '420202009000', name: '胜阳港西街道', childCodes: [huangshi.neighbour] },
  ]
  const split = (parts: object[]) =>
    api.send(keepers.district, 'POST', `/v1/areas/${huangshi.street}/split`, { json: { into: parts } })
  const left = await split([into[0] ?? {}, { code: '420202009000', name: '胜阳港西街道' }])
  t.match(problemOf(left), { status: 422, code: 'change_refused' }, 'no child is left below what is retired')
  t.match(problemOf(await split([into[0] ?? {}, { code: huangshi.foreignStreet, name: '旧街道' }])), {
    errors: [{ pointer: '/into/1/code' }],
  })
  const done = await split(into)
  t.equal(done.statusCode, 200, done.body)
  t.match(done.json(), { treeVersion: 2, changed: { added: 2, retired: 1, updated: 2, moved: 1 } })
  const old = (await api.send(worldActors.resident, 'GET', `/v1/areas/${huangshi.street}`)).json()
  t.same(old.successorCodes, ['420202008000', '420202009000'])
  t.match(await history(api, '420202009000'), {
    versions: [{ since: new Date(api.clock.now()).toISOString() }],
    predecessors: [{ code: huangshi.street, treeVersion: 2 }],
  })
  t.match((await history(api, huangshi.street)).versions, [
    { retired: true },
    { retired: false, name: '胜阳港街道' },
  ])

  const seen = await api.send(worldActors.community, 'GET', `/v1/incidents/${incidentId}`)
  t.equal(seen.statusCode, 200, 'a case of before is still seen by whoever keeps its area')
  const up = await api.act(incidentId, worldActors.community, { type: 'report_up' })
  t.equal(up.incident.state, 'reported')
  const deadlines = await api.db
    .selectFrom('deadlines')
    .select(['accountable_code', 'tree_version', 'area_path'])
    .where('incident_id', '=', incidentId)
    .orderBy('no')
    .execute()
  t.match(deadlines[0], { tree_version: 1, area_path: [huangshi.city, huangshi.district, huangshi.street] })
  t.match(
    deadlines.at(-1),
    { accountable_code: '420202008000', tree_version: 2 },
    'and goes to the new street',
  )
  const report = await api.send(worldActors.auditor, 'GET', '/v1/audit/breaches')
  t.equal(report.statusCode, 200)
  t.equal((await verifyAuditTrail({ db: api.db })).outcome, 'sound')
})

t.test('communities are merged, and whoever retires says in whose favour', async (t) => {
  const api = await createRegistryApi(t)
  const merge = (code: string, from: string[], by = keepers.district) =>
    api.send(by, 'POST', `/v1/areas/${code}/merge`, { json: { from } })
  t.match(problemOf(await merge(huangshi.neighbour, [huangshi.street])), { errors: [{ pointer: '/from/0' }] })
  t.match(problemOf(await merge(huangshi.neighbour, [huangshi.neighbour])), {
    errors: [{ pointer: '/from/0' }],
  })
  const foreign = await merge(huangshi.neighbour, [huangshi.foreignCommunity])
  t.equal(problemOf(foreign).code, 'change_refused', 'another district is not yours to merge')
  const done = await merge(huangshi.neighbour, [huangshi.community])
  t.match(done.json(), { treeVersion: 2, changed: { retired: 1, updated: 1 } })
  const grid = (await api.send(worldActors.resident, 'GET', `/v1/areas/${huangshi.grid}`)).json()
  t.equal(grid.parentCode, huangshi.neighbour)
  t.match((await history(api, huangshi.neighbour)).predecessors, [{ code: huangshi.community }])
  t.equal(await treeVersion(api), 2)

  const retire = await api.send(keepers.district, 'POST', `/v1/areas/${huangshi.grid}/retire`, {
    json: { successorCodes: [huangshi.neighbour] },
  })
  t.equal(retire.statusCode, 200, retire.body)
  t.match((await history(api, huangshi.grid)).versions, [
    { retired: true, successorCodes: [huangshi.neighbour] },
  ])
  const restored = await api.send(keepers.district, 'POST', `/v1/areas/${huangshi.grid}/restore`)
  t.equal(restored.statusCode, 200, restored.body)
  t.match((await history(api, huangshi.grid)).versions, [{ retired: false, successorCodes: [] }, {}, {}])
})

t.test('an administrator keeps what lies below their own area, not the area itself', async (t) => {
  const api = await createRegistryApi(t)
  const community = { name: '章山村村委会', kind: 'community', parentCode: huangshi.street }
  t.equal((await put(api, keepers.district, huangshi.foreignCommunity, community)).statusCode, 404)
  const outside = { name: '新街道', kind: 'street', parentCode: huangshi.foreignDistrict }
  t.match(problemOf(await put(api, keepers.district, '420203008000', outside)), {
    status: 422,
    errors: [{ pointer: '/parentCode', detail: 'There is no such area' }],
  })
  const own = { name: '黄石港区', kind: 'district', parentCode: null }
  t.equal(problemOf(await put(api, keepers.district, huangshi.district, own)).status, 422)
  t.equal(
    (await api.send(keepers.district, 'POST', `/v1/areas/${huangshi.district}/retire`, { json: {} }))
      .statusCode,
    422,
  )
  const file = `code,name,kind,parent_code\n${huangshi.foreignStreet},章山,street,${huangshi.foreignDistrict}\n`
  const imported = await api.send(keepers.district, 'POST', '/v1/areas/import', { csv: file })
  t.match(problemOf(imported), { status: 422, errors: [{ pointer: '/2/code' }] })
  t.equal(await treeVersion(api), 1)
})

t.test('a move to another district is refused while incidents are open there', async (t) => {
  const api = await createRegistryApi(t)
  const { incidentId } = await api.submit()
  const foreign = { name: '胜阳港社区', kind: 'community', parentCode: huangshi.foreignStreet }
  const refused = await put(api, administrator, huangshi.community, foreign)
  t.match(problemOf(refused), {
    status: 409,
    code: 'open_incidents',
    errors: [{ pointer: '/parentCode', detail: /420202007003-001 has open incidents/ }],
  })
  const at = encodeURIComponent(new Date(api.clock.now() + 60_000).toISOString())
  const planned = await api.send(administrator, 'PUT', `/v1/areas/${huangshi.community}?effectiveAt=${at}`, {
    json: foreign,
  })
  t.equal(planned.statusCode, 202, 'for later it may be planned')
  api.clock.advance(60_000)
  await api.applyPlanned()
  const { id } = planned.json().plannedChange
  t.match((await api.send(administrator, 'GET', `/v1/planned-changes/${id}`)).json(), { state: 'failed' })
  await api.act(incidentId, worldActors.community, { type: 'settle' }, { text: '通道已清空' })
  t.equal((await put(api, administrator, huangshi.community, foreign)).statusCode, 200)
})

t.test('predecessors are found by an index', async (t) => {
  const api = await createRegistryApi(t)
  await api.owner.pool.query(
    `insert into area_versions (code, since_version, until_version, name, kind, parent_code, path, path_kinds, retired)
     select code, n, n + 1, name, kind, parent_code, path, path_kinds, false
     from areas, generate_series(2, 3000) n`,
  )
  await api.owner.pool.query('vacuum analyze area_versions')
  const reads = await readsOf(api.db, predecessorsQuery(api.db, huangshi.street), 'area_versions')
  t.equal(reads.scans, 0)
  t.ok(reads.rows < 10)
})
