"""Who may sign in: the local issuer only locally, an ID token only for its own attempt."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient, MockTransport, Request, Response
from joserfc import jws
from joserfc.jwk import ECKey, OctKey
from pydantic import ValidationError
from starlette.requests import Request as Asked
from starlette.responses import Response as Answer

from api.assurance import Levels
from api.callers import StaffCaller
from api.issuers import keys_of, verifier_of
from api.jwks import FixedKeys
from api.login.attempts import Attempt, begin
from api.login.provider import Client, Provider
from api.login.sealing import Seal, UnsealedError
from api.login.sessions import Session, Sessions
from api.problems import ProblemError
from api.token_claims import TokenError
from runtime.issuer import LocalIssuer, NotLocalError
from runtime.local_defaults import LOCAL_ISSUER
from runtime.settings import Settings, WrongSettingsError, load_settings
from tests.unit.test_settings import PRODUCTION

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER, CLIENT_ID = "https://idp.test", "arende-pages"
KEY = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
KEY_SET: Any = {"keys": [KEY.as_dict()]}
HEADER: dict[str, object] = {"alg": "ES256", "kid": "ec", "typ": "JWT"}
CLAIMS: dict[str, object] = {
    "iss": ISSUER,
    "aud": CLIENT_ID,
    "sub": "opaque",
    "iat": AT,
    "exp": AT + 600,
    "acr": "siths",
    "employeeHsaId": "SE2321000198-P001",
    "commissionHsaId": "SE2321000198-C001",
}
CLIENT = Client(CLIENT_ID, None, f"{ISSUER}/authorize", f"{ISSUER}/token", "https://a.test/x")
STAFF = StaffCaller(hsa_id="SE2321000198-P001", commission="SE2321000198-C001", acr="siths")
SESSIONS = Sessions(Seal("s" * 32), is_secure=True)


def give(monkeypatch: pytest.MonkeyPatch, folder: Path, **variables: str) -> None:
    """Configure production in an empty folder, with *variables* on top."""
    monkeypatch.chdir(folder)
    for name, value in (PRODUCTION | variables).items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("ARENDE_OIDC_ISSUER", LOCAL_ISSUER, id="the local issuer"),
        pytest.param("ARENDE_LOCAL_ISSUER_KEY", "hemligt", id="its key"),
        pytest.param("ARENDE_OIDC_JWKS_URL", "http://idp.test/hemligt", id="keys in clear"),
        pytest.param("ARENDE_OIDC_JWKS_URL", "hemligt", id="no address"),
        pytest.param("ARENDE_OIDC_TOKEN_URL", "http://idp.test/hemligt", id="codes in clear"),
        pytest.param("ARENDE_LOGIN_REDIRECT_URL", "http://a.test/hemligt", id="pages in clear"),
        pytest.param("ARENDE_OIDC_STAFF_ACR_VALUES", " ", id="no level for staff"),
        pytest.param("ARENDE_LOGIN_SECRET", "hemligt", id="a short secret"),
    ],
)
def test_production_lets_nobody_in_by_a_weak_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    give(monkeypatch, tmp_path, **{name: value})

    with pytest.raises(WrongSettingsError, match=name) as caught:
        load_settings()

    assert "hemligt" not in str(caught.value)


def test_login_is_configured_as_a_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    give(monkeypatch, tmp_path, ARENDE_OIDC_CLIENT_ID="pages")

    with pytest.raises(WrongSettingsError, match="ARENDE_OIDC_AUTHORIZATION_URL is required"):
        load_settings()


async def test_a_token_of_the_local_issuer_is_anothers_in_production(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    local = Settings(_env_file=None, **local_settings(tmp_path))
    issuer = LocalIssuer(local)
    give(monkeypatch, tmp_path)
    production = load_settings()
    even_with_its_keys = FixedKeys(json.loads(json.dumps(issuer.jwks())))

    with pytest.raises(TokenError) as caught:
        await verifier_of(production, even_with_its_keys).verify(
            issuer.citizen_token("191212121212", NOW), NOW
        )

    assert caught.value.reason == "other_issuer_or_audience"
    with pytest.raises(NotLocalError):
        keys_of(production.model_copy(update={"oidc_jwks_url": None}), AsyncClient())


def local_settings(folder: Path) -> dict[str, Any]:
    return {"mode": "local", "data_dir": folder}


def attempt() -> Attempt:
    return begin("/inbox", NOW)


def id_token(
    claims: dict[str, object], header: dict[str, object] = HEADER, key: ECKey | OctKey = KEY
) -> str:
    registry = jws.JWSRegistry(algorithms=[str(header["alg"])], strict_check_header=False)
    return jws.serialize_compact(dict(header), json.dumps(claims), key, registry=registry)


def provider_that(answer: Response) -> Provider:
    def respond(request: Request) -> Response:
        return answer

    http = AsyncClient(transport=MockTransport(respond))
    return Provider(ISSUER, CLIENT, Levels(("bank",), ("siths",)), FixedKeys(KEY_SET), http)


async def test_an_id_token_for_this_attempt_is_taken() -> None:
    begun = attempt()
    token = id_token(CLAIMS | {"nonce": begun.nonce})

    claims = await provider_that(Response(200, json={"id_token": token})).exchange(
        "code", begun, NOW
    )

    assert claims.hsa_id == STAFF.hsa_id


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"nonce": "other"}, id="another attempt's"),
        pytest.param({"nonce": None}, id="no attempt's"),
        pytest.param({"aud": "arende"}, id="for the API"),
        pytest.param({"aud": [CLIENT_ID, "other"]}, id="for others too"),
        pytest.param({"aud": [CLIENT_ID, "other"], "azp": "other"}, id="asked for by another"),
        pytest.param({"azp": "other"}, id="given to another"),
        pytest.param({"iss": "https://evil.test"}, id="another issuer's"),
        pytest.param({"iat": AT - 600, "exp": AT - 30}, id="expired"),
        pytest.param({"exp": AT + 3601}, id="lives too long"),
        pytest.param({"iat": AT + 31}, id="of the future"),
    ],
)
async def test_any_other_id_token_is_refused(change: dict[str, object]) -> None:
    begun = attempt()
    token = id_token(CLAIMS | {"nonce": begun.nonce} | change)

    with pytest.raises(ProblemError) as caught:
        await provider_that(Response(200, json={"id_token": token})).exchange("code", begun, NOW)

    assert (caught.value.status, caught.value.code) == (400, "sign_in_failed")


@pytest.mark.parametrize(
    ("header", "key"),
    [
        pytest.param(HEADER | {"typ": "at+jwt"}, KEY, id="an access token"),
        pytest.param(HEADER | {"kid": "other"}, KEY, id="an unknown key"),
        pytest.param({"alg": "ES256"}, KEY, id="no key named"),
        pytest.param(HEADER | {"alg": "HS256"}, OctKey.import_key("s" * 40), id="a shared secret"),
        pytest.param(HEADER, ECKey.generate_key("P-256"), id="signed by another"),
    ],
)
async def test_an_id_token_is_signed_by_the_issuer(
    header: dict[str, object], key: ECKey | OctKey
) -> None:
    begun = attempt()
    token = id_token(CLAIMS | {"nonce": begun.nonce}, header, key)

    with pytest.raises(ProblemError) as caught:
        await provider_that(Response(200, json={"id_token": token})).exchange("code", begun, NOW)

    assert caught.value.code == "sign_in_failed"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(Response(400, json={"error": "invalid_grant"}), "sign_in_failed", id="no"),
        pytest.param(Response(200, json={}), "sign_in_failed", id="no token"),
        pytest.param(Response(200, json=[]), "sign_in_failed", id="a list"),
        pytest.param(Response(200, content=b"<html>"), "sign_in_failed", id="a page"),
        pytest.param(Response(302, headers={"location": "/"}), "sign_in_failed", id="elsewhere"),
        pytest.param(Response(500), "service_unavailable", id="a fault"),
    ],
)
async def test_an_odd_answer_of_the_provider_is_no_login(answer: Response, code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        await provider_that(answer).exchange("code", attempt(), NOW)

    assert caught.value.code == code


def test_an_attempt_is_over_after_ten_minutes() -> None:
    begun = attempt()

    assert begun.is_answered_by(begun.state, NOW + timedelta(minutes=9))
    assert not begun.is_answered_by(begun.state, NOW + timedelta(minutes=10))
    assert not begun.is_answered_by(None, NOW)


def test_what_is_sealed_opens_for_its_purpose_only() -> None:
    seal = Seal("s" * 32)
    sealed = seal.seal("login", "content")

    assert seal.open("login", sealed) == "content"
    assert sealed != seal.seal("login", "content")
    changed = ("B" if sealed.startswith("A") else "A") + sealed[1:]
    for wrong in (sealed[:-4], changed, "", "é"):
        with pytest.raises(UnsealedError):
            seal.open("login", wrong)
    with pytest.raises(UnsealedError):
        seal.open("session", sealed)
    with pytest.raises(UnsealedError):
        Seal("t" * 32).open("login", sealed)


def kept_by_a_browser() -> tuple[str, str]:
    """Return the name and content of the cookie of a session that began now."""
    answer = Answer()
    SESSIONS.keep(answer, Session(caller=STAFF, expires_at=NOW + timedelta(hours=1)), NOW)
    said = answer.headers.getlist("set-cookie")[0]
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/", "Max-Age=3600"} <= set(said.split("; "))
    assert "Domain" not in said
    name, _, content = said.partition("; ")[0].partition("=")
    return name, content


def asked(method: str = "GET", **headers: str) -> Asked:
    name, content = kept_by_a_browser()
    named = {"cookie": f"{name}={content}", "host": "a.test"} | headers
    raw = [(key.replace("_", "-").encode(), value.encode()) for key, value in named.items()]
    return Asked({"type": "http", "method": method, "path": "/", "headers": raw})


def test_a_secure_session_is_bound_to_this_host_and_ends() -> None:
    assert kept_by_a_browser()[0] == "__Host-arende_session"
    assert SESSIONS.find_caller(asked(), NOW + timedelta(minutes=59)) == STAFF
    with pytest.raises(TokenError):
        SESSIONS.find_caller(asked(), NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"origin": "https://a.test"}, True),
        ({"sec_fetch_site": "same-site", "origin": "https://a.test"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"origin": "https://evil.test"}, False),
        ({"origin": "null"}, False),
        ({}, False),
    ],
)
def test_a_page_changes_nothing_for_another_site(headers: dict[str, str], is_taken: bool) -> None:
    if is_taken:
        assert SESSIONS.find_caller(asked("POST", **headers), NOW) == STAFF
    else:
        with pytest.raises(ProblemError) as caught:
            SESSIONS.find_caller(asked("POST", **headers), NOW)
        assert caught.value.code == "forbidden"


def test_a_session_is_of_somebody() -> None:
    with pytest.raises(ValidationError):
        Session.model_validate({"caller": {"acr": "x"}, "expires_at": NOW})
