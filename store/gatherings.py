"""The table of deliveries as notices enter it: told before, gathered with others, or on its own."""

from collections.abc import Collection
from datetime import datetime

from domain.delivery import DeliveryChannel, Template
from domain.model import Model
from domain.notices import NoticeRule
from store.pool import Connection

_HOLD_PEOPLE = """
SELECT pg_advisory_xact_lock(hashtextextended(person, 0))
FROM unnest($1::text[]) AS wanted (person)
"""

_FIND_TOLD = """
SELECT delivery_notices.delivery
FROM notices
JOIN notices AS told USING (case_id, rev, rule)
JOIN delivery_notices ON delivery_notices.notice = told.key
JOIN deliveries ON deliveries.key = delivery_notices.delivery
WHERE notices.key = $3 AND deliveries.channel = $1 AND deliveries.person = $2
LIMIT 1
"""

_FIND_REMINDED = """
SELECT delivery_notices.delivery
FROM notices
JOIN notices AS told USING (case_id)
JOIN delivery_notices ON delivery_notices.notice = told.key
JOIN deliveries ON deliveries.key = delivery_notices.delivery
WHERE notices.key = $3 AND told.key <> $3
  AND told.rule ~ ('^' || $4::text || '(_[0-9]+)?$') AND told.at >= $5
  AND deliveries.channel = $1 AND deliveries.person = $2
  AND deliveries.state IN ('waiting', 'claimed', 'sent')
LIMIT 1
"""

# The lock keeps it from leaving while a notice is added; one that has just been claimed is passed
# by, since the condition is asked again after the wait.
_FIND_GATHERING = """
SELECT key, template
FROM deliveries
WHERE channel = $1 AND person = $2 AND state = 'waiting' AND gathers AND NOT urgent
FOR UPDATE
"""

_FIND_LAST = """
SELECT max(coalesce(ended_at, $3::timestamptz))
FROM deliveries
WHERE channel = $1 AND person = $2 AND NOT urgent
  AND state IN ('waiting', 'claimed', 'sent')
  AND (ended_at IS NULL OR ended_at > $4)
"""

_INSERT_DELIVERY = """
INSERT INTO deliveries (
    key, channel, person, case_id, template, urgent, gathers, at, due_at, state, error, ended_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (key) DO NOTHING
"""

_SET_TEMPLATE = "UPDATE deliveries SET template = $2 WHERE key = $1 AND template <> $2"

_INSERT_LINK = """
INSERT INTO delivery_notices (delivery, notice) VALUES ($1, $2) ON CONFLICT DO NOTHING
"""


class Gathering(Model):
    """A delivery that waits for its time and takes more notices until then."""

    key: str
    template: Template


class NewDelivery(Model):
    """A delivery to write; one with an `error` has failed before it began."""

    key: str
    channel: DeliveryChannel
    person: str
    case_id: str | None
    template: Template
    urgent: bool
    gathers: bool
    at: datetime
    due_at: datetime
    error: str | None = None


async def hold_people(conn: Connection, people: Collection[str]) -> None:
    """Keep these people's deliveries to this transaction: two senders gather as one would."""
    await conn.execute(_HOLD_PEOPLE, sorted(people))


async def find_told(
    conn: Connection, channel: DeliveryChannel, person: str, notice: str
) -> str | None:
    """Return the key by which *person* hears of the same occasion already, for another recipient.

    An occasion is a case's rev and rule.
    """
    key: str | None = await conn.fetchval(_FIND_TOLD, channel, person, notice)
    return key


async def find_reminded(
    conn: Connection,
    channel: DeliveryChannel,
    person: str,
    notice: str,
    *,
    rule: NoticeRule,
    since: datetime,
) -> str | None:
    """Return the key by which *person* was reminded by *rule* of the same case since *since*.

    Whatever its step was and whoever it was for. One that failed or was dropped reminded nobody.
    """
    key: str | None = await conn.fetchval(_FIND_REMINDED, channel, person, notice, str(rule), since)
    return key


async def find_gathering(
    conn: Connection, channel: DeliveryChannel, person: str
) -> Gathering | None:
    """Return the delivery that gathers for *person* now, kept to this transaction."""
    row = await conn.fetchrow(_FIND_GATHERING, channel, person)
    return Gathering.model_validate(dict(row)) if row else None


async def find_last(
    conn: Connection, channel: DeliveryChannel, person: str, since: datetime, at: datetime
) -> datetime | None:
    """Return when *person* was last told something not urgent after *since*; None if they were not.

    What is under way counts as told at *at*.
    """
    last: datetime | None = await conn.fetchval(_FIND_LAST, channel, person, at, since)
    return last


async def insert_delivery(conn: Connection, delivery: NewDelivery, notice: str) -> None:
    """Write a delivery that carries *notice*; safe to repeat."""
    has_failed = delivery.error is not None
    await conn.execute(
        _INSERT_DELIVERY,
        delivery.key,
        delivery.channel,
        delivery.person,
        delivery.case_id,
        delivery.template,
        delivery.urgent,
        delivery.gathers,
        delivery.at,
        delivery.due_at,
        "failed" if has_failed else "waiting",
        delivery.error,
        delivery.due_at if has_failed else None,
    )
    await add_notice(conn, delivery.key, notice)


async def add_notice(
    conn: Connection, key: str, notice: str, template: Template | None = None
) -> None:
    """Let the delivery *key* carry one notice more, from now on in the words of *template*."""
    await conn.execute(_INSERT_LINK, key, notice)
    if template is not None:
        await conn.execute(_SET_TEMPLATE, key, template)
