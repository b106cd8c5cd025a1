import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { commandRoles } from '../../src/domain/permissions.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { createApiWorld } from './api-world.ts'

const { community, foreigner } = worldActors
/** Dispatchers who stand beside the incident's path, and the unit of another street. */
const outsiders: readonly Actor[] = [
  foreigner,
  { id: 'foreign-community', role: 'dispatcher', areaCode: huangshi.foreignCommunity },
  { id: 'neighbour', role: 'dispatcher', areaCode: huangshi.neighbour },
  { id: 'neighbour-worker', role: 'grid_worker', areaCode: huangshi.neighbour },
  { id: 'nowhere', role: 'dispatcher', areaCode: '999999999999' },
  { id: 'half-a-code', role: 'dispatcher', areaCode: '420202' },
  worldActors.otherResponder,
]
t.test('what is foreign does not exist', async (t) => {
  const { report, act, call, db } = await createApiWorld(t)
  const { body } = await report()
  const id = body.incidentId
  const unknown = '01990000-0000-7000-8000-00000000dead'

  await t.test('to read, in any way: 404 and never 403, as for what there never was', async (t) => {
    for (const by of outsiders) {
      for (const url of ['', '/timeline']) {
        const foreign = await call(by, 'GET', `/v1/incidents/${id}${url}`)
        const none = await call(by, 'GET', `/v1/incidents/${unknown}${url}`)
        t.same([foreign.status, foreign.body.code], [404, 'not_found'], `${by.id} ${url}`)
        const shape = ({ instance: _, ...rest }: Record<string, unknown>) => rest
        t.same(shape(foreign.body), shape(none.body), 'the two cannot be told apart')
      }
      const list = await call(by, 'GET', '/v1/incidents')
      t.same([list.status, list.body.items], [200, []], `the list of ${by.id}`)
      const asked = await call(by, 'GET', `/v1/incidents?areaCode=${huangshi.district}`)
      t.same(asked.body.items, [], 'asking for the area does not help')
    }
  })

  await t.test('to act on, by whoever may act at all', async (t) => {
    for (const by of outsiders) {
      for (const [type, roles] of Object.entries(commandRoles)) {
        // It is asked for at a report, and only its reporter may.
        if (type === 'rate') continue
        const action = type.replaceAll('_', '-')
        const { status } = await act(id, by, action)
        const may = roles.some((role) => role === by.role)
        t.equal(status, may ? 404 : 403, `${action} by ${by.id}`)
      }
    }
    const row = await db
      .selectFrom('incidents')
      .select(['revision', 'head_seq'])
      .where('id', '=', id)
      .executeTakeFirst()
    t.same(row, { revision: 1, head_seq: 1 })
  })

  await t.test('and a key that was used on a foreign case tells nothing of it', async (t) => {
    await act(id, community, 'feedback', { text: '收到' }, { key: 'shared' })
    t.equal((await act(id, foreigner, 'feedback', { text: '收到' }, { key: 'shared' })).status, 404)
  })

  await t.test('a unit sees the cases that it was given, wherever they lie', async (t) => {
    const responder = worldActors.responder
    t.same((await call(responder, 'GET', '/v1/incidents')).body.items, [])
    await act(id, community, 'whistle', { lead: worldUnits.fire })
    t.same(
      (await call(responder, 'GET', '/v1/incidents')).body.items.map((item) => item.id),
      [id],
    )
    t.same((await call(worldActors.otherResponder, 'GET', '/v1/incidents')).body.items, [])
  })

  await t.test('everyone on the way up sees it', async (t) => {
    for (const by of [
      worldActors.gridWorker,
      worldActors.community,
      worldActors.street,
      worldActors.district,
      worldActors.auditor,
      worldActors.administrator,
    ]) {
      t.equal((await call(by, 'GET', `/v1/incidents/${id}`)).status, 200, by.id)
      t.same(
        (await call(by, 'GET', '/v1/incidents')).body.items.map((item) => item.id),
        [id],
      )
    }
  })
})
