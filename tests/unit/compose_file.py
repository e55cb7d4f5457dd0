"""docker-compose.yml as data: the parts of the Compose specification that ours uses, no others."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tests.region import ROOT

PATH = ROOT / "docker-compose.yml"
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\}")
_SECONDS = re.compile(r"(\d+)s")

Condition = Literal["service_healthy", "service_completed_successfully"]
Environment = dict[str, str | None]


def _seconds(text: object) -> object:
    found = _SECONDS.fullmatch(text) if isinstance(text, str) else None
    return timedelta(seconds=int(found[1])) if found else text


Seconds = Annotated[timedelta, BeforeValidator(_seconds)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Healthcheck(_Part):
    test: list[str] = []
    interval: Seconds | None = None
    timeout: Seconds | None = None
    retries: int | None = None
    start_period: Seconds | None = None
    disable: bool = False


class Dependency(_Part):
    condition: Condition


class Limits(_Part):
    cpus: str
    memory: str = Field(pattern=r"^\d+[mg]$")
    pids: int


class Resources(_Part):
    limits: Limits


class Deploy(_Part):
    resources: Resources
    replicas: int = 1


class Build(_Part):
    context: str


class Logging(_Part):
    driver: str
    options: dict[str, str]


class Service(_Part):
    image: str
    user: str
    restart: str
    environment: Environment = {}
    build: Build | None = None
    command: list[str] = []
    entrypoint: list[str] = []
    healthcheck: Healthcheck | None = None
    depends_on: dict[str, Dependency] = {}
    ports: list[str] = []
    volumes: list[str] = []
    tmpfs: list[str] = []
    networks: list[str]
    profiles: list[str] = []
    read_only: bool = False
    cap_drop: list[str] = []
    security_opt: list[str] = []
    init: bool = False
    shm_size: str | None = None
    stop_grace_period: Seconds = timedelta(seconds=10)
    logging: Logging
    deploy: Deploy

    @property
    def is_ours(self) -> bool:
        return self.build is not None

    @property
    def ends(self) -> bool:
        """Whether it does one thing and ends."""
        return self.restart != "unless-stopped"


class Network(_Part):
    internal: bool = False


class Compose(_Part):
    name: str
    services: dict[str, Service]
    networks: dict[str, Network]
    volumes: dict[str, dict[str, str]]


class MissingValueError(Exception):
    """Compose would refuse: a variable that must be given is not."""


def load_compose() -> Compose:
    """Return the file; anything this page does not know is an error."""
    said: dict[str, Any] = yaml.safe_load(PATH.read_text("utf-8"))
    return Compose.model_validate({key: said[key] for key in said if not key.startswith("x-")})


def variables_in(text: str) -> set[str]:
    """Return the names of the variables that Compose fills into *text*."""
    return {found["name"] for found in _VARIABLE.finditer(text)}


def environment_of(service: Service, given: Mapping[str, str]) -> dict[str, str]:
    """Return what a container of *service* sees when *given* stands in the env file.

    Raises:
        MissingValueError: a variable that must be given is not.
    """
    passed = {
        name: given[name]
        for name, value in service.environment.items()
        if _is_passed(name, value, given)
    }
    set_here = {
        name: _filled(value, given)
        for name, value in service.environment.items()
        if value is not None
    }
    return passed | set_here


def _is_passed(name: str, value: str | None, given: Mapping[str, str]) -> bool:
    return value is None and name in given


def _filled(text: str, given: Mapping[str, str]) -> str:
    def fill(found: re.Match[str]) -> str:
        value = given.get(found["name"], "")
        if value or found["kind"] is None:
            return value
        if found["kind"] == "?":
            raise MissingValueError(found["name"])
        return str(found["text"])

    return _VARIABLE.sub(fill, text)
