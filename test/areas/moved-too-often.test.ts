import { sql } from 'kysely'
import t from 'tap'
import { caseLimits } from '../../src/domain/case-limits.ts'
import { problemOf } from '../http/open-http-server.ts'
import { createRegistryApi, keepers } from '../registry/registry-api.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const hour = 60 * 60_000

t.test('an open case whose deadlines are many moves no more, until it is closed', async (t) => {
  const api = await createRegistryApi(t)
  const { incidentId } = await api.submit()
  /** As though its areas had changed so often that its last deadline had come to this number. */
  const number = (no: number) =>
    sql`update deadlines set no = ${no} where incident_id = ${incidentId}
      and no = (select max(no) from deadlines where incident_id = ${incidentId})`.execute(api.owner.db)
  const path = `/v1/areas/${huangshi.grid}`
  const move = (parentCode: string, query = '') =>
    api.send(keepers.district, 'PUT', `${path}${query}`, {
      json: { name: '第一网格', kind: 'grid', parentCode },
      headers: { 'accept-language': 'zh-CN' },
    })
  await number(caseLimits.deadlines)
  t.equal((await move(huangshi.neighbour)).statusCode, 200, 'as many as a case may hold')
  await number(caseLimits.deadlines + 1)
  t.match(problemOf(await move(huangshi.community)), {
    status: 409,
    code: 'open_incidents',
    errors: [{ detail: `${huangshi.grid} 有未办结的事件随辖区变更过多，办结后方可再调整` }],
  })
  const renamed = await api.send(keepers.district, 'PUT', path, {
    json: { name: '一网格', kind: 'grid', parentCode: huangshi.neighbour },
  })
  t.equal(renamed.statusCode, 200, 'it stays where it is')
  const merged = await api.send(keepers.district, 'POST', `/v1/areas/${huangshi.community}/merge`, {
    json: { from: [huangshi.neighbour] },
  })
  t.equal(problemOf(merged).code, 'open_incidents', 'nor does it go along')

  const at = encodeURIComponent(new Date(api.clock.now() + hour).toISOString())
  const filed = await move(huangshi.community, `?effectiveAt=${at}`)
  t.equal(filed.statusCode, 202, 'until then it may be closed')
  api.clock.advance(hour)
  t.equal(await api.applyPlanned(), 1)
  t.match((await api.send(keepers.district, 'GET', String(filed.headers.location))).json(), {
    state: 'failed',
  })
  await number(3)
  await api.act(incidentId, worldActors.district, { type: 'reject' }, { text: '重复上报' })
  await number(caseLimits.deadlines + 1)
  t.equal((await move(huangshi.community)).statusCode, 200)
})
