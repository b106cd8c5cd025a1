-- The tables of whistle-report. Instants are timestamptz(3), always given by the application, which reads them from this
-- database's clock after its locks are held: no default and no statement here reads a clock of its own.
-- Each table names the slice that writes it; nobody else does (test/architecture.test.ts).

-- Roles ------------------------------------------------------------------------------------------------------------
-- The migrator owns everything; the application runs as whistle_app, whatever login it comes by.
do $$
begin
  if not exists (select from pg_roles where rolname = 'whistle_app') then
    create role whistle_app nologin;
  end if;
exception when duplicate_object or unique_violation then null;
end $$;
grant whistle_app to current_user;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% on % is refused: its rows are evidence', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;

-- Areas (src/areas) ------------------------------------------------------------------------------------------------
create table area_tree (
  only_row boolean primary key default true check (only_row),
  version integer not null check (version >= 0)
);
insert into area_tree (version) values (0);

-- The tree as it stands. `path` and `path_kinds` run from the root down to the area itself.
create table areas (
  code text primary key check (code ~ '^[0-9]{12}(-[0-9A-Za-z]{1,20})*$'),
  name text not null check (length(name) between 1 and 200),
  kind text not null check (kind in ('grid', 'community', 'street', 'district', 'city')),
  parent_code text references areas (code) deferrable initially deferred,
  path text[] not null check (path[cardinality(path)] = code),
  path_kinds text[] not null check (cardinality(path_kinds) = cardinality(path)),
  district_code text,
  since_version integer not null,
  retired_at timestamptz(3),
  successor_code text references areas (code) deferrable initially deferred,
  check ((parent_code is null) = (cardinality(path) = 1))
);
create index areas_parent on areas (parent_code);
create index areas_subtree on areas using gin (path);

-- Every earlier and present shape of an area: valid from `since_version` until before `until_version`.
create table area_versions (
  code text not null references areas (code) deferrable initially deferred,
  since_version integer not null,
  until_version integer check (until_version > since_version),
  name text not null,
  kind text not null,
  parent_code text,
  path text[] not null,
  path_kinds text[] not null,
  retired boolean not null,
  primary key (code, since_version)
);
create unique index area_versions_present on area_versions (code) where until_version is null;

-- Units (src/units) ------------------------------------------------------------------------------------------------
create table units (
  code text primary key check (code ~ '^[0-9A-Za-z][0-9A-Za-z-]{1,63}$'),
  name text not null check (length(name) between 1 and 200),
  kind text not null check (kind in ('department', 'party_member_unit', 'volunteer_team', 'property_company', 'emergency_team')),
  area_code text not null references areas (code)
);
create index units_area on units (area_code);

-- Categories (src/categories) --------------------------------------------------------------------------------------
create table categories (
  code text primary key check (code ~ '^[a-z][a-z0-9_]{1,63}$'),
  parent_code text references categories (code),
  path text[] not null check (path[cardinality(path)] = code),
  name_zh text not null,
  name_en text not null,
  severity text not null check (severity in ('low', 'normal', 'high', 'critical')),
  unit_kind text not null
);

-- Policies (src/policies): each row is one version and is never edited ---------------------------------------------
create table policies (
  id uuid primary key,
  code text not null check (code ~ '^[a-z][a-z0-9-]{1,63}$'),
  version integer not null check (version > 0),
  area_code text references areas (code),
  category_code text references categories (code),
  severity text check (severity in ('low', 'normal', 'high', 'critical')),
  enabled boolean not null,
  ladder text[] not null check (cardinality(ladder) between 1 and 5),
  limits_ms jsonb not null,
  unit_limit_ms bigint not null check (unit_limit_ms between 1 and 31536000000),
  unit_minimum_ms bigint not null check (unit_minimum_ms between 0 and 31536000000),
  arrival_radius_m integer not null check (arrival_radius_m between 1 and 1000000),
  created_at timestamptz(3) not null,
  created_by text not null,
  unique (code, version)
);
create trigger policies_immutable before update or delete on policies for each row execute function refuse_change();
create trigger policies_kept before truncate on policies for each statement execute function refuse_change();

