import { sql } from 'kysely'
import { toTimestamp } from '../database/clock.ts'
import type { Invariant } from './invariant.ts'

/** A notice whose next offer is overdue by this much is one that nobody delivers; offers come each 30 s. */
const offerToleranceMs = 120_000

export const recordInvariants = [
  {
    name: 'no_orphans',
    number: 4,
    title: { zh: '没有无主的记录', en: 'Nothing belongs to something that is not there' },
    violations: () => sql`
      select 'incident without a report' as what, i.id::text as key from incidents i
      where not exists (select from reports r where r.incident_id = i.id)
      union all
      select 'incident without events', i.id::text from incidents i
      where not exists (select from events e where e.stream = 'incident/' || i.id and e.seq = 1)
      union all
      select 'events without an incident', e.stream from events e
      where e.stream like 'incident/%' and e.seq = 1
        and not exists (select from incidents i where 'incident/' || i.id = e.stream)
      union all
      select 'events without a stream', e.stream from events e
      where e.stream not like 'incident/%' and e.seq = 1
        and not exists (select from streams s where s.name = e.stream)
      union all
      select 'note without an event', n.incident_id || ' ' || n.seq from event_notes n
      where not exists (select from events e where e.stream = 'incident/' || n.incident_id and e.seq = n.seq)
      union all
      select 'notice without an event', o.id::text from outbox o
      where not exists (select from events e where e.stream = o.stream and e.seq = o.seq)
      union all
      select 'deadline of nobody', d.incident_id || ' ' || d.no from deadlines d
      where case d.rung when 'unit' then not exists (select from units u where u.code = d.accountable_code)
        else not exists (select from areas a where a.code = d.accountable_code) end
      union all
      select 'deadline under another policy', d.incident_id || ' ' || d.no from deadlines d
      join incidents i on i.id = d.incident_id where i.policy_id <> d.policy_id`,
  },
  {
    name: 'notices_move',
    number: 8,
    title: {
      zh: '每条通知都已送达、正在投递，或已注明原因搁置',
      en: 'Each notice is delivered, offered in time, or parked with its reason',
    },
    violations: (now) => sql`
      select id, kind, recipient_code, attempts, offer_at, parked_at, last_error from outbox
      where offer_at < ${toTimestamp(now - offerToleranceMs)}::timestamptz
      union all
      select id, kind, recipient_code, attempts, offer_at, parked_at, last_error from outbox
      where parked_at is not null and last_error is null`,
  },
  {
    name: 'chains_linked',
    number: 13,
    title: {
      zh: '每条审计链从 1 起连续且前后相接',
      en: 'Chains are contiguous from 1, and each event points to the one before it',
    },
    violations: () => sql`
      select stream, seq, previous_seq from (
        select stream, seq, prev, lag(seq, 1, 0) over chain as previous_seq, lag(hash) over chain as previous_hash
        from events window chain as (partition by stream order by seq)) as linked
      where seq <> previous_seq + 1 or prev <> coalesce(previous_hash, decode(repeat('00', 32), 'hex'))`,
  },
  {
    name: 'heads_are_tails',
    number: 14,
    title: { zh: '登记的链尾就是末条审计事件', en: 'The registered head of each stream is its last event' },
    violations: () => sql`
      select head.stream, head.seq as head_seq, e.seq as event_seq, later.seq as later_seq from (
        select 'incident/' || id as stream, head_seq as seq, head_hash as hash, head_at as at from incidents
        union all select name, head_seq, head_hash, head_at from streams where head_seq > 0) as head
      left join events e on e.stream = head.stream and e.seq = head.seq
      left join events later on later.stream = head.stream and later.seq = head.seq + 1
      where (e.hash, e.at) is distinct from (head.hash, head.at) or later.seq is not null`,
  },
  {
    name: 'events_counted',
    number: 15,
    title: {
      zh: '每条审计链的事件条数与登记数一致',
      en: 'Each stream has as many events as its head counts',
    },
    violations: () => sql`
      select head.stream, head.seq as counted, coalesce(found.events, 0) as events from (
        select 'incident/' || id as stream, head_seq as seq from incidents
        union all select name, head_seq from streams) as head
      left join (select stream, count(*) as events from events group by stream) as found using (stream)
      where head.seq <> coalesce(found.events, 0)`,
  },
  {
    name: 'time_never_back',
    number: 18,
    title: { zh: '同一审计链上时间不倒退', en: 'Time never runs backwards within a stream' },
    violations: () => sql`
      select stream, seq, at, previous_at from (
        select stream, seq, at, lag(at) over (partition by stream order by seq) as previous_at from events) as timed
      where at < previous_at`,
  },
  {
    name: 'no_foreign_district',
    number: 20,
    title: { zh: '没有记录越出本区', en: 'No row reaches into a foreign district' },
    violations: () => sql`
      select 'deadline' as what, d.incident_id, d.no::text as key, d.district_code from deadlines d
      join incidents i on i.id = d.incident_id
      where d.district_code <> i.district_code or not d.area_path @> array[i.district_code]
        or (d.rung <> 'unit' and not d.accountable_code = any (d.area_path))
      union all
      select 'assignment', a.incident_id, a.no::text, a.district_code from assignments a
      join incidents i on i.id = a.incident_id where a.district_code <> i.district_code
      union all
      select 'relief', r.incident_id, r.no::text, r.district_code from reliefs r
      join incidents i on i.id = r.incident_id where r.district_code <> i.district_code
      union all
      select 'rating', r.incident_id, r.report_id::text, r.district_code from ratings r
      join incidents i on i.id = r.incident_id where r.district_code <> i.district_code
      union all
      select 'reveal', v.incident_id, v.seq::text, v.district_code from reporter_reveals v
      join incidents i on i.id = v.incident_id where v.district_code <> i.district_code
      union all
      select 'merge', i.id, s.id::text, i.district_code from joined_incidents j
      join incidents i on i.id = j.incident_id join incidents s on s.id = j.survivor_id
      where i.district_code <> s.district_code
        or (j.separated_at is null) <> (i.merged_into is not distinct from s.id)
      union all
      select 'breach', b.incident_id, b.deadline_no::text, b.district_code from breaches b
      join incidents i on i.id = b.incident_id
      where b.district_code <> i.district_code or not b.area_path @> array[i.district_code]
      union all
      select 'report', r.incident_id, r.id::text, r.district_code from reports r
      join incidents i on i.id = r.incident_id where r.district_code <> i.district_code
      union all
      select 'notice', o.incident_id, o.id::text, o.district_code from outbox o
      join incidents i on i.id = o.incident_id where o.district_code <> i.district_code
      union all
      select 'event', i.id, e.seq::text, e.district_code from events e
      join incidents i on e.stream = 'incident/' || i.id where e.district_code is distinct from i.district_code`,
  },
] as const satisfies readonly Invariant[]
