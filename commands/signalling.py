"""`arende case signal`: a message to a case as staff, by a raw signal."""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import typer
from pydantic import ValidationError
from temporalio.service import RPCError

from api.change_log import log_change
from api.problems import ProblemError
from api.protection import entrust, guard_for
from api.reading import StaffReading
from api.rights import refuse_own
from api.schemas.messages import MESSAGES
from api.senders import Envelope, actor_of_staff, compose_message
from api.strict_model import StrictModel
from commands.exits import explained
from domain.access import AccessAction
from domain.messages import AnyMessage
from domain.submission import CaseId, workflow_id_for
from runtime.errors import OperatorError
from runtime.region import load_region
from runtime.settings import Settings, load_settings
from runtime.temporal import connect
from store.case_views import find_case
from store.pool import open_pool
from store.staff import StaffAccess, find_access, find_commissions

app = typer.Typer()

_LOGGED = frozenset(AccessAction)
"""Every message of staff; the others a case takes from its patient only, and refuses here."""


class NoSuchCaseError(OperatorError):
    """There is no row of this case."""

    def __init__(self) -> None:
        super().__init__("There is no such case in the database")


class UnfitMessageError(OperatorError):
    """What was to be sent is no message, or names what the registers do not know."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message before the registers were asked: to which case, from whom, saying what."""

    case_id: CaseId
    staff: str
    commission: str | None
    body: StrictModel
    action_id: str


@app.command()
def signal(
    case_id: Annotated[UUID, typer.Argument(help="The case id.")],
    message: Annotated[str, typer.Argument(help="A message, as `take` or `ask-patient`.")],
    staff: Annotated[str, typer.Option(help="The HSA-id of who sends it.")],
    commission: Annotated[
        str | None, typer.Option(help="Their commission; needed when they have several.")
    ] = None,
    action_id: Annotated[str | None, typer.Option(help="Makes a repeat harmless.")] = None,
) -> None:
    """Send a message as staff by a raw signal; prints its action id.

    Its fields, where it has any, are one JSON object on standard input, as {"text": "..."}.
    What it needs from the registers is looked up as the API does. The case records a refusal.

    Exit codes: 0 sent, 1 unknown person, case or message, 2 usage.
    """
    with explained():
        body = _body(message, "" if sys.stdin.isatty() else sys.stdin.read())
        sent_as = action_id or str(uuid4())
        letter = Letter(CaseId(str(case_id)), staff, commission, body, sent_as)
        asyncio.run(_send(load_settings(), letter))
        typer.echo(sent_as)


def _body(message: str, text: str) -> StrictModel:
    if message not in MESSAGES:
        raise UnfitMessageError(f"There is no such message; there are {', '.join(MESSAGES)}")
    model, _ = MESSAGES[message]
    try:
        fields: dict[str, Any] = json.loads(text) if text.strip() else {}
        return model.model_validate(fields)
    except json.JSONDecodeError:
        raise UnfitMessageError("Standard input is not one JSON object") from None
    except ValidationError as error:
        wrong = ", ".join(_place(model, detail["loc"]) for detail in error.errors())
        raise UnfitMessageError(f"The message is not complete or not right: {wrong}") from None


def _place(model: type[StrictModel], location: tuple[int | str, ...]) -> str:
    """Return what is wrong, by a name of ours: one that was made up may say anything."""
    if not location:
        return "body"
    name = str(location[0])
    return name if name in model.model_fields else "a field that it does not have"


async def _send(settings: Settings, letter: Letter) -> None:
    message = await _compose(settings, letter)
    handle = (await connect(settings)).get_workflow_handle(workflow_id_for(letter.case_id))
    try:
        await handle.signal(message.kind, message)
    except RPCError as error:
        raise UnfitMessageError(f"The case does not take it: {error.status.name}") from None


async def _compose(settings: Settings, letter: Letter) -> AnyMessage:
    region = load_region(settings.region_dir)
    at = datetime.now(ZoneInfo(region.calendars.default.zone))
    async with await open_pool(settings.database_url, 1) as pool, pool.acquire() as conn:
        snapshot = await find_case(conn, letter.case_id)
        if snapshot is None:
            raise NoSuchCaseError
        known = [letter.commission] if letter.commission else []
        commissions = known or await find_commissions(conn, letter.staff)
        access = _only_access(
            [await find_access(conn, letter.staff, name, at.date()) for name in commissions]
        )
        guard = await guard_for(conn, region, access, snapshot, at.date())
        actor = actor_of_staff(access, handles_protected=guard.is_handler)
        envelope = Envelope(actor=actor, action_id=letter.action_id)
        try:
            refuse_own(access, snapshot.submission.patient)
            message = await compose_message(conn, region, snapshot, letter.body, envelope, at=at)
            message = await entrust(conn, region, snapshot, message, at=at)
        except ProblemError as error:
            raise UnfitMessageError(f"The registers do not allow it: {error.code}") from None
        if message.kind in _LOGGED:
            await log_change(conn, StaffReading(snapshot, access, None), message)
        return message


def _only_access(found: list[StaffAccess | None]) -> StaffAccess:
    held = [access for access in found if access is not None]
    if len(held) != 1:
        raise UnfitMessageError("They have no valid commission, or several: name one")
    return held[0]
