"""The codec server: who may decode, from where, what is logged first, and what is refused."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx2
import pytest
import structlog
from starlette.applications import Starlette
from temporalio.api.common.v1 import Payload

from api.codec_server.app import create_codec_app
from api.codec_server.desk import COOKIE
from api.codec_server.payloads import MOST_PAYLOADS
from api.codec_server.routes import MOST_BYTES
from runtime.codec import EncryptionCodec
from runtime.errors import OperatorError
from runtime.issuer import LocalIssuer
from runtime.logging import ALLOWED
from runtime.settings import Settings
from tests.api.people import HENRIK, PHYSICIANS, Employee, employee
from tests.region import SHIPPED

OPERATIONS = employee(188)
UI = "http://127.0.0.1:8233"
REASON = "Case stuck since noon, incident 4711"
CASE_ID = "0b6a1c1e-6f5c-4d52-9d4b-0e2f0c1b7a11"
WRITTEN = "one tablet in the morning"


@dataclass
class Clock:
    """A clock that tests move."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class CodecServer:
    """A codec server and those who call it."""

    app: Starlette
    http: httpx2.AsyncClient
    settings: Settings
    clock: Clock

    def token(self, person: Employee) -> dict[str, str]:
        issuer = LocalIssuer(self.settings)
        token = issuer.staff_token(person.hsa_id, person.commission, self.clock.at)
        return {"Authorization": f"Bearer {token}"}

    async def open(self, person: Employee = OPERATIONS, **body: object) -> httpx2.Response:
        wish = {"reason": REASON} | body
        answer = await self.http.post("/access", json=wish, headers=self.token(person))
        self.http.cookies.clear()
        return answer

    async def decode(self, *payloads: Payload, **headers: str) -> httpx2.Response:
        """Ask as the Temporal UI does, as the operator unless *headers* say otherwise."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = self.token(OPERATIONS) | {"Origin": UI, "X-Namespace": "default"} | named
        kept = {name: value for name, value in sent.items() if value}
        return await self.http.post("/decode", json=body_of(payloads), headers=kept)

    async def sealed(self, text: str = WRITTEN, namespace: str = "default") -> Payload:
        """Return a payload as Temporal keeps it."""
        data = json.dumps({"submission": {"case_id": CASE_ID, "dose": text}}).encode()
        plain = Payload(metadata={"encoding": b"json/plain"}, data=data)
        codec = EncryptionCodec(self.settings.payload_key_ring(), namespace)
        return (await codec.encode([plain]))[0]


def body_of(payloads: tuple[Payload, ...]) -> dict[str, object]:
    return {
        "payloads": [
            {
                "metadata": {
                    name: base64.b64encode(value).decode()
                    for name, value in payload.metadata.items()
                },
                "data": base64.b64encode(payload.data).decode(),
            }
            for payload in payloads
        ]
    }


def texts_in(answer: httpx2.Response) -> list[str]:
    return [base64.b64decode(one["data"]).decode() for one in answer.json()["payloads"]]


@pytest.fixture
async def server(region_url: str, tmp_path: Path) -> AsyncIterator[CodecServer]:
    """A codec server on a database with the shipped registers."""
    clock = Clock()
    settings = Settings(
        _env_file=None,
        mode="local",
        data_dir=tmp_path,
        database_url=region_url,
        region_dir=SHIPPED,
    )
    app = create_codec_app(settings, clock)
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="https://codec.test") as http,
    ):
        yield CodecServer(app, http, settings, clock)


async def rows(url: str) -> list[asyncpg.Record]:
    conn = await asyncpg.connect(url)
    try:
        return list(await conn.fetch("SELECT * FROM decode_log ORDER BY entry"))
    finally:
        await conn.close()


async def test_an_open_window_lets_an_operator_decode_and_logs_it(
    server: CodecServer, region_url: str
) -> None:
    sealed = await server.sealed()
    with structlog.testing.capture_logs() as lines:
        opened = await server.open()
        answer = await server.decode(sealed, sealed)

    assert opened.status_code == 201
    assert answer.status_code == 200
    assert all(WRITTEN in text for text in texts_in(answer))
    assert answer.headers["Cache-Control"] == "no-store"
    first, second = await rows(region_url)
    assert (first["action"], first["payloads"]) == ("opened", 0)
    assert (second["action"], second["payloads"], len(second["digests"])) == ("decoded", 2, 2)
    assert (second["staff"], second["commission"]) == OPERATIONS
    assert (second["reason"], second["namespace"]) == (REASON, "default")
    assert [str(case_id) for case_id in second["case_ids"]] == [CASE_ID]
    broken = [line for line in lines if line["event"] == "glass_broken"]
    assert [(line["action"], line["count"]) for line in broken] == [("opened", 0), ("decoded", 2)]
    assert {name for line in broken for name in line} - {"log_level"} <= ALLOWED
    assert REASON not in str(lines)


async def test_without_a_stated_reason_nothing_is_decoded(
    server: CodecServer, region_url: str
) -> None:
    answer = await server.decode(await server.sealed())

    assert (answer.status_code, answer.json()["code"]) == (403, "no_open_window")
    assert "/access" in answer.json()["detail"]
    assert await rows(region_url) == []


async def test_a_window_closes_by_itself(server: CodecServer) -> None:
    sealed = await server.sealed()
    await server.open(minutes=60)
    server.clock.at += timedelta(minutes=59)
    assert (await server.decode(sealed)).status_code == 200

    server.clock.at += timedelta(minutes=1)
    assert (await server.decode(sealed)).json()["code"] == "no_open_window"


async def test_a_window_can_be_closed_before(server: CodecServer, region_url: str) -> None:
    await server.open()
    closed = await server.http.delete("/access", headers=server.token(OPERATIONS))

    assert closed.status_code == 204
    assert (await server.decode(await server.sealed())).json()["code"] == "no_open_window"
    assert [row["action"] for row in await rows(region_url)] == ["opened", "closed"]


async def test_nobody_decodes_without_a_token(server: CodecServer) -> None:
    await server.open()
    for authorization in ("", "Bearer no-token", "Basic b3Bz"):
        answer = await server.decode(await server.sealed(), Authorization=authorization)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_an_operator_signed_in_as_citizens_do_neither_opens_nor_decodes(
    server: CodecServer, region_url: str
) -> None:
    """The level that is enough for a citizen is too weak for staff [L7]."""
    levels = {"oidc_staff_acr_values": server.settings.oidc_citizen_acr_values}
    issuer = LocalIssuer(server.settings.model_copy(update=levels))
    weak = {"Authorization": f"Bearer {issuer.staff_token(*OPERATIONS, server.clock.at)}"}

    opened = await server.http.post("/access", json={"reason": REASON}, headers=weak)
    assert (opened.status_code, opened.json()["code"]) == (401, "unauthenticated")
    assert await rows(region_url) == []

    assert (await server.open()).status_code == 201
    decoded = await server.decode(await server.sealed(), **weak)
    assert (decoded.status_code, decoded.json()["code"]) == (401, "unauthenticated")
    closed = await server.http.delete("/access", headers=weak)
    assert closed.status_code == 401


async def test_only_operations_may_open_a_window(server: CodecServer) -> None:
    citizen = LocalIssuer(server.settings).citizen_token(HENRIK, server.clock.at)
    by_citizen = await server.http.post(
        "/access", json={"reason": REASON}, headers={"Authorization": f"Bearer {citizen}"}
    )

    assert (await server.open(PHYSICIANS[0])).json()["code"] == "forbidden"
    assert by_citizen.json()["code"] == "forbidden"


async def test_a_role_that_ended_closes_the_window(server: CodecServer, region_url: str) -> None:
    await server.open()
    conn = await asyncpg.connect(region_url)
    await conn.execute("DELETE FROM staff_roles WHERE commission = $1", OPERATIONS.commission)
    await conn.close()

    answer = await server.decode(await server.sealed())
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_a_window_is_for_its_own_operator_only(server: CodecServer, region_url: str) -> None:
    other = employee(181)
    conn = await asyncpg.connect(region_url)
    await conn.execute(
        "UPDATE staff_roles SET role = "
        "(SELECT role FROM staff_roles WHERE commission = $1) WHERE commission = $2",
        OPERATIONS.commission,
        other.commission,
    )
    await conn.close()
    await server.open(other)

    answer = await server.decode(await server.sealed())
    assert answer.json()["code"] == "no_open_window"


async def test_a_browser_decodes_by_its_cookie_from_the_ui_only(server: CodecServer) -> None:
    sealed = await server.sealed()
    cookie = (await server.open()).headers["Set-Cookie"]
    sent = {"Cookie": cookie.partition(";")[0], "Authorization": ""}

    assert {part.strip().lower() for part in cookie.split(";")[1:]} >= {
        "httponly",
        "secure",
        "samesite=strict",
        "path=/",
    }
    assert cookie.startswith(f"{COOKIE}=")
    assert (await server.decode(sealed, **sent)).status_code == 200
    for origin in ("", "https://evil.example", "https://codec.test"):
        answer = await server.decode(sealed, **sent | {"Origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "other_origin")
    wrong = await server.decode(sealed, Cookie=f"{COOKIE}=guessed", Authorization="")
    assert wrong.json()["code"] == "no_open_window"


async def test_a_program_needs_no_origin_but_a_token(server: CodecServer) -> None:
    await server.open()

    assert (await server.decode(await server.sealed(), Origin="")).status_code == 200


async def test_only_the_ui_gets_permission_from_the_browser(server: CodecServer) -> None:
    async def asked(path: str, origin: str) -> httpx2.Response:
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-namespace",
        }
        return await server.http.options(path, headers=headers)

    allowed = await asked("/decode", UI)
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == UI
    assert allowed.headers["Access-Control-Allow-Credentials"] == "true"
    for path, origin in (("/decode", "https://evil.example"), ("/access", UI)):
        assert "Access-Control-Allow-Origin" not in (await asked(path, origin)).headers


async def test_refusals_can_be_read_by_the_ui(server: CodecServer) -> None:
    answer = await server.decode(await server.sealed())

    assert answer.headers["Access-Control-Allow-Origin"] == UI


async def test_nothing_is_shown_that_is_not_logged(server: CodecServer, region_url: str) -> None:
    await server.open()
    conn = await asyncpg.connect(region_url)
    await conn.execute("ALTER TABLE decode_log RENAME TO gone")
    answer = await server.decode(await server.sealed())
    await conn.execute("ALTER TABLE gone RENAME TO decode_log")
    await conn.close()

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "Retry-After" in answer.headers
    assert WRITTEN not in answer.text


async def test_what_lies_in_clear_is_handed_back_and_not_counted(
    server: CodecServer, region_url: str
) -> None:
    await server.open()
    clear = Payload(metadata={"encoding": b"json/plain"}, data=b'"ops: a case was received"')
    answer = await server.decode(clear, await server.sealed(), clear)

    assert texts_in(answer)[0] == texts_in(answer)[2] == '"ops: a case was received"'
    assert WRITTEN in texts_in(answer)[1]
    assert (await rows(region_url))[-1]["payloads"] == 1


async def test_payloads_of_other_keys_or_namespaces_are_unreadable(server: CodecServer) -> None:
    await server.open()
    changed = await server.sealed()
    changed.data = changed.data[:-1] + bytes([changed.data[-1] ^ 1])
    moved = await server.sealed(namespace="other")

    for payload in (changed, moved):
        answer = await server.decode(payload)
        assert (answer.status_code, answer.json()["code"]) == (422, "unreadable")
    other = await server.decode(await server.sealed(), X_Namespace="other")
    assert (other.status_code, other.json()["code"]) == (403, "other_namespace")


async def test_garbage_is_refused_without_being_repeated(server: CodecServer) -> None:
    await server.open()
    headers = server.token(OPERATIONS) | {"Content-Type": "application/json"}
    for body in (b"", b"null", b"[]", b'{"payloads": 1}', b'{"payloads": [{"data": 7}]}', b"\xff"):
        answer = await server.http.post("/decode", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed"), body
    deep = await server.http.post("/decode", content=b"[" * 99_999, headers=headers)

    assert (deep.status_code, deep.json()["code"]) == (400, "malformed")


async def test_a_form_of_another_page_is_no_request(server: CodecServer) -> None:
    await server.open()
    headers = server.token(OPERATIONS) | {"Content-Type": "text/plain"}
    answer = await server.http.post("/decode", content=b'{"payloads": []}', headers=headers)

    assert answer.json()["code"] == "malformed"


async def test_too_much_is_refused(server: CodecServer) -> None:
    await server.open()
    headers = server.token(OPERATIONS) | {"Content-Type": "application/json"}
    long = await server.http.post("/decode", content=b" " * (MOST_BYTES + 1), headers=headers)
    many = await server.decode(*[Payload()] * (MOST_PAYLOADS + 1))

    assert (long.status_code, many.status_code) == (413, 413)


async def test_a_window_needs_a_reason_and_an_end(server: CodecServer, region_url: str) -> None:
    wishes: list[dict[str, object]] = [
        {"reason": "short"},
        {"reason": " " * 40},
        {"reason": "x" * 501},
        {"reason": f"Patient {HENRIK} phoned"},
        {"reason": "Case stuck \x00 since noon"},
        {"reason": REASON, "minutes": 61},
        {"reason": REASON, "minutes": 0},
        {"reason": REASON, "until": "tomorrow"},
    ]
    for wish in wishes:
        answer = await server.http.post("/access", json=wish, headers=server.token(OPERATIONS))
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed"), wish
        assert HENRIK not in answer.text
    assert await rows(region_url) == []


async def test_nothing_is_encoded_here(server: CodecServer) -> None:
    answer = await server.http.post("/encode", json={}, headers=server.token(OPERATIONS))

    assert answer.status_code == 404


async def test_the_page_for_a_reason_runs_no_script_but_its_own(server: CodecServer) -> None:
    page, script = await server.http.get("/access"), await server.http.get("/access.js")

    assert "Reason" in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert script.headers["Content-Type"].startswith("text/javascript")


def test_production_must_name_the_ui(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, mode="local", data_dir=tmp_path, region_dir=SHIPPED)
    production = settings.model_copy(update={"mode": "production"})

    with pytest.raises(OperatorError, match="ARENDE_CODEC_UI_ORIGIN"):
        create_codec_app(production)
