import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { importAreas } from '../../src/areas/import-areas.ts'
import type { Actor } from '../../src/domain/actor.ts'
import type { IncidentState } from '../../src/domain/incident-state.ts'
import { incidentPageQuery } from '../../src/incidents/list-incidents.ts'
import { projectRoot } from '../../src/project-root.ts'
import { readsOf } from '../support/explain-plan.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'

t.setTimeout(120_000)

const open = 100_000
const closed = 50_000
const limit = 100

const world = await createWorld(t)
const file = createReadStream(join(projectRoot, 'data', 'huangshi-areas.csv'))
await importAreas({ db: world.db, readClock: world.clock.read }, file, { actor: worldActors.administrator })
// A case in three lies in one district, as where most people live; what is closed is older than what is open.
const planter = await world.owner.pool.connect()
await planter.query('set statement_timeout = 0; set lock_timeout = 0; set session_replication_role = replica')
await planter.query(
  `with communities as (
     select code, district_code, row_number() over (partition by district_code = '420202000000' order by code) - 1 as place,
       count(*) over (partition by district_code = '420202000000') as places
     from areas where kind = 'community' and retired_at is null
   )
   insert into incidents (id, number, district_code, area_code, category_code, severity, policy_id, state, received_at, revision,
     generation, head_seq, head_hash, head_at)
   select ('01990000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, c.district_code || '-' || n, c.district_code, c.code,
     'fire_lane_blocked', 'high', $1::uuid,
     case when n <= $2 then 'closed' else (array['received', 'reported', 'dispatched', 'on_site'])[1 + n % 4] end,
     timestamptz '2026-01-01Z' + n * interval '1 minute', 1, 1, 1, sha256('head'), timestamptz '2026-01-01Z'
   from generate_series(1, $2::int + $3::int) n
   join communities c on (c.district_code = '420202000000') = (n % 3 = 0) and c.place = n * 7919 % c.places`,
  [worldPolicy.id, closed, open],
)
await planter.query('vacuum analyze incidents')
await planter.query('vacuum analyze areas')
planter.release(true)

const dispatcher = (areaCode: string): Actor => ({ id: 'desk', role: 'dispatcher', areaCode })
const desks = {
  city: dispatcher('420200000000'),
  'busiest district': dispatcher('420202000000'),
  street: dispatcher('420202007000'),
  community: dispatcher('420202007003'),
  'area without a case': dispatcher('420202007099'),
}
const states: (IncidentState | undefined)[] = [undefined, 'received', 'dispatched', 'on_site', 'closed']

t.test('the newest cases of a desk are found among 100,000 open ones by an index', async (t) => {
  const middle = '01990000-0000-7000-8000-000000018000'
  for (const [name, desk] of Object.entries(desks))
    for (const state of states)
      for (const before of [undefined, middle]) {
        const query = incidentPageQuery(world.db, desk, { limit, before, areaCode: undefined, state })
        const reads = await readsOf(world.db, query, 'incidents')
        const asked = `${name}, ${state ?? 'any state'}, ${before === undefined ? 'first page' : 'in the middle'}`
        t.equal(reads.scans, 0, asked)
        // A fifteenth of all: a street's, of which nobody knows beforehand which community's are the newest.
        t.ok(reads.rows <= 10_000, `${asked}: ${reads.rows} rows`)
      }
})
