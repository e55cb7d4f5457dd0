-- 0009 protected: who may handle the cases of patients with protected identity, which cases those
-- are now, and the facts of all others. Adds only; safe to apply while the previous release runs.

-- migrate:up
SET LOCAL lock_timeout = '5s';

-- The staff whom a unit has named. valid_to is the last day that counts.
CREATE TABLE protected_handlers (
    unit       hsa_id NOT NULL REFERENCES units,
    staff      hsa_id NOT NULL REFERENCES staff ON DELETE CASCADE,
    valid_from date   NOT NULL,
    valid_to   date,
    PRIMARY KEY (unit, staff, valid_from),
    CONSTRAINT protected_handlers_end_after_they_begin CHECK (valid_to >= valid_from)
);

-- Serves the foreign key when a member of staff leaves the register.
CREATE INDEX protected_handlers_by_staff ON protected_handlers (staff);

-- Who handles such cases at a unit, with the day from and to: the named ones while they work there.
CREATE VIEW entrusted_staff AS
SELECT named.unit,
       named.staff,
       greatest(named.valid_from, commissions.valid_from) AS valid_from,
       least(named.valid_to, commissions.valid_to) AS valid_to
FROM protected_handlers AS named
JOIN commissions ON commissions.staff = named.staff
    AND commissions.unit = named.unit
    AND commissions.purpose = 'care';

-- The cases whose patient is protected now: by the case's own flag, or by the register, which may
-- have learnt it a moment before the case.
CREATE VIEW protected_cases AS
SELECT cases.case_id
FROM cases
LEFT JOIN citizens ON citizens.identity = cases.patient
WHERE cases.protected OR citizens.protected;

-- What follow-up may count: one row a case, without its id, without any person, and without the
-- cases of protected persons, whose unit alone would tell where they are.
CREATE VIEW case_facts AS
SELECT cases.service, cases.channel, cases.state, cases.outcome, cases.urgency, cases.flags,
       cases.unit, cases.provider, cases.role,
       cases.received_at, cases.queued_at, cases.first_taken_at, cases.first_response_at,
       cases.resolved_at, cases.closed_at,
       cases.first_response_promised, cases.resolution_promised,
       cases.first_response_by, cases.resolution_by,
       cases.first_response_breached, cases.resolution_breached, cases.overdue,
       cases.reminders, cases.escalations, cases.transfers, cases.returns, cases.reopens,
       cases.qualified_contact, cases.documented_in_record,
       cases.paused_minutes, cases.worked_minutes
FROM cases
WHERE NOT EXISTS (SELECT FROM protected_cases WHERE protected_cases.case_id = cases.case_id);

-- migrate:down
DROP VIEW case_facts;
DROP VIEW protected_cases;
DROP VIEW entrusted_staff;
DROP TABLE protected_handlers;
