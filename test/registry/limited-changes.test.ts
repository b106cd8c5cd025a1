import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { z } from 'zod'
import { defaultPolicy } from '../../src/policies/default-policy.ts'
import { projectRoot } from '../../src/project-root.ts'
import { windowMs } from '../../src/rate-limits/count-requests.ts'
import { unitRegistry } from '../../src/units/unit-registry.ts'
import { type Answer, type Api, openApi } from '../incidents/api-world.ts'
import { worldCategory } from '../support/seed-world.ts'
import { createWorld } from '../support/world.ts'
import { huangshi } from '../support/world-areas.ts'
import { keepers } from './registry-api.ts'

const { city, district } = keepers
const unit = { name: '花湖物业', kind: 'property_company', areaCode: huangshi.community, categoryCodes: null }
const csv = { headers: { 'content-type': 'text/csv' } }
const policy = { ...defaultPolicy, code: 'unused', enabled: false }
const nobody = '01990000-0000-7000-8000-00000000dead'

/** A request of each route that changes a registry, by its operation; whether it would succeed does not matter. */
const everyChange: Readonly<
  Record<string, readonly ['PUT' | 'POST' | 'DELETE', string, (object | string)?, typeof csv?]>
> = {
  ...Object.fromEntries(
    Object.entries({
      areas: ['area', '420202007002-001', { name: '新网格', kind: 'grid', parentCode: huangshi.community }],
      units: ['unit', 'wuye', unit],
      categories: [
        'category',
        'noise_at_night',
        {
          parentCode: null,
          nameZh: '夜间噪声',
          nameEn: 'Noise at night',
          severity: 'normal',
          unitKind: 'department',
          admittedFrom: 'community',
        },
      ],
      people: [
        'person',
        'chen-jing',
        { name: '陈静', role: 'dispatcher', areaCode: huangshi.street, unitCode: null },
      ],
      responsibilities: [
        'responsibility',
        'bao-1',
        {
          areaCode: huangshi.community,
          unitCode: 'wuye',
          validFrom: '2026-11-20T00:00:00+08:00',
          validUntil: null,
        },
      ],
    } as const).flatMap(([registry, [one, key, body]]) => [
      [`put_${one}`, ['PUT', `/v1/${registry}/${key}`, body]],
      [`retire_${one}`, ['POST', `/v1/${registry}/${key}/retire`, one === 'area' ? {} : undefined]],
      [`restore_${one}`, ['POST', `/v1/${registry}/${key}/restore`]],
      [`import_${registry}`, ['POST', `/v1/${registry}/import`, 'code\n', csv]],
    ]),
  ),
  split_area: [
    'POST',
    `/v1/areas/${huangshi.street}/split`,
    {
      into: [
        { code: '420202008000', name: '东街道' },
        { code: '420202009000', name: '西街道' },
      ],
    },
  ],
  merge_areas: ['POST', `/v1/areas/${huangshi.community}/merge`, { from: [huangshi.neighbour] }],
  create_policy_version: ['POST', '/v1/policies', policy],
  withdraw_planned_change: ['DELETE', `/v1/planned-changes/${nobody}`],
}

const contract = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string().optional() }))),
})

t.test('one administrator changes registries so often in a while, and no more', async (t) => {
  const { db, clock } = await createWorld(t)
  const open = (changesPerPerson: number) => openApi(t, { db, readClock: clock.read, changesPerPerson })
  const events = async () => (await db.selectFrom('events').select('stream').execute()).length
  const put = (api: Api, name: string, by: Parameters<Api['call']>[0] = city) =>
    api.call(by, 'PUT', '/v1/units/wuye', { ...unit, name })

  await t.test('of all registries together, over all processes; a file counts once', async (t) => {
    const one = await open(6)
    const other = await open(6)
    const rows = ['wuye-1', 'wuye-2', 'wuye-3'].map(
      (code) => `${code},第${code}物业,property_company,${huangshi.street}\n`,
    )
    const file = `${unitRegistry.file.columns.required.join(',')}\n${rows.join('')}`
    const answers: Answer[] = [
      await put(one, '花湖物业'),
      await other.call(city, 'POST', '/v1/units/import', file, csv),
      await one.call(city, 'POST', `/v1/categories/${worldCategory}/retire`),
      await other.call(city, 'POST', '/v1/policies', policy),
      await one.call(city, 'POST', '/v1/units/nobody/retire'),
      await put(other, '花湖物业'),
    ]
    t.same(
      answers.map(({ status }) => status),
      [201, 200, 200, 201, 404, 200],
      'what is refused or says nothing new counts, too',
    )
    t.match(answers[1]?.body, { rows: 3 })
    t.match(answers[0]?.headers, {
      'ratelimit-policy': '"registry-changes";q=6;w=600',
      ratelimit: /^"registry-changes";r=5;t=\d+$/,
    })
    const before = await events()
    for (const api of [one, other]) {
      const refused = await put(api, '湖滨物业')
      t.equal(refused.status, 429)
      t.equal(refused.body.code, 'rate_limited')
      t.match(refused.headers, {
        'content-type': 'application/problem+json; charset=utf-8',
        'retry-after': /^\d+$/,
        ratelimit: /^"registry-changes";r=0;t=\d+$/,
      })
    }
    t.equal(await events(), before, 'and leaves no trace')
    t.equal((await one.call(city, 'GET', '/v1/units/wuye')).status, 200, 'reading is another matter')
    t.equal((await put(one, '湖滨物业', district)).status, 200, 'each by themselves')
    clock.advance(windowMs)
    t.equal((await put(await open(6), '江畔物业')).status, 200, 'and after a while again')
  })

  await t.test('whatever route they go by', async (t) => {
    const api = await open(1)
    const by = { ...city, id: 'administrator-who-floods' }
    t.equal((await put(api, '江畔物业', by)).status, 200)
    for (const [operation, [method, url, body, options]] of Object.entries(everyChange))
      t.equal((await api.call(by, method, url, body, options)).status, 429, operation)
    const { paths } = contract.parse(
      parse(readFileSync(join(projectRoot, 'openapi', 'openapi.yaml'), 'utf8')),
    )
    const registries = /^\/v1\/(areas|units|categories|people|responsibilities|planned-changes|policies)\b/
    t.same(
      Object.entries(paths)
        .filter(([path]) => registries.test(path))
        .flatMap(([, methods]) => Object.entries(methods))
        .filter(([method]) => method !== 'get')
        .map(([, { operationId }]) => operationId)
        .toSorted(),
      Object.keys(everyChange).toSorted(),
      'which are all that there are',
    )
  })

  await t.test('what does not fit its schema, and whoever may not, is not counted', async (t) => {
    const api = await open(1)
    const by = { ...city, id: 'administrator-who-errs' }
    t.equal((await api.call(by, 'PUT', '/v1/units/wuye', { name: 1 })).status, 400)
    t.equal((await put(api, '东钢物业', { ...by, role: 'auditor' })).status, 403)
    t.equal((await put(api, '东钢物业', by)).status, 200)
    t.equal((await put(api, '东钢物业', by)).status, 429)
  })
})
