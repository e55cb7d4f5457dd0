"""The contract as OpenAPI: what FastAPI knows, with one path a message and who may call what."""

from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from api.access_rules import MESSAGE_ROUTE, RULES, Rule
from api.problems import MEDIA_TYPE
from api.schemas.messages import MESSAGES
from api.strict_model import StrictModel

_REFERENCE = "#/components/schemas/{model}"
_JSON = "application/json"
_SCHEME = "bearer"
_PROBLEMS = frozenset({"default", "409"})
_MESSAGE_PATH = MESSAGE_ROUTE[1]

Document = dict[str, Any]


def describe(app: FastAPI) -> Document:
    """Return the OpenAPI document of *app*, the same for the same code."""
    document = FastAPI.openapi(app)
    document["components"]["securitySchemes"] = {
        _SCHEME: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _finish(operation, RULES[(method.upper(), path)])
    _spell_out_messages(document)
    return document


def _finish(operation: Document, rule: Rule) -> None:
    if rule is not Rule.PUBLIC:
        operation["security"] = [{_SCHEME: []}]
    for status in _PROBLEMS & operation["responses"].keys():
        problem = operation["responses"][status]["content"]
        problem[MEDIA_TYPE] = problem.pop(_JSON, problem.get(MEDIA_TYPE))


def _spell_out_messages(document: Document) -> None:
    """Replace the one path of all messages by a path for each, with the body it takes."""
    general = document["paths"].pop(_MESSAGE_PATH)["post"]
    bodies = [body for body, _ in MESSAGES.values()]
    _, schemas = models_json_schema(
        [(body, "validation") for body in bodies], ref_template=_REFERENCE
    )
    document["components"]["schemas"] |= schemas["$defs"]
    for name, (body, _) in MESSAGES.items():
        path = _MESSAGE_PATH.replace("{message}", name)
        document["paths"][path] = {"post": _operation(general, name, body)}


def _operation(general: Document, name: str, body: type[StrictModel]) -> Document:
    operation = deepcopy(general)
    operation["operationId"] = f"send_{name.replace('-', '_')}"
    operation["summary"] = name.replace("-", " ").capitalize()
    operation["parameters"] = [
        parameter for parameter in operation["parameters"] if parameter["name"] != "message"
    ]
    reference = {"$ref": _REFERENCE.format(model=body.__name__)}
    operation["requestBody"] = {
        "required": bool(body.model_json_schema().get("required")),
        "content": {_JSON: {"schema": reference}},
    }
    return operation
