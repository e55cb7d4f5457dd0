"""What a production installation has around it: an issuer of tokens and a mail server."""

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from typing_extensions import override

from compose.demo_certificate import make_certificates
from tests.ports import free_port
from tests.unit.certificates import Certificate
from tests.unit.mail_sink import LOGIN, MailSink
from tests.unit.mail_sink import serving as serving_mail

AUDIENCE = "arende-production-test"
ISSUER = "https://id.region.example"
HOST = "localhost"
_LIFETIME = timedelta(hours=1)
_STARTS_WITHIN = 10
_CITIZEN_ACR = "http://id.elegnamnden.se/loa/1.0/loa3"
_STAFF_ACR = "http://id.sambi.se/loa/loa3"


@dataclass
class Issuer:
    """An identity provider: its key, and the status and body of its address if not its keys."""

    key: ECKey
    answer: tuple[int, bytes] | None = None

    async def serve(self, _: Request) -> Response:
        """Answer the keys, or what a test wants answered."""
        keys = json.dumps({"keys": [self.key.as_dict(use="sig")]}).encode()
        status, body = self.answer or (200, keys)
        return Response(body, status, media_type="application/json")

    def token(self, person: dict[str, str], now: datetime) -> str:
        """Return an access token for the claims *person*, as production's issuer makes them."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": secrets.token_hex(8),
            "iat": int(now.timestamp()),
            "exp": int((now + _LIFETIME).timestamp()),
            "acr": _CITIZEN_ACR if "identity" in person else _STAFF_ACR,
        }
        header = {"alg": "ES256", "kid": self.key.kid, "typ": "at+jwt"}
        return jwt.encode(header, claims | person, self.key, algorithms=["ES256"])


@dataclass(frozen=True)
class Outside:
    """The servers, what was handed to them, and the variables that tell an installation of them."""

    issuer: Issuer
    mail: MailSink
    variables: dict[str, str]


@asynccontextmanager
async def outside(folder: Path) -> AsyncIterator[Outside]:
    """Serve both until the end of the block; both speak TLS, as they must in production.

    The app's webhook has an address at which nothing listens: only the system's authorities are
    trusted there, and a test cannot become one.
    """
    make_certificates(folder, HOST, datetime.now(UTC) - timedelta(minutes=1))
    issuer, mail = Issuer(ECKey.generate_key("P-256", auto_kid=True)), MailSink()
    jwks_port = free_port()
    certificate = Certificate(folder / "server.pem", folder / "server.key")
    with serving_mail(mail, certificate, "starttls") as server:
        async with serving_keys(issuer, certificate, jwks_port):
            yield Outside(issuer, mail, _variables(folder, server.port, jwks_port))


@asynccontextmanager
async def serving_keys(issuer: Issuer, certificate: Certificate, port: int) -> AsyncIterator[None]:
    """Serve the keys over TLS at *port* until the end of the block."""
    config = uvicorn.Config(
        Starlette(routes=[Route("/jwks", issuer.serve)]),
        port=port,
        lifespan="off",
        log_config=None,
        ssl_certfile=certificate.file,
        ssl_keyfile=certificate.key_file,
    )
    server = _Quiet(config)
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(_STARTS_WITHIN):
            while not server.started:  # noqa: ASYNC110 - the server tells it no other way
                await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task


class _Quiet(uvicorn.Server):
    @override
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield  # they are the test run's own


def _variables(folder: Path, smtp_port: int, jwks_port: int) -> dict[str, str]:
    return {
        "ARENDE_MODE": "production",
        "ARENDE_CASE_ID_SECRET": secrets.token_hex(32),
        "ARENDE_PAYLOAD_KEYS": json.dumps({"2026-11": _random_key()}),
        "ARENDE_OIDC_ISSUER": ISSUER,
        "ARENDE_OIDC_AUDIENCE": AUDIENCE,
        "ARENDE_OIDC_JWKS_URL": f"https://{HOST}:{jwks_port}/jwks",
        "ARENDE_OIDC_CA_FILE": str(folder / "ca.pem"),
        "ARENDE_SMTP_HOST": HOST,
        "ARENDE_SMTP_PORT": str(smtp_port),
        "ARENDE_SMTP_SENDER": "no-reply@region.example",
        "ARENDE_SMTP_USER": LOGIN[0],
        "ARENDE_SMTP_PASSWORD": LOGIN[1],
        "ARENDE_SMTP_CA_FILE": str(folder / "ca.pem"),
        "ARENDE_WEBHOOK_URL": f"https://{HOST}:{free_port()}/news",
        "ARENDE_WEBHOOK_SECRETS": f"whsec_{_random_key()}",
    }


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
