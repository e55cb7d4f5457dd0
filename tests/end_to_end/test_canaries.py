"""What patients write and are stays where it belongs, whatever happens: nothing leaks anywhere."""

import re
import sys
from pathlib import Path

import asyncpg
import pytest

from runtime.settings import Settings
from tests.end_to_end.canary_columns import PATIENT_COLUMNS
from tests.end_to_end.canary_messages import texts_of_messages
from tests.end_to_end.canary_places import Places, column, joined
from tests.end_to_end.canary_planting import PLACES, WORD, planted
from tests.end_to_end.canary_run import (
    REFUSED_BY_POSTGRESQL,
    Said,
    left_places,
    live_places,
    say_everything,
)
from tests.end_to_end.canary_stack import Running, receiving, running
from tests.end_to_end.canary_submissions import PEOPLE
from tests.end_to_end.canary_words import CORE, forms_of, found_in, sought_words

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

_IDENTITIES = (*PEOPLE, REFUSED_BY_POSTGRESQL)
_NAMES = """
SELECT name FROM citizens WHERE identity = ANY($1) AND name NOT IN (SELECT name FROM staff)
"""
_SOMETHING = 20
_NO_CORE = re.compile(r"^Max core file size +0 +0 ", re.MULTILINE)
_HAPPENED = (b"case_quarantined", b"activity_handled", b'"state": "failed"', b"message_heard")


@pytest.mark.timeout(420)
async def test_no_word_of_a_patient_gets_out(
    stack_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving() as receivers:
        for name, value in receivers.variables.items():
            monkeypatch.setenv(name, value)
        async with running(stack_settings) as stack:
            said = await say_everything(stack)
            sought = await words_of(stack)
            kept = await patient_columns(stack)
            live = await live_places(stack, receivers, said, (), ())
            assert all(_NO_CORE.search(limits_of(pid)) for pid in stack.pids)
            async with planted(stack, receivers, said) as control:
                seen = (control.pid,), (control.port,)
                controlled = await live_places(stack, receivers, said, *seen)
            await stack.crash()
        left = left_places(stack, receivers)

    check_all_was_said(said, kept)
    check_it_happened(live | left)
    grains = {WORD: forms_of(WORD)}
    assert [each for each in PLACES if not found_in((controlled | left)[each], grains)] == []
    places = live | left
    found = {place: found_in(content, sought) for place, content in places.items()}
    found["text messages"].discard("a phone")  # which they are sent to
    assert {place: words for place, words in found.items() if words} == {}
    sys.stdout.write(
        f"{len(said.canaries.made)} texts, {len(sought)} words in {len(places)} places, "
        f"{sum(map(len, places.values())) // 1024} KiB: none\n"
    )


def limits_of(pid: int) -> str:
    """Return the limits of a process."""
    return Path(f"/proc/{pid}/limits").read_text(encoding="ascii")


async def words_of(stack: Running) -> dict[str, frozenset[bytes]]:
    """Return what is sought: the texts and numbers of the run, and who the patients are."""
    conn = await asyncpg.connect(stack.stack.database_url)
    names = [row["name"] for row in await conn.fetch(_NAMES, list(_IDENTITIES))]
    await conn.close()
    assert names
    return sought_words(_IDENTITIES, names)


async def patient_columns(stack: Running) -> bytes:
    """Return what stands where patient data is kept."""
    conn = await asyncpg.connect(stack.stack.database_url)
    kept = joined([await column(conn, each) for each in sorted(PATIENT_COLUMNS)])
    await conn.close()
    return kept


def check_all_was_said(said: Said, kept: bytes) -> None:
    """Every text of every form and message was accepted once, and is found where it must be."""
    assert said.submitter.written - said.submitter.accepted == set()
    assert texts_of_messages() - said.conversation.sent == set()
    taken = said.submitter.accepted | said.conversation.sent
    texts = [text for text, purpose in said.canaries.made.items() if purpose in taken]
    purposes = {said.canaries.made[text] for text in texts if text.encode() in kept}
    assert taken - purposes == set()
    assert all(identity.encode() in kept for identity in _IDENTITIES)


def check_it_happened(places: Places) -> None:
    """The failures were caused and everything was handed over, so that there was much to find."""
    assert all(event in places["file logs/worker.log"] for event in _HAPPENED)
    assert b"Encoded failure" in places["histories without keys"]
    for place in ("traces", "mail", "the app's events", "text messages", "metrics"):
        assert CORE.encode() not in places[place]
        assert len(places[place]) > _SOMETHING
