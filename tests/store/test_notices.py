"""Notices are claimed once, reach whoever holds the role now, and survive every failed try."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs
from temporalio.testing import ActivityEnvironment

from activities.notices import NoticeActivities, NoticeCounts, NoticeRound
from activities.outbox import SendingFailedError
from domain.delivery import Delivery, DeliveryChannel
from domain.notices import Notice, Recipient
from runtime.notice_texts import load_notice_texts
from runtime.outbox import FileOutbox
from runtime.region import load_region
from store.notices import claim_notices
from store.pool import Connection
from tests.region import REGION_DAY, SHIPPED

STROMSBRO = "SE5560000000-TEST001"
SANDVIKEN_NORRA = "SE5560000000-TEST003"
NO_COORDINATOR = "SE5560000001-TEST001"
PHYSICIANS = "PV/lakare/recept"
PATIENT = "197005109819"
NOON = datetime(REGION_DAY.year, REGION_DAY.month, REGION_DAY.day, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

_INSERT_CASE = """
INSERT INTO cases (
    case_id, run_id, service, answers, patient, submitted_by, channel, not_duplicate_of,
    received_at, fingerprint, correlation_id, state, unit, role, assigned_to, first_response_at
)
VALUES ($1, 'r', 'prescription_renewal', '{}', $2, $2, 'mvg_app', '{}', $3, '', '', $4, $5, $6,
    $7, $8)
"""
_INSERT_NOTICE = """
INSERT INTO notices (key, case_id, rev, rule, recipient, urgent, at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


class MemoryOutbox:
    """An outbox that can be out of order for some; keeps what it took, by key."""

    def __init__(self) -> None:
        self.taken: dict[str, Delivery] = {}
        self.refuses: set[str] = set()

    async def send(self, delivery: Delivery) -> None:
        if delivery.to in self.refuses:
            raise SendingFailedError
        self.taken.setdefault(delivery.key, delivery)

    @property
    def told(self) -> set[str]:
        return {delivery.to for delivery in self.taken.values()}


Round = Callable[[], Awaitable[NoticeCounts]]


@pytest.fixture
def outbox() -> MemoryOutbox:
    return MemoryOutbox()


@pytest.fixture
def send_round(region_pool: asyncpg.Pool, outbox: MemoryOutbox) -> Round:
    """Run one round as a worker does."""
    texts = load_notice_texts(SHIPPED / "texts" / "notices.toml")
    activities = NoticeActivities(region_pool, load_region(SHIPPED), outbox, texts)

    async def run() -> NoticeCounts:
        return await ActivityEnvironment().run(activities.send_round, NoticeRound(at=NOON))

    return run


async def case_with(
    conn: Connection | asyncpg.Pool,
    *notices: Notice,
    state: str = "queued",
    unit: str | None = STROMSBRO,
    role: str | None = PHYSICIANS,
    assigned_to: str | None = None,
    answered: bool = False,
) -> str:
    """Insert a case that stands like this, with these notices waiting; return its id."""
    case_id = str(uuid4())
    at = NOON if answered else None
    await conn.execute(_INSERT_CASE, case_id, PATIENT, NOON, state, unit, role, assigned_to, at)
    for one in notices:
        key = one.key_for(case_id)
        row = (key, case_id, one.rev, one.rule, one.recipient, one.urgent, one.at)
        await conn.execute(_INSERT_NOTICE, *row)
    return case_id


def notice(
    rule: str, recipient: Recipient, *, urgent: bool = False, rev: int = 2, at: datetime = NOON
) -> Notice:
    return Notice(rev=rev, rule=rule, recipient=recipient, at=at, urgent=urgent)


async def states(pool: asyncpg.Pool) -> Counter[str]:
    return Counter(row["state"] for row in await pool.fetch("SELECT state FROM notices"))


async def age_claims(pool: asyncpg.Pool) -> None:
    await pool.execute("UPDATE notices SET claimed_at = claimed_at - interval '61 seconds'")


async def test_urgent_and_oldest_are_claimed_first_and_by_one_only(
    conn: asyncpg.Connection,
) -> None:
    late = notice("reply", Recipient.CITIZEN, rev=1, at=NOON + MINUTE)
    early = notice("reply", Recipient.CITIZEN, rev=2)
    urgent = notice("reply", Recipient.CITIZEN, rev=3, at=NOON + 2 * MINUTE, urgent=True)
    case_id = await case_with(conn, late, early, urgent)

    first = await claim_notices(conn, 2, MINUTE)
    second = await claim_notices(conn, 2, MINUTE)

    assert {one.key for one in first} == {urgent.key_for(case_id), early.key_for(case_id)}
    assert [one.key for one in second] == [late.key_for(case_id)]


async def test_new_case_reaches_the_three_who_subscribe(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, send_round: Round
) -> None:
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS))

    counts = await send_round()

    assert counts == NoticeCounts(sent=1, deliveries=3)
    assert "SE5560000000-TEST104" not in outbox.told
    assert await states(region_pool) == {"sent": 1}


async def test_fewer_than_three_subscribers_means_every_holder(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, send_round: Round
) -> None:
    await case_with(
        region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS), unit=SANDVIKEN_NORRA
    )
    holders = await region_pool.fetch(
        "SELECT DISTINCT staff FROM rights WHERE unit = $1 AND role = $2",
        SANDVIKEN_NORRA,
        PHYSICIANS,
    )

    await send_round()

    assert outbox.told == {row["staff"] for row in holders}


