"""Loading a region's profile: its catalogue and calendars, checked, as one value."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.catalogue import BilingualText, Catalogue, HandlingRules, ServiceEntry, SystemRoles
from domain.forms.registry import FORMS
from domain.region import Region
from runtime.calendars import load_region_calendar
from runtime.errors import OperatorError
from runtime.role_names import read_role_names

_HANDLING_FIELDS = frozenset(HandlingRules.model_fields)


class ProfileError(OperatorError):
    """The region's folder says something that cannot be used; the message says where and why."""


def load_region(region_dir: Path) -> Region:
    """Return the region described by the files of *region_dir*.

    Raises:
        ProfileError: a file is missing or says something unusable.
        CalendarFileError: the calendar does.
    """
    calendars = load_region_calendar(region_dir / "calendar.toml")
    names = read_role_names(region_dir / "roles.csv")
    return Region(
        catalogue=load_catalogue(region_dir / "catalogue.toml", names), calendars=calendars
    )


def load_catalogue(path: Path, role_names: dict[str, BilingualText]) -> Catalogue:
    """Return the catalogue of services; raises ProfileError."""
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        system_roles = SystemRoles.model_validate(read["system_roles"])
        services = tuple(_entry(raw, read["version"], system_roles) for raw in read["services"])
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{path.name} cannot be read: {type(error).__name__}") from None
    except KeyError as error:
        raise ProfileError(f"{path.name} lacks {error}") from None
    except ValidationError as error:
        raise ProfileError(f"{path.name}: {_said(error)}") from None
    _check(services, path.name)
    return Catalogue(
        version=read["version"],
        services=services,
        role_names=role_names,
        system_roles=system_roles,
    )


def _entry(raw: dict[str, Any], version: str, system_roles: SystemRoles) -> ServiceEntry:
    handling = {key: value for key, value in raw.items() if key in _HANDLING_FIELDS}
    own = {key: value for key, value in raw.items() if key not in _HANDLING_FIELDS}
    rules = {"version": version, "service": raw["code"], "system_roles": system_roles, **handling}
    return TypeAdapter(ServiceEntry).validate_python({**own, "handling": rules}, extra="forbid")


def _check(services: tuple[ServiceEntry, ...], name: str) -> None:
    codes = [entry.code for entry in services]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise ProfileError(f"{name}: a service stands twice: {', '.join(twice)}")
    formless = [entry.code for entry in services if entry.form not in FORMS]
    if formless:
        raise ProfileError(f"{name}: no such form for: {', '.join(formless)}")


def _said(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"
        for detail in error.errors(include_url=False, include_input=False)
    )
