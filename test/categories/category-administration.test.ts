import t from 'tap'
import { problemOf } from '../http/open-http-server.ts'
import { anyReport } from '../incidents/api-world.ts'
import { createRegistryApi, keepers, type RegistryApi } from '../registry/registry-api.ts'
import { worldActors } from '../support/world-actors.ts'

const noise = {
  parentCode: null,
  nameZh: '噪声扰民',
  nameEn: 'Noise',
  severity: 'low',
  unitKind: 'department',
  admittedFrom: 'community',
}

const put = (api: RegistryApi, code: string, json: object) =>
  api.send(keepers.city, 'PUT', `/v1/categories/${code}`, { json })
const report = (api: RegistryApi, categoryCode: string) =>
  api.send(worldActors.resident, 'POST', '/v1/reports', { json: { ...anyReport, categoryCode } })

t.test('what an administrator says of a category holds for the very next report', async (t) => {
  const api = await createRegistryApi(t)
  t.equal(problemOf(await report(api, 'noise')).code, 'category_not_found')
  t.equal((await put(api, 'noise', noise)).statusCode, 201)
  const first = await report(api, 'noise')
  t.equal(first.json().deadlines[0].rung, 'community')
  await put(api, 'noise', { ...noise, admittedFrom: 'street' })
  const second = await report(api, 'noise')
  t.equal(second.json().deadlines[0].rung, 'street', 'a community cannot be made to carry it (准入)')
  const { items } = (await api.send(worldActors.resident, 'GET', '/v1/categories/noise/history')).json()
  t.match(items, [{ facts: { admittedFrom: 'street' } }, { facts: { admittedFrom: 'community' } }])
})

t.test('a retired category takes no new reports, and its cases go on', async (t) => {
  const api = await createRegistryApi(t)
  await put(api, 'noise', noise)
  const { incidentId } = (await report(api, 'noise')).json()
  const retired = await api.send(keepers.city, 'POST', '/v1/categories/noise/retire')
  t.equal(retired.statusCode, 200, retired.body)
  t.equal(problemOf(await report(api, 'noise')).code, 'category_not_found')
  const { incident } = await api.act(incidentId, worldActors.community, { type: 'report_up' })
  t.equal(incident.state, 'reported')
  await api.send(keepers.city, 'POST', '/v1/categories/noise/restore')
  t.equal((await report(api, 'noise')).statusCode, 201)
})

t.test('the tree stays a tree: parents exist, live, and lie not below themselves', async (t) => {
  const api = await createRegistryApi(t)
  const refused = async (code: string, json: object) => {
    t.match(problemOf(await put(api, code, json)), { status: 422, errors: [{ pointer: '/parentCode' }] })
  }
  await put(api, 'noise', noise)
  await refused('loud_music', { ...noise, parentCode: 'no_such_category' })
  await refused('noise', { ...noise, parentCode: 'noise' })
  await put(api, 'loud_music', { ...noise, parentCode: 'noise' })
  await refused('noise', { ...noise, parentCode: 'loud_music' })
  const parent = await api.send(keepers.city, 'POST', '/v1/categories/noise/retire')
  t.equal(problemOf(parent).status, 422, 'not while a live one lies below it')
  const file = 'code,parent_code,name_zh,name_en,severity,unit_kind,retired\n'
  const both = await api.send(keepers.city, 'POST', '/v1/categories/import', {
    csv: `${file}noise,,噪声扰民,Noise,low,department,yes\nloud_music,noise,噪声扰民,Noise,low,department,yes\n`,
  })
  t.match(both.json(), { changed: { retired: 2 } })
})
