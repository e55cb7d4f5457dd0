"""Whom each fully staffed unit names for its protected patients: a physician and a nurse."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from store.protected_handler_register import PROTECTED_HANDLERS
from tools.synthetic_region.staffing import PROFESSIONAL_ROLES
from tools.synthetic_region.tables import Row

HANDLER_COLUMNS = PROTECTED_HANDLERS.columns

_ENOUGH = 2
_NAMED = ("PV/lakare/recept", "PV/sjukskoterska/recept")
"""One of each is named, so that a protected patient's prescription can be decided."""


def handler_rows(staff: Sequence[Row]) -> Iterator[Row]:
    """Yield two rows for each unit where every professional role has two holders or more.

    A unit that lacks staff names nobody: its manager handles such cases.
    """
    for unit, holders in sorted(_holders_by_unit(staff).items()):
        if all(len(holders.get(role, ())) >= _ENOUGH for role in PROFESSIONAL_ROLES):
            for role in _NAMED:
                named = holders[role][-1]
                yield {
                    "unit": unit,
                    "staff": named["hsa_id"],
                    "valid_from": named["role_from"],
                }


def _holders_by_unit(staff: Sequence[Row]) -> Mapping[str, Mapping[str, list[Row]]]:
    """Return who holds which role where, leaving out those treated otherwise."""
    commissions = defaultdict(set)
    for row in staff:
        commissions[row["hsa_id"]].add(row["commission"])
    found: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in staff:
        is_ordinary = len(commissions[row["hsa_id"]]) == 1 and row["protected"] == "false"
        if row["unit"] and row["role"] and is_ordinary and not row["commission_to"]:
            found[row["unit"]][row["role"]].append(row)
    return found
