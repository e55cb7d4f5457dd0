"""What the API says of itself."""

from enum import StrEnum
from typing import Literal

from api.schemas.view import View


class ApiInfo(View):
    """Name, version and state of this API, as the national REST profile asks."""

    name: str
    version: str
    status: Literal["active"] = "active"
    documentation: str


class Live(View):
    status: Literal["live"] = "live"


class Component(StrEnum):
    UP = "up"
    DOWN = "down"


class Components(View):
    postgresql: Component
    temporal: Component


class Ready(View):
    """Whether requests can be served in full."""

    status: Literal["ready", "not_ready"]
    components: Components
