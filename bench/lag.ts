import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { prepareInstance } from '../src/commands/start.ts'
import { instant, type ReadClock, readDatabaseClock, soundReading } from '../src/database/clock.ts'
import { inTransaction } from '../src/database/in-transaction.ts'
import { openDatabase } from '../src/database/open-database.ts'
import type { Instant } from '../src/domain/instant.ts'
import { openInstance } from '../src/embedded/instance.ts'
import { programs } from '../src/embedded/programs.ts'
import { startStack } from '../src/embedded/stack.ts'
import { newReportIds } from '../src/incidents/report-submission.ts'
import { submitReports } from '../src/incidents/submit-reports.ts'

/**
 * `npm run bench:lag`: how late is a deadline detected? Fills a database with outstanding deadlines through the real
 * intake, lets many of them fall due within a second while the real workers run, and reads detection − due of each from
 * the breaches. Exit code 1 where the 99th percentile is a second or more, or where a deadline is missing.
 */
const { values } = parseArgs({
  options: {
    outstanding: { type: 'string', default: '100000' },
    due: { type: 'string', default: '10000' },
    'span-ms': { type: 'string', default: '1000' },
    'warm-up': { type: 'string', default: '5000' },
  },
})
const outstanding = Number(values.outstanding)
const due = Number(values.due)
const spanMs = Number(values['span-ms'])
const warmUp = Number(values['warm-up'])

const reportLimitMs = 10 * 60 * 1000
const deadlinesPerIncident = 3
/** Intake in bulk, and in pieces so small that the due times lie some 5 ms apart. */
const batch = { later: 500, warmUp: 500, due: 50 } as const
/** Time for the population's last batches and for the workers to come to rest before the first deadline falls due. */
const leadMs = 55_000
/** How long before the measured deadlines those of the warm-up fall due. */
const warmUpMs = 12_000
/** A lag beyond this would long have failed the goal. */
const waitMs = 60_000
const goalMs = 1_000

const instance = openInstance('bench-lag')
rmSync(instance.postgresDirectory, { recursive: true, force: true })
let firstDueAt: Instant = 0

const stack = await startStack({
  instance: 'bench-lag',
  programs,
  environment: process.env,
  output: 'files',
  log: console.log,
  async prepare(servers, opened) {
    const { environment } = await prepareInstance(process.env, servers, opened)
    const { db, close } = openDatabase({
      url: servers.databaseUrl,
      poolMax: 1,
      applicationName: 'bench',
      role: 'login',
    })
    try {
      const later = Math.ceil(outstanding / deadlinesPerIncident) - due
      await populate('later', later, async (trx) => {
        const { now } = await readDatabaseClock(trx)
        return soundReading(now + 60 * 60 * 1000)
      })
      firstDueAt = (await readDatabaseClock(db)).now + leadMs
      // A worker that has just started runs code that V8 has not compiled yet; one in service does not.
      const warmUpDueAt = firstDueAt - warmUpMs
      await populate('warmUp', warmUp, async () => soundReading(warmUpDueAt - reportLimitMs))
      let done = 0
      // The clock that intake is given decides when the report promise falls due: spread evenly over the span.
      await populate('due', due, async () => {
        const dueAt = firstDueAt + Math.floor((done / due) * spanMs)
        done += batch.due
        return soundReading(dueAt - reportLimitMs)
      })
      await sql`analyze`.execute(db)
    } finally {
      await close()
    }
    return environment

    async function populate(part: keyof typeof batch, count: number, readClock: ReadClock): Promise<void> {
      for (let done = 0; done < count; done += batch[part]) {
        const submissions = Array.from({ length: Math.min(batch[part], count - done) }, (_, offset) => ({
          ...newReportIds(),
          request: {
            principal: 'bench',
            key: `${part}-${done + offset}`,
            fingerprint: Buffer.alloc(32),
          },
          reporter: { id: 'bench', role: 'resident' as const },
          arrivedAt: performance.now(),
          categoryCode: 'fire_lane_blocked',
          areaCode: '420202007001',
          description: '消防通道被堵',
          address: null,
          position: null,
          contact: null,
          occurredAt: null,
        }))
        await inTransaction(db, (trx) => submitReports(trx, readClock, submissions))
      }
    }
  },
})

try {
  const { db, close } = openDatabase({ url: stack.databaseUrl, poolMax: 1, applicationName: 'bench' })
  const { now } = await readDatabaseClock(db)
  console.log(
    `${outstanding} deadlines outstanding, ${due} fall due from ${firstDueAt - now} ms from now on, within ${spanMs} ms.`,
  )
  const giveUpAt = performance.now() + firstDueAt - now + spanMs + waitMs
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    const { count } = await db
      .selectFrom('breaches')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('due_at', '>=', instant(firstDueAt))
      .executeTakeFirstOrThrow()
    if (Number(count) >= due || performance.now() > giveUpAt) break
  }
  const { rows } = await sql<Record<'n' | 'p50' | 'p99' | 'max' | 'span', number>>`
    select count(*)::int as n,
      percentile_disc(0.5) within group (order by lag) as p50,
      percentile_disc(0.99) within group (order by lag) as p99,
      max(lag) as max,
      extract(epoch from max(due_at) - min(due_at))::float8 * 1000 as span
    from (select due_at, (extract(epoch from detected_at - due_at) * 1000)::int as lag from breaches
      where due_at >= ${instant(firstDueAt)}) as lags`.execute(db)
  await close()
  const [result] = rows
  console.log(result)
  const reached = result !== undefined && result.n === due && result.p99 < goalMs
  console.log(`detection − due at the 99th percentile below ${goalMs} ms: ${reached ? 'reached' : 'MISSED'}`)
  process.exitCode = reached ? 0 : 1
} finally {
  await stack.stop()
}
