"""What a log reviewer sees of an access, and what they say of it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.schemas.texts import ShortText
from api.schemas.view import View
from api.strict_model import StrictModel
from domain.access import AccessKind, SampleMethod, SearchReason, Verdict


class SeenView(View):
    """Whose data was seen; `case_id` is null for a search that found nothing."""

    patient: str
    case_id: str | None


class VerdictView(View):
    """What was said of the access, by whom and when. It never changes."""

    verdict: Verdict
    note: str | None
    reviewer: str
    at: datetime


class ReviewView(View):
    """An access in the sample. `staff_name` is null for those with a protected identity."""

    review_id: str
    drawn_at: datetime
    method: SampleMethod
    at: datetime
    staff: str
    staff_name: str | None
    unit: str | None
    action: str
    kind: AccessKind
    reason: SearchReason | None
    search_text: str | None
    seen: list[SeenView]
    verdict: VerdictView | None


class JudgeAccess(StrictModel):
    """The verdict; anything but `justified` needs a `note`."""

    verdict: Annotated[Verdict, Field(strict=False)]
    note: ShortText | None = None
