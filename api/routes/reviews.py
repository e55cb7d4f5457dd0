"""Log review: the accesses that were drawn for a reviewer, and the verdicts on them [L3]."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.access import GuardedRoute, Staff
from api.answers import json_answer
from api.callers import StaffCaller
from api.cursors import STANDARD_LIMIT, CursorText, read_cursor, write_cursor
from api.database import database
from api.field_errors import FieldError
from api.list_log import log_list
from api.problems import ProblemError
from api.query_values import Limit, YesNo
from api.rights import access_of, refuse_own, reviews_log, sight_of
from api.schemas.reviews import JudgeAccess, ReviewView, SeenView, VerdictView
from api.schemas.view import Page
from api.sights import note_sights
from api.state import Desk, TheDesk
from domain.access import AccessAction, is_explained
from store.access_log import Seen
from store.access_reviews import (
    AccessReview,
    Judgement,
    ReviewQuery,
    find_review,
    insert_verdict,
    list_reviews,
)
from store.pool import Connection
from store.staff import StaffAccess

_REVIEWS = "access_reviews"
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

router = APIRouter(prefix="/v1/access-reviews", tags=["access log"], route_class=GuardedRoute)


@router.get("", response_model=Page[ReviewView])
async def read_reviews(
    *,
    staff: Staff,
    desk: TheDesk,
    judged: YesNo = None,
    cursor: CursorText = None,
    limit: Limit = STANDARD_LIMIT,
) -> Response:
    """List the drawn accesses of the reviewer's care provider, oldest first.

    For log reviewers; 403 for everyone else. `judged` false: only those without a verdict.
    """
    after = read_cursor(desk.secret, _REVIEWS, cursor) or (None, None)
    async with database(desk.pool) as conn:
        access = await _reviewer(desk, conn, staff)
        query = ReviewQuery(
            provider=access.provider,
            close_to=access.close_to,
            judged=judged,
            after_at=after[0],
            after_review=after[1],
            limit=limit + 1,
        )
        found = await list_reviews(conn, query)
        shown = found[:limit]
        seen = [pair for review in shown for pair in _pairs(review)]
        await log_list(conn, access, AccessAction.LIST_REVIEWS, seen)
    following = None
    if found[limit:]:
        position = (shown[-1].entry_at, shown[-1].review_id)
        following = write_cursor(desk.secret, _REVIEWS, position)
    return json_answer(Page[ReviewView](items=[_view(one) for one in shown], next=following))


@router.post("/{review_id}/verdict", response_model=ReviewView)
async def judge_access(
    review_id: Annotated[str, Path(pattern=_UUID)], body: JudgeAccess, staff: Staff, desk: TheDesk
) -> Response:
    """Say what is to be said of an access, once and for all; the same again changes nothing.

    403 `own_access` for one's own, 403 `own_case` for one of the data of the reviewer, their child
    or guardian, 409 `already_judged` when there is another verdict.
    """
    async with database(desk.pool) as conn:
        access = await _reviewer(desk, conn, staff)
        review = await find_review(conn, review_id, access.provider)
        if review is None:
            raise ProblemError("not_found")
        if review.staff == access.hsa_id:
            raise ProblemError("own_access")
        for patient in review.patients:
            refuse_own(access, patient)
        if not is_explained(body.verdict, body.note):
            raise ProblemError("invalid_body", errors=[FieldError("missing", pointer="/note")])
        judged = await _judge(conn, access, review, body)
    return json_answer(_view(judged))


async def _judge(
    conn: Connection, access: StaffAccess, review: AccessReview, body: JudgeAccess
) -> AccessReview:
    judgement = Judgement(
        review_id=review.review_id,
        verdict=body.verdict,
        note=body.note,
        reviewer=access.hsa_id,
        commission=access.commission,
    )
    async with conn.transaction():
        sight = sight_of(_pairs(review), access, AccessAction.JUDGE_ACCESS)
        await note_sights(conn, [sight])
        await insert_verdict(conn, judgement)
        told = await find_review(conn, review.review_id, access.provider)
    said = (told.verdict, told.note, told.reviewer) if told else None
    if told is None or said != (body.verdict, body.note, access.hsa_id):
        raise ProblemError("already_judged")
    return told


async def _reviewer(desk: Desk, conn: Connection, staff: StaffCaller) -> StaffAccess:
    access = await access_of(conn, staff, desk.today(desk.now()))
    if not reviews_log(access, desk.region.catalogue):
        raise ProblemError("forbidden")
    return access


def _pairs(review: AccessReview) -> list[Seen]:
    return list(zip(review.patients, review.case_ids, strict=True))


def _view(review: AccessReview) -> ReviewView:
    said = None
    if review.verdict and review.reviewer and review.judged_at:
        said = VerdictView(
            verdict=review.verdict,
            note=review.note,
            reviewer=review.reviewer,
            at=review.judged_at,
        )
    return ReviewView(
        review_id=review.review_id,
        drawn_at=review.drawn_at,
        method=review.method,
        at=review.entry_at,
        staff=review.staff,
        staff_name=None if review.protected else review.staff_name,
        unit=review.unit,
        action=review.action,
        kind=review.kind,
        reason=review.reason,
        search_text=review.search_text,
        seen=[SeenView(patient=patient, case_id=case_id) for patient, case_id in _pairs(review)],
        verdict=said,
    )
