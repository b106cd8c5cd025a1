import { sql } from 'kysely'
import t from 'tap'
import { z } from 'zod'
import { invariants } from '../../src/doctor/invariants.ts'
import { worldCategory, worldPolicy } from '../support/seed-world.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

t.setTimeout(180_000)

const incidents = 20_000
/** Several processes of one statement may each read a part of a table. */
const partsMax = 5
/** Tables that grow with what is reported. Read once, they take seconds; read for each row of another one, for ever. */
const grown = [
  'incidents',
  'reports',
  'event_notes',
  'deadlines',
  'assignments',
  'breaches',
  'events',
  'outbox',
  'board_cases',
  'search_texts',
]

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string | undefined
  readonly 'Actual Loops': number
  readonly Plans?: readonly PlanNode[] | undefined
}
const planNode: z.ZodType<PlanNode> = z.lazy(() =>
  z.looseObject({
    'Node Type': z.string(),
    'Relation Name': z.string().optional(),
    'Actual Loops': z.number(),
    Plans: z.array(planNode).optional(),
  }),
)
const explained = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: planNode })]) })])

/** Many small cases, each with a report, three deadlines, two events, an assignment, a note, a text and a row of the board. */
async function plantCases({ owner, clock }: World): Promise<void> {
  const { pool } = owner
  const at = `'${new Date(clock.now()).toISOString()}'::timestamptz`
  const zeros = `decode(repeat('00', 32), 'hex')`
  await pool.query(`
    begin;
    set local session_replication_role = replica;
    insert into incidents (id, number, district_code, area_code, category_code, severity, policy_id, state, received_at,
      revision, generation, head_seq, head_hash, head_at)
    select gen_random_uuid(), 'planted-' || n, '${huangshi.district}', '${huangshi.grid}', '${worldCategory}', 'high',
      '${worldPolicy.id}', 'dispatched', ${at}, 2, 1, 2, ${zeros}, ${at}
    from generate_series(1, ${incidents}) n;
    insert into reports (id, incident_id, district_code, reporter_id, reporter_role, category_code, area_code, description,
      received_at, salt)
    select gen_random_uuid(), id, district_code, 'resident-1', 'resident', category_code, area_code, '堵了', ${at}, ${zeros}
    from incidents;
    insert into deadlines (incident_id, no, district_code, promise, rung, accountable_code, generation, assignment_no,
      policy_id, area_path, tree_version, started_at, due_at, state)
    select i.id, p.no, i.district_code, p.promise, 'community', '${huangshi.community}', 1, p.assignment_no, i.policy_id,
      array['${huangshi.city}', '${huangshi.district}', '${huangshi.street}', '${huangshi.community}', '${huangshi.grid}'], 1,
      ${at}, ${at} + interval '8 h', 'running'
    from incidents i, (values (1, 'report', null), (2, 'feedback', null), (3, 'on_site', null), (4, 'on_site', 1))
      as p (no, promise, assignment_no);
    insert into breaches (incident_id, deadline_no, number, district_code, area_path, tree_version, category_code, promise,
      rung, accountable_code, policy_id, started_at, due_at, detected_at, outcome, seq)
    select i.id, d.no, i.number, d.district_code, d.area_path, 1, i.category_code, d.promise, d.rung, d.accountable_code,
      d.policy_id, d.started_at, d.due_at, d.due_at + interval '1 ms', 'exhausted', 9
    from incidents i join deadlines d on d.incident_id = i.id and d.no = 1;
    insert into assignments (incident_id, no, district_code, assignee_kind, assignee_code, part, whistled_by, state, assigned_at)
    select id, 1, district_code, 'unit', '${worldUnits.fire}', 'lead', '${huangshi.community}', 'assigned', ${at} from incidents;
    insert into events (stream, seq, district_code, type, at, body, prev, hash)
    select 'incident/' || i.id, e.seq, i.district_code, e.type, ${at}, json_build_object('actor', json_build_object('id', 'resident-1'),
      'changes', json_build_object('assigned', case e.seq when 2 then json_build_array(json_build_object('no', 1, 'part', 'lead',
        'assignee', json_build_object('kind', 'unit', 'code', '${worldUnits.fire}'), 'whistledBy', '${huangshi.community}'))
        else '[]' end))::text, ${zeros}, ${zeros}
    from incidents i, (values (1, 'report_received'), (2, 'whistle_blown')) as e (seq, type);
    insert into event_notes select id, 2, '已安排', null, null, true, ${zeros} from incidents;
    insert into search_texts select incident_id, 'report/' || id, '堵了', '' from reports;
    insert into search_texts select incident_id, 'note/2', '已安排', '' from event_notes;
    insert into board_cases select id, district_code, area_code, category_code, severity, state, ${at}, 0, ${at} + interval '8 h',
      'feedback', 'community', '${huangshi.community}', false, array['${worldUnits.fire}'], null, null, null from incidents;
    update board_progress set origin = feed_origin(), remade_after = null,
      position = (select max(commit_order) + 1 from events);
    commit`)
  await pool.query('vacuum analyze')
}

t.test('no invariant reads a table that grows for each row of another one', async (t) => {
  const world = await createWorld(t)
  await plantCases(world)
  for (const { name, violations } of invariants) {
    const { rows } = await sql`explain (analyze, format json)
      with violation as materialized (${violations(world.clock.now())}) select count(*) from violation`
      .execute(world.db)
      .catch((error: unknown) => {
        throw new Error(`${name} takes too long`, { cause: error })
      })
    const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]
    const again = nodesOf(explained.parse(rows)[0]['QUERY PLAN'][0].Plan).filter(
      (node) =>
        node['Node Type'].includes('Seq Scan') &&
        grown.includes(node['Relation Name'] ?? '') &&
        node['Actual Loops'] > partsMax,
    )
    t.same(again, [], name)
  }
})
