-- Beside what areas answer for (0012): whoever was called, has let the time run out, and is still awaited (src/domain/outstanding.ts).
-- Otherwise a unit's inbox has to look at every call that it has yet to answer, to find those.
alter table deadlines
  drop constraint deadlines_outstanding,
  add constraint deadlines_outstanding check (outstanding is null
    or assignment_no is null and (outstanding = 'exhausted' and state = 'breached' and fulfilled_at is null
      or outstanding = 'unresolved' and promise = 'on_site' and (state = 'met' or fulfilled_at is not null))
    or assignment_no is not null and outstanding = 'late' and state = 'breached');
update deadlines d set outstanding = 'late' from assignments a join incidents i on i.id = a.incident_id
where i.state in ('received', 'reported', 'dispatched', 'on_site')
  and a.ended_at is null and a.arrived_at is null
  and d.incident_id = a.incident_id and d.assignment_no = a.no and d.state = 'breached';
create index deadlines_late on deadlines (accountable_code, due_at, incident_id, assignment_no) where outstanding = 'late';
