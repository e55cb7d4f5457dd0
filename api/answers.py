"""Answers with a JSON body and, for a case, its entity tag."""

from starlette.responses import Response

from api.etags import etag_of
from api.schemas.cases import CaseView
from api.schemas.view import View

_MEDIA_TYPE = "application/json"


def json_answer(view: View, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return *view* as JSON, named as HTTP names its fields."""
    return Response(view.model_dump_json(by_alias=True), status, headers, _MEDIA_TYPE)


def case_answer(view: CaseView, status: int = 200, location: str | None = None) -> Response:
    """Return a case with its entity tag; *location* is where it can be read."""
    headers = {"ETag": etag_of(view.rev)} | ({"Location": location} if location else {})
    return json_answer(view, status, headers)


def unchanged(rev: int) -> Response:
    """Return that the caller's copy of a case is still right."""
    return Response(status_code=304, headers={"ETag": etag_of(rev)})
