import t from 'tap'
import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import { defaultPolicy } from '../../src/policies/default-policy.ts'
import { createApiWorld } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldCategory } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { administrator, community, street, district, foreigner, otherResponder } = worldActors
const { community: here, district: top, neighbour } = huangshi
const csv = { headers: { 'content-type': 'text/csv' } }
const unitsFile = `code,name,kind,area_code,category_codes
hsg-cg,黄石港区城市管理执法局,department,${top},
hsg-jj,黄石港区交警大队,department,${top},${worldCategory}
syg-party,胜阳港社区党员先锋队,party_member_unit,${here},
hbl-party,湖滨路社区党员先锋队,party_member_unit,${neighbour},
hh-property,花湖物业服务公司,property_company,${here},fire
yl-property,园林物业服务公司,property_company,${here},noise
`
const partyMember = { id: 'party-qian', role: 'responder', unitCode: 'syg-party' } as const
const suggestions = z.array(
  z.object({
    name: z.string(),
    competentKind: z.boolean(),
    namesCategory: z.boolean(),
    responsibleFor: z.object({ name: z.string() }).nullable(),
    isAssigned: z.boolean(),
  }),
)

t.test(
  'a community whistles party members and volunteers, a street departments, and each is told whom',
  async (t) => {
    const world = await createApiWorld(t)
    const { call, act, clock } = world
    const noise = { parentCode: null, nameZh: '噪音扰民', nameEn: 'Noise', severity: 'low' } as const
    const others = { unitKind: 'department', admittedFrom: 'grid' } as const
    t.equal((await call(administrator, 'PUT', '/v1/categories/noise', { ...noise, ...others })).status, 201)
    t.equal((await call(administrator, 'POST', '/v1/units/import', unitsFile, csv)).status, 200)
    const policy = { ...defaultPolicy, code: 'hsg', areaCode: top }
    t.equal((await call(administrator, 'POST', '/v1/policies', policy)).status, 201)
    const responsible = {
      areaCode: here,
      unitCode: 'syg-party',
      personSubject: null,
      validFrom: new Date(clock.now()).toISOString(),
      validUntil: null,
    }
    t.equal((await call(administrator, 'PUT', '/v1/responsibilities/bl-1', responsible)).status, 201)

    const { incidentId: id } = (await world.report()).body
    const suggested = async (by: Actor) => {
      const { status, body } = await call(by, 'GET', `/v1/incidents/${id}/units`)
      t.equal(status, 200)
      return suggestions.parse(body.items)
    }
    const names = async (by: Actor) => (await suggested(by)).map(({ name }) => name)
    t.same(await names(community), ['胜阳港社区党员先锋队', '花湖物业服务公司', '胜阳港街道志愿服务队'])
    t.match((await suggested(community))[0], { responsibleFor: { name: '胜阳港社区' }, isAssigned: false })
    t.same(await names(street), [
      '黄石港区消防救援大队',
      '胜阳港社区党员先锋队',
      '花湖物业服务公司',
      '黄石港区交警大队',
      '胜阳港街道志愿服务队',
      '黄石港区城市管理执法局',
    ])
    t.match((await suggested(street))[0], { competentKind: true, namesCategory: false })
    t.equal((await call(foreigner, 'GET', `/v1/incidents/${id}/units`)).status, 404)

    const department = await act(id, community, 'whistle', { lead: 'hsg-jj' })
    t.match(department, { status: 403, body: { rule: 'policy:hsg:v1:whistles.community' } })
    const elsewhere = await act(id, community, 'whistle', { lead: 'hbl-party' })
    t.match(elsewhere, { body: { code: 'unit_does_not_serve_area' } })
    t.match(await act(id, community, 'whistle', { lead: 'yl-property' }), {
      status: 422,
      body: {
        code: 'unit_does_not_serve_category',
        errors: [
          {
            pointer: '/lead',
            detail: 'The unit does not serve this category, so it cannot lead: yl-property',
          },
        ],
      },
    })
    const three = { lead: 'syg-party', support: ['yl-property', 'hbl-party'] }
    const inChinese = { headers: { 'accept-language': 'zh' } }
    const several = await call(community, 'POST', `/v1/incidents/${id}/whistle`, three, inChinese)
    t.match(several, {
      status: 422,
      body: { errors: [{ pointer: '/support/1', detail: '该单位不服务于此辖区：hbl-party' }] },
    })
    t.equal(several.body.errors.length, 1, 'and nothing is said against a helper of another trade')
    const called = await act(id, community, 'whistle', {
      lead: 'syg-party',
      support: [worldUnits.volunteers, 'yl-property'],
    })
    t.match(called.body.incident, {
      state: 'dispatched',
      assignments: [{ part: 'lead' }, { part: 'support' }, { part: 'support' }],
    })
    t.same(
      (await suggested(community)).map(({ name, isAssigned }) => [name, isAssigned]),
      [
        ['花湖物业服务公司', false],
        ['胜阳港社区党员先锋队', true],
        ['胜阳港街道志愿服务队', true],
      ],
    )
    for (const by of [partyMember, otherResponder]) {
      t.equal((await act(id, by, 'accept')).status, 200)
      t.equal((await act(id, by, 'arrive')).status, 200)
    }
    t.equal((await act(id, street, 'whistle', { support: ['hsg-jj', 'hsg-cg'] })).status, 200)
    t.equal((await act(id, partyMember, 'resolve', { text: '车主已挪车。' })).status, 200)
    await checkWorld(t, world)

    const open = { ...policy, whistles: { ...policy.whistles, community: ['department', 'emergency_team'] } }
    t.equal((await call(administrator, 'POST', '/v1/policies', open)).status, 201)
    const next = (await world.report()).body.incidentId
    t.match(await act(next, community, 'whistle', { support: [worldUnits.volunteers] }), {
      status: 403,
      body: { rule: 'policy:hsg:v2:whistles.community' },
    })
    t.equal((await act(next, community, 'whistle', { lead: 'hsg-jj' })).status, 200, 'it is data, not code')
    await checkWorld(t, world)
  },
)

t.test('how often a unit may give a case back is the policy’s, and then the area above rules', async (t) => {
  const world = await createApiWorld(t)
  const { call, act } = world
  const policy = { ...defaultPolicy, code: 'strict', returnsMax: 0 }
  t.equal((await call(administrator, 'POST', '/v1/policies', { ...policy, areaCode: top })).status, 201)
  const { incidentId: id } = (await world.report()).body
  await act(id, community, 'whistle', { lead: worldUnits.volunteers })
  const returned = await act(id, otherResponder, 'return', { text: '无力处置。' })
  t.match(returned.body.incident, { assignments: [{ state: 'return_requested' }] }, 'the first one already')
  const ruling = { assignmentNo: 1, upheld: true, text: '同意，由街道派专业队伍。' }
  t.match(await act(id, community, 'rule-return', ruling), { status: 403, body: { code: 'not_superior' } })
  const ruled = await act(id, street, 'rule-return', ruling)
  t.match(ruled.body.incident, { state: 'dispatched', assignments: [{ state: 'returned' }] })
  t.equal(
    (await act(id, street, 'whistle', { lead: worldUnits.fire })).status,
    200,
    'the street calls another',
  )
  t.equal((await act(id, district, 'urge')).status, 200)
  await checkWorld(t, world)
})
