"""The demo's story: what a citizen, a physician and the clock do, over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx2

from domain.events import Event, EventKind
from domain.submission import CaseId
from runtime.errors import OperatorError
from runtime.issuer import LocalIssuer
from runtime.local import LocalStack
from runtime.region import load_region
from runtime.settings import Settings
from runtime.temporal import connect
from runtime.time_travel import fast_forward
from store.people import CitizenPerson, Person, StaffPerson, list_people
from store.pool import open_pool
from workflows.notices import SendNotices

Say = Callable[[str], None]
View = dict[str, Any]

_ZONE = ZoneInfo("Europe/Stockholm")
_RENEWAL = "prescription_renewal"
_BOOKING = "booking_change"
_DAYS = 10
_EVENTS = {
    EventKind.RECEIVED: "received",
    EventKind.ADMITTED: "admitted: unit, role and promise are known",
    EventKind.REMINDED: "those who can act are reminded",
    EventKind.ESCALATED: "escalated",
    EventKind.DELAYED: "the citizen is told of the delay and given a new date",
}


class StoryError(OperatorError):
    """The API answered something the story does not expect."""


class Cast:
    """Who plays: a citizen, and the staff who hold the roles their cases go to."""

    def __init__(self, people: list[Person], unit_roles: dict[str, str]) -> None:
        staff = [person for person in people if isinstance(person, StaffPerson)]
        self.citizen = next(person for person in people if isinstance(person, CitizenPerson))
        self.unit = self.citizen.listed_unit
        self.handlers = {
            service: next(
                person for person in staff if person.unit == self.unit and role in person.roles
            )
            for service, role in unit_roles.items()
        }


class Caller:
    """One signed-in person, speaking to the API."""

    def __init__(self, client: httpx2.AsyncClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    async def get(self, path: str) -> View:
        """Return what a GET answers."""
        return _read(await self._client.get(path, headers=self._headers))

    async def post(self, path: str, body: View, **headers: str) -> View:
        """Return what a POST with an idempotency key of its own answers."""
        sent = {**self._headers, "Idempotency-Key": str(uuid4()), **headers}
        return _read(await self._client.post(path, json=body, headers=sent))


def _read(answer: httpx2.Response) -> View:
    if not answer.is_success:
        raise StoryError(f"{answer.request.method} answered {answer.status_code}")
    view: View = answer.json()
    return view


async def tell(stack: LocalStack, settings: Settings, say: Say) -> None:
    """Play both cases on a running stack and say what happens, step by step.

    Raises:
        StoryError: the API answered something unexpected.
    """
    cast = await _cast(settings)
    issuer, now = LocalIssuer(settings), datetime.now(UTC)
    async with httpx2.AsyncClient(base_url=stack.api_url, trust_env=False) as client:
        citizen = Caller(client, issuer.citizen_token(cast.citizen.identity, now))
        staff = {
            service: Caller(client, issuer.staff_token(person.hsa_id, person.commission, now))
            for service, person in cast.handlers.items()
        }
        say(f"\n1. {cast.citizen.name} opens the app. Each service says what it promises:")
        for service in (await citizen.get("/v1/services"))["items"]:
            times = service["handling_time"]
            say(
                f"   {service['name']['en']} ({service['name']['sv']}): first response within "
                f"{_amount(times['first_response'])}, done within {_amount(times['resolution'])}"
            )
        await _handled(say, stack, citizen, staff[_RENEWAL], cast)
        await _overdue(say, stack, settings, citizen)
    await _notices(say, settings)


async def _handled(
    say: Say, stack: LocalStack, citizen: Caller, physician: Caller, cast: Cast
) -> None:
    name = cast.handlers[_RENEWAL].name
    say("\n2. A prescription is to be renewed. The form is sent at any hour:")
    case = await _submit(citizen, _RENEWAL)
    path = f"/v1/cases/{case['case_id']}"
    _say_receipt(say, case)
    inbox = await physician.get("/v1/inbox")
    role = case["handled_by"]["role"]["name"]["en"].lower()
    count = len(inbox["items"])
    say(f"   {name}, {role}, finds {count} in the inbox, due first, and takes it.")
    await physician.post(f"{path}/take", {})
    await physician.post(f"{path}/ask-patient", {"text": "Has your blood pressure been taken?"})
    waiting = await citizen.get(path)
    say(
        f"   The physician asks: “{waiting['messages'][-1]['text']}” The clock is paused: "
        f"{waiting['promise']['text']['en']}"
    )
    await citizen.post(f"{path}/answer", {"text": "Yes, last week: 128 over 80."})
    answered = await citizen.get(path)
    say(f"   The answer comes, and the clock runs again: {answered['promise']['text']['en']}")
    resolved = await physician.post(
        f"{path}/resolve",
        {
            "outcome": "approved",
            "text": "Your prescription has been renewed for a year.",
            "documented_in_record": "yes",
            "qualified_contact": False,
        },
    )
    say(
        f"   Outcome: {resolved['outcome']}. No one but a person with prescribing right can "
        "decide that."
    )
    say(f"   It closes in 14 days if nobody reopens it. {_where(stack, case)}")


async def _overdue(say: Say, stack: LocalStack, settings: Settings, citizen: Caller) -> None:
    say("\n3. A visit is to be cancelled, and this time nobody looks. Time is moved, day by day:")
    case = await _submit(citizen, _BOOKING)
    _say_receipt(say, case)
    client, case_id, seen = await connect(settings), CaseId(case["case_id"]), 0
    for _ in range(_DAYS):
        snapshot = await fast_forward(client, settings, case_id, timedelta(days=1))
        for event in snapshot.events[seen:]:
            say(f"   {_told(event)}")
        seen = len(snapshot.events)
    late = await citizen.get(f"/v1/cases/{case_id}")
    say(f"   What the citizen reads meanwhile: {late['promise']['text']['en']}")
    say(f"   {_where(stack, case)}")


async def _notices(say: Say, settings: Settings) -> None:
    client = await connect(settings)
    sent = await client.execute_workflow(
        SendNotices.run, id=f"send-notices-{uuid4()}", task_queue="notices"
    )
    folder = settings.data_dir / "outbox"
    say(
        f"\n4. Nobody was left in silence: {len(list(folder.glob('*.json')))} notices lie in "
        f"{folder}/ ({sent.sent} of them sent just now)."
    )
    say("   They say only that there is news: no name, no service, no drug.")


async def _submit(citizen: Caller, service: str) -> View:
    form = await citizen.get(f"/v1/services/{service}")
    body = {"service": service, "answers": form["examples"][0]}
    return await citizen.post("/v1/cases", body, Prefer="wait=2")


def _say_receipt(say: Say, case: View) -> None:
    place = case["handled_by"]
    say(
        f"   Case {case['reference']} lies with {place['role']['name']['en'].lower()} at "
        f"{place['unit']['name']}. {case['promise']['text']['en']}"
    )


def _where(stack: LocalStack, case: View) -> str:
    page = f"{stack.ui_url}/namespaces/default/workflows/case-{case['case_id']}"
    return f"In the Temporal UI: {page}"


def _told(event: Event) -> str:
    rule = event.detail.get("rule", "").replace("_", " ")
    step = event.detail.get("percent") or event.detail.get("number")
    share = f" {step} %" if "percent" in event.detail else f" no. {step}" if step else ""
    sentence = _EVENTS.get(event.kind, str(event.kind))
    at = f"{event.at.astimezone(_ZONE):%a %d %b %H:%M}"
    return f"{at}  {sentence}{f' ({rule}{share})' if rule else ''}"


def _amount(amount: View) -> str:
    return f"{amount['count']} {amount['unit'].replace('_', ' ')}"


async def _cast(settings: Settings) -> Cast:
    region = load_region(settings.region_dir)
    catalogue = region.catalogue
    roles = {entry.code: entry.handling.role for entry in catalogue.services}
    leading = tuple(catalogue.system_roles.model_dump().values())
    today = datetime.now(_ZONE).date()
    async with await open_pool(settings.database_url, 1) as pool, pool.acquire() as conn:
        people = await list_people(
            conn,
            special=False,
            service_roles=catalogue.routed_roles(),
            leading_roles=leading,
            on=today,
        )
    return Cast(people, roles)
