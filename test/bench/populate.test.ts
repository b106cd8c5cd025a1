import t from 'tap'
import { populate, populateDue } from '../../bench/populate.ts'
import { readDatabaseClock } from '../../src/database/clock.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import { runDoctor } from '../../src/doctor/run-doctor.ts'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import { createTestDatabase } from '../support/database.ts'

t.test('a population is one that the product could have stored', async (t) => {
  const { db, url } = await createTestDatabase(t)
  const readClock = readDatabaseClock
  const small = await populate({ url, incidents: 300 })
  t.equal(small.incidents, 300)
  const grown = await populate({ url, incidents: 1_000, outstanding: 900, breaches: 250 })
  t.equal(grown.incidents, 1_000, 'it grows to what is asked for')
  t.ok(Math.abs(grown.running - 900) < 100, `${grown.running} deadlines run`)
  t.ok(Math.abs(grown.breaches - 250) < 50, `${grown.breaches} breaches`)
  t.ok(grown.deadlines >= 3_000)
  t.ok(grown.streets > 300)
  t.ok(grown.busiest.open > 0.2 * grown.open)
  const { now } = await readClock(db)
  const dueAt = now - 60_000
  const due = await populateDue({ url, count: 20, dueAt, spanMs: 1_000 })
  t.equal(new Set([...due, ...(await populateDue({ url, count: 20, dueAt, spanMs: 1_000 }))]).size, 40)

  const before = await runDoctor({ db, readClock })
  t.same(
    before.checks.filter(({ ok }) => !ok).map(({ name, count }) => [name, count]),
    [['nothing_overdue', 40]],
    'nothing but what is to be settled',
  )
  const { claimed, lagsMs } = await claimAndSettle(
    {
      db,
      readClock,
      onFailure: (_, error) => {
        throw error
      },
    },
    100,
  )
  t.same([claimed, lagsMs.length], [40, 40], 'the product settles it')
  t.ok((await runDoctor({ db, readClock })).checks.every(({ ok }) => ok))
  const verification = await verifyAuditTrail({ db })
  t.same(verification.faults, [])
  t.equal(verification.outcome, 'sound')
  t.equal(verification.counts.incidents, 1_040)
})
