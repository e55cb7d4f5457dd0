"""Loading a region's profile: its catalogue and calendars, checked, as one value."""

import tomllib
from collections.abc import Collection, Iterable
from pathlib import Path

from pydantic import ValidationError

from domain.catalogue import BilingualText, Catalogue, HandlingRules, ServiceEntry
from domain.forms.registry import FORMS
from domain.region import Region
from runtime.calendars import load_region_calendar
from runtime.catalogue_file import BoundedRules, CatalogueFile
from runtime.catalogue_words import faults_in
from runtime.errors import OperatorError
from runtime.red_flag_file import load_red_flags
from runtime.role_names import read_role_names

_PINNED = frozenset({"version", "service", "variant", "system_roles"})
_HANDLING_FIELDS = HandlingRules.model_fields.keys() - _PINNED


class ProfileError(OperatorError):
    """A file of the region's folder cannot be used; each of `problems` says where and why."""

    def __init__(self, file: str, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{file}: {'; '.join(self.problems)}")


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
    """Return the catalogue of services; raises ProfileError with every fault."""
    file = _read(path)
    faults: list[str] = []
    found = (_find_entry(number, file, faults) for number in range(len(file.services)))
    services = tuple(entry for entry in found if entry is not None)
    if faults:
        raise ProfileError(path.name, faults)
    _check(services, role_names, file.retention_classes, path.name)
    return Catalogue(
        version=file.version,
        services=services,
        role_names=role_names,
        system_roles=file.system_roles,
        addictive=file.addictive,
        retention_classes=file.retention_classes,
    )


def _read(path: Path) -> CatalogueFile:
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        return CatalogueFile.model_validate(read, extra="forbid")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(path.name, [f"cannot be read: {type(error).__name__}"]) from None
    except ValidationError as error:
        raise ProfileError(path.name, faults_in(error)) from None


def _find_entry(number: int, file: CatalogueFile, faults: list[str]) -> ServiceEntry | None:
    """Return the service that stands *number*th; None adds what is wrong with it to *faults*."""
    raw = file.services[number]
    handling = {key: value for key, value in raw.items() if key in _HANDLING_FIELDS}
    own = {key: value for key, value in raw.items() if key not in _HANDLING_FIELDS}
    pinned = {
        "version": file.version,
        "service": str(raw.get("code")),
        "system_roles": file.system_roles,
    }
    try:
        entry = ServiceEntry.model_validate(
            {"handling": {**handling, **pinned}, **own}, extra="forbid"
        )
        BoundedRules.model_validate(raw)
    except ValidationError as error:
        faults += faults_in(error, raw, f"services.{number + 1}")
        return None
    return entry


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
        raise ProfileError(name, found)


def _twice(codes: list[str]) -> list[str]:
    return sorted({code for code in codes if codes.count(code) > 1})
