"""What an erasure leaves of the deliveries, tasks and stopped channels of a case: nothing."""

import asyncio
from datetime import timedelta

import asyncpg
from typing_extensions import override

from activities.notices import NoticeCounts
from activities.outbox import AddressDeadError
from domain.delivery import Delivery, DeliveryChannel, Template
from domain.notices import Recipient
from store.erasure import Tombstone, erase_case
from store.gatherings import add_notice, find_gathering
from tests.store.sending import (
    MOBILE,
    NOON,
    OWNER,
    TEXTS,
    MemoryOutbox,
    Sender,
    case_with,
    notice,
    owned_case,
)

RUN = "7a0c5f0e-0b5e-4c4e-9d0a-5a17e0f1c9d3"
WARNING = "resolution_warning_50"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
CARRIED = """
SELECT notices.case_id::text AS case_id, deliveries.state
FROM deliveries
JOIN delivery_notices ON delivery_notices.delivery = deliveries.key
JOIN notices ON notices.key = delivery_notices.notice
ORDER BY deliveries.at, deliveries.key, notices.at
"""

WAITING_FOR_A_LOCK = """
SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


async def erase(pool: asyncpg.Pool, case_id: str) -> None:
    tombstone = Tombstone(
        case_id=case_id,
        closed_at=NOON,
        erased_at=NOON + timedelta(days=4000),
        retention_class="record_support",
        run=RUN,
    )
    async with pool.acquire() as conn, conn.transaction():
        await erase_case(conn, tombstone)


async def named_in(pool: asyncpg.Pool, case_id: str) -> set[str]:
    """Return the tables with a row that says *case_id* anywhere."""
    found = set()
    for (table,) in await pool.fetch(TABLES):
        says = f'SELECT FROM "{table}" AS t WHERE to_jsonb(t)::text LIKE $1 LIMIT 1'
        if await pool.fetch(says, f"%{case_id}%"):
            found.add(table)
    return found


async def test_what_went_to_the_citizen_goes_with_the_case(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    told = notice("outcome", Recipient.CITIZEN)
    case_id = await case_with(region_pool, told, state="closed", phone=MOBILE)
    outbox.answers[DeliveryChannel.SMS] = AddressDeadError("sms_number_invalid")
    await sender.round()
    gone = {"deliveries", "delivery_notices", "staff_tasks", "stopped_channels"}
    assert gone <= await named_in(region_pool, case_id)

    await erase(region_pool, case_id)

    assert await named_in(region_pool, case_id) == {"cases", "notices"}
    assert not await region_pool.fetch("SELECT FROM deliveries")


async def test_delivery_of_several_cases_keeps_those_of_the_others(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    alone, first, second = [await owned_case(region_pool, WARNING) for _ in range(3)]
    await sender.round()
    assert [row["state"] for row in await region_pool.fetch(CARRIED)].count("waiting") == 2

    for _ in range(2):
        await erase(region_pool, alone)
        await erase(region_pool, first)

    left = await region_pool.fetch(CARRIED)
    assert [tuple(row) for row in left] == [(second, "waiting")]
    assert await sender.round(15) == NoticeCounts(sent=1)
    assert outbox.handed[-1].text == TEXTS[Template.STAFF_MANY]

    await erase(region_pool, second)
    assert not await region_pool.fetch("SELECT FROM deliveries")


async def test_delivery_that_is_on_its_way_meanwhile_is_not_written_again(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    case_id = await owned_case(region_pool, WARNING)
    await sender.address()

    class Erasing(MemoryOutbox):
        @override
        async def send(self, delivery: Delivery) -> None:
            await erase(region_pool, case_id)

    await Sender(region_pool, Erasing()).send()

    assert not await region_pool.fetch("SELECT FROM deliveries")


async def test_notice_that_is_added_during_the_erasure_is_kept(
    region_pool: asyncpg.Pool, sender: Sender
) -> None:
    """Until the other sender commits, the delivery seems to carry the erased case alone."""
    await owned_case(region_pool, WARNING)
    await sender.round()
    erased = await owned_case(region_pool, WARNING)
    await sender.address(1)
    other = await owned_case(region_pool, WARNING)
    added = await region_pool.fetchval("SELECT key FROM notices WHERE case_id = $1", other)

    async with region_pool.acquire() as conn:
        async with conn.transaction():
            gathering = await find_gathering(conn, DeliveryChannel.MAIL, OWNER)
            assert gathering is not None
            await add_notice(conn, gathering.key, added)
            erasing = asyncio.create_task(erase(region_pool, erased))
            while not await region_pool.fetch(WAITING_FOR_A_LOCK):
                assert not erasing.done()
        await erasing

    left = {row["case_id"] for row in await region_pool.fetch(CARRIED)}
    assert other in left
    assert erased not in left


async def test_tasks_and_stops_about_staff_are_not_the_cases(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    case_id = await owned_case(region_pool, WARNING)
    outbox.answers[OWNER] = AddressDeadError("mail_address_unknown")
    await sender.round()

    await erase(region_pool, case_id)

    assert await region_pool.fetchval("SELECT person FROM staff_tasks") == OWNER
    assert await region_pool.fetchval("SELECT person FROM stopped_channels") == OWNER
    assert not await region_pool.fetch("SELECT FROM deliveries")
