"""Who gives a command that needs a person: a bearer token, judged as the API judges it."""

import sys
from datetime import datetime
from pathlib import Path

from api.callers import StaffCaller
from api.issuers import keys_of, verifier_of
from api.problems import ProblemError
from api.token_claims import TokenError
from domain.catalogue import SystemRoles
from domain.model import Model
from domain.region import Region
from domain.retention import Duty
from runtime.errors import OperatorError
from runtime.issuer_client import issuer_client
from runtime.settings import Settings
from store.pool import Connection
from store.staff import find_access


class NotSignedInError(OperatorError):
    """There is no token, it is not taken, or who it speaks for may not do this."""


class Signatory(Model):
    """A member of staff in the commission of their token, with the duties they hold now."""

    hsa_id: str
    commission: str
    duties: tuple[Duty, ...]


def read_token(file: Path | None) -> str:
    """Return the token in *file*, else in the last line of standard input.

    Raises:
        NotSignedInError: there is none, or nothing is piped in.
    """
    if file is None and sys.stdin.isatty():
        raise NotSignedInError("Give a bearer token with --token-file or on standard input")
    text = sys.stdin.read() if file is None else file.read_text(encoding="utf-8")
    lines = text.split()
    if not lines:
        raise NotSignedInError("The token is empty")
    return lines[-1]


async def sign_in(
    conn: Connection, settings: Settings, region: Region, token: str, now: datetime
) -> Signatory:
    """Return who *token* speaks for and which duties the register gives them now.

    Raises:
        NotSignedInError: the token is not taken, is no staff's, or nobody with a duty holds it.
    """
    caller = await _verify(settings, token, now)
    today = region.calendars.default.local_day(now)
    access = await find_access(conn, caller.hsa_id, caller.commission, today)
    if access is None:
        raise NotSignedInError("The commission of the token is not valid now")
    duties = _duties(region.catalogue.system_roles, access.roles)
    if not duties:
        raise NotSignedInError("This takes the role of system operations or log reviewer")
    return Signatory(hsa_id=access.hsa_id, commission=access.commission, duties=duties)


def _duties(system_roles: SystemRoles, held: tuple[str, ...]) -> tuple[Duty, ...]:
    return tuple(duty for duty in Duty if getattr(system_roles, duty) in held)


async def _verify(settings: Settings, token: str, now: datetime) -> StaffCaller:
    try:
        caller = await _find_caller(settings, token, now)
    except TokenError as error:
        raise NotSignedInError(f"The token is not taken: {error.reason}") from None
    except ProblemError:
        raise NotSignedInError("The issuer's keys cannot be had; try again") from None
    if not isinstance(caller, StaffCaller):
        raise NotSignedInError("The token is not that of a member of staff")
    return caller


async def _find_caller(settings: Settings, token: str, now: datetime) -> object:
    async with issuer_client(settings.oidc_ca_file) as http:
        return await verifier_of(settings, keys_of(settings, http)).verify(token, now)
