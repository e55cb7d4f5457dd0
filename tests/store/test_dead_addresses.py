"""A stop is of one address: another one is tried, and operators undo what a wrong answer did."""

from pathlib import Path

import asyncpg
import pytest

from activities.notices import NoticeCounts
from activities.outbox import AddressDeadError
from domain.delivery import DeliveryChannel
from domain.notices import Recipient
from store.contacts import stop_channel
from tests.store.desk import LATER, arende, stand_in, status_mail
from tests.store.sending import (
    MOBILE,
    NOON,
    OWNER,
    MemoryOutbox,
    Sender,
    case_with,
    delivery_states,
    notice,
    owned_case,
)

DEAD = AddressDeadError("mail_address_unknown")
NEW = "owner.new@region.example"


@pytest.fixture(autouse=True)
def operator(region_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Configure an operator who stands in an empty folder."""
    stand_in(tmp_path, region_url, monkeypatch)


async def news(pool: asyncpg.Pool) -> None:
    await owned_case(pool, "marked_urgent", urgent=True)


async def move_owner(pool: asyncpg.Pool, address: str) -> None:
    """Give the owner another address, as the next import of the register would."""
    await pool.execute("UPDATE staff SET email = $2 WHERE hsa_id = $1", OWNER, address)


async def lose_owner(pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender) -> None:
    """Let the owner's address be answered as dead, from now on."""
    await news(pool)
    outbox.answers[OWNER] = DEAD
    assert (await sender.round()).failed == 1


async def open_tasks(pool: asyncpg.Pool) -> list[tuple[str | None, str | None]]:
    tasks = "SELECT person, case_id::text FROM staff_tasks WHERE done_at IS NULL ORDER BY person"
    return [tuple(row) for row in await pool.fetch(tasks)]


async def test_corrected_address_is_tried_again(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await lose_owner(region_pool, outbox, sender)
    outbox.answers.clear()
    await news(region_pool)
    await sender.round()
    stopped = await delivery_states(region_pool)

    await move_owner(region_pool, NEW)
    for error in ("mail_address_unknown", "channel_stopped"):
        assert (await arende("retry", "--error", error)).exit_code == 0

    assert stopped == {("failed", "mail_address_unknown"): 1, ("failed", "channel_stopped"): 1}
    assert await sender.send(LATER) == NoticeCounts(sent=2)
    assert {one.address for one in outbox.handed} == {NEW}


async def test_each_address_is_stopped_as_it_turns_out_dead(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await lose_owner(region_pool, outbox, sender)
    await move_owner(region_pool, NEW)
    await news(region_pool)
    await sender.round()
    await news(region_pool)
    await sender.round()

    assert await delivery_states(region_pool) == {
        ("failed", "mail_address_unknown"): 2,
        ("failed", "channel_stopped"): 1,
    }
    assert await open_tasks(region_pool) == [(OWNER, None)]


async def test_bounce_that_comes_late_stops_the_address_it_is_about(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await news(region_pool)
    await sender.round()
    await move_owner(region_pool, NEW)

    mail = status_mail(outbox.handed[0].key).as_bytes()
    assert (await arende("bounced", stdin=mail)).exit_code == 0
    await news(region_pool)

    assert (await sender.round()).sent == 1
    assert outbox.handed[-1].address == NEW


async def test_stop_whose_address_was_not_kept_is_of_them_all(
    region_pool: asyncpg.Pool, sender: Sender
) -> None:
    reason = "mail_address_unknown"
    async with region_pool.acquire() as conn:
        mail = DeliveryChannel.MAIL
        await stop_channel(conn, mail, OWNER, reason, NOON, address_digest=None)
    await move_owner(region_pool, NEW)
    await news(region_pool)

    await sender.round()

    assert await delivery_states(region_pool) == {("failed", "channel_stopped"): 1}


async def test_what_a_wrong_answer_stopped_leads_on_and_its_tasks_are_done(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    await lose_owner(region_pool, outbox, sender)
    await news(region_pool)
    await sender.round()
    outcome = notice("outcome", Recipient.CITIZEN)
    case_id = await case_with(region_pool, outcome, state="resolved", phone=MOBILE)
    outbox.answers = {DeliveryChannel.SMS: AddressDeadError("sms_number_unknown")}
    await sender.round(10)

    others = await arende(
        "resume", "--channel", "mail", "--since", NOON.replace(minute=5).isoformat()
    )
    these = await arende("resume", "--error", "mail_address_unknown", "--since", NOON.isoformat())
    again = await arende("resume", "--error", "mail_address_unknown")
    await arende("retry", "--channel", "mail")

    assert others.stdout == again.stdout == "0 stopped channels lead on, 0 tasks are done\n"
    assert (these.exit_code, these.stdout) == (0, "1 stopped channels lead on, 1 tasks are done\n")
    assert await open_tasks(region_pool) == [(None, case_id)]
    assert await sender.send(LATER) == NoticeCounts(sent=2)


async def test_text_messages_lead_on_too(
    region_pool: asyncpg.Pool, outbox: MemoryOutbox, sender: Sender
) -> None:
    outcome = notice("outcome", Recipient.CITIZEN)
    await case_with(region_pool, outcome, state="resolved", phone=MOBILE)
    outbox.answers = {DeliveryChannel.SMS: AddressDeadError("sms_number_unknown")}
    await sender.round()
    outbox.answers.clear()
    kept = await region_pool.fetchval("SELECT address_digest FROM stopped_channels")

    resumed = await arende("resume", "--channel", "sms")
    await arende("retry", "--error", "sms_number_unknown")

    assert kept is None
    assert resumed.stdout == "1 stopped channels lead on, 1 tasks are done\n"
    assert await open_tasks(region_pool) == []
    assert await sender.send(LATER) == NoticeCounts(sent=1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param((), 2, id="which ones is not said"),
        pytest.param(("--error", "smtp_554"), 2, id="no word of ours"),
        pytest.param(("--since", "yesterday"), 1, id="no instant"),
    ],
)
async def test_unclear_resume_changes_nothing(
    region_pool: asyncpg.Pool,
    outbox: MemoryOutbox,
    sender: Sender,
    arguments: tuple[str, ...],
    code: int,
) -> None:
    await lose_owner(region_pool, outbox, sender)

    assert (await arende("resume", *arguments)).exit_code == code
    assert await open_tasks(region_pool) == [(OWNER, None)]
