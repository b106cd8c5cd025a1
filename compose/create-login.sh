#!/bin/sh
# Runs once, when Postgres makes its data folder. The API and the workers come by a login of their own that is a member
# of whistle_app and owns nothing: whoever has their password can add to the audit trail, and neither edit nor erase it.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --set password="$APP_PASSWORD" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role whistle_app nologin;
create role whistle_api login password :'password' in role whistle_app;
SQL
