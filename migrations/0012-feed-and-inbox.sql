-- The feed of events (src/feed) and the inbox (src/inbox).

-- Where an event stands in the feed. Everything below the oldest transaction that still runs is there to stay, so a reader who
-- stops there misses nothing. A transaction has its number from its first lock on, and may write to a stream after one that has
-- a higher number; but the last transaction that a snapshot saw finished never goes back, so within a stream this order is that
-- of `seq`. It is no part of the evidence, and no clock. As a default that does not change within a statement it costs no
-- rewriting of the table.
--
-- Numbers of transactions mean something in one cluster alone. feed_origin() says in which, and goes along with a dump, which
-- is how a restored database knows: then renew_feed() puts whatever was there before everything, however long other databases
-- of the cluster hold the end of the feed back. `whistle migrate` calls it.
create function feed_origin() returns text language sql immutable as $$ select '' $$;

create function renew_feed() returns void language plpgsql as $$
declare
  cluster text := (select system_identifier::text from pg_control_system());
begin
  if feed_origin() = cluster then return; end if;
  lock table events in access exclusive mode;
  alter table events drop column if exists commit_order;
  alter table events add column commit_order bigint not null default 0;
  alter table events alter column commit_order set default
    greatest(pg_current_xact_id()::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1);
  create index events_commit_order on events (commit_order);
  execute format('create or replace function feed_origin() returns text language sql immutable as %L',
    format('select %L', cluster));
end $$;
revoke execute on function renew_feed() from public;
select renew_feed();

-- What somebody answers for now, by due time; and what waits for somebody, of which there is never much.
create index deadlines_accountable on deadlines (accountable_code, due_at) where state in ('running', 'paused');
create index assignments_at_work on assignments (assignee_code, state, incident_id, no) where ended_at is null;
create index assignments_to_rule on assignments (incident_id) where state = 'return_requested';
create index reliefs_to_decide on reliefs (incident_id) where state = 'requested';

-- What an area answers for although no clock of it runs any more (src/domain/outstanding.ts): a promise that was broken at the
-- top of the ladder and is still owed, or a case at which somebody stands and which it has to resolve. It is told from the whole
-- incident; that it stands here is why an inbox reads what is owed now, and nothing of what ever was.
alter table deadlines
  add column outstanding text,
  add constraint deadlines_outstanding check (outstanding is null
    or assignment_no is null and (outstanding = 'exhausted' and state = 'breached' and fulfilled_at is null
      or outstanding = 'unresolved' and promise = 'on_site' and (state = 'met' or fulfilled_at is not null)));
update deadlines d set outstanding = 'exhausted' from incidents i
where i.id = d.incident_id and i.state in ('received', 'reported', 'dispatched', 'on_site')
  and d.state = 'breached' and d.fulfilled_at is null and d.assignment_no is null and d.generation = i.generation
  and not exists (select from deadlines above where above.incident_id = d.incident_id and above.escalated_from = d.no);
update deadlines d set outstanding = 'unresolved' from incidents i
where i.id = d.incident_id and i.state = 'on_site'
  and d.promise = 'on_site' and d.assignment_no is null and (d.state = 'met' or d.fulfilled_at is not null)
  and not exists (select from deadlines later where later.incident_id = d.incident_id and later.promise = 'on_site'
    and later.assignment_no is null and later.no > d.no)
  and not exists (select from assignments a where a.incident_id = d.incident_id and a.part = 'lead' and a.ended_at is null);
create index deadlines_exhausted on deadlines (accountable_code, due_at, incident_id, no) where outstanding = 'exhausted';
create index deadlines_unresolved on deadlines (accountable_code, incident_id, no) where outstanding = 'unresolved';