async def test_owner_is_told_alone_until_he_leaves_the_role(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, send_round: Round
) -> None:
    owner = "SE5560000000-TEST102"
    reminder = notice("resolution_warning_50", Recipient.OWNER)
    await case_with(region_pool, reminder, state="assigned", assigned_to=owner)
    await send_round()
    assert outbox.told == {owner}

    outbox.taken.clear()
    await region_pool.execute("DELETE FROM staff WHERE hsa_id = $1", owner)
    await case_with(region_pool, reminder, state="assigned", assigned_to=owner)
    await send_round()

    assert len(outbox.told) == 3
    assert owner not in outbox.told


async def test_unheld_coordinator_is_replaced_and_the_gap_alerts(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, send_round: Round
) -> None:
    await case_with(
        region_pool,
        notice("first_response_breach", Recipient.COORDINATOR),
        notice("first_response_breach", Recipient.UNIT_MANAGER),
        unit=NO_COORDINATOR,
    )

    with capture_logs() as logs:
        counts = await send_round()

    assert [line for line in logs if line["event"] == "recipient_missing"] == [
        {
            "event": "recipient_missing",
            "log_level": "error",
            "role": "PV/koordinator/fordelning",
            "unit": NO_COORDINATOR,
        }
    ]
    assert counts.sent == 2
    assert len(outbox.taken) == len(outbox.told) == 1


async def test_role_without_a_holder_falls_to_the_coordinator(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, send_round: Round
) -> None:
    await region_pool.execute("DELETE FROM staff_roles WHERE role = $1", PHYSICIANS)
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS))

    with capture_logs() as logs:
        await send_round()

    assert outbox.told == {"SE5560000000-TEST121"}
    assert [line["role"] for line in logs if line["event"] == "recipient_missing"] == [PHYSICIANS]


async def test_case_without_a_unit_reaches_the_owner_of_the_role_catalogue(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, send_round: Round
) -> None:
    await case_with(
        region_pool,
        notice("undeliverable", Recipient.COORDINATOR),
        state="undeliverable",
        unit=None,
        role=None,
    )
    owners = await region_pool.fetch(
        "SELECT DISTINCT staff FROM rights WHERE role = 'REG/chef/rollkatalog'"
    )

    with capture_logs() as logs:
        await send_round()

    assert outbox.told == {row["staff"] for row in owners}
    assert not [line for line in logs if line["event"] == "recipient_missing"]


async def test_notice_that_nobody_can_get_is_kept_and_alerts(
    region_pool: asyncpg.Pool, send_round: Round
) -> None:
    await region_pool.execute("DELETE FROM staff_roles")
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS))

    with capture_logs() as logs:
        counts = await send_round()

    assert counts == NoticeCounts(left=1)
    assert await states(region_pool) == {"claimed": 1}
    assert "nobody_to_tell" in {line["event"] for line in logs}


async def test_notice_that_is_no_longer_news_is_dropped(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, send_round: Round
) -> None:
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS), state="assigned")
    await case_with(
        region_pool, notice("first_response_breach", Recipient.COORDINATOR), answered=True
    )

    assert await send_round() == NoticeCounts(dropped=2)
    assert not outbox.taken
    assert await states(region_pool) == {"dropped": 2}


async def test_citizen_is_addressed_by_the_case_alone(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, send_round: Round
) -> None:
    case_id = await case_with(region_pool, notice("outcome", Recipient.CITIZEN), state="resolved")

    await send_round()

    (delivery,) = outbox.taken.values()
    assert (delivery.channel, delivery.to) == (DeliveryChannel.APP, case_id)
    assert PATIENT not in delivery.model_dump_json()


async def test_failed_sending_is_tried_again_when_the_claim_is_stale(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, send_round: Round
) -> None:
    await case_with(region_pool, notice("new_case", Recipient.ROLE_SUBSCRIBERS))
    outbox.refuses = {"SE5560000000-TEST101"}

    assert await send_round() == NoticeCounts(left=1)
    assert outbox.told == {"SE5560000000-TEST102", "SE5560000000-TEST103"}
    assert await send_round() == NoticeCounts()

    outbox.refuses = set()
    await age_claims(region_pool)

    assert await send_round() == NoticeCounts(sent=1, deliveries=3)
    assert len(outbox.taken) == 3


async def test_crash_between_sending_and_marking_sends_nothing_twice(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, send_round: Round
) -> None:
    await case_with(region_pool, notice("outcome", Recipient.CITIZEN), state="resolved")
    await send_round()
    await region_pool.execute("UPDATE notices SET state = 'claimed', ended_at = NULL")
    await age_claims(region_pool)

    assert await send_round() == NoticeCounts(sent=1, deliveries=1)
    assert len(outbox.taken) == 1


async def test_file_outbox_keeps_the_first_delivery_of_a_key(tmp_path: Path) -> None:
    texts = load_notice_texts(SHIPPED / "texts" / "notices.toml")
    delivery = Delivery(
        key="k",
        channel=DeliveryChannel.STAFF,
        to="SE5560000000-TEST101",
        urgent=False,
        text=next(iter(texts.values())),
    )
    outbox = FileOutbox(tmp_path / "outbox")

    await outbox.send(delivery)
    await outbox.send(delivery.model_copy(update={"urgent": True}))

    (file,) = (tmp_path / "outbox").iterdir()
    assert json.loads(file.read_text("utf-8")) == delivery.model_dump(mode="json")


async def test_file_outbox_that_cannot_write_says_so(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("in the way", encoding="utf-8")
    texts = load_notice_texts(SHIPPED / "texts" / "notices.toml")
    delivery = Delivery(
        key="k",
        channel=DeliveryChannel.APP,
        to="case",
        urgent=False,
        text=next(iter(texts.values())),
    )

    with pytest.raises(SendingFailedError):
        await FileOutbox(tmp_path / "outbox").send(delivery)
