import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { problemOf } from '../http/open-http-server.ts'
import { createRegistryApi, keepers, type RegistryApi } from '../registry/registry-api.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const communityKeeper: Actor = {
  id: 'administrator-community',
  role: 'administrator',
  areaCode: huangshi.community,
}
const desk: Actor = { id: 'desk-li', role: 'dispatcher', areaCode: huangshi.community }
const responder: Actor = { ...worldActors.responder, id: 'responder-li' }
const person = { name: '李秀英', role: 'grid_worker', unitCode: null }

async function register(api: RegistryApi, by: Actor, { id }: Actor, json: object = {}) {
  const answer = await api.send(by, 'PUT', `/v1/people/${id}`, {
    json: { ...person, areaCode: by.areaCode, ...json },
  })
  t.ok(answer.statusCode < 300, answer.body)
}

async function works(api: RegistryApi, by: Actor) {
  const answer = await api.send(by, 'GET', '/v1/areas')
  return answer.statusCode === 200 ? 'works' : problemOf(answer).code
}

t.test('nobody is locked out by an administrator of another area, or of one below', async (t) => {
  const api = await createRegistryApi(t)
  const district: Actor = { ...worldActors.district, id: 'desk-wang' }
  await register(api, keepers.foreign, desk)
  await register(api, keepers.foreign, responder)
  await register(api, communityKeeper, district)
  await register(api, communityKeeper, keepers.city)
  for (const victim of [desk, responder, district, keepers.city]) t.equal(await works(api, victim), 'works')
  await api.send(keepers.foreign, 'POST', `/v1/people/${desk.id}/retire`)
  t.equal(await works(api, desk), 'works', 'nor by retiring what was registered')
  t.equal(await works(api, { ...desk, areaCode: huangshi.foreignStreet }), 'person_not_active')
  await checkWorld(t, api)
})

t.test('what an administrator registers of their own people is held against every token there', async (t) => {
  const api = await createRegistryApi(t)
  await register(api, keepers.district, desk, { role: 'building_leader', areaCode: huangshi.community })
  const row = await api.send(worldActors.district, 'GET', `/v1/people/${desk.id}`)
  t.match(row.json(), { registeredWithin: huangshi.district })
  t.equal(await works(api, desk), 'person_mismatch', 'the role of before')
  t.equal(await works(api, { ...desk, areaCode: huangshi.neighbour }), 'person_mismatch')
  t.equal(await works(api, { ...desk, role: 'building_leader' }), 'works')
  await register(api, keepers.district, responder, { areaCode: huangshi.street })
  t.equal(await works(api, responder), 'person_mismatch', 'by the area of the unit')
  await register(api, keepers.district, responder, {
    role: 'responder',
    areaCode: null,
    unitCode: worldUnits.fire,
  })
  t.equal(await works(api, responder), 'works')
})

t.test('from above what a stranger registered is put right, and stays so', async (t) => {
  const api = await createRegistryApi(t)
  await register(api, keepers.foreign, desk)
  const right = { role: 'building_leader', areaCode: huangshi.community }
  const own = await api.send(keepers.district, 'PUT', `/v1/people/${desk.id}`, {
    json: { ...person, ...right },
  })
  t.equal(own.statusCode, 404, 'it is registered elsewhere')
  t.match(own.json().detail, /whoever is above both of you puts it right/)
  const file = `subject,name,role,area_code\n${desk.id},李秀英,dispatcher,${huangshi.community}\n`
  const imported = await api.send(keepers.district, 'POST', '/v1/people/import', { csv: file })
  t.match(problemOf(imported), {
    status: 422,
    errors: [{ pointer: '/2/subject', detail: /whoever is above both of you puts it right/ }],
  })
  const nobody = await api.send(keepers.district, 'POST', `/v1/people/${desk.id}/retire`)
  t.equal(nobody.json().detail, undefined, 'who adds nothing is not told that it is there')
  t.equal(await works(api, desk), 'works')
  await register(api, keepers.city, desk, right)
  t.equal(await works(api, desk), 'person_mismatch')
  t.equal(await works(api, { ...desk, areaCode: huangshi.foreignStreet }), 'person_mismatch')
  // From below it is changed, and not narrowed.
  await register(api, communityKeeper, desk, { role: 'auditor' })
  t.equal(await works(api, { ...desk, areaCode: huangshi.foreignStreet }), 'person_mismatch')
  const back = await api.send(keepers.foreign, 'PUT', `/v1/people/${desk.id}`, {
    json: { ...person, areaCode: huangshi.foreignStreet },
  })
  t.equal(back.statusCode, 404, 'and whoever came first has nothing of it any more')
  await checkWorld(t, api)
})

t.test(
  'what was registered holds after its area has moved, and after whoever registered it is merged',
  async (t) => {
    const api = await createRegistryApi(t)
    await register(api, communityKeeper, desk)
    await register(api, keepers.district, responder, { areaCode: huangshi.grid })
    const gone: Actor = { ...desk, id: 'desk-zhao', areaCode: huangshi.neighbour }
    await register(api, { ...communityKeeper, areaCode: huangshi.neighbour }, gone)
    t.equal(await works(api, desk), 'person_mismatch')
    const merged = await api.send(keepers.district, 'POST', `/v1/areas/${huangshi.community}/merge`, {
      json: { from: [huangshi.neighbour] },
    })
    t.equal(merged.statusCode, 200, merged.body)
    t.equal(await works(api, gone), 'person_mismatch')
    t.equal(await works(api, { ...gone, areaCode: huangshi.community }), 'person_mismatch', 'it took over')

    const atGrid: Actor = { ...desk, id: responder.id, areaCode: huangshi.grid }
    const atCommunity = { ...atGrid, areaCode: huangshi.community }
    t.equal(await works(api, atCommunity), 'person_mismatch')
    const moved = await api.send(keepers.city, 'PUT', `/v1/areas/${huangshi.community}`, {
      json: { name: '胜阳港社区', kind: 'community', parentCode: huangshi.foreignStreet },
    })
    t.equal(moved.statusCode, 200, moved.body)
    t.equal(await works(api, atGrid), 'person_mismatch', 'of the place that is registered')
    t.equal(await works(api, atCommunity), 'works', 'which is another district’s by now')
  },
)
