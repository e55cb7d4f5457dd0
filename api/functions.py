"""Which roles a route is for, asked before a wrong body is told: 422 comes after 403."""

import re
from collections.abc import Callable

from starlette.requests import Request

from api.callers import StaffCaller
from api.database import database
from api.problems import ProblemError
from api.rights import access_of, has_tasks, reviews_log
from api.state import Desk
from domain.catalogue import Catalogue
from store.access_reviews import find_review
from store.staff import StaffAccess

_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")


def _works_at_a_unit(access: StaffAccess, _catalogue: Catalogue) -> bool:
    return access.unit is not None


FUNCTIONS: dict[tuple[str, str], Callable[[StaffAccess, Catalogue], bool]] = {
    ("GET", "/v1/inbox"): _works_at_a_unit,
    ("POST", "/v1/inbox/search"): _works_at_a_unit,
    ("GET", "/v1/tasks"): has_tasks,
    ("POST", "/v1/tasks/{task_id}/done"): has_tasks,
    ("GET", "/v1/access-reviews"): reviews_log,
    ("POST", "/v1/access-reviews/{review_id}/verdict"): reviews_log,
}
"""The staff routes with a body or parameters that may be wrong, each with whom it is for.

The route itself asks the same when what it was sent can be read.
"""


async def refuse_function(request: Request) -> None:
    """Refuse, 403 `forbidden`, a member of staff whom this route is never for.

    404 for a drawn access that is not theirs to judge, or not there.
    """
    caller = request.state.caller
    is_for = FUNCTIONS.get((request.method, request.state.route_template))
    if is_for is None or not isinstance(caller, StaffCaller):
        return
    desk: Desk = request.app.state.desk
    async with database(desk.pool) as conn:
        access = await access_of(conn, caller, desk.today(desk.now()))
        if not is_for(access, desk.region.catalogue):
            raise ProblemError("forbidden")
        review_id = request.path_params.get("review_id", "")
        if (
            _UUID.fullmatch(review_id)
            and await find_review(conn, review_id, access.provider) is None
        ):
            raise ProblemError("not_found")
