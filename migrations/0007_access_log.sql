-- 0007 access log: what the law wants to know of each access, kept by the month and never changed;
-- heads of the chains of events; samples of accesses and what was said of them.
-- The release before cannot write the new log: while both run, its staff are told to come back.

-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A region's login of API and worker is made a member of this role. A migrator that may not make
-- roles finds it made beforehand, or grants nothing.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'arende_app') THEN
        CREATE ROLE arende_app NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END
$$;

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

-- All that may happen to an event is that a decided erasure, which says so in arende.erasing, takes
-- away what it said. Its place, time, kind and hash stay.
CREATE FUNCTION keep_case_events() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND coalesce(current_setting('arende.erasing', true), '') <> ''
        AND (NEW.case_id, NEW.seq, NEW.at, NEW.kind, NEW.hash)
            = (OLD.case_id, OLD.seq, OLD.at, OLD.kind, OLD.hash)
        AND NEW.action_id IS NULL AND NEW.detail = '{}'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER case_events_are_kept BEFORE UPDATE OR DELETE ON case_events
    FOR EACH ROW EXECUTE FUNCTION keep_case_events();
CREATE TRIGGER case_events_are_kept_whole BEFORE TRUNCATE ON case_events
    FOR EACH STATEMENT EXECUTE FUNCTION keep_case_events();

-- Where a case's chain of events ends, told apart from the events themselves.
ALTER TABLE cases
    ADD COLUMN events_count integer NOT NULL DEFAULT 0,
    ADD COLUMN events_head text NOT NULL DEFAULT '';
UPDATE cases SET events_count = ends.seq, events_head = ends.hash
FROM (SELECT DISTINCT ON (case_id) case_id, seq, hash FROM case_events ORDER BY case_id, seq DESC) AS ends
WHERE ends.case_id = cases.case_id;

-- squawk-ignore renaming-table
ALTER TABLE access_log RENAME TO access_log_before;
-- squawk-ignore renaming-object
ALTER INDEX access_log_pkey RENAME TO access_log_before_pkey;
-- squawk-ignore renaming-object
ALTER INDEX access_log_by_patient RENAME TO access_log_before_by_patient;

-- One row for each view. patients and case_ids stand side by side; where a search found nothing
-- there is no case.
-- provider is null only in rows from before the column.
CREATE TABLE access_log (
    entry      bigint GENERATED ALWAYS AS IDENTITY,
    at         timestamptz NOT NULL DEFAULT now(),
    staff      hsa_id      NOT NULL,
    commission hsa_id      NOT NULL,
    unit       hsa_id,
    provider   hsa_id,
    action     text        NOT NULL,
    kind       text        NOT NULL DEFAULT 'ordinary',
    patients   identity[]  NOT NULL,
    case_ids   uuid[]      NOT NULL,
    reason     text,
    note       text,
    PRIMARY KEY (at, entry),
    CONSTRAINT access_log_kind_known CHECK (kind IN ('ordinary', 'disclosure')),
    CONSTRAINT access_log_of_somebody CHECK (
        cardinality(patients) > 0 AND cardinality(case_ids) = cardinality(patients)
    )
) PARTITION BY RANGE (at);

-- A patient's extract: without the list of what waits to be indexed, which each look would read.
CREATE INDEX access_log_by_patients ON access_log USING gin (patients) WITH (fastupdate = off);

-- What a person has seen lately, for lists that are read again and again and for hasty searches.
CREATE INDEX access_log_by_staff ON access_log (staff, at);

CREATE TRIGGER access_log_is_kept BEFORE UPDATE OR DELETE ON access_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_log_is_kept_whole BEFORE TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Takes what no month takes, so that no row is ever refused for want of a partition.
CREATE TABLE access_log_default PARTITION OF access_log DEFAULT;
CREATE TRIGGER access_log_default_is_kept_whole BEFORE TRUNCATE ON access_log_default
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Make the partition of a month (UTC). False: it is there, or its rows lie in the default one.
CREATE FUNCTION make_access_log_partition(month date) RETURNS boolean
LANGUAGE plpgsql
SET timezone = 'UTC'
SET lock_timeout = '2s'
AS $$
DECLARE
    begins date := date_trunc('month', month)::date;
    ends date := (date_trunc('month', month) + interval '1 month')::date;
    name text := to_char(begins, '"access_log_"YYYY_MM');
