import t from 'tap'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import { runDoctor } from '../../src/doctor/run-doctor.ts'
import { worldActors } from '../support/world-actors.ts'
import { createApiWorld } from './api-world.ts'

const minute = 60_000
const { community } = worldActors

t.test(
  'an act on an incident that cannot be settled is asked to come again, and leaves nothing',
  async (t) => {
    const world = await createApiWorld(t)
    const { db, owner, clock } = world
    const { incidentId } = await world.submit()
    await owner.pool.query(`
    create function refuse_all() returns trigger language plpgsql as $$ begin raise exception '毒丸'; end $$;
    create trigger refuse_all before insert on breaches for each row execute function refuse_all()`)
    clock.advance(11 * minute)
    for (const when of ['before', 'after'] as const) {
      const answer = await world.act(incidentId, community, 'feedback')
      t.match(
        answer,
        { status: 503, headers: { 'retry-after': '10' }, body: { code: 'incident_unsettleable' } },
        `${when} it is quarantined`,
      )
      t.notMatch(answer.text, /毒丸/, 'the reason is for the log')
      await claimAndSettle({ db, readClock: clock.read, onFailure: () => {} }, 500)
    }
    t.ok(
      world.lines.some((line) => line.includes('毒丸')),
      'and there it is',
    )
    t.equal(
      (await db.selectFrom('idempotency_keys').select('key').execute()).length,
      1,
      'of the report alone',
    )
    clock.advance(minute)
    const { checks, warnings } = await runDoctor({ db, readClock: clock.read })
    t.match(
      checks.find(({ name }) => name === 'nothing_overdue'),
      { ok: true },
    )
    t.match(
      warnings.find(({ name }) => name === 'no_quarantined_incidents'),
      { ok: false, rows: [{ incident_id: incidentId, error: '毒丸' }] },
      'doctor lists it apart',
    )
  },
)

t.test('what fails for another reason is not blamed on the incident', async (t) => {
  const world = await createApiWorld(t)
  const { incidentId } = await world.submit()
  await world.owner.pool.query(`
    create function refuse_all() returns trigger language plpgsql as $$ begin raise exception '毒丸'; end $$;
    create trigger refuse_all before insert on event_notes for each row execute function refuse_all()`)
  t.match(await world.act(incidentId, community, 'feedback'), {
    status: 500,
    body: { code: 'internal_error' },
  })
})
