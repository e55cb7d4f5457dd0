"""One id leads from a request to every line of the case it began or spoke to."""

import asyncio
import logging
from collections.abc import AsyncIterator, Set
from contextlib import suppress

import pytest
import pytest_asyncio
import structlog
from structlog.typing import EventDict, WrappedLogger

from runtime.logging import ALLOWED, configure_logging
from tests.api.calling import RENEWAL, Api, new_key
from tests.api.people import PERNILLA, PHYSICIANS

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANARY = "Kanariefågel"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PATIENCE_SECONDS = 20


class Lines:
    """What is written from now on, as it is written; workflows write in threads of their own."""

    def __init__(self) -> None:
        self._seen: list[EventDict] = []
        self._loop = asyncio.get_running_loop()
        self._more = asyncio.Event()

    def note(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        self._seen.append(dict(event))
        self._loop.call_soon_threadsafe(self._more.set)
        return event

    @property
    def all(self) -> tuple[EventDict, ...]:
        return tuple(self._seen)

    def told(self, **fields: object) -> set[tuple[object, object]]:
        """Return event and action of the lines that have these fields."""
        found = [line for line in self.all if line.items() >= fields.items()]
        return {(line["event"], line.get("action")) for line in found}

    async def until_told(self, wanted: Set[tuple[object, object]], **fields: object) -> None:
        """Wait until the wanted lines are there: the worker writes a moment after the answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not self.told(**fields) >= wanted:
                    self._more.clear()
                    await self._more.wait()
        assert self.told(**fields) >= wanted


@pytest_asyncio.fixture(loop_scope="session")
async def lines() -> AsyncIterator[Lines]:
    """The lines of this process, which is API and worker."""
    root, seen = logging.getLogger(), Lines()
    handlers, level = list(root.handlers), root.level
    configure_logging("INFO", observers=[seen.note])
    yield seen
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def submit(api: Api, request_id: str) -> str:
    """Submit a renewal whose answers hold a canary; return its case id."""
    answers = RENEWAL | {"message": CANARY}
    body = {"service": "prescription_renewal", "answers": answers}
    given = {
        "idempotency_key": new_key(),
        "x_request_id": request_id,
        "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
        "prefer": "wait=2",
    }
    answer = await api.citizen(PERNILLA).post("/v1/cases", body, **given)
    while others := answer.json().get("duplicates"):
        given["idempotency_key"] = new_key()
        told_apart = body | {"not_duplicate_of": others}
        answer = await api.citizen(PERNILLA).post("/v1/cases", told_apart, **given)
    return str(answer.json()["case_id"])


async def test_a_requests_id_is_in_every_line_of_the_case_it_began(api: Api, lines: Lines) -> None:
    case_id = await submit(api, "submit-4711-a")

    ids = {"request_id": "submit-4711-a", "trace_id": TRACE}
    own = {("case_started", None), ("activity_handled", "admit_case")}
    await lines.until_told(own | {("activity_handled", "record_case")}, case_id=case_id, **ids)
    assert ("request_handled", None) in lines.told(request_id="submit-4711-a")


async def test_a_messages_id_is_in_the_lines_of_what_it_did(api: Api, lines: Lines) -> None:
    case_id = await submit(api, "submit-4711-b")

    await api.staff(PHYSICIANS[0]).send(case_id, "take", x_request_id="take-4711-b")
    await api.staff(PHYSICIANS[0]).send(
        case_id, "note", {"text": CANARY}, x_request_id="note-4711-b", prefer="respond-async"
    )

    for kind, sent in (("take", "message_sent"), ("note", "message_left")):
        wanted = {(sent, kind), ("message_heard", kind)}
        await lines.until_told(wanted, case_id=case_id, request_id=f"{kind}-4711-b")


async def test_no_line_has_an_unknown_key_or_a_word_of_the_patient(api: Api, lines: Lines) -> None:
    case_id = await submit(api, "submit-4711-c")
    handled = {("activity_handled", "record_case")}
    await lines.until_told(handled, case_id=case_id)

    assert {key for line in lines.all for key in line} <= ALLOWED
    written = str(lines.all)
    assert all(private not in written for private in (CANARY, PERNILLA, "+46701740605"))


async def test_an_access_log_that_fails_is_told_aloud(api: Api, lines: Lines) -> None:
    case_id = await submit(api, "submit-4711-d")
    await lines.until_told({("activity_handled", "record_case")}, case_id=case_id)
    pool = api.app.state.desk.pool
    await pool.execute("ALTER TABLE access_log RENAME TO access_log_away")
    try:
        answer = await api.staff(PHYSICIANS[0]).get(f"/v1/cases/{case_id}")
    finally:
        await pool.execute("ALTER TABLE access_log_away RENAME TO access_log")

    assert answer.status_code >= 500
    assert ("access_log_failed", None) in lines.told(level="error")
