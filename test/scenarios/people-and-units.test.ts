import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { createApiWorld } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { administrator } = worldActors
const { city, district, street, community, grid } = huangshi
const minute = 60_000
const csv = { headers: { 'content-type': 'text/csv; charset=utf-8' } }

/** A unit of every kind, with the area and the categories that it serves; what the volunteer team can do. */
const unitsFile = `code,name,kind,area_code,category_codes,skills
hsg-gas,黄石港区燃气管理站,department,${district},gas,
syg-party,胜阳港社区党员先锋队,party_member_unit,${community},,
${worldUnits.volunteers},胜阳港街道志愿服务队,volunteer_team,${street},,陪护;急救
hh-property,花湖物业服务公司,property_company,${grid},,
${worldUnits.fire},黄石港区消防救援大队,emergency_team,${district},gas;fire,
`
const categoriesFile = `code,parent_code,name_zh,name_en,severity,unit_kind
gas,,燃气安全,Gas safety,critical,department
gas_leak,gas,燃气泄漏,Gas leak,critical,department
`
const cast = {
  resident: { id: 'resident-chen', role: 'resident', areaCode: community },
  leader: { id: 'leader-wang', role: 'building_leader', areaCode: grid },
  gridWorker: { id: 'grid-li', role: 'grid_worker', areaCode: grid },
  community: { id: 'desk-community', role: 'dispatcher', areaCode: community },
  street: { id: 'desk-street', role: 'dispatcher', areaCode: street },
  district: { id: 'desk-district', role: 'dispatcher', areaCode: district },
  city: { id: 'desk-city', role: 'dispatcher', areaCode: city },
  gas: { id: 'gas-zhao', role: 'responder', unitCode: 'hsg-gas' },
  party: { id: 'party-qian', role: 'responder', unitCode: 'syg-party' },
  volunteer: { id: 'volunteer-sun', role: 'responder', unitCode: worldUnits.volunteers },
  property: { id: 'property-zhou', role: 'responder', unitCode: 'hh-property' },
  fire: { id: 'fire-wu', role: 'responder', unitCode: worldUnits.fire },
  auditor: { id: 'auditor-zheng', role: 'auditor', areaCode: district },
  keeper: { id: 'keeper-feng', role: 'administrator', areaCode: district },
} as const satisfies Record<string, Actor>

/** Everybody's name, and what a volunteer can do. */
const names = {
  resident: '陈静,',
  leader: '王建国,',
  gridWorker: '李秀英,',
  community: '社区值班员,',
  street: '街道值班员,',
  district: '区值班员,',
  city: '市值班员,',
  gas: '赵国强,',
  party: '钱卫东,',
  volunteer: '孙丽,急救;水电',
  property: '周磊,',
  fire: '吴刚,',
  auditor: '郑敏,',
  keeper: '冯涛,',
} as const satisfies Record<keyof typeof cast, string>

function peopleFile(): string {
  const rows = Object.entries(cast).map(([who, actor]: [string, Actor]) => {
    const [, said = ''] = Object.entries(names).find(([name]) => name === who) ?? []
    const [name, skills] = said.split(',')
    return [actor.id, name, actor.role, actor.areaCode ?? '', actor.unitCode ?? '', skills].join(',')
  })
  return `subject,name,role,area_code,unit_code,skills\n${rows.join('\n')}\n`
}

