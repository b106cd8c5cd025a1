import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { Registry } from 'prom-client'
import t from 'tap'
import { loadConfig } from '../../src/config.ts'
import { answerLimitMs } from '../../src/database/waiting.ts'
import { createLogger } from '../../src/logger.ts'
import { startDeadlinesWorker } from '../../workers/deadlines.ts'
import { startNoticesWorker } from '../../workers/notices.ts'
import { randomQueuePrefix, testRedisUrl } from '../support/queue-connection.ts'
import { huangshi } from '../support/world-areas.ts'
import { createRegistryApi, keepers, type RegistryApi } from './registry-api.ts'

const hour = 60 * 60_000
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
): void {
  const redisUrl = testRedisUrl()
  const config = loadConfig({
    DATABASE_URL: api.url,
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
    // The workers go by the database's clock, by which this is due.
    api.clock.set(Date.now() - 2 * hour)
    const at = encodeURIComponent(new Date(api.clock.now() + hour).toISOString())
    const json = {
      name: '胜阳港抢险队',
      kind: 'emergency_team',
      areaCode: huangshi.street,
      categoryCodes: null,
    }
    const filed = await api.send(keepers.district, 'PUT', `/v1/units/syg-slow?effectiveAt=${at}`, { json })
    const { id } = filed.json().plannedChange
    startWorker(t, api, startDeadlinesWorker)
    startWorker(t, api, startNoticesWorker)
    const atWork = await until(async () => {
      const names = await storing(api)
      return names.length === 0 ? undefined : names
    })
    t.same(atWork, ['whistle planned changes'])
    const state = await until(async () => {
      const found = await api.send(keepers.district, 'GET', `/v1/planned-changes/${id}`)
      return found.json().state === 'planned' ? undefined : found.json().state
    })
    t.equal(state, 'applied')
  },
)
