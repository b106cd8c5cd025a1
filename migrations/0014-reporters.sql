-- The reporter's side (src/incidents): who reported for somebody else, who asked not to be known, and who follows by a
-- secret link. What few reports have stands beside them, so that all others are stored as before.

-- Whether this is how to reach somebody for whom another person reported (代办).
alter table report_contacts add column on_behalf boolean not null default false;

-- Who sent a report and asked not to be known (匿名). The report and its event name `reporter:<report>` instead.
create table anonymous_reporters (
  report_id uuid primary key references reports (id),
  -- Null where they did not log in.
  reporter_id text,
  reporter_role text,
  area_code text,
  unit_code text,
  check ((reporter_id is null) = (reporter_role is null))
);
create index anonymous_reporters_reporter on anonymous_reporters (reporter_id, report_id desc);

-- Who follows a report without logging in proves it by a secret, of which only the SHA-256 is kept. Without the row, the
-- secret opens nothing any more.
create table report_links (
  report_id uuid primary key references reports (id),
  secret_hash bytea not null check (length(secret_hash) = 32)
);

-- To whom an anonymous reporter was shown; the audit trail says the same.
create table reporter_reveals (
  incident_id uuid not null references incidents (id),
  seq integer not null,
  district_code text not null,
  report_id uuid not null references reports (id),
  revealed_to text not null,
  revealed_at timestamptz(3) not null,
  primary key (incident_id, seq)
);
create index reporter_reveals_reader on reporter_reveals (report_id, revealed_to);

-- A report that was rated may be joined with another case, which counts anew how often it was taken up.
alter table ratings
  drop constraint ratings_pkey,
  add primary key (report_id, incident_id, generation);

-- Requests counted within a window of time (src/rate-limits). A key is made with the window's salt, and whoever has neither any
-- more cannot tell whose it was. Nothing here outlives a crash, nor has to: then counting starts anew.
create unlogged table rate_salts (
  window_no integer primary key,
  salt bytea not null check (length(salt) = 32)
);
create unlogged table rate_counts (
  key bytea primary key check (length(key) = 32),
  window_no integer not null,
  count integer not null check (count > 0)
);
create index rate_counts_window on rate_counts (window_no);

grant select on anonymous_reporters, report_links, reporter_reveals to whistle_app;
grant insert on anonymous_reporters, reporter_reveals to whistle_app;
grant insert, delete on report_links to whistle_app;
grant select, insert, delete on rate_salts to whistle_app;
grant select, insert, update, delete on rate_counts to whistle_app;
