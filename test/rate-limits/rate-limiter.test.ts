import t from 'tap'
import { Problem } from '../../src/http/problems/problem.ts'
import { purgeRateCounts, windowMs } from '../../src/rate-limits/count-requests.ts'
import { createRateLimiter, type RateLimiter } from '../../src/rate-limits/rate-limiter.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase } from '../support/database.ts'

const exact = { name: 'exact', quota: 50, inOne: 1 }

/** How many of a number of requests at once got through. */
async function passed(
  limiters: readonly RateLimiter[],
  times: number,
  limit = exact,
  subject = '203.0.113.7',
) {
  const results = await Promise.allSettled(
    Array.from({ length: times }, async (_, index) =>
      limiters[index % limiters.length]?.take(limit, subject),
    ),
  )
  for (const result of results)
    if (
      result.status === 'rejected' &&
      (!(result.reason instanceof Problem) || result.reason.code !== 'rate_limited')
    )
      throw result.reason
  return results.filter(({ status }) => status === 'fulfilled').length
}

t.test('requests are counted in Postgres', async (t) => {
  const { db, pool } = await createTestDatabase(t)
  const clock = createMovableClock()
  const limiter = () => createRateLimiter({ db, readClock: clock.read })

  await t.test('over several processes, to the last one, however many come at once', async (t) => {
    const two = [limiter(), limiter()]
    t.equal(await passed(two, 400), 50)
    t.equal(await passed([...two, limiter()], 90), 0, 'one that was just started knows it too')
    t.equal(await passed(two, 10, exact, '203.0.113.8'), 10, 'another subject has its own')
    t.equal(await passed(two, 10, { ...exact, name: 'other' }), 10, 'another limit too')
  })

  await t.test('the next window begins anew', async (t) => {
    t.equal(await passed([limiter()], 10), 0)
    clock.set((Math.floor(clock.now() / windowMs) + 1) * windowMs - 1)
    t.equal(await passed([limiter()], 10), 0, 'not one millisecond early')
    clock.advance(1)
    t.equal(await passed([limiter()], 60), 50)
  })

  await t.test(
    'what is told in lots is let through by so many more for each process at the most',
    async (t) => {
      const lots = { name: 'lots', quota: 100, inOne: 10 }
      const three = [limiter(), limiter(), limiter()]
      let through = 0
      for (let times = 0; times < 300; times += 1)
        through += await passed([three[times % 3] ?? limiter()], 1, lots)
      t.ok(through >= 100 && through <= 100 + 3 * 9, `${through}`)
      const statements = async () =>
        (await db.selectFrom('rate_counts').select('count').execute()).reduce(
          (sum, { count }) => sum + count,
          0,
        )
      const before = await statements()
      t.equal(await passed([limiter()], 9, lots, 'quiet'), 9)
      t.equal(await statements(), before, 'who sends little costs no statement')
    },
  )

  await t.test('the caller is told what is left, and when to come back', async (t) => {
    const few = { name: 'few', quota: 2, inOne: 1 }
    const one = limiter()
    clock.set(10 * windowMs + windowMs / 2 + Date.UTC(2026, 10, 21))
    const seconds = windowMs / 2000
    t.same(await one.take(few, 'a'), {
      'ratelimit-policy': '"few";q=2;w=600',
      ratelimit: `"few";r=1;t=${seconds}`,
    })
    t.match(await one.take(few, 'a'), { ratelimit: `"few";r=0;t=${seconds}` })
    const refused = await one.take(few, 'a').then(
      () => undefined,
      (error: unknown) => error,
    )
    t.ok(refused instanceof Problem)
    if (!(refused instanceof Problem)) return
    t.equal(refused.status, 429)
    t.match(refused.headers, { 'retry-after': String(seconds), ratelimit: `"few";r=0;t=${seconds}` })
  })

  await t.test('nothing stored says who came, and past windows are forgotten', async (t) => {
    await limiter().take(exact, '198.51.100.23')
    const { rows } = await pool.query("select encode(key, 'escape') as key, window_no from rate_counts")
    t.ok(rows.length > 0)
    t.notOk(JSON.stringify(rows).includes('198.51.100'))
    await purgeRateCounts(db, clock.now())
    const { rows: kept } = await pool.query('select distinct window_no from rate_counts')
    t.equal(kept.length, 1, 'the present window is kept')
    while ((await purgeRateCounts(db, clock.now() + windowMs)) > 0);
    t.equal((await pool.query('select from rate_counts')).rowCount, 0)
    t.equal((await pool.query('select from rate_salts')).rowCount, 0, 'nor is there a salt to guess with')
  })

  await t.test('two salts never make the same of one address', async (t) => {
    const keys = async () =>
      (await pool.query("select encode(key, 'hex') as key from rate_counts")).rows.map(({ key }) => key)
    await limiter().take(exact, '198.51.100.23')
    const [first] = await keys()
    while ((await purgeRateCounts(db, clock.now() + windowMs)) > 0);
    await limiter().take(exact, '198.51.100.23')
    t.not((await keys())[0], first)
  })

  await t.test('who cannot be counted is not let in, and is told so in time', async (t) => {
    const blocker = await pool.connect()
    await blocker.query('begin')
    await blocker.query('update rate_counts set count = count')
    const startedAt = performance.now()
    const refused = await limiter()
      .take(exact, '198.51.100.23')
      .then(
        () => 'let in',
        (error: unknown) => error,
      )
    const tookMs = performance.now() - startedAt
    await blocker.query('rollback')
    blocker.release()
    t.not(refused, 'let in')
    t.ok(tookMs < 2_500, `${Math.round(tookMs)} ms`)
    t.equal(typeof (await limiter().take(exact, '198.51.100.23')).ratelimit, 'string', 'and then again')
  })
})
