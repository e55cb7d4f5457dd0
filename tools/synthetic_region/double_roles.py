"""Which members of staff are citizens of the register too, under the same name."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time

from domain.submission import age_on
from tools.synthetic_region.chance import happens, pick
from tools.synthetic_region.households import AGES_ON
from tools.synthetic_region.tables import Row

_CITIZEN_PERCENT = 2
_WORKING_AGES = range(25, 61)


def with_identities(staff: Iterable[Row], listing: Sequence[Row]) -> Iterator[Row]:
    """Yield *staff*, of whom a few are someone in *listing*; nobody is two members of staff."""
    free = [row for row in listing if _may_work(row)]
    given: dict[str, Row] = {}
    for row in staff:
        hsa_id = row["hsa_id"]
        if hsa_id not in given and happens(_CITIZEN_PERCENT, "citizen", hsa_id):
            given[hsa_id] = free.pop(free.index(pick(free, "who", hsa_id)))
        person = given.get(hsa_id)
        if person is None:
            yield row
        else:
            yield {**row, "name": person["name"], "identity": person["identity"]}


def _may_work(row: Row) -> bool:
    noon = datetime.combine(AGES_ON, time(12), UTC)
    is_plain = row["protected"] == "false" and bool(row.get("unit")) and not row["valid_to"]
    return is_plain and age_on(row["identity"], noon) in _WORKING_AGES
