import { join } from 'node:path'
import t from 'tap'
import { readDatabaseClock } from '../../src/database/clock.ts'
import { pingRedis, startEmbeddedRedis } from '../../src/embedded/redis.ts'
import { defaultPolicy } from '../../src/policies/default-policy.ts'
import { anyReport } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { runFolder } from '../support/scratch-folder.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { serveTogether } from './api-processes.ts'

// Two processes and a Redis are started, on a machine that may be busy.
t.setTimeout(240_000)

const perAddress = 4
const perPerson = 10
const changesPerPerson = 3
/** A counting window may end in the middle of a test, and the next one has a quota of its own. */
const windows = 2

t.test(
  'who reports without a login is limited over all processes, whether Redis is there or not',
  async (t) => {
    const world = await createWorld(t)
    const redis = await startEmbeddedRedis({
      directory: join(runFolder(), 'redis-that-is-stopped'),
      path: process.env.PATH ?? '',
    })
    const apis = await serveTogether(t, 2, {
      DATABASE_URL: world.url,
      REDIS_URL: redis?.url ?? 'redis://127.0.0.1:1',
      PUBLIC_REPORTS_PER_ADDRESS: String(perAddress),
      REPORTS_PER_PERSON: String(perPerson),
      REGISTRY_CHANGES_PER_PERSON: String(changesPerPerson),
    })
    const send = async (times: number, by: Parameters<(typeof apis)[number]['post']>[0]) => {
      const statuses: number[] = []
      for (let count = 0; count < times; count += 1) {
        const api = apis[count % apis.length]
        const path = by === null ? '/v1/public/reports' : '/v1/reports'
        statuses.push((await api?.post(by, path, anyReport))?.status ?? 0)
      }
      return statuses
    }
    const taken = (statuses: readonly number[]) => statuses.filter((status) => status === 201).length

    t.equal(taken(await send(1, null)), 1, 'while Redis is there')
    if (redis !== null) {
      await redis.stop()
      await t.rejects(pingRedis(redis.url), 'Redis is gone')
    }
    const statuses = await send(5 * perAddress, null)
    t.ok(taken(statuses) >= perAddress - 1, 'reports are still taken')
    t.ok(taken(statuses) <= windows * perAddress, `no more than ${perAddress}: ${statuses}`)
    t.same(new Set(statuses), new Set([201, 429]), 'and the others are told to wait')
    t.match((await apis[0]?.post(null, '/v1/public/reports', anyReport))?.body, { code: 'rate_limited' })

    // Those who are logged in are counted in tens by each process, so that intake does not pay for it.
    const own = await send(60, worldActors.resident)
    t.ok(taken(own) >= perPerson)
    t.ok(taken(own) <= windows * (perPerson + 9 * apis.length), `${taken(own)} of one person`)
    t.ok(own.includes(429))
    t.equal(taken(await send(1, worldActors.otherResident)), 1, 'somebody else is not concerned')

    await t.test('so is whoever changes a registry', async (t) => {
      const policy = { ...defaultPolicy, code: 'unused', enabled: false }
      const changed: number[] = []
      for (let count = 0; count < 5 * changesPerPerson; count += 1) {
        const answer = await apis[count % apis.length]?.post(
          worldActors.administrator,
          '/v1/policies',
          policy,
        )
        changed.push(answer?.status ?? 0)
      }
      t.ok(taken(changed) >= changesPerPerson)
      t.ok(taken(changed) <= windows * changesPerPerson, `no more than ${changesPerPerson}: ${changed}`)
      t.same(new Set(changed), new Set([201, 429]))
    })

    const { rows } = await world.owner.pool.query('select count(*)::int as stored from reports')
    t.equal(rows[0].stored, 2 + taken(statuses) + taken(own), 'what was refused was not stored')
    await checkWorld(t, { ...world, clock: { ...world.clock, read: readDatabaseClock } })
  },
)
