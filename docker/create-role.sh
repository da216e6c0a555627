#!/usr/bin/env bash
# Run by the image of PostgreSQL when it makes its data: an ordinary role with a database of its own. A superuser, which
# is what the image makes by itself, would not be held by row-level security.
set -e
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres \
    --set=password="$(cat /run/secrets/database-password)" <<'SQL'
CREATE ROLE yardmaster LOGIN PASSWORD :'password';
CREATE DATABASE yardmaster OWNER yardmaster;
SQL
