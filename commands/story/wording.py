"""How the demo puts things: where a case lies, what was promised, what happened when."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from commands.story.calling import View
from domain.events import Event, EventKind

Say = Callable[[str], None]

_EVENTS = {
    EventKind.RECEIVED: "received",
    EventKind.ADMITTED: "admitted: unit, role and promise are known",
    EventKind.REMINDED: "those who can act are reminded",
    EventKind.ESCALATED: "escalated",
    EventKind.DELAYED: "the citizen is told of the delay and given a new date",
}


def role_of(case: View) -> str:
    """Return the name of the role that has the case."""
    name: str = case["handled_by"]["role"]["name"]["en"]
    return name.lower()


def receipt(case: View, zone: ZoneInfo) -> str:
    """Return where a case lies and until when, in one line."""
    unit, promise = case["handled_by"]["unit"]["name"], case["promise"]
    first, done = (_at(promise[name], zone) for name in ("first_response_by", "resolution_by"))
    return f"{case['reference']}  {role_of(case)}, {unit}: answer by {first}, done by {done}"


def page_of(ui_url: str, case: View) -> str:
    """Return where the Temporal UI shows the case."""
    page = f"{ui_url}/namespaces/default/workflows/case-{case['case_id']}"
    return f"In the Temporal UI: {page}"


def told(event: Event, zone: ZoneInfo) -> str:
    """Return one line about an event."""
    rule = event.detail.get("rule", "").replace("_", " ")
    step = event.detail.get("percent") or event.detail.get("number")
    share = f" {step} %" if "percent" in event.detail else f" no. {step}" if step else ""
    sentence = _EVENTS.get(event.kind, str(event.kind))
    return f"{_written(event.at, zone)}  {sentence}{f' ({rule}{share})' if rule else ''}"


def _at(instant: str, zone: ZoneInfo) -> str:
    return _written(datetime.fromisoformat(instant), zone)


def _written(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %d %b %H:%M}"
