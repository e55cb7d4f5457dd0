"""The services a citizen may use, and their forms."""

from typing import Any

from pydantic import JsonValue

from api.schemas.view import View
from domain.catalogue import Amount, BilingualText
from domain.routing import Routing


class HandlingTime(View):
    """What is promised, in working time of the unit."""

    first_response: Amount
    resolution: Amount


class VariantView(View):
    """One kind of a service, with its own times; an answer of its form tells which it is."""

    code: str
    name: BilingualText
    handling_time: HandlingTime
    routing: Routing


class ServiceView(View):
    """A service. `handling_time` and `routing` hold where it has no `variants`.

    What is routed `by_selected_clinic` wants a `clinic` in its submission. `safety` says what the
    service is not for and whom to phone instead; it is shown before the form.
    """

    code: str
    name: BilingualText
    safety: BilingualText
    handling_time: HandlingTime
    routing: Routing
    variants: list[VariantView]


class ServiceForm(ServiceView):
    """A service with its form, of all variants.

    `examples` are answers that may be submitted today, at least two of each variant.
    """

    form: dict[str, Any]
    examples: list[dict[str, JsonValue]]
