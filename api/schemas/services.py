"""The services a citizen may use, and their forms."""

from typing import Any

from pydantic import JsonValue

from api.schemas.view import View
from domain.catalogue import Amount, BilingualText


class HandlingTime(View):
    """What is promised, in working time of the unit."""

    first_response: Amount
    resolution: Amount


class ServiceView(View):
    code: str
    name: BilingualText
    handling_time: HandlingTime


class ServiceForm(ServiceView):
    """A service with its form. `examples` are answers that may be submitted today."""

    form: dict[str, Any]
    examples: list[dict[str, JsonValue]]
