-- Duty follows the areas (src/domain/follow-areas.ts): what somebody answered for goes on at the same rung with whoever stands
-- there now, when areas are merged, split or moved.

-- One deadline for each promise, assignment, rung and generation, but for those that were handed over: each of them has its one
-- successor, which may stand at the same rung.
alter table deadlines drop constraint deadlines_once;
create unique index deadlines_once on deadlines (incident_id, promise, rung, assignment_no, report_id, generation)
  nulls not distinct where cancel_reason is distinct from 'handed_over';

-- The version of the tree of areas up to which duty has followed in all open cases (src/deadlines).
create table duty_progress (
  only_row boolean primary key default true check (only_row),
  tree_version integer not null
);
-- Cases that were open before are looked at once.
insert into duty_progress (tree_version) values (0);

-- The loop that moves duty looks for who is at work for an area that is gone.
create index assignments_called on assignments (whistled_by) where ended_at is null;

-- What lies in an area that retired in favour of exactly one other lies where that one does (src/areas/area-tree.ts). Rows of
-- before follow with the next change of the tree, whose events say so.
alter table areas
  drop constraint areas_check,
  drop constraint areas_check2,
  add constraint areas_path_ends check (path[cardinality(path)] = code
    or retired_at is not null and cardinality(successor_codes) = 1),
  add constraint areas_root check ((parent_code is null) = (cardinality(path) = 1)
    or retired_at is not null and cardinality(successor_codes) = 1);

grant select, update on duty_progress to whistle_app;
