"""Who may submit for a child: the rule alone, without the registers it is asked of (design 7)."""

from datetime import datetime

from domain.catalogue import ServiceEntry
from domain.submission import age_on

_OF_OWN_RIGHT_AT = 13
_NEVER_BY_PROXY = frozenset({"contraception"})


def may_act_for(
    child: str,
    local: datetime,
    service: ServiceEntry,
    *,
    guardian_protected: bool,
    child_protected: bool,
) -> bool:
    """Tell whether a guardian may submit *service* for *child* (a 12-digit identity).

    A right that ends at midnight of the 13th birthday in the region's *local* time, never holds
    for contraception, and never where either of the two has protected identity [S4, S15].
    """
    if guardian_protected or child_protected or service.form in _NEVER_BY_PROXY:
        return False
    return age_on(child, local) < _OF_OWN_RIGHT_AT
