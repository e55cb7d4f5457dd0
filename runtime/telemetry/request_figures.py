"""Counts the API's requests by route template, method and class of status, with their times."""

from prometheus_client import CollectorRegistry, Counter, Histogram

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER = "other"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)


class RequestFigures:
    """The API's own metrics; no label holds a path, a query or a person."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._handled = Counter(
            "arende_http_requests",
            "Requests the API has answered.",
            ["route", "method", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "arende_http_request_seconds",
            "Time from a request's first byte to the end of its answer.",
            ["route", "method"],
            buckets=_SECONDS,
            registry=registry,
        )

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; *status* 499 is a client that left first."""
        known = method if method in _METHODS else _OTHER
        self._handled.labels(route, known, f"{status // 100}xx").inc()
        self._seconds.labels(route, known).observe(seconds)
