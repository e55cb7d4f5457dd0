"""Login of pages against a real identity provider: a code with PKCE, then a sealed session."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient, Response

from api.access_rules import RULES, Rule
from api.app import create_app
from runtime.settings import Settings
from tests.api.people import HENRIK, PHYSICIANS
from tests.region import ROOT, SHIPPED

pytestmark = pytest.mark.asyncio(loop_scope="session")

BANK_ID = "http://id.elegnamnden.se/loa/1.0/loa3"
SITHS = "http://id.sambi.se/loa/loa3"
PHYSICIAN = PHYSICIANS[0]
WORKING = {"employeeHsaId": PHYSICIAN.hsa_id, "commissionHsaId": PHYSICIAN.commission}
PEOPLE = {
    "citizen": {"identity": HENRIK, "acr": BANK_ID},
    "physician": WORKING | {"acr": SITHS},
    "weak": WORKING | {"acr": BANK_ID},
    "unassigned": {"employeeHsaId": PHYSICIAN.hsa_id, "acr": SITHS},
    "nobody": {"acr": SITHS},
}


class Signing(NamedTuple):
    """The settings of an API that signs people in, and the provider it does so with."""

    settings: Settings
    provider: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def signing(
    tmp_path_factory: pytest.TempPathFactory, database: str
) -> AsyncIterator[Signing]:
    """A provider in a process of its own, and the settings that name it."""
    environment = os.environ | {"AUTHLIB_INSECURE_TRANSPORT": "1", "PYTHONPATH": str(ROOT)}
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.api.provider",
        json.dumps(PEOPLE),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert server.stdout is not None
    port = int(await server.stdout.readline())
    try:
        provider = f"http://localhost:{port}"
        yield Signing(settings_of(tmp_path_factory.mktemp("login"), database, provider), provider)
    finally:
        server.terminate()
        await server.communicate()


def settings_of(folder: Path, database: str, provider: str) -> Settings:
    given: dict[str, Any] = {
        "mode": "local",
        "data_dir": folder,
        "database_url": database,
        "region_dir": SHIPPED,
        "oidc_issuer": provider,
        "oidc_jwks_url": f"{provider}/jwks",
        "oidc_client_id": "arende-pages",
        "oidc_client_secret": "signs that need care: / + %",
        "oidc_authorization_url": f"{provider}/oauth2/authorize",
        "oidc_token_url": f"{provider}/oauth2/token",
        "login_redirect_url": "http://test/login/callback",
        "login_secret": "s" * 32,
    }
    return Settings(_env_file=None, **given)


@asynccontextmanager
async def browser_at(settings: Settings) -> AsyncIterator[AsyncClient]:
    """A browser with a cookie jar, at an API of its own."""
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://test") as browser,
    ):
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def browser(signing: Signing) -> AsyncIterator[AsyncClient]:
    async with browser_at(signing.settings) as opened:
        yield opened


async def begin(browser: AsyncClient, wanted: str = "/inbox") -> str:
    """Ask to log in; return where the browser is sent."""
    answer = await browser.get("/login", params={"next": wanted})
    assert answer.status_code == 303
    return str(answer.headers["location"])


async def sign_in_at(address: str, sub: str) -> dict[str, str]:
    """Sign in at the provider as *sub*; return what it sends the browser back with."""
    async with AsyncClient() as provider:
        answer = await provider.post(address, data={"sub": sub})
    assert answer.status_code == 302, answer.text
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


async def log_in(browser: AsyncClient, sub: str, wanted: str = "/inbox") -> Response:
    said = await sign_in_at(await begin(browser, wanted), sub)
    return await browser.get("/login/callback", params=said)


def changed(address: str, **replaced: str) -> str:
    """Return *address* as someone who meddles with the browser would have it."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    return f"{address.partition('?')[0]}?{urlencode(asked | replaced)}"


@pytest.mark.parametrize(
    ("sub", "me"),
    [
        ("citizen", {"kind": "citizen", "hsa_id": None, "commission": None}),
        (
            "physician",
            {"kind": "staff", "hsa_id": PHYSICIAN.hsa_id, "commission": PHYSICIAN.commission},
        ),
    ],
)
async def test_a_login_leads_to_a_session(
    browser: AsyncClient, sub: str, me: dict[str, str | None]
) -> None:
    answer = await log_in(browser, sub, "/inbox?mine=true")

    told = await browser.get("/login/me")
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox?mine=true")
    assert (told.status_code, told.json()) == (200, me)


async def test_the_request_to_the_provider_is_bound_in_three_ways(browser: AsyncClient) -> None:
    first, second = await begin(browser), await begin(browser)

    asked = [parse_qs(urlsplit(address).query) for address in (first, second)]
    assert asked[0]["response_type"] == ["code"]
    assert asked[0]["code_challenge_method"] == ["S256"]
    assert asked[0]["acr_values"][0].split()[0] == SITHS
    for bound in ("state", "nonce", "code_challenge"):
        assert len(asked[0][bound][0]) >= 43
        assert asked[0][bound] != asked[1][bound]


async def test_a_session_stays_closed_to_scripts_and_to_readers(browser: AsyncClient) -> None:
    answer = await log_in(browser, "citizen")

    set_cookies = answer.headers.get_list("set-cookie")
    session = next(cookie for cookie in set_cookies if cookie.startswith("arende_session="))
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(session.split("; "))
    assert HENRIK not in "".join(set_cookies)
    assert any(cookie.startswith('arende_login=""; ') for cookie in set_cookies)


