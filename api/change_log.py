"""Logs a change that staff are about to make, with everybody's data it touches."""

from api.reading import StaffReading
from api.rights import sight_of
from api.sights import note_sights
from domain.access import AccessKind, action_of_message
from domain.messages import AnyMessage, Merge, Transfer
from domain.projection import Projection
from store.case_views import find_case
from store.pool import Connection


async def log_change(conn: Connection, reading: StaffReading, message: AnyMessage) -> None:
    """Log *message* before it is sent, also from those who see nothing of the patient.

    A merge touches the kept case too. A transfer to another care provider is a disclosure [L6].
    What the case then refuses stays in the log as what was tried.
    """
    submission = reading.snapshot.submission
    touched = [(submission.patient, str(submission.case_id))]
    if isinstance(message, Merge):
        kept = await find_case(conn, message.into)
        touched += [(kept.submission.patient, message.into)] if kept else []
    kind = AccessKind.ORDINARY
    if discloses(message, reading.snapshot.projection):
        kind = AccessKind.DISCLOSURE
    action = action_of_message(message.kind)
    await note_sights(conn, [sight_of(touched, reading.access, action, kind)])


def discloses(message: AnyMessage, case: Projection) -> bool:
    """Whether the message hands the case, as it now stands, to another care provider."""
    return (
        isinstance(message, Transfer)
        and message.disclosure is not None
        and case.provider is not None
        and message.destination.route.provider != case.provider
    )
