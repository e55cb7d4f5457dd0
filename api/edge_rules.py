"""Judges the head of a request: everything that can be refused before a body is read."""

from collections.abc import Callable
from urllib.parse import parse_qsl, unquote_to_bytes

from api.edge_head import Head
from api.edge_limits import EdgeLimits
from api.edge_media import accepts_json, is_json
from api.identity_digits import has_identity_digits

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})

_ONCE = (
    b"authorization",
    b"content-encoding",
    b"content-length",
    b"content-type",
    b"host",
    b"idempotency-key",
    b"if-match",
)
_VERSIONS = frozenset({"1.0", "1.1"})
_HEADER_OVERHEAD = 4  # colon, space, CR and LF
_TOKEN_PARAMETERS = frozenset(
    {"access_token", "authorization", "bearer", "id_token", "jwt", "token"}
)
_MAX_PARAMETERS = 50
_MAX_LENGTH_DIGITS = 18


def refuse(head: Head, limits: EdgeLimits) -> str | None:
    """Return the code of the first rule that *head* breaks, or None.

    Order: size, framing, method, target, body announced, answer wanted.
    """
    for rule in _RULES:
        code = rule(head, limits)
        if code is not None:
            return code
    return None


def _size(head: Head, limits: EdgeLimits) -> str | None:
    block = sum(len(name) + len(value) + _HEADER_OVERHEAD for name, value in head.headers)
    token = head.first(b"authorization") or b""
    if len(head.headers) > limits.headers or block > limits.header_block:
        return "headers_too_large"
    if len(token) > limits.token + len(b"Bearer "):
        return "headers_too_large"
    return "url_too_long" if len(head.path) + len(head.query) > limits.url else None


def _framing(head: Head, _limits: EdgeLimits) -> str | None:
    if any(len(head.all(name)) > 1 for name in _ONCE):
        return "repeated_header"
    length = head.first(b"content-length")
    is_ambiguous = length is not None and head.first(b"transfer-encoding") is not None
    is_odd_length = length is not None and not _is_length(length)
    lacks_host = head.http_version == "1.1" and head.first(b"host") is None
    is_other_version = head.http_version not in _VERSIONS
    is_odd = is_ambiguous or is_odd_length or lacks_host or is_other_version or _is_socket(head)
    return "invalid_request" if is_odd else None


def _is_socket(head: Head) -> bool:
    offers = b",".join(head.all(b"upgrade")).lower().split(b",")
    return any(offer.partition(b"/")[0].strip() == b"websocket" for offer in offers)


def _is_length(value: bytes) -> bool:
    return value.isdigit() and len(value) <= _MAX_LENGTH_DIGITS


def _method(head: Head, _limits: EdgeLimits) -> str | None:
    return None if head.method in METHODS else "method_not_allowed"


def _path(head: Head, _limits: EdgeLimits) -> str | None:
    try:
        path = unquote_to_bytes(head.path).decode("utf-8")
    except UnicodeDecodeError:
        return "invalid_path"
    if not head.path.startswith(b"/"):
        return "invalid_request"
    if has_identity_digits(path):
        return "identity_in_url"
    is_odd = not path.isprintable() or "\\" in path or b"%2f" in head.path.lower()
    segments = path.split("/")[1:]
    is_detour = path != "/" and any(part in {"", ".", ".."} for part in segments)
    return "not_found" if is_odd or is_detour else None


def _query(head: Head, _limits: EdgeLimits) -> str | None:
    try:
        pairs = parse_qsl(
            head.query.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MAX_PARAMETERS,
        )
    except ValueError:
        return "invalid_query"
    if any(not text.isprintable() for pair in pairs for text in pair):
        return "invalid_query"
    if any(name.lower() in _TOKEN_PARAMETERS or _is_token(value) for name, value in pairs):
        return "token_in_url"
    if any(has_identity_digits(text) for pair in pairs for text in pair):
        return "identity_in_url"
    names = [name for name, _ in pairs]
    return "repeated_parameter" if len(names) > len(set(names)) else None


def _is_token(value: str) -> bool:
    return value.removeprefix("Bearer ").startswith("eyJ") and value.count(".") >= len("..")


def _key(head: Head, _limits: EdgeLimits) -> str | None:
    key = head.first(b"idempotency-key") or b""
    return "identity_in_key" if has_identity_digits(key.decode("latin-1")) else None


def _body(head: Head, limits: EdgeLimits) -> str | None:
    if head.has_body and head.method not in BODY_METHODS:
        return "unexpected_body"
    if int(head.first(b"content-length") or 0) > limits.body:
        return "body_too_large"
    encoding = head.first(b"content-encoding")
    media_type = head.first(b"content-type")
    is_odd = media_type is None if head.has_body else False
    is_other = media_type is not None and not is_json(media_type)
    is_coded = encoding is not None and encoding.strip().lower() != b"identity"
    return "unsupported_media_type" if is_odd or is_other or is_coded else None


def _answer(head: Head, _limits: EdgeLimits) -> str | None:
    accept = b",".join(head.all(b"accept"))
    if not head.path.startswith(b"/v1/") or not accept.strip() or accepts_json(accept):
        return None
    return "not_acceptable"


Rule = Callable[[Head, EdgeLimits], str | None]
_RULES: tuple[Rule, ...] = (_size, _framing, _method, _path, _query, _key, _body, _answer)
