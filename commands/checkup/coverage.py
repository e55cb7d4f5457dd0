"""Whether somebody holds each role that cases and escalations go to, at every open unit."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from commands.checkup.agreement import Line
from commands.checkup.findings import Finding, error, warning
from commands.checkup.registers import RegisterReader
from domain.catalogue import BilingualText, Catalogue
from domain.licences import Licence, Prescribing

_CARE = "care"
_UNIT, _PROVIDER, _REGION = "unit", "provider", "region"


class Holder(NamedTuple):
    """What a holder of a role may decide by."""

    licence: Licence
    prescribing: Prescribing


@dataclass
class Organisation:
    """What the small registers say on one day: open units, roles, and who holds which where."""

    units: dict[str, Line] = field(default_factory=dict)
    scopes: dict[str, str] = field(default_factory=dict)
    role_names: dict[str, BilingualText] = field(default_factory=dict)
    held: dict[tuple[str, str], set[Holder]] = field(default_factory=lambda: defaultdict(set))

    def holders(self, role: str, unit: str) -> set[Holder]:
        """Return which kinds of people a case at this unit finds, as far as the scope reaches."""
        places = {
            _UNIT: unit,
            _PROVIDER: str(self.units[unit].cells["provider"]),
            _REGION: _REGION,
        }
        return self.held.get((role, places[self.scopes[role]]), set())

    def is_held(self, role: str, unit: str) -> bool:
        """Whether a case at this unit finds a holder."""
        return bool(self.holders(role, unit))


def read_organisation(reader: RegisterReader, on: date) -> Organisation:
    """Read providers, units, roles and staff; what is wrong with them gathers in *reader*."""
    found = Organisation()
    providers = {line.cells["hsa_id"] for line in reader.read("providers")}
    every_unit = {str(line.cells["hsa_id"]): line for line in reader.read("units")}
    reader.findings += _opening_told_here(every_unit.values())
    found.units = {
        hsa_id: line
        for hsa_id, line in every_unit.items()
        if _is_valid(line, "valid", on) and line.cells["provider"] in providers
    }
    for line in reader.read("roles"):
        code, sv, en = (str(line.cells[column]) for column in ("code", "name_sv", "name_en"))
        found.scopes[code] = str(line.cells["scope"])
        found.role_names[code] = BilingualText(sv=sv, en=en)
    for line in reader.read("staff"):
        reader.findings += _wrong_provider(line, every_unit)
        _note_holder(found, line, on)
    return found


def _opening_told_here(units: Iterable[Line]) -> Iterator[Finding]:
    for line in units:
        if line.cells["calendar"] is not None:
            text = "calendar: this has no effect and must be empty; hours stand in calendar.toml"
            yield error("units.csv", line.number, text)


def _wrong_provider(line: Line, units: dict[str, Line]) -> Iterator[Finding]:
    unit = units.get(str(line.cells["unit"]))
    if unit is not None and unit.cells["provider"] != line.cells["provider"]:
        yield error("staff.csv", line.number, "provider: the unit has another provider")


def _note_holder(found: Organisation, line: Line, on: date) -> None:
    cells = line.cells
    role = cells["role"]
    if role not in found.scopes or not _is_valid(line, "commission", on):
        return
    scope = found.scopes[str(role)]
    if not _is_valid(line, "role", on) or (scope == _UNIT and cells["purpose"] != _CARE):
        return
    places = {_UNIT: cells["unit"], _PROVIDER: cells["provider"], _REGION: _REGION}
    holder = Holder(Licence(str(cells["licence"])), Prescribing(str(cells["prescribing"])))
    found.held[str(role), str(places[scope])].add(holder)


def _is_valid(line: Line, period: str, on: date) -> bool:
    first, last = line.cells[f"{period}_from"], line.cells[f"{period}_to"]
    has_begun = isinstance(first, date) and first <= on
    return has_begun and not (isinstance(last, date) and last < on)


def check_coverage(found: Organisation, catalogue: Catalogue) -> Iterator[Finding]:
    """Yield a warning for each role that nobody holds at an open unit, with who stands in."""
    stand_ins: dict[str, set[str]] = defaultdict(set)
    for handling in (rules for entry in catalogue.services for rules in entry.handlings()):
        stand_ins[handling.role] |= {handling.fallback_role} if handling.fallback_role else set()
    leading = catalogue.system_roles
    for role in (leading.coordinator, leading.unit_manager, leading.operations_manager):
        stand_ins[role] |= set()
    for role, others in sorted(stand_ins.items()):
        if role in found.scopes:
            yield from _uncovered(found, role, others)


def _uncovered(found: Organisation, role: str, stand_ins: Collection[str]) -> Iterator[Finding]:
    for hsa_id, line in found.units.items():
        if found.is_held(role, hsa_id):
            continue
        text = f"{line.cells['name']} ({hsa_id}): nobody holds {role}"
        helping = [other for other in sorted(stand_ins) if found.is_held(other, hsa_id)]
        yield warning(
            "units.csv", line.number, f"{text}; {helping[0]} stands in" if helping else text
        )
