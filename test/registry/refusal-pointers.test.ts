import t, { type Test } from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { problemOf } from '../http/open-http-server.ts'
import { worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { createRegistryApi, keepers, type RegistryApi, type SendOptions } from './registry-api.ts'

type Refusal = readonly [what: string, path: string, sent: SendOptions, pointers: readonly string[]]

/** Sends what is refused, and looks where the refusals point: each at something that was sent, or at nothing. */
async function points(
  t: Test,
  api: RegistryApi,
  by: Actor,
  method: 'PUT' | 'POST',
  refusals: readonly Refusal[],
): Promise<void> {
  for (const [what, path, sent, pointers] of refusals) {
    const { status, errors = [] } = problemOf(await api.send(by, method, `/v1/${path}`, sent))
    t.equal(status, 422, what)
    t.same(
      errors.map(({ pointer }) => pointer),
      pointers,
      what,
    )
  }
}

const person = { name: '王芳', role: 'dispatcher', areaCode: huangshi.street, unitCode: null }
const unit = { name: '胜阳港应急队', kind: 'emergency_team', areaCode: huangshi.street, categoryCodes: null }
const category = {
  parentCode: null,
  nameZh: '停暖',
  nameEn: 'No heating',
  severity: 'low',
  unitKind: 'department',
  admittedFrom: 'grid',
}
const responsibility = {
  areaCode: huangshi.street,
  unitCode: worldUnits.fire,
  validFrom: '2026-01-01T00:00:00Z',
}
const community = { name: '胜阳港社区', kind: 'community', parentCode: huangshi.street }

t.test('a refused PUT points at a field of its body', async (t) => {
  const api = await createRegistryApi(t)
  const { city, district } = keepers
  await points(t, api, district, 'PUT', [
    [
      'a parent that there is not',
      `areas/${huangshi.community}`,
      { json: { ...community, parentCode: '420202999000' } },
      ['/parentCode'],
    ],
    [
      'a kind that does not fit',
      `areas/${huangshi.community}`,
      { json: { ...community, kind: 'street' } },
      ['/kind'],
    ],
    [
      'an area elsewhere',
      'units/syg-x',
      { json: { ...unit, areaCode: huangshi.foreignStreet } },
      ['/areaCode'],
    ],
    [
      'a category that there is not',
      'units/syg-x',
      { json: { ...unit, categoryCodes: ['nothing'] } },
      ['/categoryCodes'],
    ],
    ['a role without its area', 'people/desk-1', { json: { ...person, areaCode: null } }, ['/areaCode']],
    [
      'a role with a unit',
      'people/desk-1',
      { json: { ...person, unitCode: worldUnits.fire } },
      ['/unitCode'],
    ],
    [
      'an end before the beginning',
      'people/desk-1',
      { json: { ...person, validFrom: '2026-02-01T00:00:00Z', validUntil: '2026-01-01T00:00:00Z' } },
      ['/validUntil'],
    ],
    [
      'nobody who answers',
      'responsibilities/bl-1',
      { json: { ...responsibility, unitCode: null } },
      ['/unitCode'],
    ],
    [
      'a person whom nobody knows',
      'responsibilities/bl-1',
      { json: { ...responsibility, unitCode: null, personSubject: 'nobody' } },
      ['/personSubject'],
    ],
  ])
  await points(t, api, city, 'PUT', [
    [
      'a parent that there is not',
      'categories/no_heat',
      { json: { ...category, parentCode: 'nothing' } },
      ['/parentCode'],
    ],
  ])
})

t.test('a refused retirement or return points at what was said with it, or at nothing', async (t) => {
  const api = await createRegistryApi(t)
  const { city, district } = keepers
  await points(t, api, district, 'POST', [
    ['an area above others', `areas/${huangshi.community}/retire`, { json: {} }, ['']],
    ['one’s own area', `areas/${huangshi.district}/retire`, { json: {} }, ['']],
    [
      'a successor that there is not',
      `areas/${huangshi.grid}/retire`,
      { json: { successorCodes: ['420202999000'] } },
      ['/successorCodes'],
    ],
  ])
  for (const code of [huangshi.grid, huangshi.community])
    t.equal((await api.send(district, 'POST', `/v1/areas/${code}/retire`, { json: {} })).statusCode, 200)
  await points(t, api, district, 'POST', [
    ['an area whose parent is retired', `areas/${huangshi.grid}/restore`, {}, ['']],
  ])
  for (const [code, parentCode] of [
    ['heat', null],
    ['no_heat', 'heat'],
  ] as const)
    t.equal(
      (await api.send(city, 'PUT', `/v1/categories/${code}`, { json: { ...category, parentCode } }))
        .statusCode,
      201,
    )
  await points(t, api, city, 'POST', [['a category above others', 'categories/heat/retire', {}, ['']]])
})

t.test('a refused split or merger points at the area that is to blame', async (t) => {
  const api = await createRegistryApi(t)
  const [east, west] = [
    { code: '420202007101', name: '胜阳港东社区' },
    { code: '420202007102', name: '胜阳港西社区' },
  ]
  const split = `areas/${huangshi.community}/split`
  const merge = `areas/${huangshi.neighbour}/merge`
  await points(t, api, keepers.district, 'POST', [
    [
      'a part with a code that is taken',
      split,
      { json: { into: [east, { ...west, code: huangshi.neighbour }] } },
      ['/into/1/code'],
    ],
    [
      'what does not lie below',
      split,
      {
        json: {
          into: [
            { ...east, childCodes: [huangshi.grid] },
            { ...west, childCodes: [huangshi.neighbour] },
          ],
        },
      },
      ['/into/1/childCodes/0'],
    ],
    ['what is left out', split, { json: { into: [east, west] } }, ['/into']],
    ['another kind', merge, { json: { from: [huangshi.community, huangshi.street] } }, ['/from/1']],
    [
      'an area elsewhere',
      merge,
      { json: { from: [huangshi.community, huangshi.foreignCommunity] } },
      ['/from/1'],
    ],
  ])
})

t.test('a refused file points at line and column, or at nothing where no line is to blame', async (t) => {
  const api = await createRegistryApi(t)
  const areas = 'code,name,kind,parent_code,retired\n'
  await points(t, api, keepers.district, 'POST', [
    [
      'a parent that there is not',
      'areas/import',
      { csv: `${areas}420202007009,新社区,community,420202999000,\n` },
      ['/2/parent_code'],
    ],
    [
      'an area above others',
      'areas/import',
      { csv: `${areas}${huangshi.community},胜阳港社区,community,${huangshi.street},true\n` },
      ['/2/retired'],
    ],
    [
      'an area elsewhere',
      'units/import',
      {
        csv: `code,name,kind,area_code\nsyg-x,队,department,${huangshi.street}\nsyg-y,队,department,${huangshi.foreignStreet}\n`,
      },
      ['/3/area_code'],
    ],
    [
      'a role without its area',
      'people/import',
      { csv: 'subject,name,role,area_code\ndesk-1,王芳,dispatcher,\n' },
      ['/2/area_code'],
    ],
    [
      'nobody who answers',
      'responsibilities/import',
      {
        csv: `code,area_code,unit_code,person_subject,valid_from\nbl-1,${huangshi.street},,,2026-01-01T00:00:00Z\n`,
      },
      ['/2/unit_code'],
    ],
  ])
  await points(t, api, keepers.city, 'POST', [
    [
      'a parent that there is not',
      'categories/import',
      {
        csv: 'code,parent_code,name_zh,name_en,severity,unit_kind\nno_heat,nothing,停暖,No heating,low,department\n',
      },
      ['/2/parent_code'],
    ],
  ])
})
