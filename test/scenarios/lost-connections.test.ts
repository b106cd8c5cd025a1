import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { openDatabase } from '../../src/database/open-database.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import { openLossyProxy } from '../database/lossy-proxy.ts'
import { createApiWorld, openApi } from '../incidents/api-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { storedFaults } from './stored-faults.ts'

const { community } = worldActors

t.test('a lost connection loses nothing and doubles nothing', async (t) => {
  const world = await createApiWorld(t)
  const { clock, pool, db } = world
  const proxy = await openLossyProxy(t, world.url)
  const through = openDatabase({ url: proxy.url, poolMax: 3, applicationName: 'through the proxy' })
  t.teardown(() => through.close())
  const api = await openApi(t, { db: through.db, readClock: clock.read })
  const count = async (table: string) =>
    (await pool.query(`select count(*)::int as n from ${table}`)).rows[0].n

  await t.test('a report whose COMMIT was done and whose answer was lost is found again', async (t) => {
    const before = await count('reports')
    proxy.lose('unanswered')
    const answer = await api.report({}, { key: 'lost-answer' })
    t.equal(proxy.lost(), 1)
    t.equal(answer.status, 201)
    t.equal(
      answer.headers['idempotency-replayed'],
      'true',
      'the second attempt found what the first had stored',
    )
    t.equal(await count('reports'), before + 1)
    const again = await api.report({}, { key: 'lost-answer' })
    t.equal(again.text, answer.text)
  })

  await t.test('a report whose COMMIT never arrived is stored by the next attempt', async (t) => {
    const before = await count('reports')
    proxy.lose('unsent', 2)
    const answer = await api.report({}, { key: 'lost-commit' })
    t.equal(answer.status, 201)
    t.equal(answer.headers['idempotency-replayed'], undefined)
    t.equal(await count('reports'), before + 1)
  })

  await t.test('so with an action', async (t) => {
    for (const loss of ['unanswered', 'unsent'] as const) {
      const { body } = await api.report()
      proxy.lose(loss)
      const answer = await api.act(body.incidentId, community, 'feedback', { text: `${loss} 已收到` })
      t.equal(answer.status, 200)
      t.equal(answer.body.incident.revision, 2)
      const { rows } = await pool.query('select count(*)::int as n from event_notes where text = $1', [
        `${loss} 已收到`,
      ])
      t.equal(rows[0].n, 1, `${loss}: done once`)
    }
  })

  await t.test('so with a breach', async (t) => {
    clock.advance(worldPolicy.reportMs + 1)
    const overdue = (
      await pool.query(
        "select count(*)::int as n from deadlines where state = 'running' and promise = 'report'",
      )
    ).rows[0].n
    proxy.lose('unanswered')
    const settling = {
      db: through.db,
      readClock: clock.read,
      onFailure: (_: string, error: unknown) => t.error(error),
    }
    await claimAndSettle(settling, 100)
    await claimAndSettle(settling, 100)
    t.ok(overdue > 0)
    t.equal(await count("breaches where promise = 'report'"), overdue)
    t.same(await storedFaults(db, clock.now()), [])
  })

  await t.test(
    'when it stays lost, the client is told to come back and nothing half is stored',
    async (t) => {
      const before = await count('reports')
      proxy.lose('unsent', 1_000)
      const answer = await api.report({}, { key: 'gone' })
      proxy.lose('unsent', 0)
      t.equal(answer.status, 503)
      t.equal(answer.body.code, 'database_unavailable')
      t.match(answer.headers['retry-after'], /^[1-9]\d*$/)
      t.equal(await count('reports'), before)
      t.equal(
        (await api.report({}, { key: 'gone' })).status,
        201,
        'and the same request is stored when it is back',
      )
    },
  )

  await t.test('a connection that is terminated in the middle of a transaction', async (t) => {
    const { body } = await api.report()
    const holder = new pg.Client({ connectionString: world.url })
    await holder.connect()
    t.teardown(() => holder.end())
    await holder.query('begin')
    await holder.query('select from incidents where id = $1 for update', [body.incidentId])
    const acting = api.act(body.incidentId, community, 'feedback', { text: '被中断的答复' })
    let killed = 0
    for (const endAt = performance.now() + 900; killed === 0 && performance.now() < endAt; await pause(10)) {
      const { rowCount } = await holder.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'through the proxy' and wait_event_type = 'Lock'",
      )
      killed = rowCount ?? 0
    }
    await holder.query('rollback')
    t.equal(killed, 1)
    const answer = await acting
    t.equal(answer.status, 200, 'it is tried again')
    const { rows } = await pool.query(
      "select count(*)::int as n from event_notes where text = '被中断的答复'",
    )
    t.equal(rows[0].n, 1, 'and done once')
    t.same(await storedFaults(db, clock.now()), [])
  })
})
