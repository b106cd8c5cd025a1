-- The clock guard (src/clock): what is known of the database's clock, in one row that every look at the clock reads ----
create table clock_state (
  only_row boolean primary key default true check (only_row),
  -- The number of the event in the stream "clock" that made it so; 0 before the first.
  seq integer not null check (seq >= 0),
  -- While there is a fault: by how much the clock has left its own course. Then everybody decides by clock − offset.
  offset_ms bigint check (abs(offset_ms) < 10000000000000),
  -- The course is known from records alone: a clock that is ahead of it has come back.
  at_least boolean not null,
  -- [{"from", "to", "byMs"}]: where what is decided by left its course for good (src/domain/context.ts).
  jumps jsonb not null check (jsonb_typeof(jumps) = 'array')
);
insert into clock_state (seq, at_least, jumps) values (0, false, '[]');

alter table deadlines
  -- It was met by a clock that could not be trusted, perhaps after its due time.
  add column clock_fault boolean not null default false,
  -- By how much it was prolonged because its clock had been set ahead.
  add column prolonged_ms bigint not null default 0 check (prolonged_ms >= 0),
  drop constraint deadlines_check6,
  add constraint deadlines_met_in_time check (state <> 'met' or settled_at <= due_at or clock_fault),
  add constraint deadlines_fault_only_met check (not clock_fault or state in ('running', 'met'));

-- Incidents that cannot be settled (src/deadlines): set aside, so that they hold up nobody else -----------------------
-- No foreign key: whatever is wrong with an incident must not keep it from being set aside.
create table quarantined_incidents (
  incident_id uuid primary key,
  since timestamptz(3) not null,
  attempts integer not null check (attempts > 0),
  retry_at timestamptz(3) not null,
  error text not null check (length(error) <= 500)
);
create index quarantined_incidents_retry on quarantined_incidents (retry_at);

grant select, update on clock_state to whistle_app;
grant select, insert, update, delete on quarantined_incidents to whistle_app;
