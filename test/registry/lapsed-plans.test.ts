import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { createRegistryApi, eventsOf, keepers, type RegistryApi, type SendOptions } from './registry-api.ts'

const hour = 60 * 60_000

const url = (api: RegistryApi, path: string, afterMs: number) =>
  `${path}?effectiveAt=${encodeURIComponent(new Date(api.clock.now() + afterMs).toISOString())}`

/** Files a change for later; returns the id of the plan. */
async function plan(
  api: RegistryApi,
  by: Actor,
  path: string,
  json: object,
  afterMs = hour,
  method: 'PUT' | 'POST' = 'PUT',
) {
  const filed = await api.send(by, method, url(api, path, afterMs), { json })
  t.equal(filed.statusCode, 202, filed.body)
  const id: string = filed.json().plannedChange.id
  return id
}

async function send(api: RegistryApi, path: string, options: SendOptions, method: 'PUT' | 'POST' = 'PUT') {
  const answer = await api.send(keepers.city, method, path, options)
  t.ok(answer.statusCode < 300, answer.body)
  return answer
}

async function get(api: RegistryApi, path: string, language = 'en') {
  return (await api.send(keepers.city, 'GET', path, { headers: { 'accept-language': language } })).json()
}
const stateOf = async (api: RegistryApi, id: string) => (await get(api, `/v1/planned-changes/${id}`)).state

const unit = { name: '胜阳港应急队', kind: 'emergency_team', areaCode: huangshi.street, categoryCodes: null }
const unitPath = '/v1/units/syg-rescue'

t.test('a plan lapses where what it was made on has been changed since, in every registry', async (t) => {
  const api = await createRegistryApi(t)
  const person = { name: '李秀英', areaCode: huangshi.community, unitCode: null }
  const category = { parentCode: null, nameEn: 'Noise', severity: 'low', unitKind: 'department' }
  const cases = [
    {
      path: `/v1/areas/${huangshi.neighbour}`,
      first: { name: '湖滨路社区', kind: 'community', parentCode: huangshi.street },
      planned: { name: '湖滨社区' },
      meanwhile: { name: '湖滨路第一社区' },
    },
    { path: unitPath, first: unit, planned: { name: '抢险队' }, meanwhile: { categoryCodes: ['fire'] } },
    {
      path: '/v1/categories/noise',
      first: { ...category, nameZh: '噪声', admittedFrom: 'street' },
      planned: { nameZh: '噪音' },
      meanwhile: { severity: 'normal' },
    },
    {
      path: '/v1/people/grid-li',
      first: { ...person, role: 'grid_worker' },
      planned: { role: 'dispatcher' },
      meanwhile: { role: 'building_leader' },
    },
    {
      path: '/v1/responsibilities/bl-1',
      first: { areaCode: huangshi.community, unitCode: worldUnits.fire, validFrom: '2026-01-01T00:00:00Z' },
      planned: { unitCode: worldUnits.volunteers },
      meanwhile: { areaCode: huangshi.grid },
    },
  ]
  for (const { path, first, planned, meanwhile } of cases) {
    const [, , registry = '', key = ''] = path.split('/')
    await send(api, path, { json: first })
    const { headers } = await api.send(keepers.city, 'GET', path)
    const ifMatch = { 'if-match': String(headers.etag) }
    const filed = await send(api, url(api, path, hour), { json: { ...first, ...planned }, headers: ifMatch })
    const { id } = filed.json().plannedChange
    await send(api, path, { json: { ...first, ...meanwhile } })
    api.clock.advance(hour)
    t.equal(await api.applyPlanned(), 1)
    t.equal(await api.applyPlanned(), 0, 'it is decided')
    t.match(await get(api, path), meanwhile, `${registry}: what was done meanwhile stands`)
    for (const [language, detail] of [
      ['en', `${key} was changed after this had been planned`],
      ['zh-CN', `${key} 在提交之后已另行变更`],
    ] as const)
      t.match(await get(api, `/v1/planned-changes/${id}`, language), {
        state: 'lapsed',
        decidedAt: new Date(api.clock.now()).toISOString(),
        faults: [{ line: 1, detail }],
      })
    t.match((await eventsOf(api, registry)).at(-1), {
      type: `${registry}_change_lapsed`,
      plannedChange: id,
      reason: 'moved_on',
      faults: 1,
    })
  }
  await checkWorld(t, api)
})

