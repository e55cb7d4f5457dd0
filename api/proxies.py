"""Who may act for whom: the rule of guardians, asked of the registers as they are [S4] [S15]."""

from datetime import datetime

from api.problems import ProblemError
from domain import proxy
from domain.catalogue import ServiceEntry
from store.listings import find_citizen, is_guardian
from store.pool import Connection


def is_ruled_out(service: ServiceEntry, child: str, local: datetime) -> bool:
    """Whether no guardian may submit *service* for *child*, whatever the registers say.

    *local* is the region's local time.
    """
    return not proxy.may_act_for(
        child, local, service, guardian_protected=False, child_protected=False
    )


async def may_act_for(
    conn: Connection, guardian: str, child: str, service: ServiceEntry, local: datetime
) -> bool:
    """Whether the registers name *guardian* for *child* and the rule lets a guardian act.

    Someone the registers do not know counts as protected.
    """
    if not await is_guardian(conn, guardian, child):
        return False
    people = [await find_citizen(conn, identity) for identity in (guardian, child)]
    guardian_protected, child_protected = (one is None or one.protected for one in people)
    return proxy.may_act_for(
        child,
        local,
        service,
        guardian_protected=guardian_protected,
        child_protected=child_protected,
    )


def refusal() -> ProblemError:
    """Return the refusal of a proxy."""
    return ProblemError("proxy_not_allowed")
