"""The scenes of the demo: every form is sent, one case is handled, another runs out of time."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from commands.story.calling import Caller, StoryError, View
from commands.story.wording import Say, page_of, receipt, role_of, told
from domain.duplicates import MOST_CANDIDATES
from domain.routing import Routing
from domain.submission import CaseId
from runtime.settings import Settings
from runtime.temporal import connect
from runtime.time_travel import fast_forward
from store.deliveries import DeliveryState
from store.delivery_desk import list_deliveries
from store.pool import open_pool
from workflows.notices import SendNotices

_DAYS = 10
_LOOKS = 100
_MANY = 1_000
_LOOK_EVERY = 0.2


@dataclass(frozen=True, slots=True)
class Stage:
    """What every scene may use; `ui_url` is the Temporal UI's, `unit` the citizen's."""

    say: Say
    ui_url: str
    settings: Settings
    zone: ZoneInfo
    unit: str | None
    citizen: Caller
    physician: Caller


async def submit_all(stage: Stage) -> dict[str, View]:
    """Send the first example of each service; return the cases by service.

    The story may have been told here before, so those cases are named as others.
    """
    stage.say("\n2. Every form is sent once. Each case lies somewhere at once, with a promise:")
    cases: dict[str, View] = {}
    earlier = (await stage.citizen.get("/v1/cases"))["items"]
    for service in (await stage.citizen.get("/v1/services"))["items"]:
        code, name = service["code"], service["name"]
        form = await stage.citizen.get(f"/v1/services/{code}")
        told_before = [case["case_id"] for case in earlier if case["service"] == code]
        body = {"service": code, "answers": form["examples"][0]}
        body["not_duplicate_of"] = told_before[:MOST_CANDIDATES]
        if service["routing"] == Routing.BY_SELECTED_CLINIC:
            body["clinic"] = stage.unit
        cases[code] = await _submit(stage.citizen, body)
        stage.say(f"   {name['en']} ({name['sv']})\n      {receipt(cases[code], stage.zone)}")
    return cases


async def _submit(citizen: Caller, body: View) -> View:
    """Return the case when it lies with a role; a cold worker may take longer than one answer."""
    case = await citizen.post("/v1/cases", body, Prefer="wait=2")
    for _ in range(_LOOKS):
        if case["handled_by"] is not None:
            return case
        await asyncio.sleep(_LOOK_EVERY)
        case = await citizen.get(f"/v1/cases/{case['case_id']}")
    raise StoryError("a case was not admitted in time")


async def handle(stage: Stage, name: str, case: View) -> None:
    """Walk a renewal from the inbox to its outcome; *name* is the physician's."""
    say, citizen, physician = stage.say, stage.citizen, stage.physician
    path = f"/v1/cases/{case['case_id']}"
    count = len((await physician.get("/v1/inbox"))["items"])
    say(f"\n3. {name}, {role_of(case)}, finds {count} in the inbox and takes the renewal.")
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
    say(f"   Outcome: {resolved['outcome']}. Only a person with prescribing right can decide that.")
    say(f"   It closes in 14 days if nobody reopens it. {page_of(stage.ui_url, case)}")


async def run_late(stage: Stage, case: View) -> None:
    """Move a case's time, day by day, while nobody looks at it."""
    say, settings = stage.say, stage.settings
    say("\n4. Nobody looks at the visit to be cancelled. Its time is moved, day by day:")
    client, case_id, seen = await connect(settings), CaseId(case["case_id"]), 0
    for _ in range(_DAYS):
        snapshot = await fast_forward(client, settings, case_id, timedelta(days=1))
        for event in snapshot.events[seen:]:
            say(f"   {told(event, stage.zone)}")
        seen = len(snapshot.events)
    late = await stage.citizen.get(f"/v1/cases/{case_id}")
    say(f"   What the citizen reads meanwhile: {late['promise']['text']['en']}")
    say(f"   {page_of(stage.ui_url, case)}")


async def send_notices(say: Say, settings: Settings) -> None:
    """Send what is due, say where it lies and what is gathered for later."""
    client = await connect(settings)
    sent = await client.execute_workflow(
        SendNotices.run, id=f"send-notices-{uuid4()}", task_queue="notices"
    )
    folder = settings.data_dir / "outbox"
    say(
        f"\n5. Nobody was left in silence: {len(list(folder.glob('*.json')))} notices lie in "
        f"{folder}/ ({sent.sent} of them sent just now)."
    )
    say(
        f"   {await _count_gathering(settings)} people have just been told of something: what else "
        "they should know leaves as one notice 15 minutes later."
    )
    say("   They say only that there is news: no name, no service, no drug.")


async def _count_gathering(settings: Settings) -> int:
    async with await open_pool(settings.database_url, 1) as pool, pool.acquire() as conn:
        return len(await list_deliveries(conn, DeliveryState.WAITING, _MANY))
