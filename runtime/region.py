"""Loading a region's profile: its catalogue and calendars, checked, as one value."""

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.catalogue import BilingualText, Catalogue, HandlingRules, ServiceEntry, SystemRoles
from domain.forms.registry import FORMS
from domain.medicines import AddictiveRules
from domain.region import Region
from domain.retention import RetentionClass
from runtime.calendars import load_region_calendar
from runtime.errors import OperatorError
from runtime.red_flag_file import load_red_flags
from runtime.role_names import read_role_names

_HANDLING_FIELDS = frozenset(HandlingRules.model_fields)
_RETENTION = TypeAdapter(dict[str, RetentionClass])


class ProfileError(OperatorError):
    """The region's folder says something that cannot be used; the message says where and why."""


def load_region(region_dir: Path) -> Region:
    """Return the region described by the files of *region_dir*.

    Raises:
        ProfileError: a file is missing or says something unusable.
        CalendarFileError: the calendar does.
        RedFlagFileError: the list of red-flag words does.
    """
    calendars = load_region_calendar(region_dir / "calendar.toml")
    names = read_role_names(region_dir / "roles.csv")
    return Region(
        catalogue=load_catalogue(region_dir / "catalogue.toml", names),
        calendars=calendars,
        red_flags=load_red_flags(region_dir / "texts" / "red_flags.toml"),
    )


def load_catalogue(path: Path, role_names: dict[str, BilingualText]) -> Catalogue:
    """Return the catalogue of services; raises ProfileError."""
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        system_roles = SystemRoles.model_validate(read["system_roles"])
        services = tuple(_entry(raw, read["version"], system_roles) for raw in read["services"])
        addictive = AddictiveRules.model_validate(read["addictive"], extra="forbid")
        retention = _RETENTION.validate_python(read["retention_classes"], extra="forbid")
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{path.name} cannot be read: {type(error).__name__}") from None
    except KeyError as error:
        raise ProfileError(f"{path.name} lacks {error}") from None
    except ValidationError as error:
        raise ProfileError(f"{path.name}: {_said(error)}") from None
    _check(services, role_names, retention, path.name)
    return Catalogue(
        version=read["version"],
        services=services,
        role_names=role_names,
        system_roles=system_roles,
        addictive=addictive,
        retention_classes=retention,
    )


def _entry(raw: dict[str, Any], version: str, system_roles: SystemRoles) -> ServiceEntry:
    handling = {key: value for key, value in raw.items() if key in _HANDLING_FIELDS}
    own = {key: value for key, value in raw.items() if key not in _HANDLING_FIELDS}
    rules = {"version": version, "service": raw["code"], "system_roles": system_roles, **handling}
    return TypeAdapter(ServiceEntry).validate_python({**own, "handling": rules}, extra="forbid")


def _check(
    services: tuple[ServiceEntry, ...],
    role_names: Collection[str],
    retention: Collection[str],
    name: str,
) -> None:
    variants = [(entry, variant.code) for entry in services for variant in entry.variants]
    rules = [handling for entry in services for handling in entry.handlings()]
    roles = {
        role for one in rules for role in (one.role, one.fallback_role, one.preparer_role) if role
    }
    faults = {
        "a service stands twice": _twice([entry.code for entry in services]),
        "no such form for": [entry.code for entry in services if entry.form not in FORMS],
        "a variant stands twice": _twice([f"{entry.code}: {code}" for entry, code in variants]),
        "the form has no such variant": [
            code
            for entry, code in variants
            if entry.form in FORMS and code not in FORMS[entry.form].variants
        ],
        "roles.csv has no such role": sorted(roles - set(role_names)),
        "no such retention class for": [
            entry.code for entry in services if entry.retention not in {None, *retention}
        ],
    }
    found = [f"{fault}: {', '.join(codes)}" for fault, codes in faults.items() if codes]
    if found:
        raise ProfileError(f"{name}: {'; '.join(found)}")


def _twice(codes: list[str]) -> list[str]:
    return sorted({code for code in codes if codes.count(code) > 1})


def _said(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"
        for detail in error.errors(include_url=False, include_input=False)
    )
