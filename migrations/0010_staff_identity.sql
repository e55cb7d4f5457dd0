-- 0010 staff identity: who a member of staff is as a citizen, so that nobody handles their own case.
-- Adds only. No reference to citizens: staff may live in another region, and have several HSA-ids.

-- migrate:up
SET LOCAL lock_timeout = '5s';

ALTER TABLE staff ADD COLUMN identity identity;

-- Whose cases a member of staff neither sees nor handles: their own, their children's and those of
-- their guardians.
CREATE VIEW close_to_staff AS
SELECT staff.hsa_id AS staff, staff.identity AS person
FROM staff
WHERE staff.identity IS NOT NULL
UNION ALL
SELECT staff.hsa_id, guardians.child
FROM staff
JOIN guardians ON guardians.guardian = staff.identity
UNION ALL
SELECT staff.hsa_id, guardians.guardian
FROM staff
JOIN guardians ON guardians.child = staff.identity;

-- migrate:down
SET LOCAL lock_timeout = '5s';

DROP VIEW close_to_staff;

ALTER TABLE staff DROP COLUMN identity;
