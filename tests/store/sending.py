"""What tests of notices share: cases with notices that wait, and a sender whose clock they hold."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
from temporalio.testing import ActivityEnvironment

from activities.notices import NoticeActivities, NoticeCounts, NoticeRound
from activities.outbox import NotDeliveredError, Outbox
from domain.delivery import Delivery, DeliveryChannel
from domain.notices import Notice, Recipient
from runtime.notice_texts import load_notice_texts
from runtime.region import load_region
from store.pool import Connection
from tests.region import REGION_DAY, SHIPPED

STROMSBRO = "SE5560000000-TEST001"
PHYSICIANS = "PV/lakare/recept"
OWNER = "SE5560000000-TEST102"
PATIENT = "197005109819"
MOBILE = "+46701740605"
NOON = datetime(REGION_DAY.year, REGION_DAY.month, REGION_DAY.day, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TEXTS = load_notice_texts(SHIPPED / "texts" / "notices.toml")
REGION = load_region(SHIPPED)

_INSERT_CASE = """
INSERT INTO cases (
    case_id, run_id, service, answers, patient, submitted_by, channel, not_duplicate_of,
    received_at, fingerprint, correlation_id, state, unit, role, assigned_to, first_response_at
)
VALUES ($1, 'r', 'prescription_renewal', $9, $2, $2, 'mvg_app', '{}', $3, '', '', $4, $5, $6,
    $7, $8)
"""
_INSERT_NOTICE = """
INSERT INTO notices (key, case_id, rev, rule, recipient, urgent, at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


class MemoryOutbox:
    """An outbox that keeps each hand-over, and answers some people or channels with an error."""

    def __init__(self) -> None:
        self.handed: list[Delivery] = []
        self.answers: dict[str, NotDeliveredError] = {}
        self.dies_after: set[str] = set()

    async def send(self, delivery: Delivery) -> None:
        for reason in {delivery.to, delivery.channel} & self.answers.keys():
            raise self.answers[reason]
        self.handed.append(delivery)
        if delivery.to in self.dies_after:
            raise ConnectionAbortedError

    @property
    def told(self) -> set[str]:
        return {delivery.to for delivery in self.handed}


class Sender:
    """Runs rounds as a worker does, at the minute a test says."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        outbox: Outbox,
        channels: Iterable[DeliveryChannel] = DeliveryChannel,
    ) -> None:
        self._steps = NoticeActivities(pool, REGION, outbox, TEXTS, frozenset(channels))

    async def round(self, minute: float = 0) -> NoticeCounts:
        """Address and send at so many minutes past noon."""
        return (await self.address(minute)).plus(await self.send(minute))

    async def address(self, minute: float = 0) -> NoticeCounts:
        request = NoticeRound(at=NOON + minute * MINUTE)
        return await ActivityEnvironment().run(self._steps.address_notices, request)

    async def send(self, minute: float = 0) -> NoticeCounts:
        request = NoticeRound(at=NOON + minute * MINUTE)
        return await ActivityEnvironment().run(self._steps.send_deliveries, request)


async def case_with(
    conn: Connection | asyncpg.Pool,
    *notices: Notice,
    state: str = "queued",
    unit: str | None = STROMSBRO,
    role: str | None = PHYSICIANS,
    assigned_to: str | None = None,
    answered: bool = False,
    phone: str | None = None,
) -> str:
    """Insert a case that stands like this, with these notices waiting; return its id."""
    case_id = str(uuid4())
    at = NOON if answered else None
    answers = {"contact_phone": phone} if phone else {}
    place = (state, unit, role, assigned_to, at)
    await conn.execute(_INSERT_CASE, case_id, PATIENT, NOON, *place, answers)
    for one in notices:
        await add_notice(conn, case_id, one)
    return case_id


async def add_notice(conn: Connection | asyncpg.Pool, case_id: str, one: Notice) -> None:
    """Let a notice more of a case wait."""
    key = one.key_for(case_id)
    row = (key, case_id, one.rev, one.rule, one.recipient, one.urgent, one.at)
    await conn.execute(_INSERT_NOTICE, *row)


async def owned_case(pool: asyncpg.Pool, rule: str, *, urgent: bool = False) -> str:
    """Insert an open case of `OWNER` with one notice to them; return its id."""
    told = notice(rule, Recipient.OWNER, urgent=urgent)
    return await case_with(pool, told, state="assigned", assigned_to=OWNER)


def notice(
    rule: str, recipient: Recipient, *, urgent: bool = False, rev: int = 2, at: datetime = NOON
) -> Notice:
    return Notice(rev=rev, rule=rule, recipient=recipient, at=at, urgent=urgent)


async def notice_states(pool: asyncpg.Pool) -> Counter[str]:
    return Counter(row["state"] for row in await pool.fetch("SELECT state FROM notices"))


async def delivery_states(pool: asyncpg.Pool) -> Counter[tuple[str, str | None]]:
    """Count deliveries by state and error."""
    rows = await pool.fetch("SELECT state, error FROM deliveries")
    return Counter((row["state"], row["error"]) for row in rows)
