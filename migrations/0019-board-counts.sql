-- How many cases of an area stand on the board alike (src/board/board-counts.ts), kept with the rows of the board by whoever makes
-- those: a hundred thousand are too many to count at each look, and a few thousand of these rows are not.
create table board_counts (
  district_code text not null,
  area_code text not null,
  state text not null,
  standing smallint not null,
  promise text,
  rung text,
  red_list boolean not null,
  cases integer not null,
  unique nulls not distinct (district_code, area_code, state, standing, promise, rung, red_list)
) with (fillfactor = 60);
create index board_counts_area on board_counts (area_code);
insert into board_counts
select district_code, area_code, state, standing, promise, rung, red_list, count(*) from board_cases group by 1, 2, 3, 4, 5, 6, 7;

-- What counted until now finds what is rare among what a page is filtered by; of a severity, this does.
create index board_cases_of_severity on board_cases (district_code, severity, standing, urgent_at, incident_id);

grant select, insert, update, delete on board_counts to whistle_app;