BEGIN
    IF to_regclass(name) IS NOT NULL
        OR EXISTS (SELECT FROM access_log_default WHERE at >= begins AND at < ends)
    THEN
        RETURN false;
    END IF;
    EXECUTE format(
        'CREATE TABLE %I (LIKE access_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
    -- Attached, not created as a part: nobody who reads or writes the log has to wait.
    EXECUTE format(
        'ALTER TABLE access_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        name, begins, ends);
    EXECUTE format(
        'CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
        name || '_is_kept_whole', name);
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'arende_app') THEN
        EXECUTE format('REVOKE ALL ON %I FROM arende_app', name);
    END IF;
    RETURN true;
END
$$;

-- What the worker calls each day: this month and up to 12 ahead. Returns how many are new.
CREATE FUNCTION keep_access_log_partitions(ahead integer) RETURNS integer
LANGUAGE plpgsql
SECURITY DEFINER
AS $$
DECLARE
    made integer := 0;
    month date := date_trunc('month', now() AT TIME ZONE 'UTC')::date;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('access_log_partitions'));
    FOR further IN 0..least(ahead, 12) LOOP
        IF make_access_log_partition((month + further * interval '1 month')::date) THEN
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END
$$;

-- Remove a month that lies five whole years back [HSLF-FS 2016:40 4 kap. 9 §]; not before.
CREATE FUNCTION drop_access_log_partition(month date) RETURNS boolean
LANGUAGE plpgsql
SET timezone = 'UTC'
SET lock_timeout = '2s'
AS $$
DECLARE
    ends date := (date_trunc('month', month) + interval '1 month')::date;
    name text := to_char(month, '"access_log_"YYYY_MM');
BEGIN
    IF ends + interval '5 years' > now() THEN
        RAISE EXCEPTION '% is younger than five years', name
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF to_regclass(name) IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE %I', name);
    RETURN true;
END
$$;

-- A definer's function must find our tables and nobody else's, whatever the caller's path is.
DO $$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION keep_access_log_partitions(integer) SET search_path = %I, pg_temp',
        current_schema());
END
$$;

REVOKE EXECUTE ON FUNCTION make_access_log_partition(date) FROM public;
REVOKE EXECUTE ON FUNCTION keep_access_log_partitions(integer) FROM public;
REVOKE EXECUTE ON FUNCTION drop_access_log_partition(date) FROM public;

DO $$
DECLARE
    month timestamp := date_trunc(
        'month', least(now(), (SELECT min(at) FROM access_log_before)) AT TIME ZONE 'UTC');
BEGIN
    WHILE month <= (now() AT TIME ZONE 'UTC') + interval '3 months' LOOP
        PERFORM make_access_log_partition(month::date);
        month := month + interval '1 month';
    END LOOP;
END
$$;

INSERT INTO access_log (entry, at, staff, commission, unit, provider, action, patients, case_ids)
OVERRIDING SYSTEM VALUE
SELECT log.entry, log.at, log.staff, log.commission, log.unit, commissions.provider, log.action,
       ARRAY[log.patient], ARRAY[log.case_id]
FROM access_log_before AS log
LEFT JOIN commissions ON commissions.hsa_id = log.commission;
SELECT setval(pg_get_serial_sequence('access_log', 'entry'), max(entry)) FROM access_log
HAVING max(entry) IS NOT NULL;
-- squawk-ignore ban-drop-table
DROP TABLE access_log_before;

-- A week's sample of accesses: who drew it when, by what rule and seed.
CREATE TABLE access_draws (
    draw_id      uuid        PRIMARY KEY,
    drawn_at     timestamptz NOT NULL DEFAULT now(),
    period_from  timestamptz NOT NULL,
    period_until timestamptz NOT NULL,
    by_system    integer     NOT NULL,
    at_random    integer     NOT NULL,
    seed         text        NOT NULL,
    CONSTRAINT access_draws_once UNIQUE (period_from, period_until)
);

-- An access to judge. It outlives the log's row, so it refers to it by number alone.
CREATE TABLE access_reviews (
    review_id uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    draw_id   uuid        NOT NULL REFERENCES access_draws,
    entry     bigint      NOT NULL,
    entry_at  timestamptz NOT NULL,
    staff     hsa_id      NOT NULL,
    unit      hsa_id,
    provider  hsa_id,
    method    text        NOT NULL,
    CONSTRAINT access_reviews_once UNIQUE (draw_id, entry),
    CONSTRAINT access_reviews_method_known CHECK (method IN ('system', 'random'))
);

