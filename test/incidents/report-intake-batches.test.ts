import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import type { ReadClock } from '../../src/database/clock.ts'
import { createReportIntake } from '../../src/incidents/report-intake.ts'
import { newReportIds, type ReportSubmission } from '../../src/incidents/report-submission.ts'
import { eventually } from '../queues/eventually.ts'
import { worldCategory } from '../support/seed-world.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

interface Change extends Partial<Omit<ReportSubmission, 'request'>> {
  readonly principal?: string
  readonly key?: string
}

function submissionOf({
  principal = 'resident-1',
  key = uuidv7(),
  ...change
}: Change = {}): ReportSubmission {
  const report = {
    ...newReportIds(),
    reporter: worldActors.resident,
    arrivedAt: performance.now(),
    categoryCode: worldCategory,
    areaCode: huangshi.grid,
    description: '楼下消防通道被私家车堵住，消防车进不来。',
    address: null,
    position: null,
    contact: null,
    occurredAt: null,
    ...change,
  }
  const fingerprint = createHash('sha256').update(`${report.areaCode} ${report.description}`).digest()
  return { ...report, request: { principal, key, fingerprint } }
}

/** An intake whose next transaction stands still, once it has begun, until `release` is called. */
async function createGatedIntake(t: Test, limits: Parameters<typeof createReportIntake>[1] = {}) {
  const world = await createWorld(t)
  let gate: Promise<void> | undefined
  let begun: (() => void) | undefined
  let clockReads = 0
  const readClock: ReadClock = async (db) => {
    clockReads += 1
    begun?.()
    await gate
    return world.clock.read(db)
  }
  const intake = createReportIntake({ db: world.db, readClock }, limits)
  const transactionsOf = async () =>
    (await world.pool.query('select count(distinct xmin::text)::int as n from reports')).rows[0].n
  const stored = async () => (await world.pool.query('select count(*)::int as n from reports')).rows[0].n
  return {
    ...world,
    intake,
    transactionsOf,
    stored,
    clockReads: () => clockReads,
    /** Sends a report whose transaction stands still; what is sent afterwards waits for it. */
    async hold() {
      let release = () => {}
      gate = new Promise((resolve) => {
        release = resolve
      })
      const begins = new Promise<void>((resolve) => {
        begun = resolve
      })
      const held = intake.submit(submissionOf({ principal: 'first' }))
      await begins
      return {
        held,
        release: () => {
          gate = undefined
          release()
        },
      }
    },
    /** What became of reports, a word each. */
    async outcomes(submissions: readonly ReportSubmission[]) {
      const settled = await Promise.allSettled(submissions.map((each) => intake.submit(each)))
      return settled.map((each) => {
        if (each.status === 'rejected') return String(each.reason.code)
        if ('problem' in each.value) return each.value.problem.code
        return each.value.replayed ? 'replayed' : 'stored'
      })
    },
  }
}

const many = (count: number, change: (index: number) => Change = () => ({})) =>
  Array.from({ length: count }, (_, index) => submissionOf(change(index)))

t.test('what arrives while a transaction is under way goes into the next one', async (t) => {
  const { hold, outcomes, transactionsOf, stored } = await createGatedIntake(t)
  const { held, release } = await hold()
  const waiting = outcomes(many(64))
  release()
  t.same(await waiting, Array(64).fill('stored'))
  await held
  t.equal(await stored(), 65)
  t.equal(await transactionsOf(), 2)
})

t.test('a transaction takes a bounded number of reports, of each principal in turn', async (t) => {
  const { hold, outcomes, transactionsOf, pool } = await createGatedIntake(t, {
    batchMax: 4,
    waitingMax: 100,
  })
  const { release } = await hold()
  const flood = outcomes(many(12, () => ({ principal: 'flood', description: '一直在发' })))
  const others = outcomes(many(3, (index) => ({ principal: `other-${index}`, description: '只发一次' })))
  release()
  t.same(await others, Array(3).fill('stored'))
  t.same(await flood, Array(12).fill('stored'))
  t.equal(await transactionsOf(), 1 + 4)
  const { rows } = await pool.query('select distinct xmin::text from reports where description = $1', [
    '只发一次',
  ])
  t.equal(rows.length, 1, 'the others are all in the first transaction after the held one')
})

t.test('a lone report is stored at once, in a transaction of its own', async (t) => {
  const { intake, pool, transactionsOf, clockReads } = await createGatedIntake(t)
  await intake.submit(submissionOf())
  let acquired = false
  pool.once('acquire', () => {
    acquired = true
  })
  const outcome = intake.submit(submissionOf())
  await new Promise((resolve) => setImmediate(resolve))
  t.ok(acquired, 'a connection is taken in the same turn of the event loop: no timer is waited for')
  await outcome
  t.equal(await transactionsOf(), 2)
  t.equal(clockReads(), 2)
})

