"""The whole set of made-up registers, built from the units and written as files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.synthetic_region.chance import number
from tools.synthetic_region.citizens import (
    GUARDIAN_COLUMNS,
    LISTING_COLUMNS,
    guardian_rows,
    households_at,
    listing_rows,
)
from tools.synthetic_region.double_roles import with_identities
from tools.synthetic_region.entrusting import HANDLER_COLUMNS, handler_rows
from tools.synthetic_region.households import AGES_ON
from tools.synthetic_region.identities import Identities
from tools.synthetic_region.products import MEDICINE_COLUMNS, products_of
from tools.synthetic_region.staffing import (
    STAFF_COLUMNS,
    provider_leaders,
    unit_staff,
    with_address,
)
from tools.synthetic_region.tables import HANDMADE, Row, read_table, write_table

_SUBSTANCES = Path(__file__).parent / "substances.csv"
_FEWEST_LISTED = 30
_LISTED_SPREAD = 32


def write_region(folder: Path) -> None:
    """Write the registers that follow from the units and providers of *folder* into it."""
    units = [unit for unit in read_table(folder / "units.csv") if _is_open(unit)]
    providers = read_table(folder / "providers.csv")
    listing = _write_citizens(folder, units)
    staff = (with_address(row) for row in _staff(units, providers, listing))
    write_table(folder / "staff.csv", STAFF_COLUMNS, staff)
    handlers = handler_rows(read_table(folder / "staff.csv"))
    write_table(folder / "protected_handlers.csv", HANDLER_COLUMNS, handlers)
    _write_medicines(folder)


def _is_open(unit: Row) -> bool:
    return not unit["valid_to"] or unit["valid_to"] >= AGES_ON.isoformat()


def _staff(units: Sequence[Row], providers: Sequence[Row], listing: Sequence[Row]) -> Iterator[Row]:
    handmade = read_table(HANDMADE / "staff.csv")
    yield from handmade
    yield from with_identities(_made_staff(units, providers, handmade), listing)


def _made_staff(
    units: Sequence[Row], providers: Sequence[Row], handmade: Sequence[Row]
) -> Iterator[Row]:
    staffed, led = {row["unit"] for row in handmade}, {row["provider"] for row in handmade}
    for unit in units:
        if unit["hsa_id"] not in staffed:
            yield from unit_staff(unit)
    for provider in providers:
        if provider["hsa_id"] not in led:
            yield from provider_leaders(provider)


def _write_citizens(folder: Path, units: Sequence[Row]) -> list[Row]:
    """Write them; return those that were not written by hand."""
    listing, guardians = (
        read_table(HANDMADE / "listing.csv"),
        read_table(HANDMADE / "guardians.csv"),
    )
    identities = Identities({row["identity"] for row in listing})
    new_listing: list[Row] = []
    new_guardians: list[Row] = []
    for unit in units:
        people = _FEWEST_LISTED + number(_LISTED_SPREAD, "listed", unit["hsa_id"])
        for home in households_at(unit, people, identities):
            new_listing += listing_rows(home, unit, units)
            new_guardians += guardian_rows(home)
    write_table(folder / "listing.csv", LISTING_COLUMNS, [*listing, *new_listing])
    write_table(folder / "guardians.csv", GUARDIAN_COLUMNS, [*guardians, *new_guardians])
    return new_listing


def _write_medicines(folder: Path) -> None:
    companies = [row["name"] for row in read_table(HANDMADE / "companies.csv")]
    handmade = read_table(HANDMADE / "medicines.csv")
    taken = {(row["name"], row["strength"], row["form"]) for row in handmade}
    made = [
        product
        for substance in read_table(_SUBSTANCES)
        for product in products_of(substance, companies)
        if (product["name"], product["strength"], product["form"]) not in taken
    ]
    write_table(folder / "companies.csv", ("name",), [{"name": name} for name in companies])
    write_table(folder / "medicines.csv", MEDICINE_COLUMNS, [*handmade, *made])
