"""Who verified claims speak for, once it is known that they signed in strongly enough [L7]."""

from datetime import datetime
from typing import NamedTuple

from pydantic import ValidationError

from api.callers import Caller, CitizenCaller, StaffCaller, is_of_living_age
from api.token_claims import Claims, TokenError, invalid

_STEP_UP = "insufficient_user_authentication"


class Levels(NamedTuple):
    """The values of `acr` that are strong enough, for each kind of caller; never a union."""

    citizen: tuple[str, ...]
    staff: tuple[str, ...]


def caller_of(claims: Claims, levels: Levels, now: datetime) -> Caller:
    """Return who *claims*, whose signature holds, speak for.

    Raises `TokenError`: 401 `unauthenticated` for nobody, or for a citizen and staff at once; 401
    `insufficient_user_authentication` (RFC 9470) at another level; 403 `commission_required` for
    staff who chose no commission.
    """
    if (claims.identity is None) == (claims.hsa_id is None):
        raise invalid("neither_or_both")
    strong_enough = levels.citizen if claims.hsa_id is None else levels.staff
    if claims.acr is None or claims.acr not in strong_enough:
        wanted = f', error="{_STEP_UP}", acr_values="{" ".join(strong_enough)}"'
        raise TokenError("weak_login", _STEP_UP, wanted)
    if claims.hsa_id is not None and claims.commission is None:
        raise TokenError("no_commission", "commission_required")
    try:
        return _read_caller(claims, claims.acr, now)
    except ValidationError:
        raise invalid("malformed_identity") from None


def _read_caller(claims: Claims, acr: str, now: datetime) -> Caller:
    if claims.hsa_id is not None:
        return StaffCaller.model_validate(
            {"hsa_id": claims.hsa_id, "commission": claims.commission, "acr": acr}
        )
    caller = CitizenCaller.model_validate(
        {"identity": claims.identity, "issuer": claims.iss, "acr": acr}
    )
    if not is_of_living_age(caller.identity, now.date()):
        raise invalid("malformed_identity")
    return caller
