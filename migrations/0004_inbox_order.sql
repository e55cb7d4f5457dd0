-- 0004 inbox order: a unit's inbox is read in its order from the index, however long it is.
-- Builds beside the old index and then drops it; the release before needs neither to be right.

-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A unit's inbox: its open cases, due first, those that nothing is promised of last.
CREATE INDEX cases_inbox ON cases (unit, (coalesce(due_at, 'infinity')), case_id)
    WHERE state IN ('received', 'queued', 'assigned', 'awaiting_patient', 'undeliverable');

DROP INDEX cases_open_by_unit;

-- migrate:down
CREATE INDEX cases_open_by_unit ON cases (unit, due_at, case_id)
    WHERE state IN ('received', 'queued', 'assigned', 'awaiting_patient', 'undeliverable');

DROP INDEX cases_inbox;
