"""Whether the keys that tokens are verified with can be fetched."""

from datetime import timedelta
from pathlib import Path

import httpx2

from api.jwks import read_keys
from api.strict_json import BadJsonError, parse_strict
from commands.checkup.installation.faults import Fault, Part, error
from runtime.errors import OperatorError
from runtime.issuer_client import issuer_client
from runtime.settings import Settings

_ANSWER_WITHIN = timedelta(seconds=5)
_REMEDY = "Correct ARENDE_OIDC_JWKS_URL or _CA_FILE, or ask whoever runs the identity provider."


async def check_issuer(settings: Settings) -> list[Fault]:
    """Return what is wrong with the issuer's keys; a local stack signs its tokens itself."""
    if settings.oidc_jwks_url is None:
        return []
    trouble = await _trouble(settings.oidc_jwks_url, settings.oidc_ca_file)
    return [] if trouble is None else [error(Part.OIDC, trouble, _REMEDY)]


async def _trouble(url: str, ca_file: Path | None) -> str | None:
    try:
        async with issuer_client(ca_file) as client:
            answer = await client.get(url, timeout=_ANSWER_WITHIN.total_seconds())
    except OperatorError as failure:
        return str(failure)
    except (httpx2.HTTPError, httpx2.InvalidURL) as failure:
        return f"the issuer's keys cannot be fetched ({type(failure).__name__})"
    if not answer.is_success:
        return f"the issuer's keys cannot be fetched (status {answer.status_code})"
    try:
        keys = read_keys(parse_strict(answer.content))
    except BadJsonError:
        return "what the issuer's address answers is not JSON"
    return None if keys else "what the issuer's address answers has no RSA or EC signing key"
