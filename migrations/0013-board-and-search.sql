-- The board of a desk (src/board) and the search in texts (src/search). No write of a case waits for either: a round follows
-- the events in the order of the feed, and so does whoever opens the board. All of it can be made anew from the other tables.

-- One row for each open case, as it was after the last event that was looked at.
create table board_cases (
  incident_id uuid primary key,
  district_code text not null,
  area_code text not null,
  category_code text not null,
  severity text not null,
  state text not null,
  received_at timestamptz(3) not null,
  -- Which of its own promises comes next: 0 one that runs, 1 one that was broken at the top of the ladder, 2 one that is
  -- paused, 3 none is owed any more. `urgent_at` is when that is or was due, or when the case was received.
  standing smallint not null check (standing between 0 and 3),
  urgent_at timestamptz(3) not null,
  promise text,
  rung text,
  accountable_code text,
  red_list boolean not null,
  -- Those that it is assigned to now.
  unit_codes text[] not null,
  latitude double precision,
  longitude double precision,
  -- The square of 1/250 degree that it lies in.
  cell integer,
  check ((standing = 3) = (promise is null)),
  check ((cell is null) = (latitude is null))
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
-- Pages in the order of urgency, of a district or more, and of the areas below one: what they are filtered by is in the index.
create index board_cases_of_district on board_cases (district_code, standing, urgent_at, incident_id)
  include (state, promise, rung, red_list, severity, category_code);
create index board_cases_of_area on board_cases (area_code, standing, urgent_at, incident_id)
  include (state, promise, rung, red_list, severity, category_code);
-- Counts read nothing else. Few rows differ in these, so each entry stands for many and a hundred thousand take a megabyte.
create index board_counts_of_district on board_cases (district_code, state, standing, promise, rung, red_list);
create index board_counts_of_area on board_cases (area_code, state, standing, promise, rung, red_list);
create index board_cases_units on board_cases using gin (unit_codes) with (gin_pending_list_limit = 256)
  where unit_codes <> '{}';
create index board_cases_near on board_cases (cell, received_at) where cell is not null;

-- How far the board has come: through the order of the feed, in the cluster in which that has a meaning, and, while all is
-- made anew, through the cases by their ids.
create table board_progress (
  only_row boolean primary key default true check (only_row),
  origin text not null,
  position bigint not null,
  remade_after uuid
);
insert into board_progress (origin, position) values ('nowhere', 0);

-- A text of a case as it is searched (src/search): `folded` without differences that do not count, `words` each two characters
-- that stand together.
create table search_texts (
  incident_id uuid not null,
  -- `report/<id>` or `note/<seq>`.
  part text not null,
  folded text not null,
  words tsvector not null,
  primary key (incident_id, part)
);
create index search_texts_words on search_texts using gin (words) with (gin_pending_list_limit = 256);

-- Whoever erases a text erases what can be found of it, in the same transaction.
create function forget_text_of_report() returns trigger language plpgsql as $$
begin
  delete from search_texts where incident_id = old.incident_id and part = 'report/' || old.id;
  return null;
end $$;
create trigger reports_erased after update of description, address or delete on reports
  for each row execute function forget_text_of_report();

create function forget_text_of_note() returns trigger language plpgsql as $$
begin
  delete from search_texts where incident_id = old.incident_id and part = 'note/' || old.seq;
  return null;
end $$;
create trigger event_notes_erased after update of text or delete on event_notes
  for each row execute function forget_text_of_note();

-- So does whoever erases where a case lies; it stands on the board until then.
create function forget_position_of_case() returns trigger language plpgsql as $$
begin
  update board_cases set latitude = null, longitude = null, cell = null where incident_id = new.id;
  return null;
end $$;
create trigger incidents_position_erased after update of latitude, longitude on incidents
  for each row when (old.latitude is not null and new.latitude is null)
  execute function forget_position_of_case();

grant select, insert, update, delete on board_cases to whistle_app;
grant select, update on board_progress to whistle_app;
grant select, insert, delete on search_texts to whistle_app;
