-- 0002 cases: the projection that lists and follow-up read, kept in step by each case's workflow.
-- Adds only; safe to apply while the previous release is running.

-- migrate:up
SET LOCAL lock_timeout = '5s';

-- The first part is what was submitted and never changes, the second what the workflow tells.
CREATE TABLE cases (
    case_id          uuid        PRIMARY KEY,
    run_id           text        NOT NULL,
    service          text        NOT NULL,
    answers          jsonb       NOT NULL,
    patient          identity    NOT NULL,
    submitted_by     identity    NOT NULL,
    clinic           hsa_id,
    channel          text        NOT NULL,
    not_duplicate_of text[]      NOT NULL,
    received_at      timestamptz NOT NULL,
    fingerprint      text        NOT NULL,
    correlation_id   text        NOT NULL,

    state                   text        NOT NULL DEFAULT 'received',
    rev                     integer     NOT NULL DEFAULT 0,
    outcome                 text,
    unit                    hsa_id,
    provider                hsa_id,
    unit_name               text,
    unit_phone              text,
    role                    text,
    role_name               jsonb,
    assigned_to             hsa_id,
    flags                   text[]      NOT NULL DEFAULT '{}',
    urgency                 text        NOT NULL DEFAULT 'normal',
    protected               boolean     NOT NULL DEFAULT false,
    first_response_by       timestamptz,
    resolution_by           timestamptz,
    paused                  boolean     NOT NULL DEFAULT false,
    due_at                  timestamptz,
    next_mark_at            timestamptz,
    next_mark               text,
    overdue                 boolean     NOT NULL DEFAULT false,
    escalation              text        NOT NULL DEFAULT 'none',
    queued_at               timestamptz,
    first_taken_at          timestamptz,
    first_response_at       timestamptz,
    resolved_at             timestamptz,
    closed_at               timestamptz,
    first_response_promised timestamptz,
    resolution_promised     timestamptz,
    first_response_breached boolean     NOT NULL DEFAULT false,
    resolution_breached     boolean     NOT NULL DEFAULT false,
    reminders               integer     NOT NULL DEFAULT 0,
    escalations             integer     NOT NULL DEFAULT 0,
    transfers               integer     NOT NULL DEFAULT 0,
    returns                 integer     NOT NULL DEFAULT 0,
    reopens                 integer     NOT NULL DEFAULT 0,
    qualified_contact       boolean,
    documented_in_record    text,
    paused_minutes          integer     NOT NULL DEFAULT 0,
    worked_minutes          integer     NOT NULL DEFAULT 0,
    quarantined             boolean     NOT NULL DEFAULT false,

    CONSTRAINT cases_state_known CHECK (state IN (
        'received', 'queued', 'assigned', 'awaiting_patient', 'resolved', 'closed',
        'undeliverable', 'rejected'
    ))
);

-- A unit's inbox in its order: its open cases, due first, those nothing is promised of last.
CREATE INDEX cases_inbox ON cases (unit, (coalesce(due_at, 'infinity')), case_id)
    WHERE state IN ('received', 'queued', 'assigned', 'awaiting_patient', 'undeliverable');

-- A citizen's own cases, newest first.
CREATE INDEX cases_by_patient ON cases (patient, received_at DESC, case_id);
CREATE INDEX cases_by_sender ON cases (submitted_by, received_at DESC, case_id);

-- What happened, in order; a second write of the same event changes nothing.
CREATE TABLE case_events (
    case_id   uuid        NOT NULL REFERENCES cases,
    seq       integer     NOT NULL,
    at        timestamptz NOT NULL,
    kind      text        NOT NULL,
    actor     jsonb       NOT NULL,
    action_id text,
    detail    jsonb       NOT NULL,
    hash      text        NOT NULL,
    PRIMARY KEY (case_id, seq)
);

-- A known action id is answered from here when the case's workflow has ended.
CREATE INDEX case_events_by_action ON case_events (case_id, action_id) WHERE action_id IS NOT NULL;

-- Notices to send: written with the change they tell of, sent by SendNotices.
CREATE TABLE notices (
    key        text        PRIMARY KEY,
    case_id    uuid        NOT NULL REFERENCES cases,
    rev        integer     NOT NULL,
    rule       text        NOT NULL,
    recipient  text        NOT NULL,
    urgent     boolean     NOT NULL,
    at         timestamptz NOT NULL,
    state      text        NOT NULL DEFAULT 'waiting',
    claimed_at timestamptz,
    ended_at   timestamptz,
    sent_to    integer     NOT NULL DEFAULT 0,
    CONSTRAINT notices_state_known CHECK (state IN ('waiting', 'claimed', 'sent', 'dropped'))
);

-- The next notices to claim.
CREATE INDEX notices_unsent ON notices (state, at) WHERE state IN ('waiting', 'claimed');
CREATE INDEX notices_by_case ON notices (case_id);

-- Who saw which patient's data: written before the bytes leave.
CREATE TABLE access_log (
    entry      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    staff      hsa_id      NOT NULL,
    commission hsa_id      NOT NULL,
    unit       hsa_id,
    patient    identity    NOT NULL,
    case_id    uuid        NOT NULL,
    action     text        NOT NULL
);

-- A patient's extract, newest first.
CREATE INDEX access_log_by_patient ON access_log (patient, at DESC);

-- migrate:down
DROP TABLE access_log;
DROP TABLE notices;
DROP TABLE case_events;
DROP TABLE cases;
