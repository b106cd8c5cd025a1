-- The index of all due times must not do for the claim. While nearly everything still runs it looks as cheap as
-- deadlines_due, and then every claim of a burst would pass over all that was settled before. Postgres takes a partial index only
-- where it can prove its condition, and of "is true" it proves nothing that does not say so itself.
drop index deadlines_period;
create index deadlines_period on deadlines (due_at) where (state <> 'cancelled') is true;
