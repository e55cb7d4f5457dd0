"""Whether the keys that tokens are verified with can be fetched."""

from datetime import timedelta

import httpx2

from api.jwks import read_keys
from api.strict_json import BadJsonError, parse_strict
from commands.checkup.installation.faults import Fault, Part, error, warning
from runtime.settings import Settings

_ANSWER_WITHIN = timedelta(seconds=5)
_REMEDY = "Correct ARENDE_OIDC_JWKS_URL, or ask whoever runs the identity provider."


async def check_issuer(settings: Settings) -> list[Fault]:
    """Return what is wrong with the issuer's keys; a local stack signs its tokens itself."""
    if settings.oidc_jwks_url is None:
        return []
    faults = []
    if not settings.oidc_jwks_url.startswith("https:"):
        text = "the keys come unencrypted, so whoever sits between can sign tokens"
        faults.append(warning(Part.OIDC, text, "Use an https address in ARENDE_OIDC_JWKS_URL."))
    trouble = await _trouble(settings.oidc_jwks_url)
    if trouble is not None:
        faults.append(error(Part.OIDC, trouble, _REMEDY))
    return faults


async def _trouble(url: str) -> str | None:
    try:
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.get(url, timeout=_ANSWER_WITHIN.total_seconds())
    except (httpx2.HTTPError, httpx2.InvalidURL) as failure:
        return f"the issuer's keys cannot be fetched ({type(failure).__name__})"
    if not answer.is_success:
        return f"the issuer's keys cannot be fetched (status {answer.status_code})"
    try:
        keys = read_keys(parse_strict(answer.content))
    except BadJsonError:
        return "what the issuer's address answers is not JSON"
    return None if keys else "what the issuer's address answers has no RSA or EC signing key"
