import { sql } from 'kysely'
import { Registry } from 'prom-client'
import t from 'tap'
import { z } from 'zod'
import { buildApp } from '../src/app.ts'
import { registerScrapedGauges } from '../src/database/scraped-gauges.ts'
import { recentLagSql } from '../src/deadlines/due-times.ts'
import { createLifecycle } from '../src/http/lifecycle.ts'
import { createLogger } from '../src/logger.ts'
import { worldPolicy } from './support/seed-world.ts'
import { createWorld, type World } from './support/world.ts'
import { worldActors } from './support/world-actors.ts'

/** What the API's own process answers at /metrics, asked for the first time. */
async function scrape({ db, clock }: World): Promise<string> {
  const app = await buildApp({
    logger: createLogger({ logLevel: 'silent', name: 'test' }),
    db,
    readClock: clock.read,
    authenticate: async () => worldActors.auditor,
    metrics: new Registry(),
    lifecycle: createLifecycle(),
  })
  try {
    return (await app.inject({ url: '/metrics' })).body
  } finally {
    await app.close()
  }
}

t.test('the API tells what is overdue, how late breaches are detected, and which notices wait', async (t) => {
  const world = await createWorld(t)
  const { clock, submit, settle, act } = world
  t.match(await scrape(world), /^whistle_deadlines_overdue 0$/m)
  const { incidentId } = await submit()
  clock.advance(worldPolicy.reportMs + 2_500)
  const overdue = await scrape(world)
  t.match(overdue, /^whistle_deadlines_overdue 1$/m)
  t.match(overdue, /^whistle_deadline_oldest_overdue_seconds 2\.5$/m)
  t.match(overdue, /^whistle_recent_breaches 0$/m)
  t.notMatch(overdue, /^whistle_recent_breach_lag_max_seconds /m, 'no breach has no lag')
  // A request settles it, and no worker is there to tell of it.
  await act(incidentId, worldActors.community, { type: 'feedback' }, { text: '已收到' })
  const settled = await scrape(world)
  t.match(settled, /^whistle_deadlines_overdue 0$/m)
  t.match(settled, /^whistle_recent_breaches 1$/m)
  for (const of of ['median', 'p99', 'max'])
    t.match(settled, new RegExp(`^whistle_recent_breach_lag_${of}_seconds 2\\.5$`, 'm'))
  t.match(settled, /^whistle_notices_undelivered [1-9]/m)
  t.match(settled, /^whistle_notices_parked 0$/m)
  await sql`update outbox set offer_at = null, parked_at = created_at, last_error = '502'`.execute(world.db)
  clock.advance(5 * 60_000)
  await settle()
  const later = await scrape(world)
  t.match(later, /^whistle_recent_breaches 0$/m)
  t.match(later, /^whistle_notices_parked [1-9]/m)
})

t.test('a database that cannot be read leaves no old values, and says so', async (t) => {
  const world = await createWorld(t)
  await sql`revoke select on deadlines from whistle_app`.execute(world.owner.db)
  const text = await scrape(world)
  t.notMatch(text, /^whistle_deadlines_overdue /m)
  t.match(text, /^whistle_deadline_gauges_readable 0$/m)
  t.match(text, /^whistle_notice_gauges_readable 1$/m)
  t.match(text, 'HELP http_requests_total', 'the others are there')
})

t.test('many scrapes at once, and soon after one another, read once', async (t) => {
  const registry = new Registry()
  let reads = 0
  registerScrapedGauges(registry, {
    readableName: 'readable',
    help: { one: 'One', other: 'Other' },
    async read() {
      reads += 1
      return { one: 1, other: undefined }
    },
  })
  const texts = await Promise.all(Array.from({ length: 10 }, () => registry.metrics()))
  t.match(await registry.metrics(), texts[0])
  t.match(texts[0], /^one 1$/m)
  t.notMatch(texts[0], /^other /m)
  t.equal(reads, 1)
})

t.test('a read that hangs counts as failed after some seconds', async (t) => {
  const registry = new Registry()
  registerScrapedGauges(registry, {
    readableName: 'readable',
    help: { one: 'One' },
    read: () => new Promise<{ one: number }>(() => {}),
  })
  t.match(await registry.metrics(), /^readable 0$/m)
})

const plan = z.object({ 'QUERY PLAN': z.unknown() })

t.test('the lag of recent breaches is read by the index of their detection', async (t) => {
  const { db, clock } = await createWorld(t)
  const text = await db.transaction().execute(async (trx) => {
    // So small a table is read whole unless that is made dear; without the index it would be read whole all the same.
    await sql`set local enable_seqscan = off`.execute(trx)
    const { rows } = await sql`explain (format json) ${recentLagSql(clock.now())}`.execute(trx)
    return JSON.stringify(plan.parse(rows[0]))
  })
  t.match(text, /breaches_detected/)
  t.notMatch(text, /Seq Scan/)
})
