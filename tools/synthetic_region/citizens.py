"""Who is listed where, and who may act for a child: the registers of a region's households."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from tools.synthetic_region.chance import happens, number, pick
from tools.synthetic_region.households import Household, household
from tools.synthetic_region.identities import Identities
from tools.synthetic_region.tables import Row

LISTING_COLUMNS = ("identity", "name", "protected", "synthetic", "unit", "valid_from", "valid_to")
GUARDIAN_COLUMNS = ("child", "guardian")

_PROTECTED_PERCENT = 0.8
_UNLISTED_PERCENT = 1.5
_MOVED_PERCENT = 4
_NEEDS_GUARDIAN_UNDER = 13
_FIRST_YEAR = 2021  # every open unit had opened by then
_YEARS = 5


def households_at(unit: Row, people: int, identities: Identities) -> Iterator[Household]:
    """Yield households until there are at least this many people at the unit."""
    count = 0
    while people > 0:
        count += 1
        found = household(f"{unit['hsa_id']}/{count}", identities)
        people -= len(found.members)
        yield found


def listing_rows(home: Household, unit: Row, units: Sequence[Row]) -> Iterator[Row]:
    """Yield a household's listings at *unit*; a few have moved there from another of *units*."""
    is_protected = happens(_PROTECTED_PERCENT, "protected", home.key)
    periods = list(_periods(home, unit, units))
    for person in home.members:
        for period in periods:
            yield {
                "identity": person.identity,
                "name": person.name,
                "protected": "true" if is_protected else "false",
                "synthetic": "true",
                **period,
            }


def guardian_rows(home: Household) -> Iterator[Row]:
    """Yield who may act for each child that is too young to act itself."""
    for child in home.children:
        if child.age < _NEEDS_GUARDIAN_UNDER:
            for adult in home.adults:
                yield {"child": child.identity, "guardian": adult.identity}


def _periods(home: Household, unit: Row, units: Sequence[Row]) -> Iterator[Row]:
    if happens(_UNLISTED_PERCENT, "unlisted", home.key):
        yield {}
        return
    year = _FIRST_YEAR + number(_YEARS, "year", home.key)
    since = date(year, 1 + number(12, "month", home.key), 1)
    if happens(_MOVED_PERCENT, "moved", home.key):
        former = pick([one for one in units if one is not unit], "former", home.key)
        left = since - timedelta(days=1)
        yield _period(former, since.replace(year=year - 1), left)
    yield _period(unit, since, None)


def _period(unit: Row, first: date, last: date | None) -> Row:
    return {
        "unit": unit["hsa_id"],
        "valid_from": first.isoformat(),
        "valid_to": last.isoformat() if last else "",
    }