t.test(
  'a new row lapses where somebody has added it, a merger where whoever takes over has changed',
  async (t) => {
    const api = await createRegistryApi(t)
    const added = await plan(api, keepers.city, unitPath, unit)
    await send(api, unitPath, { json: { ...unit, name: '另一支队伍' } })
    const into = `/v1/areas/${huangshi.community}`
    const merger = await plan(
      api,
      keepers.city,
      `${into}/merge`,
      { from: [huangshi.neighbour] },
      hour,
      'POST',
    )
    await send(api, into, { json: { name: '胜阳港新社区', kind: 'community', parentCode: huangshi.street } })
    api.clock.advance(hour)
    t.equal(await api.applyPlanned(), 2)
    t.same([await stateOf(api, added), await stateOf(api, merger)], ['lapsed', 'lapsed'])
  },
)

t.test('what is said of an area or a category above lapses no plan for what lies below', async (t) => {
  const api = await createRegistryApi(t)
  const child = { parentCode: 'din', nameZh: '施工噪声', nameEn: 'Building noise', severity: 'low' }
  const below = { ...child, unitKind: 'department', admittedFrom: 'street' }
  for (const code of ['nuisance', 'din', 'din_building'])
    await send(api, `/v1/categories/${code}`, {
      json: code === 'din_building' ? below : { ...below, parentCode: null, nameZh: '扰民' },
    })
  const street = `/v1/areas/${huangshi.street}`
  const community = { name: '湖滨路社区', kind: 'community', parentCode: huangshi.street }
  await send(api, `/v1/areas/${huangshi.neighbour}`, { json: community })
  const renames = () =>
    Promise.all([
      plan(api, keepers.city, `/v1/areas/${huangshi.neighbour}`, { ...community, name: '湖滨社区' }),
      plan(api, keepers.city, '/v1/categories/din_building', { ...below, nameZh: '工地噪声' }),
    ])
  const moveAbove = async (parentCode: string, above: string | null) => {
    await send(api, street, { json: { name: '胜阳港街道', kind: 'street', parentCode } })
    await send(api, '/v1/categories/din', { json: { ...below, parentCode: above, nameZh: '扰民' } })
  }
  const first = await renames()
  await moveAbove(huangshi.foreignDistrict, 'nuisance')
  api.clock.advance(hour)
  t.equal(await api.applyPlanned(), 2)
  for (const id of first) t.equal(await stateOf(api, id), 'applied')
  t.match(await get(api, '/v1/categories/din_building'), {
    nameZh: '工地噪声',
    path: ['nuisance', 'din', 'din_building'],
  })

  await send(api, `/v1/areas/${huangshi.neighbour}`, { json: community })
  await send(api, '/v1/categories/din_building', { json: below })
  const second = await renames()
  for (const back of [false, true]) {
    await send(api, `/v1/areas/${huangshi.neighbour}`, {
      json: back ? community : { ...community, name: '湖滨' },
    })
    await send(api, '/v1/categories/din_building', { json: back ? below : { ...below, severity: 'high' } })
  }
  await moveAbove(huangshi.district, null)
  api.clock.advance(hour)
  t.equal(await api.applyPlanned(), 2)
  for (const id of second) t.equal(await stateOf(api, id), 'lapsed', 'which was changed, and changed back')
  await checkWorld(t, api)
})

t.test('plans reckon with those that were filed before them, and with no others', async (t) => {
  const api = await createRegistryApi(t)
  const rename = (name: string, afterMs: number) =>
    plan(api, keepers.city, unitPath, { ...unit, name }, afterMs)
  const added = await rename('甲', hour)
  const last = await rename('丁', 4 * hour)
  const renamed = await rename('乙', 2 * hour)
  const renamedAgain = await rename('丙', 3 * hour)
  for (let n = 0; n < 4; n++) {
    api.clock.advance(hour)
    t.equal(await api.applyPlanned(), 1)
  }
  for (const id of [added, renamed, renamedAgain]) t.equal(await stateOf(api, id), 'applied')
  t.equal(await stateOf(api, last), 'lapsed', 'whoever filed it did not know of what was planned before it')
  t.match(await get(api, unitPath), { name: '丙', revision: 3 })

  await rename('戊', hour)
  const second = await rename('己', 2 * hour)
  await send(api, unitPath, { json: { ...unit, name: '庚' } })
  api.clock.advance(2 * hour)
  t.equal(await api.applyPlanned(), 2)
  t.equal(await stateOf(api, second), 'lapsed', 'the one before it carries nobody past what was done at once')
  t.match(await get(api, unitPath), { name: '庚' })

  const street = `/v1/areas/${huangshi.street}`
  const moved = { name: '胜阳港街道', kind: 'street', parentCode: huangshi.foreignDistrict }
  await plan(api, keepers.city, street, moved)
  const below = await plan(
    api,
    keepers.city,
    `/v1/areas/${huangshi.neighbour}`,
    { name: '湖滨社区', kind: 'community', parentCode: huangshi.street },
    2 * hour,
  )
  api.clock.advance(2 * hour)
  t.equal(await api.applyPlanned(), 2)
  t.equal(await stateOf(api, below), 'applied', 'what moves with its area counts as well')
  await checkWorld(t, api)
})

