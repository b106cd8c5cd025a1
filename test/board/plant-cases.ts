import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { importAreas } from '../../src/areas/import-areas.ts'
import { projectRoot } from '../../src/project-root.ts'
import { worldPolicy } from '../support/seed-world.ts'
import type { World } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { busiest } from './busiest-desks.ts'
import { followEvents } from './follow-events.ts'

const casesAtOnce = 5_000

/**
 * Plants open cases in the communities of Huangshi, two in three of them in one district, each with a report, a position and
 * its three promises, of which some are kept, paused or broken at the top; and brings the board up to them.
 */
export async function plantCases(world: World, count: number): Promise<void> {
  const { db, clock, owner } = world
  const file = createReadStream(join(projectRoot, 'data', 'huangshi-areas.csv'))
  await importAreas({ db, readClock: clock.read }, file, { actor: worldActors.administrator })
  const planter = await owner.pool.connect()
  try {
    await planter.query(
      'set statement_timeout = 0; set lock_timeout = 0; set session_replication_role = replica',
    )
    await planter.query(
      `with communities as (
         select code, district_code, path, row_number() over (partition by district_code = '${busiest}' order by code) - 1 as place,
           count(*) over (partition by district_code = '${busiest}') as places
         from areas where kind = 'community' and retired_at is null
       ), planted as (
         insert into incidents (id, number, district_code, area_code, category_code, severity, policy_id, state, received_at,
           revision, generation, head_seq, head_hash, head_at, latitude, longitude)
         select ('01990000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, c.district_code || '-' || n, c.district_code, c.code,
           case when n % 50 = 0 then 'fire' else 'fire_lane_blocked' end, 'high', $1::uuid,
           (array['received', 'reported', 'dispatched', 'on_site'])[1 + n % 4],
           timestamptz '2026-11-01Z' + n * interval '17 s', 1, 1, 1, sha256('head'), timestamptz '2026-11-01Z',
           30.1 + n::bigint * 7919 % 10007 * 1e-5, 115.0 + n::bigint * 104729 % 10009 * 1e-5
         from generate_series(1, $2::int) n
         join communities c on (c.district_code = '${busiest}') = (n % 3 > 0) and c.place = n::bigint * 7919 % c.places
         returning id, district_code, area_code, received_at, policy_id
       )
       insert into deadlines (incident_id, no, district_code, promise, rung, accountable_code, generation, policy_id, area_path,
         tree_version, started_at, due_at, state, settled_at, settled_seq, paused_at)
       select p.id, d.no, p.district_code, d.promise, d.rung, p.district_code, 1, p.policy_id, a.path, 1, p.received_at,
         p.received_at + d.time, d.state, case d.state when 'met' then p.received_at when 'breached' then p.received_at + d.time + interval '1 s' end,
         case when d.state in ('met', 'breached') then 2 end, case when d.state = 'paused' then p.received_at end
       from planted p join areas a on a.code = p.area_code
       cross join lateral (select ('x' || right(p.id::text, 7))::bit(28)::int % 20 as kind) k
       cross join lateral (values
         (1, 'report', 'district', interval '10 min', case when k.kind = 0 then 'breached' when k.kind < 10 then 'met' else 'running' end),
         (2, 'feedback', 'community', interval '1 h', case when k.kind < 3 then 'met' else 'running' end),
         (3, 'on_site', 'street', interval '8 h', case k.kind when 1 then 'paused' when 2 then 'met' else 'running' end)
       ) as d (no, promise, rung, time, state)`,
      [worldPolicy.id, count],
    )
    await planter.query(
      `insert into reports (id, incident_id, district_code, reporter_id, reporter_role, category_code, area_code, description,
         address, received_at, salt)
       select id, id, district_code, 'planted', 'resident', category_code, area_code,
         '第' || right(number, 5) || '号：楼下消防通道被' || (array['私家车', '电动车', '杂物', '垃圾桶'])[1 + abs(hashtext(number)) % 4] || '堵住',
         '黄石大道 ' || abs(hashtext(number)) % 5000 || ' 号', received_at, '\\x00'
       from incidents`,
    )
    await planter.query('vacuum analyze incidents, deadlines, reports, areas')
    await followEvents(owner.db, casesAtOnce)
    await planter.query('vacuum analyze board_cases, search_texts')
  } finally {
    planter.release(true)
  }
}
