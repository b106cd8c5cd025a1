import pg from 'pg'
import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { actOnIncident } from '../../src/incidents/act-on-incident.ts'
import { createApiWorld, openSmallApi } from '../incidents/api-world.ts'
import { worldActors } from '../support/world-actors.ts'

const { community, resident } = worldActors

t.test('an incident that everybody works on', async (t) => {
  const world = await createApiWorld(t)
  const { report, clock } = world
  const holder = new pg.Client({ connectionString: world.url })
  await holder.connect()
  t.teardown(() => holder.end())
  const hold = async (incidentId: string) => {
    await holder.query('begin')
    await holder.query('select from incidents where id = $1 for no key update', [incidentId])
  }

  await t.test('holds up nobody who works on another one', async (t) => {
    const { api, pool } = await openSmallApi(t, world, 2)
    const hot = (await report()).body.incidentId
    const neighbour = (await report()).body.incidentId
    await hold(hot)
    const crowd = Array.from({ length: 100 }, async (_, index) => {
      // The same incident, however its id is written.
      const id = index % 2 === 0 ? hot : hot.toUpperCase()
      return (await api.act(id, community, 'feedback', { text: '在处理' })).status
    })
    t.equal((await api.act(neighbour, community, 'feedback')).status, 200, 'while the incident is locked')
    t.equal(pool.waitingCount, 0, 'the others do not even wait for a connection')
    await holder.query('rollback')
    const statuses = await Promise.all(crowd)
    const served = statuses.filter((each) => each === 200).length
    t.ok(served <= 1 + 32, `at most those who found a place were served: ${served}`)
    t.equal(statuses.filter((each) => each === 503).length, 100 - served)
    const { rows } = await world.pool.query('select revision from incidents where id = $1', [hot])
    t.equal(rows[0].revision, 1 + served, 'and those who did not have left no trace')
  })

  await t.test('nor do those who say how it went', async (t) => {
    const { api } = await openSmallApi(t, world, 2)
    const { incidentId, reportId } = (await report()).body
    const neighbour = (await report()).body.incidentId
    await hold(incidentId)
    const crowd = Array.from({ length: 100 }, async () => {
      const rating = { solved: true, satisfaction: 5 }
      const options = { key: uuidv7() }
      return (await api.call(resident, 'POST', `/v1/reports/${reportId}/rating`, rating, options)).status
    })
    t.equal((await api.act(neighbour, community, 'feedback')).status, 200, 'while the incident is locked')
    await holder.query('rollback')
    const statuses = await Promise.all(crowd)
    const heard = statuses.filter((each) => each === 409).length
    t.ok(heard >= 1 && heard <= 1 + 32, `those who found a place are told that it is too early: ${heard}`)
    t.equal(statuses.filter((each) => each === 503).length, 100 - heard)
  })

  await t.test('is free again when everybody has gone', async (t) => {
    const { incidentId } = (await report()).body
    await hold(incidentId)
    const first = await world.act(incidentId, community, 'feedback')
    t.equal(first.status, 503)
    await holder.query('rollback')
    t.equal((await world.act(incidentId, community, 'feedback')).status, 200)
  })

  await t.test('is waited for no longer than the request has left', async (t) => {
    const { incidentId } = (await report()).body
    const key = uuidv7()
    const act = async () => {
      const startedAt = performance.now()
      await t.rejects(
        actOnIncident(
          { db: world.db, readClock: clock.read },
          {
            incidentId,
            action: { type: 'report_up' },
            actor: community,
            request: { principal: community.id, key, fingerprint: Buffer.alloc(32) },
            arrivedAt: startedAt,
            occurredAt: null,
            ifMatch: undefined,
            text: null,
            textVisibleToReporter: false,
          },
          startedAt + 200,
        ),
        { code: '55P03' },
      )
      return performance.now() - startedAt
    }
    await hold(incidentId)
    const forIncident = await act()
    t.ok(forIncident < 900, `${Math.round(forIncident)} ms, less than the second of a session`)
    await holder.query('rollback')

    await holder.query('begin')
    await holder.query(
      `insert into idempotency_keys values ($1, $2, '', 200, '{}', '', '2026-11-20T00:00:00Z')`,
      [community.id, key],
    )
    const forKey = await act()
    t.ok(forKey < 900, `${Math.round(forKey)} ms for the key`)
    await holder.query('rollback')
    const { rows } = await world.pool.query('select revision from incidents where id = $1', [incidentId])
    t.equal(rows[0].revision, 1, 'nothing was stored')
  })
})
