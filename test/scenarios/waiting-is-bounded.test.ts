import pg from 'pg'
import t, { type Test } from 'tap'
import { createApiWorld, openSmallApi } from '../incidents/api-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { community, gridWorker } = worldActors
/** Two seconds for a connection and the lock together, and what a busy machine needs to notice. */
const boundMs = 4_000

t.test('waits for a lock and for a connection are bounded', async (t) => {
  const world = await createApiWorld(t)
  const { report, act, pool } = world
  const holder = new pg.Client({ connectionString: world.url })
  await holder.connect()
  t.teardown(() => holder.end())
  const rows = async () =>
    (
      await pool.query(`select (select count(*) from events)::int as events, (select count(*) from incidents)::int as incidents,
        (select count(*) from idempotency_keys)::int as keys, (select sum(revision) from incidents)::int as revisions`)
    ).rows[0]

  const busy = async (t: Test, send: () => ReturnType<typeof report>) => {
    const before = await rows()
    const startedAt = performance.now()
    const answer = await send()
    const tookMs = performance.now() - startedAt
    t.same([answer.status, answer.body.code], [503, 'busy'])
    t.match(answer.headers['retry-after'], /^[1-9]\d*$/)
    t.ok(tookMs < boundMs, `after ${Math.round(tookMs)} ms`)
    t.same(await rows(), before, 'nothing was stored')
  }

  await t.test('an action waits a second for its incident and is then told to come back', async (t) => {
    const { body } = await report()
    await holder.query('begin')
    await holder.query('select from incidents where id = $1 for no key update', [body.incidentId])
    const send = () => act(body.incidentId, community, 'feedback', { text: '在处理' }, { key: 'waited' })
    await busy(t, send)
    const neighbour = await report()
    t.equal((await act(neighbour.body.incidentId, community, 'feedback')).status, 200, 'its neighbours go on')
    await holder.query('rollback')
    t.equal((await send()).status, 200, 'and the same request succeeds afterwards')
  })

  await t.test('a report waits for an area that is being moved', async (t) => {
    await holder.query('begin')
    await holder.query('select from areas where code = $1 for update', [huangshi.grid])
    await busy(t, () => report({}, { by: gridWorker, key: 'moving' }))
    await holder.query('rollback')
    t.equal((await report({}, { by: gridWorker, key: 'moving' })).status, 201)
  })

  await t.test('a request waits a second for a connection', async (t) => {
    const { api, pool } = await openSmallApi(t, world, 1)
    const taken = await pool.connect()
    await busy(t, () => api.report({}, { key: 'crowded' }))
    taken.release()
    t.equal((await api.report({}, { key: 'crowded' })).status, 201)
  })
})
