-- 0008 retention: how long a closed case is kept, what stops its erasure, and the proof of it.
-- Adds, and lets an erased case be nobody's; safe to apply while the previous release is running.

-- migrate:up
SET LOCAL lock_timeout = '5s';

-- An erased case keeps its id for ever, so that the id never becomes another case. The class and
-- the run say by which decision; all three are null until then.
ALTER TABLE cases
    ADD COLUMN erased_at timestamptz,
    ADD COLUMN retention_class text,
    ADD COLUMN retention_run uuid;

-- Both stay filled in every row that the previous release reads: none is erased before this one.
-- squawk-ignore ban-drop-not-null
ALTER TABLE cases ALTER COLUMN patient DROP NOT NULL;
-- squawk-ignore ban-drop-not-null
ALTER TABLE cases ALTER COLUMN submitted_by DROP NOT NULL;

-- The rows that are there obey it already: both columns could not be null until now.
ALTER TABLE cases ADD CONSTRAINT cases_are_somebodys_until_erased CHECK (
    (erased_at IS NULL) = (patient IS NOT NULL AND submitted_by IS NOT NULL)
) NOT VALID;

-- The salt goes with the text when an event is erased; the digest then takes their place in the
-- chain of hashes.
ALTER TABLE case_events
    ADD COLUMN salt text NOT NULL DEFAULT '',
    ADD COLUMN digest text;

-- A case that must not be erased, and why; the newest row that is not released holds it.
CREATE TABLE retention_holds (
    hold             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id          uuid        NOT NULL REFERENCES cases,
    decision         text        NOT NULL,
    placed_at        timestamptz NOT NULL,
    placed_by        hsa_id      NOT NULL,
    release_decision text,
    released_at      timestamptz,
    released_by      hsa_id,
    CONSTRAINT retention_holds_are_released_by_someone CHECK (
        (released_at IS NULL) = (released_by IS NULL)
        AND (released_at IS NULL) = (release_decision IS NULL)
    )
);

-- Serves the foreign key and the history of one case.
CREATE INDEX retention_holds_by_case ON retention_holds (case_id);

-- A case is held once at a time.
CREATE UNIQUE INDEX retention_holds_in_force ON retention_holds (case_id)
    WHERE released_at IS NULL;

-- A proposal to erase: its list is frozen, and plan_hash covers it.
CREATE TABLE retention_runs (
    run         uuid        PRIMARY KEY,
    decision    text        NOT NULL,
    proposed_at timestamptz NOT NULL,
    proposed_by hsa_id      NOT NULL,
    plan_hash   text        NOT NULL,
    started_at  timestamptz,
    ended_at    timestamptz
);

-- No reference to cases: a copy of the database may be older than the case.
CREATE TABLE retention_run_cases (
    run             uuid        NOT NULL REFERENCES retention_runs,
    case_id         uuid        NOT NULL,
    retention_class text        NOT NULL,
    service         text        NOT NULL,
    closed_at       timestamptz NOT NULL,
    until           date        NOT NULL,
    rev             integer     NOT NULL,
    PRIMARY KEY (run, case_id)
);

-- Two persons, one of each function; the plan's hash says what they saw.
CREATE TABLE retention_approvals (
    run         uuid        NOT NULL REFERENCES retention_runs,
    approved_by hsa_id      NOT NULL,
    commission  hsa_id      NOT NULL,
    duty        text        NOT NULL,
    plan_hash   text        NOT NULL,
    approved_at timestamptz NOT NULL,
    PRIMARY KEY (run, approved_by),
    CONSTRAINT retention_approvals_one_a_duty UNIQUE (run, duty)
);

-- What was erased, by which decision and whose approval. Stands alone, so that a restored
-- database can be told of erasures it has never heard of.
CREATE TABLE erasure_proofs (
    case_id         uuid        PRIMARY KEY,
    run             uuid        NOT NULL,
    decision        text        NOT NULL,
    plan_hash       text        NOT NULL,
    proposed_by     hsa_id      NOT NULL,
    approvers       text[]      NOT NULL,
    retention_class text        NOT NULL,
    service         text        NOT NULL,
    closed_at       timestamptz NOT NULL,
    until           date        NOT NULL,
    erased_at       timestamptz NOT NULL,
    events          integer     NOT NULL,
    chain           text        NOT NULL
);

-- The proof of one run.
CREATE INDEX erasure_proofs_by_run ON erasure_proofs (run);

-- One change of an event is let through: an erasure, which leaves its place in the chain as it is.
CREATE OR REPLACE FUNCTION keep_case_events() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF coalesce(current_setting('arende.erasing', true), '') <> ''
            AND (NEW.case_id, NEW.seq, NEW.at, NEW.kind, NEW.hash)
                = (OLD.case_id, OLD.seq, OLD.at, OLD.kind, OLD.hash)
            AND NEW.actor = jsonb_build_object(
                'kind', OLD.actor -> 'kind', 'id', '', 'commission', NULL, 'unit', NULL)
            AND NEW.action_id IS NULL
            AND NEW.detail = '{}'
            AND NEW.salt = ''
            AND NEW.digest IS NOT NULL
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER retention_run_cases_are_kept BEFORE UPDATE OR DELETE ON retention_run_cases
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retention_run_cases_are_kept_whole BEFORE TRUNCATE ON retention_run_cases
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retention_approvals_are_kept BEFORE UPDATE OR DELETE ON retention_approvals
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER retention_approvals_are_kept_whole BEFORE TRUNCATE ON retention_approvals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasure_proofs_are_kept BEFORE UPDATE OR DELETE ON erasure_proofs
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER erasure_proofs_are_kept_whole BEFORE TRUNCATE ON erasure_proofs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- API and worker decide nothing of retention: it is for the login that migrates.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'arende_app') THEN
        REVOKE INSERT, UPDATE, DELETE ON
            retention_holds, retention_runs, retention_run_cases, retention_approvals,
            erasure_proofs FROM arende_app;
    END IF;
END
$$;

-- migrate:down
CREATE OR REPLACE FUNCTION keep_case_events() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
DROP TABLE erasure_proofs;
DROP TABLE retention_approvals;
DROP TABLE retention_run_cases;
DROP TABLE retention_runs;
DROP TABLE retention_holds;
ALTER TABLE case_events DROP COLUMN digest, DROP COLUMN salt;
ALTER TABLE cases DROP CONSTRAINT cases_are_somebodys_until_erased;
-- What was erased belongs to nobody, and the former form has no place for such a row.
DELETE FROM notices USING cases WHERE cases.case_id = notices.case_id AND erased_at IS NOT NULL;
ALTER TABLE case_events DISABLE TRIGGER case_events_are_kept;
DELETE FROM case_events USING cases
WHERE cases.case_id = case_events.case_id AND erased_at IS NOT NULL;
ALTER TABLE case_events ENABLE TRIGGER case_events_are_kept;
DELETE FROM cases WHERE erased_at IS NOT NULL;
ALTER TABLE cases ALTER COLUMN patient SET NOT NULL, ALTER COLUMN submitted_by SET NOT NULL;
ALTER TABLE cases DROP COLUMN retention_run, DROP COLUMN retention_class, DROP COLUMN erased_at;
