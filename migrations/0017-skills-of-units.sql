-- What a volunteer team can do, as of people (0011). A unit is no person: this is no personal data, and events tell it.
alter table units add column skills text[] not null default '{}' check (cardinality(skills) <= 20);
