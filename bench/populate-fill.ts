import { foldText, pairsOf } from '../src/search/fold-text.ts'
import { districtWord } from '../src/search/index-texts.ts'
import { eventsMax, formatArguments, instantsMax } from './populate-templates.ts'

/** The statements that plan a population and write it, all of it within the server. */

const sequence = (length: number) => Array.from({ length }, (_, index) => index)

/** `receipt + ms`, plus the incident's own shift, as milliseconds and as an instant of Postgres. */
const msOf = (ms: string, shifted: string) => `(p.received_ms + ${ms} + p.shift_ms * ${shifted})`
const instantOf = (prefix: string, table = 't') =>
  `timestamptz 'epoch' + ${msOf(`${table}.${prefix}_ms`, `${table}.${prefix}_shifted`)} * interval '1 ms'`
const receivedAt = `timestamptz 'epoch' + p.received_ms * interval '1 ms'`

/** A body or a payload of an incident `p`, whose format and instants stand in a row `t`. */
const textOf = (table: string) =>
  `format(${table}.format, ${formatArguments.map((column) => `p.${column}`).join(', ')}, ${sequence(
    instantsMax,
  )
    .map((index) => msOf(`${table}.ms[${index + 1}]`, `${table}.shifted[${index + 1}]`))
    .join(', ')})`

/** What a column of the plan is called by a template: a party, by its level. */
const partyOf = (column: string) =>
  `case ${column} when 'community' then p.community when 'street' then p.street when 'district' then p.district
    when 'city' then p.city else p.unit end`

/** The chain's hash (src/audit/chain.ts), so that a whole population can be verified. */
const hashOf = (seq: number, prev: string, body: string) =>
  `sha256('\\x01'::bytea || int4send(octet_length(p.stream)) || convert_to(p.stream, 'UTF8') || int8send(${seq}) ||
    int4send(32) || ${prev} || int4send(octet_length(${body})) || convert_to(${body}, 'UTF8'))`

/** The tables of the plan. Nothing of them outlives the population. */
export const createPlan = `
  drop schema if exists bench cascade;
  create schema bench;
  create unlogged table bench.slots (cohort text, slot int, scenario int);
  create unlogged table bench.places (slot int, city text, district text, street text, community text, path text[], unit text);
  create unlogged table bench.cases (scenario int, policy_id uuid, state text, revision int, generation int, reopenings int,
    ended_by text, ended_ms bigint, ended_shifted int, events int, head_ms bigint, head_shifted int);
  create unlogged table bench.events (scenario int, seq int, type text, at_ms bigint, at_shifted int, format text, ms bigint[],
    shifted int[]);
  create unlogged table bench.deadlines (scenario int, no int, promise text, rung text, accountable text, generation int,
    assignment_no int, tree_version int, started_ms bigint, started_shifted int, due_ms bigint, due_shifted int,
    escalated_from int, handed_from int, state text, cancel_reason text, settled_ms bigint, settled_shifted int,
    settled_seq int, fulfilled_ms bigint, fulfilled_shifted int, fulfilled_seq int, outstanding text);
  create unlogged table bench.breaches (scenario int, no int, outcome text, seq int, at_ms bigint, at_shifted int);
  create unlogged table bench.assignments (scenario int, no int, part text, state text, whistled_by text, assigned_ms bigint,
    assigned_shifted int, accepted_ms bigint, accepted_shifted int, arrived_ms bigint, arrived_shifted int,
    ended_ms bigint, ended_shifted int);
  create unlogged table bench.notices (scenario int, seq int, place int, kind text, recipient_kind text, recipient text,
    format text, ms bigint[], shifted int[], at_ms bigint, at_shifted int);
  create unlogged table bench.chosen (n int, cohort text, received_ms bigint);`

/** Rows of a template table, which come as JSON. */
export const insertTemplates = (table: string) =>
  `insert into bench.${table} select * from json_populate_recordset(null::bench.${table}, $1::json)`

/**
 * Which community has which of the slots that incidents are dealt over: so many slots for each district ($1, JSON from
 * code to number), dealt to its communities in turn.
 */
