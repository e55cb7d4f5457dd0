-- 0012 dead addresses: which address a channel is stopped for, and each channel's own queue.
-- Adds only; the release before goes on stopping a channel whatever its address is.

-- migrate:up
SET LOCAL lock_timeout = '5s';

-- SHA-256 of the mail address that a delivery was last taken at: a bounce may come when the
-- register names another one.
ALTER TABLE deliveries ADD COLUMN address_digest bytea;

-- SHA-256 of the mail address that is dead; null stops the channel whatever its address is. The
-- phone number of a case never changes, so there is nothing to tell apart and none is kept.
ALTER TABLE stopped_channels ADD COLUMN address_digest bytea;

UPDATE stopped_channels
SET address_digest = sha256(convert_to(staff.email, 'UTF8'))
FROM staff
WHERE stopped_channels.channel = 'mail' AND staff.hsa_id = stopped_channels.person;

-- The next deliveries of a channel to claim, however many wait for another one. While it is built
-- the sender waits, and nobody else writes there.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX deliveries_due_by_channel ON deliveries (channel, urgent DESC, due_at)
    WHERE state IN ('waiting', 'claimed');

-- migrate:down
SET LOCAL lock_timeout = '5s';

DROP INDEX deliveries_due_by_channel;
ALTER TABLE stopped_channels DROP COLUMN address_digest;
ALTER TABLE deliveries DROP COLUMN address_digest;