t.test('of reports under one key', async (t) => {
  await t.test('that say the same, one is stored and all get its answer', async (t) => {
    const { intake, hold, stored } = await createGatedIntake(t)
    const { release } = await hold()
    const sent = many(10, () => ({ key: 'once' })).map((each) => intake.submit(each))
    release()
    const answers = (await Promise.all(sent)).flatMap((outcome) => ('answer' in outcome ? [outcome] : []))
    t.equal(new Set(answers.map(({ answer }) => answer.body)).size, 1)
    t.equal(answers.filter(({ replayed }) => !replayed).length, 1)
    t.equal(answers.length, 10)
    t.equal(await stored(), 2)
  })

  await t.test('that say different things, the others are refused', async (t) => {
    const { outcomes, hold, stored } = await createGatedIntake(t)
    const { release } = await hold()
    const waiting = outcomes(many(3, (index) => ({ key: 'once', description: `第 ${index} 个描述` })))
    release()
    t.same(await waiting, ['stored', 'idempotency_key_reused', 'idempotency_key_reused'])
    t.equal(await stored(), 2)
  })

  await t.test('a refused one uses up no key', async (t) => {
    const { outcomes, hold } = await createGatedIntake(t)
    const { release } = await hold()
    const waiting = outcomes([
      submissionOf({ key: 'once', areaCode: '420202007999' }),
      submissionOf({ key: 'once', areaCode: '420202007999' }),
      submissionOf({ key: 'once' }),
    ])
    release()
    t.same(await waiting, ['area_not_found', 'area_not_found', 'stored'])
  })

  await t.test('each principal has its own', async (t) => {
    const { outcomes, hold } = await createGatedIntake(t)
    const { release } = await hold()
    const waiting = outcomes(many(3, (index) => ({ principal: `resident-${index}`, key: 'once' })))
    release()
    t.same(await waiting, Array(3).fill('stored'))
  })
})

t.test('a report that the database refuses fails alone', async (t) => {
  // Sixty transactions one after the other take a busy machine longer than a request may wait.
  const { outcomes, hold, stored, owner } = await createGatedIntake(t, { waitMaxMs: 60_000 })
  await owner.pool.query(`alter table reports add constraint planted check (description !~ '^毒')`)
  const { release } = await hold()
  const waiting = outcomes(many(64, (index) => (index === 20 ? { description: '毒丸' } : {})))
  release()
  t.same(
    await waiting,
    Array.from({ length: 64 }, (_, index) => (index === 20 ? '23514' : 'stored')),
  )
  t.equal(await stored(), 64, 'the held one and the 63 neighbours')
})

t.test('a connection that is lost in the middle of a batch loses and doubles nothing', async (t) => {
  const { outcomes, hold, stored, owner, pool } = await createGatedIntake(t)
  const { held, release } = await hold()
  const waiting = outcomes(many(30))
  await owner.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and state = 'idle in transaction'`,
  )
  release()
  t.same(await waiting, Array(30).fill('stored'))
  t.ok('answer' in (await held), 'the batch that was hit is tried again')
  t.equal(await stored(), 31)
  const { rows } = await pool.query('select count(*)::int as n from incidents')
  t.equal(rows[0].n, 31)
})

t.test('as many wait as there is room for; who sends most has to come back', async (t) => {
  const { outcomes, hold, stored } = await createGatedIntake(t, { batchMax: 4, waitingMax: 6 })
  const { release } = await hold()
  const flood = outcomes(many(10, () => ({ principal: 'flood' })))
  const quiet = outcomes(many(2, (index) => ({ principal: `quiet-${index}` })))
  release()
  t.same(await quiet, ['stored', 'stored'])
  t.same(await flood, [...Array(4).fill('stored'), ...Array(6).fill('busy')])
  t.equal(await stored(), 1 + 4 + 2, 'nothing of those that were sent away')
})

t.test('nobody waits for longer than two seconds', async (t) => {
  const { outcomes, hold, stored, pool } = await createGatedIntake(t)
  const { held, release } = await hold()
  const startedAt = performance.now()
  t.same(await outcomes(many(3)), Array(3).fill('busy'))
  const tookMs = performance.now() - startedAt
  t.ok(tookMs >= 1_900 && tookMs < 4_000, `after ${Math.round(tookMs)} ms`)
  // Postgres ends its session after as long, counted from when it fell idle, which on a busy machine is later.
  const standsStill = async (): Promise<boolean> => {
    const { rows } = await pool.query(
      "select 1 from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
    )
    return rows.length > 0
  }
  t.ok((await eventually(async () => !(await standsStill()), 10_000)) < 10_000)
  release()
  await t.rejects(held, 'the transaction that stood still has not gone on for ever either')
  t.equal(await stored(), 0)
})

t.test('a shutdown waits for what is under way', async (t) => {
  const { intake, hold, stored } = await createGatedIntake(t)
  const { held, release } = await hold()
  const waiting = intake.submit(submissionOf())
  let idle = false
  const finished = intake.idle().then(() => {
    idle = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  t.notOk(idle)
  release()
  await finished
  t.equal(await stored(), 2)
  await Promise.all([held, waiting])
})
