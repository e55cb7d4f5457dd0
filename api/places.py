"""Whether the channel a submission comes through, and the clinic it names, lead to a case."""

from api.field_errors import FieldError
from api.known_facts import KnownFacts
from api.problems import ProblemError
from api.state import Desk
from domain.catalogue import ServiceEntry
from domain.routing import Routing
from domain.submission import Submission

_CLINIC = "/clinic"


def refuse_way(desk: Desk, submission: Submission, facts: KnownFacts | None) -> ProblemError | None:
    """Return why the case could not come this way or would have no unit, or None.

    409 `channel_redirected` for a channel closed at receipt [A§8]; 422 `clinic_required` when the
    service wants a choice [A§12], else `not_listed` or `unknown_unit`, which take *facts* to tell.
    """
    entry = desk.region.catalogue.find_service(submission.service)
    if entry is None:
        return None
    on = desk.today(submission.received_at)
    if entry.dates_of(submission.channel).is_closed_on(on):
        return ProblemError("channel_redirected")
    if submission.clinic is None and _must_choose(desk, entry, submission):
        return ProblemError("clinic_required", errors=[FieldError("clinic_required", _CLINIC)])
    return None if facts is None else _refuse_unit(submission, facts)


def _must_choose(desk: Desk, entry: ServiceEntry, submission: Submission) -> bool:
    return desk.region.handling_of(entry, submission).routing is Routing.BY_SELECTED_CLINIC


def _refuse_unit(submission: Submission, facts: KnownFacts) -> ProblemError | None:
    if submission.clinic is None:
        return None if facts.is_listed else ProblemError("not_listed")
    if facts.unit is None or facts.unit.closed:
        return ProblemError("unknown_unit", errors=[FieldError("unknown_unit", _CLINIC)])
    return None
