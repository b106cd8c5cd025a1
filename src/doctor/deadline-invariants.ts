import { sql } from 'kysely'
import { toTimestamp } from '../database/clock.ts'
import type { Invariant } from './invariant.ts'
import { openCases } from './open-cases.ts'

/** How late a breach may be detected with Redis gone (docs/reliability.md, Invariants, 1). With Redis it is half of that. */
const overdueToleranceMs = 6_000
/** Those of a promise that is still owed, whether its clock runs or stands still. */
const live = sql`('running', 'paused')`

/** How high a kind of area stands, for kinds that a query knows only as a column. */
const rank = (kind: string) =>
  sql`array_position(array['grid', 'community', 'street', 'district', 'city'], ${sql.ref(kind)})`

export const deadlineInvariants = [
  {
    name: 'nothing_overdue',
    number: 1,
    title: { zh: '没有超时 6 秒仍在计时的时限', en: 'Nothing runs that has been overdue for more than 6 s' },
    violations: (now) => sql`
      select incident_id, no, promise, rung, accountable_code, due_at from deadlines
      where state = 'running' and due_at < ${toTimestamp(now - overdueToleranceMs)}::timestamptz
        -- What is held back by a clock fault or set aside is listed apart, for people to see to.
        and not exists (select from clock_state where offset_ms is not null)
        and incident_id not in (select incident_id from quarantined_incidents)
      order by due_at`,
  },
  {
    name: 'no_alarm_overdue',
    number: 1,
    title: { zh: '没有过时 6 秒未执行的到点任务', en: 'No alarm has been waiting for more than 6 s' },
    violations: (now) => sql`
      select incident_id, kind, no, at from alarms
      where at < ${toTimestamp(now - overdueToleranceMs)}::timestamptz
        and not exists (select from clock_state where offset_ms is not null)
        and incident_id not in (select incident_id from quarantined_incidents)
      order by at`,
  },
  {
    name: 'alarms_follow_incidents',
    number: 4,
    title: {
      zh: '每个挂账和待评价事件恰有一个到点任务，此外没有',
      en: 'Each pause and each case whose reporter is asked has its alarm, and there is no other',
    },
    violations: () => sql`
      select coalesce(a.incident_id, due.incident_id) as incident_id, coalesce(a.kind, due.kind) as kind, a.at, due.at as expected
      from alarms a
      full join (
        select incident_id, 'resume' as kind, no, until as at from reliefs where kind = 'pause' and state = 'approved'
        union all
        select i.id, 'close', i.generation::smallint, i.ended_at + p.rating_time_ms * interval '1 ms'
        from incidents i join policies p on p.id = i.policy_id where i.state = 'resolved'
      ) as due on due.incident_id = a.incident_id and due.kind = a.kind and due.no = a.no
      where a.at is distinct from due.at`,
  },
  {
    name: 'breached_has_one_breach',
    number: 2,
    title: {
      zh: '每个超时时限恰有一条内容相符的超时记录',
      en: 'A deadline is breached exactly where one breach says so, in the same words',
    },
    violations: () => sql`
      select d.incident_id, d.no, d.state, b.seq from deadlines d
      left join breaches b on b.incident_id = d.incident_id and b.deadline_no = d.no
      where (d.state = 'breached') <> (b.seq is not null)
        or (b.promise, b.rung, b.accountable_code, b.policy_id, b.started_at, b.due_at, b.detected_at, b.seq)
          is distinct from
          (d.promise, d.rung, d.accountable_code, d.policy_id, d.started_at, d.due_at, d.settled_at, d.settled_seq)
          and b.seq is not null`,
  },
  {
    name: 'breach_has_event_and_outcome',
    number: 3,
    title: {
      zh: '每条超时记录恰有一条审计事件，且要么升级一次，要么注明原因',
      en: 'Each breach has one event, and one escalation or a mark that says why not',
    },
    violations: () => sql`
      select b.incident_id, b.deadline_no, b.outcome, b.seq, e.type as event, d.no as escalation from breaches b
      left join events e on e.stream = 'incident/' || b.incident_id and e.seq = b.seq
      left join deadlines d on d.incident_id = b.incident_id and d.escalated_from = b.deadline_no
      left join deadlines own on own.incident_id = b.incident_id and own.no = b.deadline_no
      where e.type is distinct from 'deadline_breached' or (b.outcome = 'escalated') <> (d.no is not null)
        or (b.outcome = 'carried') <> (own.assignment_no is not null) or e.at is distinct from b.detected_at
      union all
      select i.id, null, null, e.seq, e.type, null from events e
      join incidents i on e.stream = 'incident/' || i.id
      left join breaches b on b.incident_id = i.id and b.seq = e.seq
      where e.type = 'deadline_breached' and b.seq is null`,
  },
  {
    name: 'verdict_follows_due_time',
    number: 5,
    title: {
      zh: '按时的不算超时，超时的不算按时（时钟异常期间除外）',
      en: 'Nothing settled in time is breached, and nothing settled late is met, unless by a clock that was wrong',
    },
    violations: () => sql`
      select incident_id, no, state, due_at, settled_at from deadlines
      where (state = 'breached' and settled_at <= due_at) or (state = 'met' and settled_at > due_at and not clock_fault)`,
  },
  {
    name: 'settled_by_its_event',
    number: 6,
    title: {
      zh: '每个已了结的时限都指向了结它的审计事件，在计时的都没有',
      en: 'Each settled deadline points to the event that settled it, and no live one does',
    },
    // A quote inside a JSON text is escaped, so these fragments of a body can be nothing but what they look like.
    violations: () => sql`
      select d.incident_id, d.no, d.state, d.settled_seq, d.fulfilled_seq from deadlines d
      left join events s on s.stream = 'incident/' || d.incident_id and s.seq = d.settled_seq
      left join events f on f.stream = 'incident/' || d.incident_id and f.seq = d.fulfilled_seq
      where (d.state in ${live}) <> (d.settled_seq is null)
        or d.settled_seq is not null and (s.at is distinct from d.settled_at or strpos(s.body,
          '{"no":' || d.no || ',"reason":' || coalesce('"' || d.cancel_reason || '"', 'null') ||
          ',"state":"' || d.state || '"}') = 0)
        or d.fulfilled_seq is not null and (f.at is distinct from d.fulfilled_at
          or f.body !~ ('"fulfilled":\\[([0-9]+,)*' || d.no || '(,[0-9]+)*\\]'))`,
  },
  {
    name: 'open_incident_has_its_deadlines',
    number: 7,
    title: {
      zh: '未办结事件的每项承诺：已兑现、已到顶，或恰有一个责任方在计时',
      en: 'Each promise of an open incident is kept, exhausted, or lies with exactly one accountable party',
    },
    violations: () => sql`
      select * from (
        select i.id as incident_id, i.number, p.promise, count(d.no) as clocks,
          count(*) filter (where d.state in ${live}) as live,
          coalesce(bool_or(d.state = 'met' or d.fulfilled_at is not null), false) as kept,
          coalesce(bool_or(b.outcome = 'exhausted'), false) as exhausted
        from incidents i
        cross join (values ('report'), ('feedback'), ('on_site')) as p (promise)
        -- A reopening gives both anew; a merge that was undone gives what was owed then, and nothing else.
        left join deadlines d on d.incident_id = i.id and d.promise = p.promise and d.assignment_no is null
          and d.report_id is null and d.generation = case
            when i.id in (select incident_id from joined_incidents where separated_at is not null) then (
              select max(generation) from deadlines
              where incident_id = i.id and promise = p.promise and assignment_no is null and report_id is null)
            else i.generation end
        left join breaches b on b.incident_id = d.incident_id and b.deadline_no = d.no
        where i.state in ${openCases} and (i.generation = 1 or p.promise <> 'report')
        group by i.id, i.number, p.promise
      ) as owed
      where clocks = 0 or live <> case when kept or exhausted then 0 else 1 end
        -- What was answered, or ran out altogether, while the case was part of another one.
        and not (promise = 'feedback' and live = 0 and exists (
          select from reports r join deadlines d on d.report_id = r.id
          left join breaches b on b.incident_id = d.incident_id and b.deadline_no = d.no
          where r.incident_id = owed.incident_id and d.incident_id <> r.incident_id
            and (d.state = 'met' or d.fulfilled_at is not null or b.outcome = 'exhausted')))`,
  },
  {
    name: 'joined_reporters_are_answered',
    number: 7,
    title: {
      zh: '并入线索的反馈承诺：已兑现、已到顶、已撤销并案，或恰有一个责任方在计时',
      en: 'The feedback that joined reporters wait for is given, exhausted, taken back, or lies with one accountable party',
    },
    violations: () => sql`
      select d.incident_id, d.report_id, count(*) filter (where d.state in ${live}) as live from deadlines d
      join incidents i on i.id = d.incident_id and i.state in ${openCases} and d.generation = i.generation
      left join breaches b on b.incident_id = d.incident_id and b.deadline_no = d.no
      where d.report_id is not null
      group by d.incident_id, d.report_id
      having count(*) filter (where d.state in ${live}) <> case
        when bool_or(d.state = 'met' or d.fulfilled_at is not null or d.cancel_reason = 'separated'
          or b.outcome is not distinct from 'exhausted') then 0 else 1 end
      union all
      -- What a merge cancelled and the survivor never took over.
      select j.survivor_id, r.id, 0 from joined_incidents j
      join deadlines m on m.incident_id = j.incident_id and m.promise = 'feedback' and m.assignment_no is null
        and m.cancel_reason = 'merged' and m.settled_at = j.joined_at
      join reports r on r.incident_id = j.incident_id
      where not exists (
        select from deadlines d where d.incident_id = j.survivor_id and d.report_id = coalesce(m.report_id, r.id))`,
  },
  {
    name: 'ended_incident_has_no_clock',
    number: 7,
    title: {
      zh: '已了结的事件和已结束的派单没有在计时的时限',
      en: 'No clock runs for a case or an assignment that has ended',
    },
    violations: () => sql`
      select d.incident_id, d.no, d.promise, i.state, d.assignment_no from deadlines d
      join incidents i on i.id = d.incident_id
      left join assignments a on a.incident_id = d.incident_id and a.no = d.assignment_no
      where d.state in ${live} and (i.state not in ${openCases} or a.ended_at is not null)`,
  },
  {
    name: 'one_live_clock_for_each_promise',
    number: 7,
    title: {
      zh: '同一事件同一承诺（或同一派单）至多一个时限在计时',
      en: 'At most one clock runs for each promise and assignment',
    },
    violations: () => sql`
      select incident_id, promise, assignment_no, report_id, count(*) as live from deadlines where state in ${live}
      group by incident_id, promise, assignment_no, report_id having count(*) > 1`,
  },
  {
    name: 'due_time_follows_policy',
    number: 11,
    title: {
      zh: '到期时间等于起算时间加规则时限及顺延、挂账、延期；移交、并案的沿用原到期时间',
      en: 'A due time is the start plus the limit of the policy and what it was put off by; what was handed over or merged keeps the one it had',
    },
    violations: () => sql`
      select d.incident_id, d.no, d.promise, d.rung, d.started_at, d.due_at from deadlines d
      join policies p on p.id = d.policy_id
      cross join lateral (
        select kind as top from unnest(p.ladder) as kind order by ${rank('kind')} desc limit 1) as ladder
      left join deadlines h on h.incident_id = d.incident_id and h.no = d.handed_from
      cross join lateral (select d.due_at + (
        d.advanced_ms - coalesce(h.advanced_ms, 0) - d.prolonged_ms
        - (d.paused_ms - coalesce(h.paused_ms, 0)) - (d.extended_ms - coalesce(h.extended_ms, 0))
        ) * interval '1 ms' as due_at) as at_first
      where case
        -- A merge that was undone: the merged time counts as a pause.
        when h.cancel_reason = 'merged' then
          at_first.due_at is distinct from h.due_at + (d.started_at - h.settled_at) or h.promise <> d.promise
        when d.handed_from is not null then
          (h.due_at, h.promise, h.generation, h.cancel_reason, h.settled_at)
            is distinct from (at_first.due_at, d.promise, d.generation, 'handed_over', d.started_at)
        -- Feedback that went on with another case, or came back from it.
        when d.escalated_from is null and (d.district_code, d.promise, d.started_at, at_first.due_at) in (
          select district_code, promise, settled_at, due_at from deadlines
          where cancel_reason in ('merged', 'separated')
        ) then false
        when d.assignment_no is not null and exists (
          -- Where the incident's own clock was moved since, nothing tells any more when exactly it would have run out then.
          select from deadlines o
          where o.incident_id = d.incident_id and o.promise = 'on_site' and o.assignment_no is null
            -- Its own may have ended before both would have been prolonged.
            and (o.state = 'paused' or o.paused_ms + o.extended_ms > 0 or o.prolonged_ms > d.prolonged_ms)
        ) then at_first.due_at not between d.started_at + p.unit_minimum_ms * interval '1 ms'
          and d.started_at + greatest(p.unit_limit_ms, p.unit_minimum_ms) * interval '1 ms'
        when d.assignment_no is not null then not exists (
          -- The incident's own clock when the whistle was blown; the later of two that met in that instant may count.
          select from (
            -- Since then both were prolonged by the same, or its own not at all. What merges took counts for neither.
            select o.due_at + (o.advanced_ms - since.ms) * interval '1 ms' as due_at from deadlines o
            cross join (values (0), (d.prolonged_ms)) as since (ms)
            where o.incident_id = d.incident_id and o.promise = 'on_site' and o.assignment_no is null
              and o.started_at <= d.started_at and (o.settled_at is null or o.settled_at >= d.started_at)
            union all select null
          ) as own
          where at_first.due_at = greatest(
            least(d.started_at + p.unit_limit_ms * interval '1 ms', own.due_at),
            d.started_at + p.unit_minimum_ms * interval '1 ms'))
        else at_first.due_at is distinct from d.started_at
          + coalesce(p.limits_ms -> d.promise ->> d.rung, p.limits_ms -> d.promise ->> ladder.top)::bigint
          * interval '1 ms'
      end`,
  },
  {
    name: 'escalated_to_the_next_rung',
    number: 12,
    title: {
      zh: '升级到所记录版本辖区树的上一级',
      en: 'An escalation went to the next rung in the recorded version of the area tree',
    },
    violations: () => sql`
      select d.incident_id, d.no, d.rung, d.accountable_code, d.tree_version, next.code as expected
      from deadlines d
      join deadlines below on below.incident_id = d.incident_id and below.no = d.escalated_from
      join policies p on p.id = d.policy_id
      left join area_versions v on v.code = d.area_path[cardinality(d.area_path)]
        and v.since_version <= d.tree_version and (v.until_version is null or v.until_version > d.tree_version)
      left join lateral (
        select code, kind from unnest(v.path, v.path_kinds) with ordinality as node (code, kind, depth)
        where kind = any (p.ladder) and ${rank('kind')} > ${rank('below.rung')}
        order by depth desc limit 1) as next on true
      where d.escalated_from is not null and (below.state <> 'breached' or below.promise <> d.promise
        or (v.path, next.code, next.kind) is distinct from (d.area_path, d.accountable_code, d.rung))`,
  },
] as const satisfies readonly Invariant[]
