#!/bin/sh
# Makes three databases and the users that reach them, when the data folder is made: Arende's owner
# and its service only Arende's, Temporal's only its two.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv arende_password DATABASE_PASSWORD
\getenv service_password SERVICE_DATABASE_PASSWORD
\getenv temporal_password ENGINE_DATABASE_PASSWORD
CREATE ROLE arende LOGIN PASSWORD :'arende_password';
CREATE ROLE arende_app NOLOGIN;
CREATE ROLE arende_service LOGIN PASSWORD :'service_password' IN ROLE arende_app;
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE arende OWNER arende;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE arende, temporal, temporal_visibility FROM PUBLIC;
GRANT CONNECT ON DATABASE arende TO arende_app;
SQL
