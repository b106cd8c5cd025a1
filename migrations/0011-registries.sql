-- Registries that administrators keep over the API: people and responsibilities, history by instant, changes that are
-- planned for later. Rows of the version before stay as they are: what is added is null, empty or counts from one.

-- Areas (src/areas) --------------------------------------------------------------------------------------------------
-- A split has several successors. `successor_code` goes on as the first of them.
alter table areas
  add column successor_codes text[] not null default '{}' check (cardinality(successor_codes) <= 200);
alter table area_versions
  add column successor_codes text[] not null default '{}',
  -- When the version came into being; null where it was kept before instants were.
  add column since_at timestamptz(3);
update areas set successor_codes = array[successor_code] where successor_code is not null;
update area_versions v set successor_codes = a.successor_codes
  from areas a where a.code = v.code and v.until_version is null and v.retired;
-- What the version before has written down about the instants stands in its events.
update area_versions v set since_at = e.at
  from (select (body::json ->> 'treeVersion')::integer as version, min(at) as at from events
    where stream = 'areas' and type = 'areas_imported' group by 1) e
  where e.version = v.since_version;
-- What the second change of a row leaves to be checked at the end is checked now: no index is made of a table before that.
set constraints all immediate;
create index area_versions_succeeded on area_versions using gin (successor_codes) where cardinality(successor_codes) > 0;

-- Units (src/units) and categories (src/categories) count their changes -----------------------------------------------
alter table units add column revision integer not null default 1 check (revision > 0);
alter table categories
  add column revision integer not null default 1 check (revision > 0),
  add column retired_at timestamptz(3);

-- People (src/people): who acts under which token ---------------------------------------------------------------------
-- Name and skills are personal data. Events hold a commitment to both; erasing the salt with them erases what they say.
create table people (
  subject text primary key check (subject ~ '^[0-9A-Za-z][0-9A-Za-z._:@|-]{0,99}$' and subject !~ '^system:'),
  name text not null check (length(name) between 1 and 200),
  skills text[] not null check (cardinality(skills) <= 20),
  salt bytea not null check (length(salt) = 32),
  role text not null check (role in ('resident', 'grid_worker', 'building_leader', 'dispatcher', 'responder', 'auditor',
    'administrator')),
  area_code text references areas (code),
  unit_code text references units (code),
  valid_from timestamptz(3),
  valid_until timestamptz(3) check (valid_until > valid_from),
  retired_at timestamptz(3),
  -- The area of the administrator whose word it is; it is held against tokens for this subtree. Null: everywhere.
  registered_within text references areas (code),
  revision integer not null check (revision > 0),
  check ((role = 'responder') = (unit_code is not null)),
  check ((unit_code is null) = (area_code is not null))
);
create index people_area on people (area_code, subject);
create index people_unit on people (unit_code, subject);

-- Responsibilities (包联, src/responsibilities): which unit or person answers for an area, and when -------------------
create table responsibilities (
  code text primary key check (code ~ '^[0-9A-Za-z][0-9A-Za-z-]{1,63}$'),
  area_code text not null references areas (code),
  unit_code text references units (code),
  person_subject text references people (subject),
  valid_from timestamptz(3) not null,
  valid_until timestamptz(3) check (valid_until > valid_from),
  retired_at timestamptz(3),
  revision integer not null check (revision > 0),
  check ((unit_code is null) = (person_subject is not null))
);
create index responsibilities_area on responsibilities (area_code, code);
create index responsibilities_unit on responsibilities (unit_code) where unit_code is not null;
create index responsibilities_person on responsibilities (person_subject) where person_subject is not null;

-- What all registries share (src/registry) ----------------------------------------------------------------------------
-- What a row said from an instant on, without personal data. Areas keep theirs in area_versions.
create table registry_versions (
  registry text not null check (registry in ('units', 'categories', 'people', 'responsibilities')),
  key text not null,
  revision integer not null check (revision > 0),
  since timestamptz(3) not null,
  facts json not null,
  primary key (registry, key, revision)
);

-- Changes that take effect later. Their rows are gone once that is decided: names of people may stand in them.
create table planned_changes (
  id uuid primary key,
  registry text not null check (registry in ('areas', 'units', 'categories', 'people', 'responsibilities')),
  rows json,
  -- Since which revision these rows, by key, had said what the change was made on; null for one that there was not.
  bases jsonb,
  -- Under which events commit to both (src/registry/plan-evidence.ts): what waits is carried out as it was filed, or not at all.
  salt bytea check (length(salt) = 32),
  row_count integer not null check (row_count > 0),
  keys text[] not null,
  within_code text not null references areas (code),
  filed_by text not null,
  filed_at timestamptz(3) not null,
  -- The number of the event that tells of it: whatever was planned before has a smaller one.
  event_seq integer not null,
  -- The number of the event that commits to its bases as they are: the same, or that of a plan before it that was carried out.
  told_seq integer not null check (told_seq >= event_seq),
  effective_at timestamptz(3) not null check (effective_at > filed_at),
  state text not null check (state in ('planned', 'applied', 'failed', 'lapsed', 'withdrawn')),
  decided_at timestamptz(3),
  faults json not null,
  check ((state = 'planned') = (decided_at is null)),
  check ((state = 'planned') = (rows is not null)),
  check ((state = 'planned') = (bases is not null)),
  check ((state = 'planned') = (salt is not null)),
  unique (registry, event_seq)
);
create index planned_changes_due on planned_changes (effective_at, id) where state = 'planned';
create index planned_changes_within on planned_changes (within_code, id desc);

grant select on people, responsibilities, registry_versions, planned_changes to whistle_app;
grant insert, update on people, responsibilities, planned_changes to whistle_app;
grant insert on registry_versions to whistle_app;
