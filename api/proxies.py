"""Who may submit for whom: a guardian for a child under 13, with exceptions [S4] [S15]."""

from datetime import datetime

from api.problems import ProblemError
from domain.catalogue import ServiceEntry
from domain.submission import age_on
from store.listings import find_citizen, is_guardian
from store.pool import Connection

_OF_OWN_RIGHT_AT = 13
_NEVER_BY_PROXY = frozenset({"contraception"})


def is_ruled_out(entry: ServiceEntry | None, child: str, local: datetime) -> bool:
    """Whether no guardian may submit this for *child*, whatever the registers say.

    *local* is the region's local time: the right ends at midnight of the 13th birthday.
    """
    is_closed = entry is not None and entry.form in _NEVER_BY_PROXY
    return is_closed or age_on(child, local) >= _OF_OWN_RIGHT_AT


async def may_act_for(conn: Connection, guardian: str, child: str) -> bool:
    """Whether the registers name *guardian* for *child* and neither has protected identity."""
    if not await is_guardian(conn, guardian, child):
        return False
    people = [await find_citizen(conn, identity) for identity in (guardian, child)]
    return all(person is not None and not person.protected for person in people)


def refusal() -> ProblemError:
    """Return the refusal of a proxy."""
    return ProblemError("proxy_not_allowed")
