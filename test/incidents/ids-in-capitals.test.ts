import t from 'tap'
import { worldActors } from '../support/world-actors.ts'
import { createApiWorld } from './api-world.ts'

const { community, resident } = worldActors

t.test('an id in capitals is the same id, whatever is read by it', async (t) => {
  const { report, act, call } = await createApiWorld(t)
  const { incidentId, reportId } = (await report()).body
  await act(incidentId, community, 'feedback', { text: '已联系车主' })
  for (const part of ['', '/reports', '/timeline', '/duplicates', '/units']) {
    const as = (id: string) => call(community, 'GET', `/v1/incidents/${id}${part}`)
    const [small, capital] = [await as(incidentId), await as(incidentId.toUpperCase())]
    t.equal(small.status, 200)
    t.equal(capital.text, small.text, part)
  }
  t.equal((await call(community, 'GET', `/v1/incidents/${incidentId}/timeline`)).body.items.length, 2)
  for (const part of ['', '/duplicates']) {
    const as = (id: string) => call(resident, 'GET', `/v1/reports/${id}${part}`)
    const [small, capital] = [await as(reportId), await as(reportId.toUpperCase())]
    t.equal(small.status, 200)
    t.equal(capital.text, small.text, part)
  }
})
