"""What a patient reads of the access log, and what a search of the inbox asks."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.callers import Identity
from api.schemas.texts import ShortText
from api.schemas.view import View
from api.strict_model import StrictModel
from domain.access import AccessKind, SearchReason
from domain.catalogue import BilingualText


class PlaceView(View):
    """A unit or a care provider; named by its HSA-id when the register no longer has it."""

    hsa_id: str
    name: str


class ActionView(View):
    """What was done: the log's word and what it means."""

    code: str
    text: BilingualText


class AccessView(View):
    """One access to the patient's data: when, where and what; who it was is not told here.

    `unit` is null for somebody who works for the whole care provider. `case_ids` are the patient's
    own cases that were shown or changed, none for a search that found nothing.
    """

    at: datetime
    unit: PlaceView | None
    provider: PlaceView | None
    action: ActionView
    kind: AccessKind
    case_ids: list[str]


class SearchInbox(StrictModel):
    """Whose cases to look for, and why. `text` says more, and must when the reason is `other`."""

    identity: Identity
    reason: Annotated[SearchReason, Field(strict=False)]
    text: ShortText | None = None
