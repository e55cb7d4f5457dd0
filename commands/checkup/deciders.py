"""Whether somebody may decide each service, among those its cases go to at every open unit."""

from collections.abc import Iterator

from commands.checkup.coverage import Organisation
from commands.checkup.findings import Finding, warning
from domain.authority import could_decide
from domain.catalogue import Catalogue, HandlingRules


def check_deciders(found: Organisation, catalogue: Catalogue) -> Iterator[Finding]:
    """Yield a warning for each unit whose holders of a service's role may not decide it.

    Judged by the role that cases go to there: the service's, or the one that stands in for it.
    That nobody holds either is for `check_coverage` to tell.
    """
    rules = [handling for entry in catalogue.services for handling in entry.handlings()]
    for hsa_id, line in found.units.items():
        for handling in rules:
            role = _role_at(found, handling, hsa_id)
            if role is None or _is_decidable(found, handling, role, hsa_id):
                continue
            name = handling.variant or handling.service
            text = f"{line.cells['name']} ({hsa_id}): nobody who holds {role} may decide {name}"
            yield warning("units.csv", line.number, text)


def _role_at(found: Organisation, handling: HandlingRules, unit: str) -> str | None:
    roles = (handling.role, handling.fallback_role)
    held = [one for one in roles if one in found.scopes and found.is_held(one, unit)]
    return held[0] if held else None


def _is_decidable(found: Organisation, handling: HandlingRules, role: str, unit: str) -> bool:
    return any(could_decide(handling, holder) for holder in found.holders(role, unit))
