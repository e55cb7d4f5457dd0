-- 0011 decision rights: what each member of staff may decide, and who prepared a case for whom.
-- Adds only; the release before goes on with `prescriber`, which each import still fills.

-- migrate:up
SET LOCAL lock_timeout = '5s';

ALTER TABLE staff
    ADD COLUMN licence text NOT NULL DEFAULT 'none',
    ADD COLUMN prescribing text NOT NULL DEFAULT 'none';

-- Until the next import nobody loses the right they had.
UPDATE staff SET prescribing = 'full' WHERE prescriber;

ALTER TABLE staff ADD CONSTRAINT staff_prescribing_known
    CHECK (prescribing IN ('none', 'full', 'contraception', 'limited')) NOT VALID;

-- The role that prepares the case where it lies, who did, and when it was handed over.
ALTER TABLE cases
    ADD COLUMN preparer_role text,
    ADD COLUMN prepared_by hsa_id,
    ADD COLUMN handed_over_at timestamptz;

-- migrate:down
SET LOCAL lock_timeout = '5s';

ALTER TABLE cases DROP COLUMN handed_over_at, DROP COLUMN prepared_by, DROP COLUMN preparer_role;
ALTER TABLE staff DROP CONSTRAINT staff_prescribing_known;
ALTER TABLE staff DROP COLUMN prescribing, DROP COLUMN licence;
