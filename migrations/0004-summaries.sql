-- Deadlines summed up for the auditor (src/breaches) -----------------------------------------------------------------
-- Finished days of due times, in Asia/Shanghai, and the months that are made of nothing else. A sum is by street: what
-- lies below stands under the path of its street, or of the lowest area above where there is none.
create table deadline_sums (
  span text not null check (span in ('day', 'month')),
  since date not null,
  path text[] not null,
  city_code text,
  district_code text,
  street_code text,
  promise text not null,
  rung text not null,
  due integer not null,
  met integer not null,
  breached integer not null,
  fulfilled_late integer not null,
  open integer not null,
  running integer not null,
  -- How late each one was that was kept after all, with commas between: percentiles cannot be made of percentiles.
  lateness_ms text
);
create index deadline_sums_since on deadline_sums (span, since);

-- How far that has come. Of days before `marked_before` every change of what was summed up leaves a mark, and so nobody has
-- to update a sum: days with a mark are read live, and summed up anew by the next round.
create table sums_progress (
  only_row boolean primary key default true check (only_row),
  summed_before timestamptz(3) not null,
  marked_before timestamptz(3) not null check (marked_before >= summed_before),
  -- The tree by which the levels of paths were looked up.
  tree_version integer not null
);
insert into sums_progress (summed_before, marked_before, tree_version) values ('2000-01-01Z', '2000-01-01Z', 0);

create table sums_marks (day date not null);
create index sums_marks_day on sums_marks (day);

-- Triggers, because a change that leaves no mark would make the sums wrong, whoever made it.
create function mark_sums_of_deadlines() returns trigger language plpgsql as $$
begin
  insert into sums_marks (day)
  select distinct (due_at at time zone 'Asia/Shanghai')::date from changed
  where due_at < (select marked_before from sums_progress);
  return null;
end $$;
create trigger deadlines_started_mark_sums after insert on deadlines
  referencing new table as changed for each statement execute function mark_sums_of_deadlines();
create trigger deadlines_changed_mark_sums after update on deadlines
  referencing new table as changed for each statement execute function mark_sums_of_deadlines();

create function mark_sums_of_former_due_time() returns trigger language plpgsql as $$
begin
  insert into sums_marks (day)
  select (old.due_at at time zone 'Asia/Shanghai')::date
  where old.due_at < (select marked_before from sums_progress);
  return null;
end $$;
create trigger deadlines_moved_mark_sums after update on deadlines
  for each row when (old.due_at <> new.due_at) execute function mark_sums_of_former_due_time();

-- Whether a breached promise is still owed depends on its incident.
create function mark_sums_of_incident() returns trigger language plpgsql as $$
begin
  insert into sums_marks (day)
  select distinct (due_at at time zone 'Asia/Shanghai')::date from deadlines
  where incident_id = new.id and state = 'breached' and fulfilled_at is null
    and due_at < (select marked_before from sums_progress);
  return null;
end $$;
create trigger incidents_changed_mark_sums after update on incidents
  for each row when (old.state <> new.state or old.generation <> new.generation)
  execute function mark_sums_of_incident();

grant select, insert, delete on deadline_sums, sums_marks to whistle_app;
grant select, update on sums_progress to whistle_app;

-- Indexes that the reports need -----------------------------------------------------------------------------------------
drop index deadlines_period;
create index deadlines_period on deadlines (due_at) where state <> 'cancelled';
-- A subtree is some areas, and the last of a path is the incident's own: one short entry for each breach, where an index of
-- whole paths has five.
drop index breaches_area;
create index breaches_place on breaches ((area_path[cardinality(area_path)]));
drop index breaches_accountable;
create index breaches_unit on breaches (accountable_code, due_at desc) where rung = 'unit';
create index area_versions_subtree on area_versions using gin (path);
