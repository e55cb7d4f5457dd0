"""Keeps the order of refusals: who may not, then what is not lawful now, then what is said wrongly.

The case itself judges every message. What it never gets to see, since its body cannot be read or
its look-ups fail, is judged here by the row; else a wrong body would hide a missing right.
"""

from collections.abc import Callable

from fastapi.exceptions import RequestValidationError

from api.message_bodies import Parcel
from api.problems import ProblemError
from api.schemas.messages import MESSAGES
from api.senders import Envelope
from api.state import Desk
from api.statuses import STATUS_OF
from domain.admission import Admission
from domain.case import Case
from domain.legality import Refusal, judge_sender
from domain.messages import AnyMessage, Route
from domain.projection import Snapshot

_CONTENT = 422

ContentError = (RequestValidationError, ProblemError)


def refusal_of_sender(
    desk: Desk, before: Snapshot, parcel: Parcel, envelope: Envelope
) -> Refusal | None:
    """Return why nothing that this sender could say would be taken, or None.

    None too for an action id that the case knows: that is answered as it was then.
    """
    is_known = any(event.action_id == parcel.action_id for event in before.events)
    if is_known or parcel.name not in MESSAGES:
        return None
    _, model = MESSAGES[parcel.name]
    unread: Callable[..., AnyMessage] = model.model_construct
    said = {"actor": envelope.actor, "expected_rev": envelope.expected_rev}
    message = unread(**(dict.fromkeys(model.model_fields) | said))
    return judge_sender(_as_recorded(desk, before), message)


def refuse_function(refusal: Refusal | None) -> None:
    """Refuse, 403, a message that is never the sender's to send."""
    if refusal is Refusal.NOT_PERMITTED:
        raise ProblemError(refusal)


def first_of(error: Exception, refusal: Refusal | None) -> Exception:
    """Return what the caller is told when *error* came of reading the message: 422 comes last."""
    is_content = not isinstance(error, ProblemError) or STATUS_OF[error.code] == _CONTENT
    return ProblemError(refusal) if refusal is not None and is_content else error


def _as_recorded(desk: Desk, before: Snapshot) -> Case:
    row, submission = before.projection, before.submission
    entry = desk.region.catalogue.find_service(submission.service)
    return Case(
        submission=submission,
        state=row.state,
        rev=row.rev,
        assigned_to=row.assigned_to,
        route=_route(before),
        admission=Admission(
            rules=desk.region.handling_of(entry, submission) if entry else None,
            flags=row.flags,
            protected=row.protected,
        ),
    )


def _route(before: Snapshot) -> Route | None:
    row = before.projection
    if row.unit is None or row.provider is None or row.role is None or row.role_name is None:
        return None
    return Route(
        unit=row.unit,
        provider=row.provider,
        unit_name=row.unit_name or row.unit,
        role=row.role,
        role_name=row.role_name,
    )
