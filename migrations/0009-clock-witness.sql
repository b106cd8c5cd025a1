-- By what was decided when a process that watches the clock last wrote that down (src/clock). Whoever starts compares with it.
alter table clock_state add column seen_at timestamptz(3);
