"""Reads the media types of a request: what it sends and what it wants back (RFC 9110)."""

_ANSWERS = frozenset({"application/json", "application/*", "*/*", "text/event-stream", "text/*"})
_CHARSETS = frozenset({"charset=utf-8", 'charset="utf-8"'})


def is_json(content_type: bytes) -> bool:
    """Whether *content_type* is application/json, without parameters other than charset=utf-8."""
    kind, *parameters = _parts(content_type.decode("latin-1"))
    return kind == "application/json" and _CHARSETS.issuperset(parameters)


def accepts_json(accept: bytes) -> bool:
    """Whether any range of *accept* takes JSON or an event stream with a weight above zero."""
    return any(_takes(part) for part in accept.decode("latin-1").split(","))


def _takes(media_range: str) -> bool:
    kind, *parameters = _parts(media_range)
    weights = [part.removeprefix("q=") for part in parameters if part.startswith("q=")]
    return kind in _ANSWERS and all(_is_positive(weight) for weight in weights)


def _is_positive(weight: str) -> bool:
    try:
        return float(weight) > 0
    except ValueError:
        return False


def _parts(media_type: str) -> list[str]:
    return [part.strip().lower() for part in media_type.split(";")]
