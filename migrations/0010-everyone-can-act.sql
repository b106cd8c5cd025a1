-- Everyone who acts on an incident (src/incidents): assignments that are accepted, returned and finished, clocks that are
-- paused and put off, merged incidents, ratings. Whole incidents are the fold of their events, so each of these columns is
-- what some event says.

alter table incidents
  drop constraint incidents_state_check,
  add constraint incidents_state check
    (state in ('received', 'reported', 'dispatched', 'on_site', 'resolved', 'closed', 'rejected', 'merged')),
  -- How often it was reopened, and when it was ended the last time.
  add column reopenings integer not null default 0 check (reopenings >= 0),
  add column ended_at timestamptz(3),
  add column merged_into uuid references incidents (id),
  add column merged_at timestamptz(3),
  add column merged_from text,
  add constraint incidents_merged check
    ((state = 'merged') = (merged_into is not null) and (state = 'merged') = (merged_at is not null)
      and (state = 'merged') = (merged_from is not null)),
  add constraint incidents_ended check (ended_at is null or ended_by_area_code is not null);
update incidents set reopenings = generation - 1 where generation > 1;
update incidents set ended_at = (
  select max(at) from events
  where stream = 'incident/' || incidents.id and type in ('settled', 'resolved', 'rejected'))
where ended_by_area_code is not null;

-- A case is assigned to units, and to areas that it is handed down to.
alter table assignments rename column unit_code to assignee_code;
alter index assignments_unit rename to assignments_assignee;
drop index assignments_one_live_lead;
alter table assignments
  drop constraint assignments_unit_code_fkey,
  add column assignee_kind text not null default 'unit' check (assignee_kind in ('unit', 'area')),
  add column part text not null default 'lead' check (part in ('lead', 'support')),
  add column state text not null default 'assigned' check
    (state in ('assigned', 'accepted', 'return_requested', 'arrived', 'finished', 'returned', 'withdrawn', 'ended')),
  add column accepted_at timestamptz(3),
  add column arrived_at timestamptz(3),
  add column return_refused boolean not null default false;
update assignments set state = 'ended' where ended_at is not null;
alter table assignments
  alter column assignee_kind drop default,
  alter column part drop default,
  alter column state drop default,
  add constraint assignments_over check
    ((state in ('finished', 'returned', 'withdrawn', 'ended')) = (ended_at is not null));
create unique index assignments_one_live_lead on assignments (incident_id) where ended_at is null and part = 'lead';
-- Whose unit has arrived stands at the place, though its events did not say which assignment that was: each whistle called one
-- unit, and so many whistles came before.
update assignments set state = case when assignments.ended_at is null then 'arrived' else assignments.state end,
  accepted_at = came.at, arrived_at = came.at
from (
  select stream, type, at, body, count(*) filter (where type = 'whistle_blown') over (partition by stream order by seq) as no
  from events where type in ('whistle_blown', 'arrived')
) as came
where came.type = 'arrived' and came.body::json #>> '{actor,unitCode}' = assignments.assignee_code
  and came.stream = 'incident/' || assignments.incident_id and came.no = assignments.no;

-- Requests to stop a clock for a while (挂账) or to put a due time off (延期).
create table reliefs (
  incident_id uuid not null references incidents (id),
  no smallint not null check (no > 0),
  district_code text not null,
  kind text not null check (kind in ('pause', 'extension')),
  promises text[] not null check (cardinality(promises) between 1 and 3),
  until timestamptz(3),
  by_ms bigint check (by_ms > 0),
  requested_by_kind text not null check (requested_by_kind in ('unit', 'area')),
  requested_by_code text not null,
  state text not null check (state in ('requested', 'approved', 'refused', 'ended', 'lapsed')),
  requested_at timestamptz(3) not null,
  decided_at timestamptz(3),
  decided_by text,
  ended_at timestamptz(3),
  primary key (incident_id, no),
  check ((kind = 'pause') = (until is not null)),
  check ((kind = 'extension') = (by_ms is not null)),
  check ((decided_at is null) = (decided_by is null))
);

-- Which incidents were merged into which (并案), and taken apart again.
create table joined_incidents (
  survivor_id uuid not null references incidents (id),
  incident_id uuid not null references incidents (id),
  -- What the merge alone takes from which of the survivor's deadlines: {no, byMs}.
  taken jsonb not null check (jsonb_typeof(taken) = 'array'),
  joined_at timestamptz(3) not null,
  separated_at timestamptz(3),
  primary key (survivor_id, incident_id)
);
create unique index joined_incidents_once on joined_incidents (incident_id) where separated_at is null;

-- What reporters say to whether it worked (问效于民): once for each time that the case was taken up.
create table ratings (
  report_id uuid not null references reports (id),
  generation smallint not null check (generation > 0),
  incident_id uuid not null,
  seq integer not null,
  district_code text not null,
  solved boolean not null,
  satisfaction smallint not null check (satisfaction between 1 and 5),
  rated_at timestamptz(3) not null,
  primary key (report_id, generation),
  unique (incident_id, seq)
);

