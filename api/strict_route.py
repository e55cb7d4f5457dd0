"""A route that takes only what it declares: strict JSON, and no parameter nobody asked for."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel, JsonValue
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from api.field_errors import FieldError
from api.problems import ProblemError
from api.strict_json import BadJsonError, parse_strict

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRequest(Request):
    """A request whose body is read by `parse_strict`, once."""

    _parsed: JsonValue

    @override
    async def json(self) -> JsonValue:
        if not hasattr(self, "_parsed"):
            self._parsed = parse_strict(await self.body())
        return self._parsed


class StrictRoute(APIRoute):
    """Refuses repeated (400) or undeclared (422) query parameters and bodies not in strict JSON.

    A missing body is 400 `empty_body` where one is required. All of it happens before any
    dependency runs.
    """

    @override
    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        parameters = _query_names(self.dependant)
        body = self.body_field

        async def handle_strictly(request: Request) -> Response:
            _check_query(request, parameters)
            strict = StrictRequest(request.scope, request.receive)
            if body is not None and (body.field_info.is_required() or await strict.body()):
                await _check_body(strict)
            return await handle(strict)

        return handle_strictly


def _query_names(dependant: Dependant) -> frozenset[str]:
    names: set[str] = set()
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            names |= {info.alias or name for name, info in model.model_fields.items()}
        else:
            names.add(field.alias)
    return frozenset(names).union(*(_query_names(needed) for needed in dependant.dependencies))


def _check_query(request: Request, parameters: frozenset[str]) -> None:
    given = [name for name, _ in request.query_params.multi_items()]
    if len(given) > len(set(given)):
        raise ProblemError("repeated_parameter")
    if not parameters.issuperset(given):
        raise ProblemError("unknown_parameter")


async def _check_body(request: StrictRequest) -> None:
    try:
        await request.json()
    except BadJsonError as error:
        errors = [FieldError(error.code, pointer=pointer) for pointer in error.pointers]
        raise ProblemError(error.code, errors=errors) from None
