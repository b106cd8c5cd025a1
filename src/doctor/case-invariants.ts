import { sql } from 'kysely'
import { toTimestamp } from '../database/clock.ts'
import type { Invariant } from './invariant.ts'
import { openCases } from './open-cases.ts'

/** By when duty has followed a change of areas (src/deadlines/move-duty.ts), a large one in a large city too. */
const dutyToleranceMs = 30_000

/** What an event that calls for help assigned: an array, and one object in events of the first version. */
const assignedBy = sql`case json_typeof(e.body::json #> '{changes,assigned}')
  when 'array' then e.body::json #> '{changes,assigned}'
  when 'object' then json_build_array(e.body::json #> '{changes,assigned}')
  else '[]'::json end`

/** What belongs to a case beside its deadlines, and who answers for it: assignments, requests for relief, merges, ratings, reveals. */
export const caseInvariants = [
  {
    name: 'parts_told_by_events',
    number: 4,
    title: {
      zh: '每个派单、挂账延期申请、并案、评价、匿名查看都出自一条审计事件，内容相符，此外没有',
      en: 'Each assignment, request, merge, rating and reveal is what an event says, and there is no other',
    },
    // Types that write none of these are left out before any body is read.
    violations: () => sql`
      with told as materialized (
        select stream, seq, type, at, body::json as body from events e where type in ('rated', 'reporter_revealed',
          'reports_joined', 'pause_requested', 'extension_requested')
      ), assigned as materialized (
        select e.stream, e.at, (each ->> 'no')::integer as no,
          coalesce(each #>> '{assignee,kind}', 'unit') as assignee_kind,
          coalesce(each #>> '{assignee,code}', each ->> 'unitCode') as assignee_code,
          coalesce(each ->> 'part', 'lead') as part, each ->> 'whistledBy' as whistled_by
        from events e cross join lateral json_array_elements(${assignedBy}) as each
        where e.type in ('whistle_blown', 'handed_down')
      ), reassigned as materialized (
        -- With whom it goes on, since the areas have changed for the last time.
        select distinct on (e.stream, no) e.stream, (each ->> 'no')::integer as no,
          each #>> '{assignee,code}' as assignee_code, each ->> 'whistledBy' as whistled_by
        from events e cross join lateral json_array_elements(coalesce(e.body::json #> '{changes,reassigned}', '[]')) as each
        where e.type = 'duty_moved'
        order by e.stream, no, e.seq desc
      )
      select 'assignment' as what, coalesce(e.stream, 'incident/' || a.incident_id) as stream, coalesce(e.no, a.no)::text as key
      from assigned e
      full join assignments a on e.stream = 'incident/' || a.incident_id and e.no = a.no
      left join reassigned s on s.stream = e.stream and s.no = e.no
      where (a.assignee_kind, a.assignee_code, a.part, a.whistled_by, a.assigned_at)
        is distinct from (e.assignee_kind, coalesce(s.assignee_code, e.assignee_code), e.part,
          coalesce(s.whistled_by, e.whistled_by), e.at)
      union all
      select 'request', coalesce(e.stream, 'incident/' || r.incident_id), coalesce(e.body #>> '{changes,relief,requested,no}', r.no::text)
      from (select * from told where type in ('pause_requested', 'extension_requested')) as e
      full join reliefs r on e.stream = 'incident/' || r.incident_id
        and (e.body #>> '{changes,relief,requested,no}')::smallint = r.no
      where (r.kind, r.requested_at, array_to_json(r.promises)::jsonb, (extract(epoch from r.until) * 1000)::bigint, r.by_ms,
          r.requested_by_kind, r.requested_by_code)
        is distinct from (e.body #>> '{changes,relief,requested,kind}', e.at,
          (e.body #> '{changes,relief,requested,promises}')::jsonb, (e.body #>> '{changes,relief,requested,until}')::bigint,
          (e.body #>> '{changes,relief,requested,byMs}')::bigint, e.body #>> '{changes,relief,requested,requestedBy,kind}',
          e.body #>> '{changes,relief,requested,requestedBy,code}')
      union all
      select 'merge', coalesce(e.stream, 'incident/' || j.survivor_id), coalesce(e.body #>> '{changes,joined,incidentId}', j.incident_id::text)
      from (select * from told where type = 'reports_joined') as e
      full join joined_incidents j on e.stream = 'incident/' || j.survivor_id
        and e.body #>> '{changes,joined,incidentId}' = j.incident_id::text
      where j.joined_at is distinct from e.at
      union all
      select 'rating', coalesce(e.stream, 'incident/' || r.incident_id), coalesce(e.seq, r.seq)::text
      from (select * from told where type = 'rated') as e
      full join ratings r on e.stream = 'incident/' || r.incident_id and e.seq = r.seq
      where (r.report_id::text, r.solved, r.satisfaction, r.rated_at)
        is distinct from (e.body #>> '{rating,reportId}', (e.body #>> '{rating,solved}')::boolean,
          (e.body #>> '{rating,satisfaction}')::smallint, e.at)
      union all
      select 'reveal', coalesce(e.stream, 'incident/' || r.incident_id), coalesce(e.seq, r.seq)::text
      from (select * from told where type = 'reporter_revealed') as e
      full join reporter_reveals r on e.stream = 'incident/' || r.incident_id and e.seq = r.seq
      where (r.report_id::text, r.revealed_to, r.revealed_at)
        is distinct from (e.body ->> 'reportId', e.body #>> '{actor,id}', e.at)`,
  },
  {
    name: 'assignment_has_its_own_clock',
    number: 7,
    title: {
      zh: '每个派单恰有一个自己的到场时限',
      en: 'Each assignment has one on-site deadline of its own, which began with it or was handed over with it',
    },
    violations: (now) => sql`
      select coalesce(d.incident_id, a.incident_id) as incident_id, coalesce(d.assignment_no, a.no) as no, d.no as deadline_no
      from (
        select * from deadlines where assignment_no is not null and cancel_reason is distinct from 'handed_over') as d
      full join assignments a on a.incident_id = d.incident_id and a.no = d.assignment_no
      where d.promise is distinct from 'on_site' or a.no is null
        -- Once its clock is settled, or has run out and waits to be, an area may have given way to another.
        or d.accountable_code <> a.assignee_code and (a.assignee_kind = 'unit' or d.state = 'paused'
          or d.state = 'running' and d.due_at >= ${toTimestamp(now)}::timestamptz)
        or d.handed_from is null and d.started_at <> a.assigned_at`,
  },
  {
    name: 'duty_follows_areas',
    number: 7,
    title: {
      zh: '辖区调整 30 秒后，计时中的时限和进行中的派单都由事件所在路径上的辖区负责',
      en: 'Who answers for a live deadline, called somebody or was called stands on the path of its case, from 30 s after the areas have changed',
    },
    // What has run out is still of whoever let it run out, and is looked after by itself.
    violations: (now) => sql`
      select d.incident_id, d.no, d.code, a.path from (
        select incident_id, no, accountable_code as code from deadlines
        where state in ('running', 'paused') and rung <> 'unit'
          and (state = 'paused' or due_at >= ${toTimestamp(now)}::timestamptz)
        union all
        select incident_id, no, unnest(array[whistled_by, case assignee_kind when 'area' then assignee_code end])
        from assignments where ended_at is null) as d
      join incidents i on i.id = d.incident_id join areas a on a.code = i.area_code
      join area_versions v on v.code = a.code and v.since_version = a.since_version
      where d.code <> all (a.path) and v.since_at < ${toTimestamp(now - dutyToleranceMs)}::timestamptz
        and d.incident_id not in (select incident_id from quarantined_incidents)`,
  },
  {
    name: 'outstanding_where_owed',
    number: 7,
    title: {
      zh: '红灯、待办结与逾期未到的标记，恰在到顶未兑现的承诺、无主办处置的到场时限、逾期仍未到场的派单时限上',
      en: 'What is marked as outstanding is what is owed without a clock: a promise broken at the top, a case to resolve, a call too late',
    },
    violations: () => sql`
      with anew as (
        select distinct on (incident_id) incident_id, generation from deadlines
        where promise = 'on_site' and assignment_no is null and escalated_from is null and handed_from is null
        order by incident_id, no desc
      ), arrivals as (
        select distinct on (d.incident_id) d.incident_id, d.no from deadlines d
        join incidents i on i.id = d.incident_id and i.state = 'on_site'
        where d.promise = 'on_site' and d.assignment_no is null
        order by d.incident_id, d.no desc
      )
      select d.incident_id, d.no, d.promise, d.outstanding, owed.outstanding as expected from deadlines d
      join incidents i on i.id = d.incident_id
      left join anew on anew.incident_id = d.incident_id
      left join arrivals on arrivals.incident_id = d.incident_id and arrivals.no = d.no
      left join assignments called on called.incident_id = d.incident_id and called.no = d.assignment_no
      left join deadlines above on above.incident_id = d.incident_id and above.escalated_from = d.no
      left join assignments lead on lead.incident_id = d.incident_id and lead.part = 'lead' and lead.ended_at is null
      cross join lateral (select case
        when i.state not in ${openCases} then null
        when d.assignment_no is not null then
          case when d.state = 'breached' and called.ended_at is null and called.arrived_at is null then 'late' end
        when d.state = 'breached' and d.fulfilled_at is null and above.no is null
          and d.generation >= coalesce(anew.generation, i.generation) then 'exhausted'
        when (d.state = 'met' or d.fulfilled_at is not null) and arrivals.no is not null and lead.no is null then 'unresolved'
        end as outstanding) as owed
      where d.outstanding is distinct from owed.outstanding`,
  },
  {
    name: 'nothing_outlives_its_case',
    number: 7,
    title: {
      zh: '已了结的事件没有进行中的派单、待批的申请和未结束的挂账',
      en: 'No assignment is at work, no request waits and no pause goes on for a case that has ended',
    },
    violations: () => sql`
      select 'assignment' as what, a.incident_id, a.no, a.state, i.state as incident_state from assignments a
      join incidents i on i.id = a.incident_id
      where a.ended_at is null and i.state not in ${openCases}
        or a.state in ('accepted', 'arrived') and a.accepted_at is null
        or a.state = 'arrived' and a.arrived_at is null
      union all
      select 'relief', r.incident_id, r.no, r.state, i.state from reliefs r
      join incidents i on i.id = r.incident_id
      where (r.state = 'requested' or r.state = 'approved' and r.kind = 'pause') and i.state not in ${openCases}`,
  },
  {
    name: 'paused_by_approval',
    number: 7,
    title: {
      zh: '每个暂停计时的时限都有一项获批且未结束的挂账',
      en: 'A clock stands still only under a pause that was approved and goes on',
    },
    violations: () => sql`
      select d.incident_id, d.no, d.promise, d.paused_at from deadlines d
      where d.state = 'paused' and not exists (
        select from reliefs r
        where r.incident_id = d.incident_id and r.kind = 'pause' and r.state = 'approved' and d.promise = any (r.promises)
          and r.decided_at <= d.paused_at)`,
  },
  {
    name: 'anonymous_stay_unnamed',
    number: 22,
    title: {
      zh: '匿名线索处处只见代称',
      en: 'Who reported anonymously stands in one row, and a pseudonym everywhere else',
    },
    violations: () => sql`
      select r.id as report_id from reports r
      left join anonymous_reporters a on a.report_id = r.id
      where (a.report_id is not null or starts_with(r.reporter_id, 'reporter:')) and r.reporter_id <> 'reporter:' || r.id
      union all
      select a.report_id from anonymous_reporters a
      join reports r on r.id = a.report_id
      join events e on e.stream = 'incident/' || r.incident_id and e.seq = 1
      where e.body::json #>> '{actor,id}' is distinct from 'reporter:' || r.id`,
  },
] as const satisfies readonly Invariant[]
