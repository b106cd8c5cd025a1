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

grant select, update on duty_progress to whistle_app;
