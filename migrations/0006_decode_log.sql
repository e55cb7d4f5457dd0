-- 0006 decode_log: who opened payloads of Temporal in clear, why, and which. Adds only.

-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Written before the answer leaves the codec server. A digest is SHA-256 of a payload as Temporal
-- keeps it, so that a row can be matched with a history; case ids are those the payloads name.
CREATE TABLE decode_log (
    entry      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    action     text        NOT NULL
        CONSTRAINT decode_log_action CHECK (action IN ('opened', 'decoded', 'closed')),
    staff      hsa_id      NOT NULL,
    commission hsa_id      NOT NULL,
    reason     text        NOT NULL,
    namespace  text        NOT NULL,
    payloads   integer     NOT NULL CONSTRAINT decode_log_payloads CHECK (payloads >= 0),
    digests    text[]      NOT NULL DEFAULT '{}',
    case_ids   uuid[]      NOT NULL DEFAULT '{}'
);

-- What one person has seen, newest first.
CREATE INDEX decode_log_by_staff ON decode_log (staff, at DESC);

-- migrate:down
DROP TABLE decode_log;
