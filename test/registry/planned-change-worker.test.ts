import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { Registry } from 'prom-client'
import t from 'tap'
import { openFaultyProxy } from '../../chaos/faulty-proxy.ts'
import { loadConfig } from '../../src/config.ts'
import { answerLimitMs, batchAnswerLimitMs } from '../../src/database/waiting.ts'
import { createLogger } from '../../src/logger.ts'
import { startDeadlinesWorker } from '../../workers/deadlines.ts'
import { startNoticesWorker } from '../../workers/notices.ts'
import { randomQueuePrefix, testRedisUrl } from '../support/queue-connection.ts'
import { huangshi } from '../support/world-areas.ts'
import { createRegistryApi, keepers, type RegistryApi } from './registry-api.ts'

/** Longer than everybody else's statements may take, and than their connections wait for an answer. */
const slowMs = answerLimitMs + 1_000
/** Starting, the slow statement, and a busy machine. */
const limitMs = 90_000

t.setTimeout(2 * limitMs)

/** Runs a worker on a world, by the database's own clock, until the test ends. */
function startWorker(
  t: { teardown(fn: () => unknown): void },
  api: RegistryApi,
  start: typeof startNoticesWorker,
  url = api.url,
): void {
  const redisUrl = testRedisUrl()
  const config = loadConfig({
    DATABASE_URL: url,
    DEADLINE_POOL_MAX: '1',
    QUEUE_PREFIX: randomQueuePrefix(),
    ...(redisUrl === undefined ? { QUEUE_DATABASE_URL: api.url } : { REDIS_URL: redisUrl }),
  })
  const logger = createLogger({ logLevel: 'silent', name: 'test' })
  const worker = start({ config, logger, registry: new Registry() })
  t.teardown(() => worker.stop())
}

/** Who stores the slow unit just now, by the names of their connections. */
async function storing(api: RegistryApi): Promise<string[]> {
  const { rows } = await sql<{ application_name: string }>`
    select application_name from pg_stat_activity
    where datname = current_database() and wait_event = 'PgSleep'`.execute(api.owner.db)
  return rows.map((row) => row.application_name)
}

/** Looks again and again until there is something. */
async function until<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  const giveUpAt = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > giveUpAt) throw new Error('It never happens')
    await wait(50)
  }
}

/** Plans a unit for a second from now, by the clock of this machine, by which the workers go; returns the plan's id. */
async function planDue(api: RegistryApi, code: string): Promise<string> {
  api.clock.set(Date.now())
  const at = encodeURIComponent(new Date(api.clock.now() + 1_000).toISOString())
  const json = {
    name: '胜阳港抢险队',
    kind: 'emergency_team',
    areaCode: huangshi.street,
    categoryCodes: null,
  }
  const filed = await api.send(keepers.district, 'PUT', `/v1/units/${code}?effectiveAt=${at}`, { json })
  return filed.json().plannedChange.id
}

/** What became of a plan, once it is decided. */
async function stateOf(api: RegistryApi, id: string): Promise<string | undefined> {
  const found = await api.send(keepers.district, 'GET', `/v1/planned-changes/${id}`)
  return found.json().state === 'planned' ? undefined : found.json().state
}

t.test(
  'a planned change takes as long as a batch may, on a connection that no deadline waits for',
  async (t) => {
    const api = await createRegistryApi(t)
    await sql
      .raw(`
    create function store_slowly() returns trigger language plpgsql as
      $$ begin perform pg_sleep(${slowMs / 1_000}); return new; end $$;
    create trigger store_slowly before insert on units
      for each row when (new.code = 'syg-slow') execute function store_slowly()`)
      .execute(api.owner.db)
    const id = await planDue(api, 'syg-slow')
    startWorker(t, api, startDeadlinesWorker)
    startWorker(t, api, startNoticesWorker)
    const atWork = await until(async () => {
      const names = await storing(api)
      return names.length === 0 ? undefined : names
    })
    t.same(atWork, ['whistle planned changes'])
    const state = await until(() => stateOf(api, id))
    t.equal(state, 'applied')
  },
)

t.test('a connection that falls silent between two changes keeps none of them waiting', async (t) => {
  const api = await createRegistryApi(t)
  const proxy = await openFaultyProxy(Number(new URL(api.url).port))
  t.teardown(() => proxy.close())
  const through = new URL(api.url)
  through.port = String(proxy.port)
  startWorker(t, api, startNoticesWorker, through.href)
  const first = await planDue(api, 'syg-first')
  t.equal(await until(() => stateOf(api, first)), 'applied')
  // All that are open stay silent from now on; new ones pass.
  proxy.swallow()
  proxy.pass()
  const from = performance.now()
  const second = await planDue(api, 'syg-second')
  t.equal(await until(() => stateOf(api, second)), 'applied')
  t.ok(performance.now() - from < batchAnswerLimitMs / 2, 'long before a batch would have been given up')
})