-- What happens by itself at an instant and is no promise: the end of a pause, the closing of a case. It is told from the
-- incident, so the rows of one could be made anew.
create table alarms (
  incident_id uuid not null references incidents (id),
  kind text not null check (kind in ('resume', 'close')),
  no smallint not null,
  at timestamptz(3) not null,
  primary key (incident_id, kind, no)
);
create index alarms_at on alarms (at);

-- Clocks that stand still, and due times that were put off or brought forward.
alter table deadlines
  add column report_id uuid,
  add column paused_at timestamptz(3),
  add column paused_ms bigint not null default 0 check (paused_ms >= 0),
  add column extended_ms bigint not null default 0 check (extended_ms >= 0),
  add column advanced_ms bigint not null default 0 check (advanced_ms >= 0),
  add column urges smallint not null default 0 check (urges >= 0),
  drop constraint deadlines_state_check,
  drop constraint deadlines_cancel_reason_check,
  drop constraint deadlines_check,
  drop constraint deadlines_check1,
  drop constraint deadlines_incident_id_promise_rung_assignment_no_generation_key,
  drop constraint deadlines_fault_only_met,
  add constraint deadlines_state check (state in ('running', 'paused', 'met', 'breached', 'cancelled')),
  add constraint deadlines_cancel_reason check (cancel_reason in ('handed_over', 'settled', 'rejected', 'resolved',
    'merged', 'separated', 'returned', 'finished', 'withdrawn')),
  add constraint deadlines_of_units check (rung <> 'unit' or assignment_no is not null),
  add constraint deadlines_live check ((state in ('running', 'paused')) = (settled_at is null)),
  add constraint deadlines_paused check ((state = 'paused') = (paused_at is not null)),
  add constraint deadlines_fault_only_met check (not clock_fault or state in ('running', 'paused', 'met')),
  add constraint deadlines_once unique nulls not distinct
    (incident_id, promise, rung, assignment_no, report_id, generation);
drop index deadlines_one_live;
create unique index deadlines_one_live on deadlines (incident_id, promise, assignment_no, report_id)
  nulls not distinct where state in ('running', 'paused');

-- Categories and units say more.
alter table categories
  -- The lowest kind of area that may be made to carry it (准入).
  add column admitted_from text not null default 'grid'
    check (admitted_from in ('grid', 'community', 'street', 'district', 'city'));
alter table units
  -- The categories that it serves, each with everything below; null: all.
  add column category_codes text[] check (cardinality(category_codes) between 1 and 200),
  add column retired_at timestamptz(3);

-- Policies say more. Versions that stood before say what the default says.
alter table policies
  add column whistles jsonb not null default
    '{"grid": ["party_member_unit", "volunteer_team", "property_company"],
      "community": ["party_member_unit", "volunteer_team", "property_company"],
      "street": ["department", "party_member_unit", "volunteer_team", "property_company", "emergency_team"],
      "district": ["department", "party_member_unit", "volunteer_team", "property_company", "emergency_team"],
      "city": ["department", "party_member_unit", "volunteer_team", "property_company", "emergency_team"]}',
  add column settled_by text[] not null default '{grid,community,street,district,city}'
    check (cardinality(settled_by) between 0 and 5),
  add column returns_max integer not null default 1 check (returns_max between 0 and 50),
  add column pause_max_ms bigint not null default 2592000000 check (pause_max_ms between 1 and 31536000000),
  add column extension_max_ms bigint not null default 604800000 check (extension_max_ms between 1 and 31536000000),
  add column reliefs_max integer not null default 10 check (reliefs_max between 0 and 100),
  add column rating_time_ms bigint not null default 259200000 check (rating_time_ms between 1 and 31536000000),
  add column reopenings_max integer not null default 3 check (reopenings_max between 0 and 100),
  add column duplicate_radius_m integer not null default 200 check (duplicate_radius_m between 1 and 100000),
  add column duplicate_time_ms bigint not null default 86400000 check (duplicate_time_ms between 1 and 31536000000);
-- Leads from one ladder to the next, past however many versions have the same.
create index policies_ladder on policies (ladder);

-- Reporters of cases that were resolved before are asked as those of later ones are, and as long.
insert into alarms (incident_id, kind, no, at)
select incidents.id, 'close', generation, ended_at + rating_time_ms * interval '1 ms'
from incidents join policies on policies.id = policy_id
where state = 'resolved';

alter table outbox
  drop constraint outbox_kind_check,
  add constraint outbox_kind check (kind in ('breached', 'exhausted', 'handed_over', 'assigned', 'taken_up_again',
    'joined', 'returned', 'return_requested', 'return_refused', 'withdrawn', 'relief_requested', 'relief_approved',
    'relief_refused', 'urged'));

grant select on reliefs, joined_incidents, ratings, alarms to whistle_app;
grant insert, update on reliefs, joined_incidents to whistle_app;
grant insert on ratings to whistle_app;
grant insert, delete on alarms to whistle_app;