export const placeSlots = `
  insert into bench.places
  select row_number() over (order by d.key, s) - 1, c.path[1], c.path[2], c.path[3], c.code, c.path,
    left(c.code, 6) || '-fire-rescue'
  from json_each_text($1::json) d
  cross join generate_series(1, d.value::int) s
  join (select code, path, path[2] as district, row_number() over (partition by path[2] order by code) - 1 as place,
      count(*) over (partition by path[2]) as places
    from areas where kind = 'community' and retired_at is null and cardinality(path) = 4) c
    on c.district = d.key and c.place = s % c.places`

/** Incidents of a cohort, received evenly over a time: cohort, count, from, to (ms), number of the first. */
export const chooseIncidents = `
  insert into bench.chosen
  select $5::int + g - 1, $1::text, $3::bigint + ((g - 1) * ($4::bigint - $3::bigint)::numeric / $2::bigint)::bigint
  from generate_series(1, $2::int) g`

/** Everything about each incident that is not the same for its scenario. $1: seed, $2: slots of scenarios, $3: of places. */
export const planIncidents = (seed: number, caseSlots: number, placeCount: number) => `
  create unlogged table bench.plan as
  with dealt as (
    select c.*, abs(hashint8extended(c.n, ${seed})) as luck, abs(hashint8extended(c.n, ${seed + 1})) as where_luck
    from bench.chosen c
  ), placed as (
    select d.n, s.scenario, d.received_ms, d.luck / 1000 % 240000 as shift_ms,
      lpad(to_hex(d.received_ms), 12, '0') || '7' || lpad(to_hex(${seed} % 4096), 3, '0') || '8'
        || lpad(to_hex(d.n), 15, '0') as hex,
      left(l.district, 6) || '-' || to_char(timestamptz 'epoch' + (d.received_ms + 28800000) * interval '1 ms', 'YYYYMMDD')
        || '-' || upper(lpad(to_hex(${seed} % 256), 2, '0') || lpad(to_hex(d.n), 6, '0')) as number,
      l.city, l.district, l.street, l.community, l.path, l.unit,
      k.codes[1 + d.luck / 100 % cardinality(k.codes)] as category
    from dealt d
    join bench.slots s on s.cohort = d.cohort and s.slot = d.luck % ${caseSlots}
    join bench.places l on l.slot = d.where_luck % ${placeCount}
    cross join (select array_agg(code order by code) as codes from categories where severity = 'high') k
  ), known as (
    select p.*, hex::uuid as id, (overlay(hex placing '9' from 17 for 1))::uuid as report_id,
      'incident/' || hex::uuid as stream
    from placed p
  )
  select p.n, p.scenario, p.received_ms, p.shift_ms, p.id, p.report_id, p.stream, p.number, p.city, p.district, p.street,
    p.community, p.path, p.unit, p.category, ${sequence(eventsMax)
      .map((index) => `h${index + 1}`)
      .join(', ')}
  from (select * from known order by received_ms, n) p
  ${sequence(eventsMax)
    .map((index) => {
      const prev = index === 0 ? `decode(repeat('00', 32), 'hex')` : `h${index}`
      return `left join bench.events e${index + 1} on e${index + 1}.scenario = p.scenario and e${index + 1}.seq = ${index + 1}
  cross join lateral (select case when e${index + 1}.seq is not null then ${textOf(`e${index + 1}`)} end as b${index + 1} offset 0) x${index + 1}
  cross join lateral (select ${hashOf(index + 1, prev, `b${index + 1}`)} as h${index + 1} offset 0) y${index + 1}`
    })
    .join('\n  ')}`

const hash = `(array[${sequence(eventsMax)
  .map((index) => `p.h${index + 1}`)
  .join(', ')}])`

/** By which words the text that everybody reports is found, in the district of an incident `p` (src/search/index-texts.ts). */
const wordsOf = (folded: string) =>
  `array_to_tsvector(array['${districtWord('')}' || p.district, ${[...pairsOf(folded)].map((pair) => `'${pair}'`).join(', ')}])`

/**
 * What writes each table, by lane: lanes run side by side, each on a connection of its own. `$salt` and `$text` are those
 * that the commitment of the first event was made of.
 */