t.test('everybody who acts is registered over HTTP, and does their own part of one case', async (t) => {
  const world = await createApiWorld(t, { peopleRememberedMs: 0 })
  const { call, clock, report } = world
  const send = async (registry: string, file: string, by: Actor = administrator) => {
    const answer = await call(by, 'POST', `/v1/${registry}/import`, file, csv)
    t.equal(answer.status, 200, `${registry}: ${answer.text}`)
    return answer.body
  }
  t.match(await send('categories', categoriesFile), { changed: { added: 2 } })
  t.match(await send('units', unitsFile), { changed: { added: 3, updated: 2 } })
  t.match(await send('people', peopleFile()), { rows: 14, changed: { added: 14 } })
  const skilled = `/v1/people?unitCode=${worldUnits.volunteers}&skill=${encodeURIComponent('急救')}`
  t.match((await call(cast.street, 'GET', skilled)).body.items, [
    { subject: cast.volunteer.id, name: '孙丽', skills: ['急救', '水电'] },
  ])
  const carers = `/v1/units?areaCode=${community}&skill=${encodeURIComponent('陪护')}`
  t.match((await call(cast.street, 'GET', carers)).body.items, [
    { code: worldUnits.volunteers, kind: 'volunteer_team', skills: ['陪护', '急救'] },
  ])

  const from = new Date(clock.now()).toISOString()
  const until = new Date(clock.now() + 60 * minute).toISOString()
  await send(
    'responsibilities',
    `code,area_code,unit_code,person_subject,valid_from,valid_until
bl-1,${grid},hh-property,,${from},${until}
bl-2,${grid},,${cast.leader.id},${from},
bl-3,${grid},syg-party,,${until},
`,
    cast.keeper,
  )
  const answering = async () => {
    const at = encodeURIComponent(new Date(clock.now()).toISOString())
    const { body } = await call(cast.gridWorker, 'GET', `/v1/responsibilities?areaCode=${grid}&at=${at}`)
    return body.items.map(({ code }) => code)
  }
  t.same(await answering(), ['bl-1', 'bl-2'])

  const { reportId, incidentId } = (
    await report({ categoryCode: 'gas_leak', description: '三楼楼道有很浓的煤气味。' }, { by: cast.resident })
  ).body
  const done = async (who: Exclude<keyof typeof cast, 'keeper'>, action: string, body?: object) => {
    const answer = await world.act(incidentId, cast[who], action, body)
    t.equal(answer.status, 200, `${who} may ${action}: ${answer.text}`)
    clock.advance(minute)
    return answer.body.incident
  }
  await done('gridWorker', 'feedback', { text: '已到楼下，正在疏散。' })
  await done('gridWorker', 'report-up', { text: '已关闭楼栋总阀。' })
  const support = ['syg-party', worldUnits.volunteers, 'hh-property', worldUnits.fire]
  t.match(await done('street', 'whistle', { lead: 'hsg-gas', support }), {
    assignments: [{ part: 'lead', assignee: { name: '黄石港区燃气管理站' } }, {}, {}, {}, {}],
  })
  await done('district', 'urge', { text: '请立即到场。' })
  t.match(await done('city', 'raise', { rung: 'city' }), { state: 'dispatched' })
  for (const who of ['gas', 'party', 'volunteer', 'property', 'fire'] as const) {
    await done(who, 'accept')
    await done(who, 'arrive')
  }
  for (const who of ['party', 'volunteer', 'property', 'fire'] as const) await done(who, 'finish')
  t.match(await done('gas', 'resolve', { text: '已更换阀门，检测合格。' }), { state: 'resolved' })
  const rated = await call(cast.resident, 'POST', `/v1/reports/${reportId}/rating`, {
    solved: true,
    satisfaction: 5,
    text: '谢谢！',
  })
  t.match(rated, { status: 200, body: { state: 'closed' } })

  const small = await report({ areaCode: undefined, description: '楼道灯坏了。' }, { by: cast.leader })
  const settled = await world.act(small.body.incidentId, cast.leader, 'settle', { text: '已换灯泡。' })
  t.match(settled, { status: 200, body: { incident: { state: 'resolved' } } }, 'the building settles its own')

  for (const who of ['auditor', 'keeper', 'community'] as const) {
    t.equal((await call(cast[who], 'GET', `/v1/incidents/${incidentId}/timeline`)).status, 200)
    t.equal((await call(cast[who], 'GET', '/v1/audit/breaches')).status, 200)
  }
  const { items } = (await call(cast.auditor, 'GET', `/v1/incidents/${incidentId}/timeline`)).body
  t.match(items.at(-2), { actor: { role: 'responder', unit: { name: '黄石港区燃气管理站' } } })

  clock.advance(60 * minute)
  t.same(await answering(), ['bl-2', 'bl-3'], 'who answers for the grid changes by itself')
  await world.settle()
  await checkWorld(t, world)
})

t.test('whoever is registered acts as what they are, as long as they are', async (t) => {
  const world = await createApiWorld(t, { peopleRememberedMs: 0 })
  const { call, clock } = world
  await call(administrator, 'POST', '/v1/units/import', unitsFile.replaceAll(/,gas[^\n]*/g, ',,'), csv)
  t.equal((await call(administrator, 'POST', '/v1/people/import', peopleFile(), csv)).status, 200)
  const { incidentId } = (await world.report({}, { by: cast.resident })).body
  const promoted = { ...cast.gridWorker, role: 'dispatcher' } as const
  t.match(await world.act(incidentId, promoted, 'whistle'), {
    status: 403,
    body: { code: 'person_mismatch' },
  })

  const put = (by: Actor, subject: string, body: object, query = '') =>
    call(by, 'PUT', `/v1/people/${subject}${query}`, body)
  const li = { name: '李秀英', role: 'grid_worker', areaCode: grid, unitCode: null }
  const leaves = new Date(clock.now() + 30 * minute).toISOString()
  t.equal((await put(cast.keeper, 'grid-li', { ...li, validUntil: leaves })).status, 200)
  t.equal((await world.act(incidentId, cast.gridWorker, 'feedback')).status, 200)
  clock.advance(30 * minute)
  t.match(await world.act(incidentId, cast.gridWorker, 'feedback'), {
    status: 403,
    body: { code: 'person_not_active' },
  })
  t.equal((await call(cast.keeper, 'POST', `/v1/people/${cast.community.id}/retire`, {})).status, 200)
  t.match(await world.act(incidentId, cast.community, 'report-up'), { status: 403 })
  t.equal((await call(cast.keeper, 'POST', `/v1/people/${cast.community.id}/restore`, {})).status, 200)
  t.equal((await world.act(incidentId, cast.community, 'report-up')).status, 200)

  const history = (await call(cast.auditor, 'GET', '/v1/people/grid-li/history')).body.items
  t.match(history, [{ revision: 2, facts: { validUntil: Date.parse(leaves) } }, { revision: 1 }])
  t.notOk(JSON.stringify(history).includes('李秀英'), 'history names nobody')
  const events = await world.db.selectFrom('events').select('body').where('stream', '=', 'people').execute()
  t.ok(events.length >= 4, 'the registry has a stream of its own')
  t.notOk(
    events.some(({ body }) => body.includes('李秀英')),
    'which names nobody either',
  )
  await world.settle()
  await checkWorld(t, world)
})
