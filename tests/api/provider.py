"""An identity provider that insists on PKCE, run as a server of its own: `-m tests.api.provider`.

`oidc-provider-mock` signs people in but takes no notice of PKCE, so that is kept here, before it:
a code is exchanged only for the verifier of its challenge, by S256. Its ID tokens name their key.
"""

import json
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from hashlib import sha256
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

from oidc_provider_mock import User  # type: ignore[import-untyped]
from oidc_provider_mock._app import OpenIDCode, storage  # type: ignore[import-untyped]
from oidc_provider_mock._app import app as provider_app
from werkzeug.serving import make_server

Environ = dict[str, Any]
Start = Callable[..., Any]


class Pkce:
    """Remembers the challenge of each code, and refuses (400) what does not answer it."""

    def __init__(self, inner: Callable[[Environ, Start], Iterable[bytes]]) -> None:
        self._inner = inner
        self._challenges: dict[str, str] = {}

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/oauth2/token" and not self._is_answered(environ):
            start("400 Bad Request", [("Content-Type", "application/json")])
            return [b'{"error": "invalid_grant"}']
        asked = parse_qs(environ.get("QUERY_STRING", ""))

        def remember(status: str, headers: list[tuple[str, str]], *rest: object) -> object:
            location = dict(headers).get("Location", "")
            for code in parse_qs(urlsplit(location).query).get("code", []):
                if asked.get("code_challenge_method") == ["S256"]:
                    self._challenges[code] = asked["code_challenge"][0]
            return start(status, headers, *rest)

        return self._inner(environ, remember)

    def _is_answered(self, environ: Environ) -> bool:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        given = urlsafe_b64encode(digest).decode().rstrip("=")
        return self._challenges.get(form.get("code", "")) == given


def name_keys() -> None:
    """Have the key's name put into the header of ID tokens, as region providers do."""
    plain = OpenIDCode.get_jwt_config

    def named(*given: object, **more: object) -> dict[str, object]:
        return {**plain(*given, **more), "kid": storage.jwk.thumbprint()}

    OpenIDCode.get_jwt_config = named


def main() -> None:
    """Serve the people of the JSON in the first argument; says its port when it listens."""
    name_keys()
    people = [User(sub=sub, claims=claims) for sub, claims in json.loads(sys.argv[1]).items()]
    app = provider_app(user_claims=people, require_nonce=True)
    app.debug = False
    server = make_server("localhost", 0, Pkce(app.wsgi_app), threaded=True)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
