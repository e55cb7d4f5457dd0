-- 0005 deliveries: what leaves to one person by one channel, and what staff must do when it cannot.
-- Adds only; the release before goes on marking its notices as sent.

-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Where a person's mail goes; null is a gap that alerts.
ALTER TABLE staff ADD COLUMN email text;

-- A notice that has become deliveries is addressed; what became of each is told by their rows.
-- The constraint's successor allows one word more.
-- squawk-ignore ban-drop-constraint
ALTER TABLE notices DROP CONSTRAINT notices_state_known;
ALTER TABLE notices ADD CONSTRAINT notices_state_known
    CHECK (state IN ('waiting', 'claimed', 'addressed', 'sent', 'dropped')) NOT VALID;

-- A person is an HSA-id, or a case id for its citizen: no address and no identity stands here.
CREATE TABLE deliveries (
    key            text COLLATE "C" PRIMARY KEY,
    channel        text        NOT NULL,
    person         text        NOT NULL,
    case_id        uuid        REFERENCES cases,
    template       text        NOT NULL,
    urgent         boolean     NOT NULL,
    gathers        boolean     NOT NULL,
    at             timestamptz NOT NULL,
    due_at         timestamptz NOT NULL,
    state          text        NOT NULL DEFAULT 'waiting',
    attempts       integer     NOT NULL DEFAULT 0,
    error          text,
    first_tried_at timestamptz,
    sent_at        timestamptz,
    ended_at       timestamptz,
    CONSTRAINT deliveries_channel_known CHECK (channel IN ('app', 'mail', 'sms')),
    CONSTRAINT deliveries_state_known
        CHECK (state IN ('waiting', 'claimed', 'sent', 'failed', 'dropped'))
);

-- The next deliveries to claim; a claimed one is due again when its lease has ended.
CREATE INDEX deliveries_due ON deliveries (urgent DESC, due_at)
    WHERE state IN ('waiting', 'claimed');

-- One gathering at most for each person and channel, whoever begins it.
CREATE UNIQUE INDEX deliveries_gathering ON deliveries (channel, person)
    WHERE state = 'waiting' AND gathers AND NOT urgent;

-- What a person got last.
CREATE INDEX deliveries_by_person ON deliveries (channel, person, ended_at);

-- What operators list, retry and replay.
CREATE INDEX deliveries_by_end ON deliveries (state, ended_at);

CREATE INDEX deliveries_by_case ON deliveries (case_id);

CREATE TABLE delivery_notices (
    delivery text COLLATE "C" NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    notice   text             NOT NULL REFERENCES notices ON DELETE CASCADE,
    PRIMARY KEY (delivery, notice)
);

CREATE INDEX delivery_notices_by_notice ON delivery_notices (notice);

-- Where nothing leaves any more, since what left came back.
CREATE TABLE stopped_channels (
    channel    text        NOT NULL,
    person     text        NOT NULL,
    reason     text        NOT NULL,
    stopped_at timestamptz NOT NULL,
    PRIMARY KEY (channel, person)
);

-- What staff must do beside cases. A task of a case lies where the case lies.
CREATE TABLE staff_tasks (
    id        uuid        PRIMARY KEY,
    kind      text        NOT NULL,
    case_id   uuid        REFERENCES cases,
    unit      hsa_id,
    person    hsa_id,
    opened_at timestamptz NOT NULL,
    done_at   timestamptz,
    done_by   hsa_id,
    CONSTRAINT staff_tasks_kind_known CHECK (kind IN ('contact_lost'))
);

-- One open task for each loss.
CREATE UNIQUE INDEX staff_tasks_open ON staff_tasks (kind, case_id, person) NULLS NOT DISTINCT
    WHERE done_at IS NULL;

-- The open tasks, oldest first.
CREATE INDEX staff_tasks_by_opening ON staff_tasks (opened_at, id) WHERE done_at IS NULL;

CREATE INDEX staff_tasks_by_case ON staff_tasks (case_id);

-- migrate:down
DROP TABLE staff_tasks;
DROP TABLE stopped_channels;
DROP TABLE delivery_notices;
DROP TABLE deliveries;
UPDATE notices SET state = 'sent' WHERE state = 'addressed';
ALTER TABLE notices DROP CONSTRAINT notices_state_known;
ALTER TABLE notices ADD CONSTRAINT notices_state_known
    CHECK (state IN ('waiting', 'claimed', 'sent', 'dropped'));
ALTER TABLE staff DROP COLUMN email;
