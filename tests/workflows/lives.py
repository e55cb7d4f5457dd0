"""Whole lives of cases, each as it may happen: recorded as histories that every release replays."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from pydantic import JsonValue

from domain.catalogue import BilingualText
from domain.messages import Destination, Route, Transfer
from domain.region import Region
from domain.vocabulary import Outcome
from tests.workflows import saying
from tests.workflows.people import COORDINATOR, PATIENT, PHYSICIAN_ROLE, PREPARER, STROMSBRO
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, submission_of
from workflows.case import CaseWorkflow

UNLISTED = "197910129985"
SHORT_RUN = 60
"""History length at which the life `continued` goes on as a new run."""

_DAY = timedelta(days=1)
_OPENING = timedelta(hours=9)
_MINUTE = timedelta(minutes=1)


async def ordinary(cases: RunningCases, region: Region) -> Handle:
    """Take, ask, answer, resolve and close, each recorded before the next."""
    handle = await _queued(cases)
    for message in (saying.take(), saying.ask(), saying.answer(), saying.resolve()):
        await cases.act(handle, message)
        await cases.quiet(handle)
    return await _closed(cases, handle)


async def out_of_time(cases: RunningCases, region: Region) -> Handle:
    """Nobody acts until everything has been told."""
    handle = await _queued(cases)
    await cases.move_to(handle, cases.monday + 30 * _DAY)
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.resolve(Outcome.VISIT_NEEDED))
    return await _closed(cases, handle)


async def silent_patient(cases: RunningCases, region: Region) -> Handle:
    """A question is never answered."""
    handle = await _queued(cases)
    await cases.move_to(handle, cases.monday)
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.ask())
    await cases.pass_time(handle, 15 * _DAY)
    await cases.until_state(handle, "resolved")
    return await _closed(cases, handle)


async def undeliverable(cases: RunningCases, region: Region) -> Handle:
    """Nowhere to go; tried again in vain, then moved by a coordinator, refused and noted."""
    submission = submission_of("prescription_renewal", RENEWAL, UNLISTED, cases.monday)
    handle = await cases.start(submission)
    await cases.until_state(handle, "undeliverable")
    await handle.signal(CaseWorkflow.deliver_again)
    await cases.act(handle, _to_stromsbro(region))
    await handle.signal(CaseWorkflow.reply, saying.reply())
    await handle.signal(CaseWorkflow.take, saying.take())
    await cases.act(handle, saying.note())
    await cases.act(handle, saying.resolve(Outcome.REDIRECTED))
    return await _closed(cases, handle)


async def continued(cases: RunningCases, region: Region) -> Handle:
    """So much is noted that the case goes on as a new run."""
    handle = await _queued(cases)
    await cases.act(handle, saying.take())
    for number in range(5):
        await cases.act(handle, saying.note(f"Note {number}"))
        await cases.recorded(handle)
    await cases.act(handle, saying.withdraw())
    return await _closed(cases, handle)


async def postgres_away(cases: RunningCases, region: Region) -> Handle:
    """The database is away at receipt, and again when a promise breaks."""
    cases.valve.is_shut = True
    handle = await cases.start(
        submission_of("prescription_renewal", RENEWAL, PATIENT, cases.monday)
    )
    await cases.view(handle)
    cases.valve.is_shut = False
    await cases.until_state(handle, "queued")
    breach = cases.monday + _DAY + _OPENING
    await cases.move_to(handle, breach - _MINUTE)
    await cases.recorded(handle)
    cases.valve.is_shut = True
    await cases.act(handle, saying.take())
    await cases.move_to(handle, breach)
    cases.valve.is_shut = False
    await cases.pass_time(handle, 2 * _MINUTE)
    await cases.act(handle, saying.resolve())
    return await _closed(cases, handle)


async def reopened(cases: RunningCases, region: Region) -> Handle:
    """Ended, opened again, marked urgent and ended otherwise."""
    handle = await _queued(cases)
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.resolve())
    await cases.pass_time(handle, 2 * _DAY)
    await cases.act(handle, saying.reopen())
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.urgent())
    await cases.act(handle, saying.resolve(Outcome.DECLINED, "A visit is needed first."))
    return await _closed(cases, handle)


async def overtaken(cases: RunningCases, region: Region) -> Handle:
    """The visit begins before anyone has changed it."""
    visit_at = cases.monday + 7 * _DAY
    answers: dict[str, JsonValue] = {
        "action": "cancel",
        "booking": {"starts_at": visit_at.isoformat(), "kind": "Blood pressure"},
    }
    handle = await cases.start(submission_of("booking_change", answers, PATIENT, cases.monday))
    await cases.until_state(handle, "queued")
    await cases.move_to(handle, visit_at)
    await cases.until_state(handle, "resolved")
    return await _closed(cases, handle)


async def handed_over(cases: RunningCases, region: Region) -> Handle:
    """Prepared by a nurse and handed over; a physician takes it when the unit has been told."""
    handle = await _queued(cases)
    await cases.move_to(handle, cases.monday)
    await cases.act(handle, saying.take(PREPARER))
    await cases.act(handle, saying.hand_over())
    await cases.recorded(handle)
    await cases.move_to(handle, cases.monday + _OPENING)
    await cases.act(handle, saying.urgent())
    await cases.act(handle, saying.take())
    await cases.act(handle, saying.resolve())
    return await _closed(cases, handle)


LIVES: dict[str, Callable[[RunningCases, Region], Awaitable[Handle]]] = {
    life.__name__: life
    for life in (
        ordinary,
        out_of_time,
        silent_patient,
        undeliverable,
        continued,
        postgres_away,
        reopened,
        overtaken,
        handed_over,
    )
}


async def _queued(cases: RunningCases) -> Handle:
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, cases.monday)
    handle = await cases.start(submission)
    await cases.until_state(handle, "queued")
    await cases.quiet(handle)
    return handle


async def _closed(cases: RunningCases, handle: Handle) -> Handle:
    await cases.recorded(handle)
    await cases.pass_time(handle, 15 * _DAY)
    await handle.result()
    return handle


def _to_stromsbro(region: Region) -> Transfer:
    route = Route(
        unit=STROMSBRO,
        provider="SE5560000000-TEST000",
        unit_name="Strömsbro hälsocentral",
        role=PHYSICIAN_ROLE,
        role_name=BilingualText(sv="Läkare", en="Doctor"),
    )
    return Transfer(
        action_id=saying.new_id(),
        actor=COORDINATOR,
        reason="Listed here from today",
        destination=Destination(route=route, calendar=region.calendars.default),
    )