-- Incidents (src/incidents): the aggregate of one case, keyed by (incident_id, small number) -----------------------
create table incidents (
  id uuid primary key,
  number text not null unique,
  district_code text not null,
  area_code text not null references areas (code),
  category_code text not null references categories (code),
  severity text not null,
  policy_id uuid not null references policies (id),
  state text not null check (state in ('received', 'reported', 'dispatched', 'on_site', 'resolved', 'closed', 'rejected')),
  received_at timestamptz(3) not null,
  revision integer not null check (revision > 0),
  generation integer not null check (generation > 0),
  ended_by_area_code text,
  -- The head of the incident's chain of events lives here, because each of its transactions has locked this row anyway.
  head_seq integer not null check (head_seq > 0),
  head_hash bytea not null check (length(head_hash) = 32),
  head_at timestamptz(3) not null,
  latitude double precision check (latitude between -90 and 90),
  longitude double precision check (longitude between -180 and 180),
  check ((latitude is null) = (longitude is null))
) with (fillfactor = 80);
create index incidents_area on incidents (area_code, id desc);
create index incidents_state on incidents (state, id desc);

create table reports (
  id uuid primary key,
  incident_id uuid not null references incidents (id),
  district_code text not null,
  reporter_id text not null,
  reporter_role text not null,
  category_code text not null references categories (code),
  area_code text not null references areas (code),
  description text not null check (length(description) between 1 and 4000),
  address text check (length(address) between 1 and 500),
  latitude double precision check (latitude between -90 and 90),
  longitude double precision check (longitude between -180 and 180),
  occurred_at timestamptz(3),
  received_at timestamptz(3) not null,
  -- With this salt the event's commitment to the texts above can be checked; erasing both erases the text.
  salt bytea not null,
  check ((latitude is null) = (longitude is null))
);
create index reports_incident on reports (incident_id);
create index reports_reporter on reports (reporter_id, id desc);

create table report_contacts (
  report_id uuid primary key references reports (id),
  name text check (length(name) between 1 and 100),
  phone text check (length(phone) between 1 and 40)
);

-- Free texts and positions that belong to an event. The event holds a salted commitment only.
create table event_notes (
  incident_id uuid not null references incidents (id),
  seq integer not null,
  text text check (length(text) between 1 and 4000),
  latitude double precision check (latitude between -90 and 90),
  longitude double precision check (longitude between -180 and 180),
  visible_to_reporter boolean not null,
  salt bytea not null,
  primary key (incident_id, seq)
);

create table assignments (
  incident_id uuid not null references incidents (id),
  no smallint not null,
  district_code text not null,
  unit_code text not null references units (code),
  whistled_by text not null references areas (code),
  assigned_at timestamptz(3) not null,
  ended_at timestamptz(3),
  primary key (incident_id, no)
);
create unique index assignments_one_live_lead on assignments (incident_id) where ended_at is null;
create index assignments_unit on assignments (unit_code, incident_id);

create table deadlines (
  incident_id uuid not null references incidents (id),
  no smallint not null check (no > 0),
  district_code text not null,
  promise text not null check (promise in ('report', 'feedback', 'on_site')),
  rung text not null check (rung in ('grid', 'community', 'street', 'district', 'city', 'unit')),
  accountable_code text not null,
  generation smallint not null check (generation > 0),
  assignment_no smallint,
  policy_id uuid not null,
  area_path text[] not null,
  tree_version integer not null,
  started_at timestamptz(3) not null,
  due_at timestamptz(3) not null,
  escalated_from smallint,
  handed_from smallint,
  state text not null check (state in ('running', 'met', 'breached', 'cancelled')),
  cancel_reason text check (cancel_reason in ('handed_over', 'settled', 'rejected', 'resolved')),
  settled_at timestamptz(3),
  settled_seq integer,
  fulfilled_at timestamptz(3),
  fulfilled_seq integer,
  primary key (incident_id, no),
  foreign key (incident_id, assignment_no) references assignments (incident_id, no),
  unique nulls not distinct (incident_id, promise, rung, assignment_no, generation),
  check ((rung = 'unit') = (assignment_no is not null)),
  check ((state = 'running') = (settled_at is null)),
  check ((settled_at is null) = (settled_seq is null)),
  check ((state = 'cancelled') = (cancel_reason is not null)),
  check ((fulfilled_at is null) = (fulfilled_seq is null)),
  check (fulfilled_at is null or state = 'breached'),
  check (state <> 'met' or settled_at <= due_at),
  check (state <> 'breached' or settled_at > due_at)
) with (fillfactor = 80);
create unique index deadlines_one_live on deadlines (incident_id, promise, assignment_no) nulls not distinct where state = 'running';
-- One escalation for each breach, one successor for each handing over.
create unique index deadlines_one_escalation on deadlines (incident_id, escalated_from) where escalated_from is not null;
create unique index deadlines_one_successor on deadlines (incident_id, handed_from) where handed_from is not null;
-- What the claim reads: nothing but what still runs, by due time.
create index deadlines_due on deadlines (due_at) include (incident_id) where state = 'running';
create index deadlines_period on deadlines (due_at, promise) where state <> 'cancelled';