export const fillLanes = (salt: string, text: string): readonly (readonly string[])[] => [
  [
    `insert into events (stream, seq, district_code, type, at, body, prev, hash)
     select p.stream, t.seq, p.district, t.type, ${instantOf('at')}, ${textOf('t')},
       coalesce(${hash}[t.seq - 1], decode(repeat('00', 32), 'hex')), ${hash}[t.seq]
     from bench.plan p join bench.events t using (scenario)`,
    `insert into search_texts (incident_id, part, folded, words)
     select p.id, 'report/' || p.report_id, '${foldText(text)}', ${wordsOf(foldText(text))}
     from bench.plan p`,
  ],
  [
    `insert into incidents (id, number, district_code, area_code, category_code, severity, policy_id, state, received_at,
       revision, generation, reopenings, ended_by_area_code, ended_at, head_seq, head_hash, head_at)
     select p.id, p.number, p.district, p.community, p.category, 'high', t.policy_id, t.state, ${receivedAt}, t.revision,
       t.generation, t.reopenings, case when t.ended_by is not null then ${partyOf('t.ended_by')} end,
       ${instantOf('ended')}, t.events, ${hash}[t.events],
       ${instantOf('head')}
     from bench.plan p join bench.cases t using (scenario)`,
    `insert into deadlines (incident_id, no, district_code, promise, rung, accountable_code, generation, assignment_no,
       policy_id, area_path, tree_version, started_at, due_at, escalated_from, handed_from, state, cancel_reason,
       settled_at, settled_seq, fulfilled_at, fulfilled_seq, outstanding)
     select p.id, t.no, p.district, t.promise, t.rung, ${partyOf('t.accountable')}, t.generation, t.assignment_no,
       c.policy_id, p.path, t.tree_version, ${instantOf('started')}, ${instantOf('due')}, t.escalated_from, t.handed_from,
       t.state, t.cancel_reason, ${instantOf('settled')}, t.settled_seq, ${instantOf('fulfilled')}, t.fulfilled_seq,
       t.outstanding
     from bench.plan p join bench.cases c using (scenario) join bench.deadlines t using (scenario)`,
    `insert into reports (id, incident_id, district_code, reporter_id, reporter_role, category_code, area_code, description,
       received_at, salt)
     select p.report_id, p.id, p.district, 'bench:resident', 'resident', p.category, p.community, '${text}', ${receivedAt},
       decode('${salt}', 'hex')
     from bench.plan p`,
    `insert into breaches (incident_id, deadline_no, number, district_code, area_path, tree_version, category_code, promise,
       rung, accountable_code, policy_id, started_at, due_at, detected_at, outcome, seq)
     select p.id, d.no, p.number, p.district, p.path, d.tree_version, p.category, d.promise, d.rung,
       ${partyOf('d.accountable')}, c.policy_id, ${instantOf('started', 'd')}, ${instantOf('due', 'd')}, ${instantOf('at')},
       t.outcome, t.seq
     from bench.plan p join bench.cases c using (scenario) join bench.breaches t using (scenario)
     join bench.deadlines d on d.scenario = t.scenario and d.no = t.no`,
    `insert into assignments (incident_id, no, district_code, assignee_kind, assignee_code, part, state, whistled_by,
       assigned_at, accepted_at, arrived_at, ended_at)
     select p.id, t.no, p.district, 'unit', p.unit, t.part, t.state, ${partyOf('t.whistled_by')}, ${instantOf('assigned')},
       ${instantOf('accepted')}, ${instantOf('arrived')}, ${instantOf('ended')}
     from bench.plan p join bench.assignments t using (scenario)`,
    `insert into outbox (id, incident_id, district_code, stream, seq, kind, recipient_kind, recipient_code, payload, created_at,
       attempts, delivered_at)
     select (overlay(p.id::text placing 'a' || t.place || lpad(t.seq::text, 2, '0') from 20 for 4))::uuid, p.id, p.district,
       p.stream, t.seq, t.kind, t.recipient_kind, ${partyOf('t.recipient')}, ${textOf('t')}, ${instantOf('at')}, 1,
       ${instantOf('at')} + interval '1 s'
     from bench.plan p join bench.notices t using (scenario)`,
  ],
]