async def test_a_logout_ends_it_here(browser: AsyncClient) -> None:
    await log_in(browser, "physician")

    elsewhere = await browser.post("/logout", headers={"Sec-Fetch-Site": "cross-site"})
    still = await browser.get("/login/me")
    left = await browser.post("/logout", headers={"Origin": "http://test"})

    assert (elsewhere.status_code, still.status_code, left.status_code) == (403, 200, 204)
    assert (await browser.get("/login/me")).status_code == 401


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"state": "other"}, "the state is not this browser's"),
        ({"state": ""}, "the state is empty"),
        ({"code": "other"}, "the code is not the provider's"),
        ({"iss": "https://evil.test"}, "another provider answers"),
        ({"error": "access_denied"}, "the provider says no"),
    ],
)
async def test_an_answer_that_was_meddled_with_is_refused(
    browser: AsyncClient, change: dict[str, str], why: str
) -> None:
    said = await sign_in_at(await begin(browser), "physician")

    answer = await browser.get("/login/callback", params=said | change)

    assert (answer.status_code, answer.json()["code"]) == (400, "sign_in_failed"), why
    assert (await browser.get("/login/me")).status_code == 401


@pytest.mark.parametrize("bound", ["nonce", "code_challenge"])
async def test_a_code_of_another_request_is_refused(browser: AsyncClient, bound: str) -> None:
    address = changed(await begin(browser), **{bound: "A" * 43})

    answer = await browser.get("/login/callback", params=await sign_in_at(address, "physician"))

    assert (answer.status_code, answer.json()["code"]) == (400, "sign_in_failed")


async def test_the_provider_gives_nothing_without_the_verifier(
    browser: AsyncClient, signing: Signing
) -> None:
    said = await sign_in_at(await begin(browser), "physician")
    form = {
        "grant_type": "authorization_code",
        "code": said["code"],
        "redirect_uri": "http://test/login/callback",
        "client_id": "arende-pages",
    }
    async with AsyncClient() as thief:
        stolen = await thief.post(f"{signing.provider}/oauth2/token", data=form)

    ours = await browser.get("/login/callback", params=said)
    assert (stolen.status_code, ours.status_code) == (400, 303)


async def test_an_answer_counts_once_and_only_in_the_browser_that_asked(
    browser: AsyncClient, signing: Signing
) -> None:
    said = await sign_in_at(await begin(browser), "physician")
    kept = dict(browser.cookies)
    async with browser_at(signing.settings) as other:
        elsewhere = await other.get("/login/callback", params=said)
    first = await browser.get("/login/callback", params=said)
    again = await browser.get("/login/callback", params=said)
    browser.cookies.update(kept)
    replayed = await browser.get("/login/callback", params=said)

    assert [one.status_code for one in (elsewhere, first, again, replayed)] == [400, 303, 400, 400]


@pytest.mark.parametrize(
    ("sub", "status", "code"),
    [
        ("weak", 401, "insufficient_user_authentication"),
        ("unassigned", 403, "commission_required"),
        ("nobody", 401, "unauthenticated"),
    ],
)
async def test_a_login_is_judged_as_a_token_is(
    browser: AsyncClient, sub: str, status: int, code: str
) -> None:
    answer = await log_in(browser, sub)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await browser.get("/login/me")).status_code == 401


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "/\\/evil.test",
        "javascript:alert(1)",
        "inbox",
        "",
        "/ä",
    ],
)
async def test_a_login_leads_to_no_other_site(browser: AsyncClient, wanted: str) -> None:
    answer = await log_in(browser, "physician", wanted)

    assert answer.headers["location"] == "/"


async def test_a_session_acts_nowhere_but_on_pages(browser: AsyncClient) -> None:
    await log_in(browser, "physician")
    case_id = "00000000-0000-0000-0000-000000000000"
    closed = {key: rule for key, rule in RULES.items() if rule not in {Rule.PUBLIC, Rule.PAGE}}

    statuses = {
        (method, path): (
            await browser.request(
                method,
                re.sub(r"\{[a-z_]+\}", case_id, path.replace("{message}", "take")),
                headers={"Origin": "http://test", "Sec-Fetch-Site": "same-origin"},
            )
        ).status_code
        for method, path in closed
    }

    assert len(statuses) > 10
    assert set(statuses.values()) == {401}


async def test_a_bearer_token_opens_no_page(browser: AsyncClient) -> None:
    answer = await browser.get("/login/me", headers={"Authorization": "Bearer x"})

    assert answer.status_code == 401


async def test_a_provider_that_is_away_is_no_fault_of_ours(
    signing: Signing, tmp_path: Path
) -> None:
    moved = signing.settings.model_copy(update={"oidc_token_url": "http://localhost:9/token"})
    async with browser_at(moved) as browser:
        answer = await log_in(browser, "physician")

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")


async def test_without_a_client_nobody_logs_in(signing: Signing) -> None:
    plain = signing.settings.model_copy(update={"oidc_client_id": None})
    async with browser_at(plain) as browser:
        answers = [
            await browser.get("/login"),
            await browser.get("/login/callback"),
            await browser.post("/logout"),
            await browser.get("/login/me"),
        ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 401]
