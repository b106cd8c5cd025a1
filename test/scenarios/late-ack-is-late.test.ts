import t from 'tap'
import { createApiWorld, rowsOf } from '../incidents/api-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'

const { community, gridWorker } = worldActors

t.test('an act at its due time is in time, and one millisecond later it is not', async (t) => {
  const { report, act, clock, settle, pool } = await createApiWorld(t)
  const start = clock.now()
  for (const [action, promise, limitMs, by] of [
    ['report-up', 'report', worldPolicy.reportMs, gridWorker],
    ['feedback', 'feedback', worldPolicy.feedbackMs, community],
    ['arrive', 'on_site', worldPolicy.onSiteMs, gridWorker],
  ] as const) {
    for (const offset of [-1, 0, 1]) {
      for (const waker of ['asleep', 'first']) {
        clock.set(start)
        const { body } = await report()
        clock.set(start + limitMs + offset)
        if (waker === 'first') await settle()
        const acted = await act(body.incidentId, by, action)
        t.equal(acted.status, 200)
        t.same(
          rowsOf(acted.body.incident.deadlines, promise),
          offset > 0 ? ['community breached fulfilled', 'street met'] : ['community met'],
          `${action} at due ${offset} ms, the waker ${waker}`,
        )
        clock.advance(1)
        await settle()
        const { rows } = await pool.query(
          'select count(*)::int as n from breaches where incident_id = $1 and promise = $2',
          [body.incidentId, promise],
        )
        t.equal(rows[0].n, offset > 0 ? 1 : 0, 'and so it stays')
      }
    }
  }
})