-- A care provider's accesses to judge, oldest first.
CREATE INDEX access_reviews_by_provider ON access_reviews (provider, entry_at, review_id);

CREATE TABLE access_verdicts (
    review_id  uuid        PRIMARY KEY REFERENCES access_reviews,
    verdict    text        NOT NULL,
    note       text,
    reviewer   hsa_id      NOT NULL,
    commission hsa_id      NOT NULL,
    at         timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT access_verdicts_known CHECK (verdict IN ('justified', 'questionable', 'unjustified'))
);

CREATE TRIGGER access_draws_are_kept BEFORE UPDATE OR DELETE ON access_draws
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_draws_are_kept_whole BEFORE TRUNCATE ON access_draws
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_reviews_are_kept BEFORE UPDATE OR DELETE ON access_reviews
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_reviews_are_kept_whole BEFORE TRUNCATE ON access_reviews
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_verdicts_are_kept BEFORE UPDATE OR DELETE ON access_verdicts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER access_verdicts_are_kept_whole BEFORE TRUNCATE ON access_verdicts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- So is what the codec server has shown to operations.
CREATE TRIGGER decode_log_is_kept BEFORE UPDATE OR DELETE ON decode_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decode_log_is_kept_whole BEFORE TRUNCATE ON decode_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The role reads and writes whatever later migrations add, and only adds to what is kept.
DO $$
DECLARE
    part regclass;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'arende_app') THEN
        RETURN;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO arende_app', current_schema());
    EXECUTE format(
        'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO arende_app',
        current_schema());
    EXECUTE format(
        'ALTER DEFAULT PRIVILEGES IN SCHEMA %I '
        'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO arende_app', current_schema());
    REVOKE UPDATE, DELETE ON
        access_log, case_events, access_draws, access_reviews, access_verdicts, decode_log
        FROM arende_app;
    IF to_regclass('schema_migrations') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM arende_app;
    END IF;
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'access_log'::regclass
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM arende_app', part);
    END LOOP;
    GRANT EXECUTE ON FUNCTION keep_access_log_partitions(integer) TO arende_app;
END
$$;

-- migrate:down
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'arende_app') THEN
        EXECUTE format(
            'ALTER DEFAULT PRIVILEGES IN SCHEMA %I '
            'REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLES FROM arende_app', current_schema());
        EXECUTE format(
            'REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM arende_app', current_schema());
    END IF;
END
$$;
DROP TRIGGER decode_log_is_kept ON decode_log;
DROP TRIGGER decode_log_is_kept_whole ON decode_log;
DROP TABLE access_verdicts;
DROP TABLE access_reviews;
DROP TABLE access_draws;
DROP FUNCTION keep_access_log_partitions(integer);
DROP FUNCTION drop_access_log_partition(date);
DROP FUNCTION make_access_log_partition(date);
CREATE TABLE access_log_before (
    entry      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    staff      hsa_id      NOT NULL,
    commission hsa_id      NOT NULL,
    unit       hsa_id,
    patient    identity    NOT NULL,
    case_id    uuid        NOT NULL,
    action     text        NOT NULL
);
INSERT INTO access_log_before (at, staff, commission, unit, patient, case_id, action)
SELECT log.at, log.staff, log.commission, log.unit, seen.patient, seen.case_id, log.action
FROM access_log AS log, unnest(log.patients::text[], log.case_ids) AS seen (patient, case_id)
WHERE seen.case_id IS NOT NULL
ORDER BY log.entry;
DROP TABLE access_log;
ALTER TABLE access_log_before RENAME TO access_log;
ALTER INDEX access_log_before_pkey RENAME TO access_log_pkey;
CREATE INDEX access_log_by_patient ON access_log (patient, at DESC);
ALTER TABLE cases DROP COLUMN events_count, DROP COLUMN events_head;
DROP TRIGGER case_events_are_kept ON case_events;
DROP TRIGGER case_events_are_kept_whole ON case_events;
DROP FUNCTION keep_case_events();
DROP FUNCTION refuse_change();
