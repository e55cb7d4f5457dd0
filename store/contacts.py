"""Where a person's deliveries go now, and the table of channels that are stopped for them."""

from collections.abc import Collection
from datetime import datetime

from pydantic import Field

from domain.delivery import DeliveryChannel
from domain.model import Model
from store.pool import Connection

_LIST_STAFF_CONTACTS = """
SELECT staff.hsa_id AS person,
       staff.email AS address,
       stopped_channels.person IS NOT NULL AS stopped
FROM staff
LEFT JOIN stopped_channels
    ON stopped_channels.channel = 'mail' AND stopped_channels.person = staff.hsa_id
    AND (
        stopped_channels.address_digest IS NULL
        OR stopped_channels.address_digest = sha256(convert_to(staff.email, 'UTF8'))
    )
WHERE staff.hsa_id = ANY ($1::text[])
"""

# The view knows the patient alone; the number may be that of a guardian who submitted.
_FIND_CITIZEN_CONTACT = """
SELECT cases.case_id::text AS person,
       cases.answers ->> 'contact_phone' AS address,
       stopped_channels.person IS NOT NULL AS stopped
FROM cases
LEFT JOIN stopped_channels
    ON stopped_channels.channel = 'sms' AND stopped_channels.person = cases.case_id::text
WHERE cases.case_id = $1
  AND NOT EXISTS (SELECT FROM protected_cases WHERE protected_cases.case_id = cases.case_id)
  AND NOT EXISTS (
      SELECT FROM citizens WHERE citizens.identity = cases.submitted_by AND citizens.protected
  )
"""

_STOP_CHANNEL = """
INSERT INTO stopped_channels (channel, person, reason, stopped_at, address_digest)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (channel, person) DO UPDATE
SET reason = excluded.reason,
    stopped_at = excluded.stopped_at,
    address_digest = excluded.address_digest
WHERE stopped_channels.address_digest IS DISTINCT FROM excluded.address_digest
"""

_RESUME_CHANNEL = "DELETE FROM stopped_channels WHERE channel = $1 AND person = $2"


_RESUME_CHANNELS = """
DELETE FROM stopped_channels
WHERE ($1::text IS NULL OR channel = $1)
  AND ($2::text IS NULL OR reason = $2)
  AND ($3::timestamptz IS NULL OR stopped_at >= $3)
RETURNING person
"""


class Contact(Model):
    """A person's address on a channel: None if there is none, not to be used if *stopped*."""

    person: str
    address: str | None = Field(repr=False)
    stopped: bool


async def list_staff_contacts(conn: Connection, people: Collection[str]) -> list[Contact]:
    """Return the mail addresses of those of *people* who are in the register of staff."""
    rows = await conn.fetch(_LIST_STAFF_CONTACTS, sorted(people))
    return [Contact.model_validate(dict(row)) for row in rows]


async def find_citizen_contact(conn: Connection, case_id: str) -> Contact | None:
    """Return the phone number that the case's submission gave.

    None when the patient, or the guardian who submitted, has protected identity.
    """
    row = await conn.fetchrow(_FIND_CITIZEN_CONTACT, case_id)
    return Contact.model_validate(dict(row)) if row else None


async def stop_channel(
    conn: Connection,
    channel: DeliveryChannel,
    person: str,
    reason: str,
    at: datetime,
    *,
    address_digest: bytes | None,
) -> None:
    """Let nothing more leave to *person* by *channel*; safe to repeat.

    With a digest of a mail address only as long as that is theirs; the last one counts.
    """
    await conn.execute(_STOP_CHANNEL, channel, person, reason, at, address_digest)


async def resume_channel(conn: Connection, channel: DeliveryChannel, person: str) -> None:
    """Let deliveries leave to *person* by *channel* again; safe to repeat."""
    await conn.execute(_RESUME_CHANNEL, channel, person)


async def resume_channels(
    conn: Connection,
    channel: DeliveryChannel | None,
    reason: str | None,
    since: datetime | None,
) -> list[str]:
    """Let channels lead on that were stopped, by one channel, for one reason or since then.

    Return whom they lead to: HSA-ids, and case ids for their citizens.
    """
    return [row["person"] for row in await conn.fetch(_RESUME_CHANNELS, channel, reason, since)]
