import { sql } from 'kysely'
import t from 'tap'
import { getIncident } from '../../src/incidents/get-incident.ts'
import { reportsShownMax } from '../../src/incidents/read-reports.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'

const { community } = worldActors

t.test(
  'a case has a limited number of reports, and an answer about it holds the first of them',
  async (t) => {
    const { submit, act, clock, db, owner } = await createWorld(t)
    const ids: string[] = []
    for (let n = 0; n < 202; n += 1) {
      ids.push((await submit()).incidentId)
      clock.advance(1)
    }
    const [survivor = '', merged = '', ...others] = ids
    const attach = (to: string, cases: readonly string[]) =>
      sql`insert into joined_incidents (survivor_id, incident_id, sooner_ms, joined_at)
      select ${to}::uuid, id, 0, received_at from incidents where id = any(${cases}::uuid[])`.execute(
        owner.db,
      )
    await attach(survivor, others.slice(0, 100))
    await attach(merged, others.slice(100))
    const merging = () => act(merged, community, { type: 'merge', into: survivor })
    await t.rejects(merging(), { code: 'too_many_reports' })
    await sql`delete from joined_incidents where incident_id = ${others.at(-1)}`.execute(owner.db)
    await merging()

    const seen = await getIncident(db, survivor, community)
    t.equal(seen?.reportCount, 201)
    t.equal(seen?.reports.length, reportsShownMax)
    const { rows } = await sql<{
      id: string
    }>`select id from reports where incident_id = ${survivor}`.execute(db)
    t.equal(seen?.reports[0]?.id, rows[0]?.id, 'the one that opened it is the first')
  },
)
