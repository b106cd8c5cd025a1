import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import t from 'tap'
import { requestKeyOf } from '../../src/idempotency/request-key.ts'
import { actOnIncident } from '../../src/incidents/act-on-incident.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const heldMs = 600
const budgetMs = 1_000

t.test(
  'a reopening that waits for its case and then for its area waits no longer than it may in all',
  async (t) => {
    const world = await createWorld(t)
    const { incidentId } = await world.submit()
    await world.act(incidentId, worldActors.community, { type: 'reject' }, { text: '重复反映' })

    const moving = await world.owner.db.startTransaction().execute()
    await sql`select from areas where code = ${huangshi.grid} for update`.execute(moving)
    const handling = await world.owner.db.startTransaction().execute()
    await sql`select from incidents where id = ${incidentId} for update`.execute(handling)
    const handled = setTimeout(heldMs).then(() => handling.commit().execute())

    const startedAt = performance.now()
    const actor = worldActors.community
    const reopening = actOnIncident(
      { db: world.db, readClock: world.clock.read },
      {
        incidentId,
        action: { type: 'reopen' },
        actor,
        request: requestKeyOf({
          method: 'POST',
          url: `/v1/incidents/${incidentId}/reopen`,
          actor,
          headers: { 'idempotency-key': 'reopen-1' },
          submittedBody: {},
        }),
        arrivedAt: startedAt,
        occurredAt: null,
        ifMatch: undefined,
        text: '问题没有解决',
        textVisibleToReporter: true,
      },
      startedAt + budgetMs,
    )
    await t.rejects(reopening)
    const tookMs = performance.now() - startedAt
    t.ok(tookMs >= heldMs, `it waited for the case: ${Math.round(tookMs)} ms`)
    t.ok(
      tookMs < heldMs + budgetMs,
      `and not a whole lock's time for the area after it: ${Math.round(tookMs)} ms`,
    )
    await handled
    await moving.rollback().execute()
  },
)