create table breaches (
  incident_id uuid not null,
  deadline_no smallint not null,
  number text not null,
  district_code text not null,
  area_path text[] not null,
  tree_version integer not null,
  category_code text not null,
  promise text not null,
  rung text not null,
  accountable_code text not null,
  policy_id uuid not null,
  started_at timestamptz(3) not null,
  due_at timestamptz(3) not null,
  detected_at timestamptz(3) not null check (detected_at > due_at),
  outcome text not null check (outcome in ('escalated', 'exhausted', 'carried')),
  seq integer not null,
  primary key (incident_id, deadline_no),
  foreign key (incident_id, deadline_no) references deadlines (incident_id, no),
  unique (incident_id, seq)
);
create index breaches_due on breaches (due_at desc, incident_id desc, deadline_no desc);
create index breaches_area on breaches using gin (area_path);
create index breaches_accountable on breaches (accountable_code, due_at desc);
create index breaches_detected on breaches (detected_at desc);
create trigger breaches_immutable before update or delete on breaches for each row execute function refuse_change();
create trigger breaches_kept before truncate on breaches for each statement execute function refuse_change();

create table idempotency_keys (
  principal text not null,
  key text not null check (length(key) between 1 and 255),
  fingerprint bytea not null,
  status smallint not null,
  headers json not null,
  body text not null,
  created_at timestamptz(3) not null,
  primary key (principal, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);

-- Audit (src/audit) ------------------------------------------------------------------------------------------------
-- `body` is the exact text that was hashed (RFC 8785); in a UTF-8 database a text's bytes are what was written.
create table events (
  stream text not null,
  seq integer not null check (seq > 0),
  district_code text,
  type text not null,
  at timestamptz(3) not null,
  body text not null,
  prev bytea not null check (length(prev) = 32),
  hash bytea not null check (length(hash) = 32),
  primary key (stream, seq)
);
create trigger events_immutable before update or delete on events for each row execute function refuse_change();
create trigger events_kept before truncate on events for each statement execute function refuse_change();

-- The heads of the streams that are not an incident's.
create table streams (
  name text primary key,
  head_seq integer not null,
  head_hash bytea not null,
  head_at timestamptz(3) not null
);

-- Notices (src/notifications) --------------------------------------------------------------------------------------
-- No foreign key: incidents are never deleted, and a burst of breaches writes as many notices.
create table outbox (
  id uuid primary key,
  incident_id uuid not null,
  district_code text not null,
  stream text not null,
  seq integer not null,
  kind text not null check (kind in ('breached', 'exhausted', 'handed_over', 'assigned')),
  recipient_kind text not null check (recipient_kind in ('area', 'unit')),
  recipient_code text not null,
  payload text not null,
  created_at timestamptz(3) not null,
  -- When it is to be offered to the queue next; null once it is delivered or parked.
  offer_at timestamptz(3),
  attempts integer not null,
  delivered_at timestamptz(3),
  parked_at timestamptz(3),
  last_error text check (length(last_error) <= 500),
  check ((offer_at is null) = (delivered_at is not null or parked_at is not null))
);
create index outbox_offer on outbox (offer_at) where offer_at is not null;
create index outbox_parked on outbox (parked_at) where parked_at is not null;

-- Privileges -------------------------------------------------------------------------------------------------------
grant usage on schema public to whistle_app;
grant select on all tables in schema public to whistle_app;
grant insert, update on area_tree, areas, area_versions, units, categories to whistle_app;
grant insert on policies, breaches, events, reports, report_contacts, event_notes to whistle_app;
grant insert, update on incidents, assignments, deadlines, streams, outbox to whistle_app;
grant insert, delete on idempotency_keys to whistle_app;
