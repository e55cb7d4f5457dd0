"""The whole check of a region's profile, file by file, from the registers to the texts."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from commands.checkup.coverage import Organisation, check_coverage, read_organisation
from commands.checkup.deciders import check_deciders
from commands.checkup.findings import Finding
from commands.checkup.plans import check_plans
from commands.checkup.registers import RegisterReader
from commands.checkup.rules import check_channels, read_calendar, read_catalogue
from commands.checkup.texts import check_texts
from domain.catalogue import Catalogue
from domain.delivery import words_in

_LARGE_REGISTERS = ("protected_handlers", "listing", "guardians", "companies", "medicines")


def check_profile(folder: Path, today: date) -> list[Finding]:
    """Return everything wrong with the profile in *folder*, sorted by file and line.

    *today* is the region's local day: which units are open, who holds a role and how far the
    calendar must reach are judged by it.
    """
    reader = RegisterReader(folder)
    known = read_organisation(reader, today)
    for register in _LARGE_REGISTERS:
        for _ in reader.read(register):
            pass
    findings = reader.findings
    catalogue = read_catalogue(folder, known, findings)
    if catalogue is not None:
        findings += check_coverage(known, catalogue)
        findings += check_deciders(known, catalogue)
        findings += check_channels(folder, catalogue, today)
    calendars = read_calendar(folder, known, today, findings)
    if catalogue is not None and calendars is not None:
        findings += check_plans(folder, catalogue, calendars, today)
    findings += check_texts(folder, frozenset(_telling_words(known, catalogue)))
    return sorted(findings, key=lambda found: (found.file, found.line or 0))


def _telling_words(known: Organisation, catalogue: Catalogue | None) -> Iterator[str]:
    names = [str(unit.cells["name"]) for unit in known.units.values()]
    bilingual = [*known.role_names.values()]
    if catalogue is not None:
        bilingual += [entry.name for entry in catalogue.services]
    for text in bilingual:
        names += (text.sv, text.en)
    for name in names:
        yield from words_in(name)