t.test('a change that is planned twice waits once, and is answered the same', async (t) => {
  const api = await createRegistryApi(t)
  const at = url(api, unitPath, hour)
  const file = (json: object, by: Actor = keepers.city, to = at) => api.send(by, 'PUT', to, { json })
  const first = await file(unit)
  api.clock.advance(1_000)
  const [again, third] = await Promise.all([file(unit), file(unit)])
  for (const answer of [again, third]) {
    t.equal(answer.statusCode, 202)
    t.equal(answer.body, first.body)
    t.equal(answer.headers.location, first.headers.location)
  }
  t.equal((await get(api, '/v1/planned-changes')).items.length, 1)
  t.equal((await eventsOf(api, 'units')).length, 1)

  const later = url(api, unitPath, 2 * hour)
  for (const other of [
    file({ ...unit, name: '乙' }),
    file(unit, keepers.district),
    file(unit, keepers.city, later),
  ])
    t.not((await other).headers.location, first.headers.location, 'another one is another')
  const location = String(first.headers.location)
  t.equal((await api.send(keepers.city, 'DELETE', location)).statusCode, 200)
  t.not((await file(unit)).headers.location, location, 'what was withdrawn can be planned anew')
  await send(api, unitPath, { json: { ...unit, name: '丙' } })
  t.equal((await get(api, '/v1/planned-changes?state=planned')).items.length, 4)
  await file(unit)
  t.equal(
    (await get(api, '/v1/planned-changes?state=planned')).items.length,
    5,
    'on another revision it is another',
  )
  await checkWorld(t, api)
})

t.test('a plan lapses with its author’s right to it', async (t) => {
  const api = await createRegistryApi(t)
  const filed = await Promise.all(
    ['retired', 'moved', 'demoted', 'over', 'staying', 'unregistered', 'slandered'].map(async (name) => {
      const author: Actor = { ...keepers.district, id: `keeper-${name}` }
      return { name, author, id: await plan(api, author, `/v1/units/u-${name}`, unit) }
    }),
  )
  const keeper = { name: '王建国', role: 'administrator', areaCode: huangshi.district, unitCode: null }
  const now = { ...keeper, validUntil: new Date(api.clock.now() + hour).toISOString() }
  const said: Record<string, object> = {
    retired: keeper,
    moved: { ...keeper, areaCode: huangshi.foreignDistrict },
    demoted: { ...keeper, role: 'dispatcher' },
    over: now,
    staying: keeper,
  }
  for (const [name, json] of Object.entries(said)) await send(api, `/v1/people/keeper-${name}`, { json })
  await send(api, '/v1/people/keeper-retired/retire', {}, 'POST')
  await api.send(keepers.foreign, 'PUT', '/v1/people/keeper-slandered', {
    json: { ...keeper, role: 'auditor', areaCode: huangshi.foreignDistrict },
  })
  api.clock.advance(hour)
  t.equal(await api.applyPlanned(), filed.length)
  const ends: Record<string, string> = {}
  for (const { name, id } of filed) ends[name] = await stateOf(api, id)
  t.same(ends, {
    retired: 'lapsed',
    moved: 'lapsed',
    demoted: 'lapsed',
    over: 'lapsed',
    staying: 'applied',
    unregistered: 'applied',
    slandered: 'applied',
  })
  const [retired, moved] = filed
  t.match(await get(api, `/v1/planned-changes/${retired?.id}`, 'zh-CN'), {
    faults: [{ line: null, detail: '提交人已不在登记的有效期内' }],
  })
  t.match(await get(api, `/v1/planned-changes/${moved?.id}`), {
    faults: [{ line: null, detail: 'Whoever filed it is no administrator of that area any more' }],
  })
  t.match((await eventsOf(api, 'units')).filter(({ type }) => type === 'units_change_lapsed').length, 4)
  await checkWorld(t, api)
})
