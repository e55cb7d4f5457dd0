#!/bin/sh
# Makes three databases and the two users that own them, when the data folder is made.
# Arende's user reaches only its own database, Temporal's only its two.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv arende_password DATABASE_PASSWORD
\getenv temporal_password ENGINE_DATABASE_PASSWORD
CREATE ROLE arende LOGIN PASSWORD :'arende_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE arende OWNER arende;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE arende, temporal, temporal_visibility FROM PUBLIC;
SQL
