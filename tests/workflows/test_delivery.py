"""A case that has nowhere to go: it counts, escalates, can be moved, and is tried again."""

from datetime import timedelta

import asyncpg
import pytest

from domain.actors import Actor, ActorKind
from domain.catalogue import BilingualText
from domain.messages import Destination, Route, Transfer
from domain.projection import Snapshot
from domain.region import Region
from tests.workflows import saying
from tests.workflows.people import COORDINATOR, PATIENT, PHYSICIAN, PHYSICIAN_ROLE, STROMSBRO
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import Handle, RunningCases, submission_of
from workflows.case import CaseWorkflow

UNLISTED, AT_CLOSED, AT_UNSTAFFED = "197910129985", "199002279991", "196806309800"
OPERATIONS = Actor(kind=ActorKind.OPERATIONS, id="operations")
DAY = timedelta(days=1)


async def stuck(cases: RunningCases, identity: str) -> Handle:
    submission = submission_of("prescription_renewal", RENEWAL, identity, cases.monday)
    handle = await cases.start(submission)
    await cases.until_state(handle, "undeliverable")
    return handle


def kinds(snapshot: Snapshot) -> list[str]:
    return [event.kind.value for event in snapshot.events]


def to_stromsbro(region: Region, actor: Actor) -> Transfer:
    route = Route(
        unit=STROMSBRO,
        provider="SE5560000000-TEST000",
        unit_name="Strömsbro",
        role=PHYSICIAN_ROLE,
        role_name=BilingualText(sv="Läkare", en="Doctor"),
    )
    calendar = region.calendars.default
    return Transfer(
        action_id=saying.new_id(),
        actor=actor,
        reason="Listed here from today",
        destination=Destination(route=route, calendar=calendar),
    )


@pytest.mark.parametrize(
    ("identity", "reason"),
    [(UNLISTED, "no_listing"), (AT_CLOSED, "closed_unit"), (AT_UNSTAFFED, "no_holder")],
)
async def test_case_with_nowhere_to_go_says_why_and_runs_out_of_time_too(
    cases: RunningCases, identity: str, reason: str
) -> None:
    handle = await stuck(cases, identity)
    row = await cases.recorded(handle)
    assert row.events[1].detail == {"reason": reason}
    assert row.projection.first_response_by == cases.monday + DAY + timedelta(hours=9)

    await cases.move_to(handle, cases.monday + 30 * DAY)
    late = await cases.recorded(handle)

    assert (late.projection.state, late.projection.escalation) == ("undeliverable", "operations")
    assert late.projection.overdue


@pytest.mark.parametrize("actor", [COORDINATOR, OPERATIONS], ids=["coordinator", "operations"])
async def test_those_who_lead_move_it_and_it_goes_on_from_there(
    cases: RunningCases, region: Region, actor: Actor
) -> None:
    handle = await stuck(cases, UNLISTED)

    moved = (await cases.act(handle, to_stromsbro(region, actor))).snapshot.projection

    assert (moved.state, moved.unit, moved.role) == ("queued", STROMSBRO, PHYSICIAN_ROLE)
    taken = await cases.act(handle, saying.take(PHYSICIAN))
    assert taken.snapshot.projection.state == "assigned"


async def list_patient(pool: asyncpg.Pool, identity: str) -> None:
    async with pool.acquire() as conn:
        await conn.execute(
            "INSERT INTO listings (identity, unit, valid_from) VALUES ($1, $2, '2020-01-01')",
            identity,
            STROMSBRO,
        )


async def test_case_is_queued_when_it_is_tried_again_and_somebody_holds_the_role(
    cases: RunningCases,
) -> None:
    handle = await stuck(cases, UNLISTED)
    await handle.signal(CaseWorkflow.deliver_again)
    assert (await cases.view(handle)).projection.state == "undeliverable"

    await list_patient(cases.pool, UNLISTED)
    await handle.signal(CaseWorkflow.deliver_again)
    row = await cases.until_state(handle, "queued")

    assert kinds(row) == ["received", "undeliverable", "admitted"]
    assert (row.projection.unit, row.projection.role) == (STROMSBRO, PHYSICIAN_ROLE)
    assert row.projection.queued_at is not None


async def test_trying_again_while_postgresql_is_away_delays_no_deadline(
    cases: RunningCases,
) -> None:
    handle = await stuck(cases, UNLISTED)
    cases.valve.is_shut = True

    await handle.signal(CaseWorkflow.deliver_again)
    await handle.signal(CaseWorkflow.withdraw, saying.withdraw(of(UNLISTED)))
    view = await cases.view(handle)
    cases.valve.is_shut = False

    assert view.projection.state == "resolved"
    row = await cases.until_state(handle, "resolved")
    assert kinds(row) == ["received", "undeliverable", "withdrawn"]


def of(identity: str) -> Actor:
    return Actor(kind=ActorKind.CITIZEN, id=identity)


async def test_trying_again_a_case_that_lies_well_changes_nothing(cases: RunningCases) -> None:
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, cases.monday)
    handle = await cases.start(submission)
    before = await cases.until_state(handle, "queued")

    await handle.signal(CaseWorkflow.deliver_again)
    acted = await cases.act(handle, saying.take())

    assert acted.rev == before.projection.rev + 1


async def test_another_care_provider_needs_a_disclosure(
    cases: RunningCases, region: Region
) -> None:
    submission = submission_of("prescription_renewal", RENEWAL, PATIENT, cases.monday)
    handle = await cases.start(submission)
    await cases.until_state(handle, "queued")
    away = to_stromsbro(region, COORDINATOR)
    route = away.destination.route.model_copy(
        update={"unit": "SE5560000001-TEST001", "provider": "SE5560000001-TEST000"}
    )
    away = away.model_copy(
        update={"destination": away.destination.model_copy(update={"route": route})}
    )

    assert await cases.refusal(handle, away) == "disclosure_required"
    disclosed = away.model_copy(
        update={"action_id": saying.new_id(), "disclosure": "The patient agrees."}
    )
    await cases.act(handle, disclosed)

    row = await cases.recorded(handle)
    assert row.events[-1].detail["disclosure"] == "The patient agrees."
    assert row.projection.provider == "SE5560000001-TEST000"
