-- 0004 duplicates: what each case is about, so that a second one about the same is seen.
-- Adds only; the release before leaves the column empty, which overlaps with nothing. A patient's
-- few cases are found by cases_by_patient, so the column needs no index of its own.

-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Digests: no word of the answers stands in them.
ALTER TABLE cases ADD COLUMN content_keys text[] NOT NULL DEFAULT '{}';

-- migrate:down
ALTER TABLE cases DROP COLUMN content_keys;
