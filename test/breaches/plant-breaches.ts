import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { importAreas } from '../../src/areas/import-areas.ts'
import { projectRoot } from '../../src/project-root.ts'
import { worldPolicy } from '../support/seed-world.ts'
import type { World } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'

/**
 * Plants breaches all over Huangshi, three for each incident, spread over 24 months, a third of them kept late. They are
 * written as the superuser and past the foreign keys, because the write path would take minutes.
 */
export async function plantBreaches(world: World, count: number): Promise<void> {
  const file = createReadStream(join(projectRoot, 'data', 'huangshi-areas.csv'))
  await importAreas({ db: world.db, readClock: world.clock.read }, file, { actor: worldActors.administrator })
  const client = await world.owner.pool.connect()
  try {
    await client.query('set statement_timeout = 0; set lock_timeout = 0')
    await client.query('begin')
    await client.query('set local session_replication_role = replica')
    await client.query(
      `create temporary table planted on commit drop as
       with communities as (
         select code, path, district_code, row_number() over (order by code) - 1 as place, count(*) over () as places
         from areas where kind = 'community' and retired_at is null
       )
       select ('01990000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as id, n, c.code as area_code, c.path,
         c.district_code, timestamptz '2024-12-01T00:00:00Z' + n * interval '730 days' / ($1 / 3) as received_at
       from generate_series(1, $1 / 3) n join communities c on c.place = n * 7919 % c.places
       order by n`,
      [count],
    )
    await client.query(
      `insert into incidents (id, number, district_code, area_code, category_code, severity, policy_id, state, received_at,
         revision, generation, head_seq, head_hash, head_at)
       select id, district_code || '-' || n, district_code, area_code, 'fire_lane_blocked', 'high', $1::uuid, 'received',
         received_at, 1, 1, 4, sha256('head'), received_at from planted order by n`,
      [worldPolicy.id],
    )
    await client.query(
      `insert into deadlines (incident_id, no, district_code, promise, rung, accountable_code, generation, policy_id,
         area_path, tree_version, started_at, due_at, state, settled_at, settled_seq, fulfilled_at, fulfilled_seq)
       select id, no, district_code, (array['report', 'feedback', 'on_site'])[no], 'community', area_code, 1, $1::uuid,
         path, 2, received_at, received_at + no * interval '1 hour', 'breached',
         received_at + no * interval '1 hour' + interval '50 ms', no + 1,
         case when n % 3 = 0 then received_at + no * interval '2 hours' end, case when n % 3 = 0 then no + 1 end
       from planted, generate_series(1, 3) no order by n`,
      [worldPolicy.id],
    )
    await client.query(
      `insert into breaches (incident_id, deadline_no, number, district_code, area_path, tree_version, category_code,
         promise, rung, accountable_code, policy_id, started_at, due_at, detected_at, outcome, seq)
       select d.incident_id, d.no, i.number, d.district_code, d.area_path, d.tree_version, i.category_code, d.promise,
         d.rung, d.accountable_code, d.policy_id, d.started_at, d.due_at, d.settled_at, 'escalated', d.settled_seq
       from deadlines d join incidents i on i.id = d.incident_id order by d.due_at`,
    )
    await client.query(
      `insert into events (stream, seq, district_code, type, at, body, prev, hash)
       select 'incident/' || incident_id, seq, district_code, 'deadline_breached', detected_at,
         '{"at":0,"occurredAt":null,"type":"deadline_breached"}', sha256('prev'), sha256(number::bytea)
       from breaches`,
    )
    await client.query('commit')
    await client.query('analyze')
  } finally {
    client.release(true)
  }
}
