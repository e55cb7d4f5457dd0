"""What has to be refused before there is a request: odd heads, slow clients, too many of them."""

import asyncio
import re
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus

import h11
import structlog
from starlette.responses import Response
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.edge import new_request_id
from api.edge_limits import EdgeLimits
from api.edge_spare import HealthOnly
from api.problem_texts import ProblemTexts
from api.problems import ProblemError, problem_response

_END_OF_HEAD = b"\r\n\r\n"
_LENIENT = re.compile(rb"(?<!\r)\n|\n[ \t]")
_BETWEEN_REQUESTS = frozenset({h11.IDLE, h11.DONE})
_UNANSWERED = frozenset({h11.IDLE, h11.SEND_RESPONSE})

log = structlog.get_logger()


class StrictConnection(h11.Connection):
    """h11 that takes neither a bare line feed nor a folded line in a head (RFC 9112 2.2, 5.2).

    h11 takes both and a proxy before it may not: one request could be read as two.
    """

    @override
    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        if self.their_state is h11.IDLE:
            head, end, _ = self.trailing_data[0].partition(_END_OF_HEAD)
            if _LENIENT.search(head + end):
                raise h11.RemoteProtocolError("lenient line end")
        return super().next_event()


class GuardedProtocol(H11Protocol):
    """A connection, cut off when its client sends or reads too slowly, or when it is one too many.

    What uvicorn leaves open is bounded here. Its refusals are problems like all others (400, 408,
    431, 503), and each ends the connection. Beyond the limit a few are taken for health checks;
    when these are taken too, whichever has been open longest without a whole head makes room.
    """

    texts: ProblemTexts
    limits: EdgeLimits
    marks: Mapping[str, str]
    _head_timer: asyncio.TimerHandle | None = None
    _write_timer: asyncio.TimerHandle | None = None
    _spare_since: float | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # narrowed by uvicorn
        self.conn = StrictConnection(h11.SERVER, self.limits.header_block * 2)
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            self._be_spare()
        self._watch_head()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        _cancel(self._head_timer)
        _cancel(self._write_timer)
        super().connection_lost(exc)

    @override
    def handle_events(self) -> None:
        super().handle_events()
        self._watch_head()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._write_timer = self._after(self.limits.write_for, self.transport.abort)

    @override
    def resume_writing(self) -> None:
        _cancel(self._write_timer)
        super().resume_writing()

    @override
    def send_400_response(self, msg: str) -> None:
        hint = getattr(sys.exception(), "error_status_hint", HTTPStatus.BAD_REQUEST)
        is_too_large = hint == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        self.refuse("headers_too_large" if is_too_large else "invalid_request")

    def _be_spare(self) -> None:
        self._spare_since = self.loop.time()
        self.app = HealthOnly(self.app, self.texts, self.marks)
        if len(self.connections) > self.limits.connections + self.limits.spare:
            spares = [each for each in self.connections if isinstance(each, GuardedProtocol)]
            waits = {each: since for each in spares if (since := each.unheard_since()) is not None}
            min(waits, key=waits.__getitem__).refuse("service_unavailable")

    def unheard_since(self) -> float | None:
        """Return when a spare connection was opened that has asked for nothing yet, else None.

        The time is the event loop's, in seconds.
        """
        is_unheard = self.conn.their_state is h11.IDLE and not self.transport.is_closing()
        return self._spare_since if is_unheard else None

    def _watch_head(self) -> None:
        """Run the timer while a head is awaited; neither more of it nor a late body restarts it."""
        if self.transport.is_closing() or self.conn.our_state not in _BETWEEN_REQUESTS:
            _cancel(self._head_timer)
            self._head_timer = None
        elif self._head_timer is None:
            self._head_timer = self._after(self.limits.head_for, self._give_up)

    def _give_up(self) -> None:
        if self.conn.trailing_data[0]:
            self.refuse("request_timeout")
        else:
            self.transport.close()

    def refuse(self, code: str) -> None:
        """Answer with the problem *code* where an answer can still begin; end the connection."""
        request_id = new_request_id()
        log.warning("request_refused", code=code, request_id=request_id)
        if self.conn.our_state in _UNANSWERED:
            error = ProblemError(code, headers={**self.marks, "Connection": "close"})
            self.transport.write(_wire(problem_response(self.texts, error, request_id)))
        self.transport.close()

    def _after(self, limit: timedelta, act: Callable[[], None]) -> asyncio.TimerHandle:
        return self.loop.call_later(limit.total_seconds(), act)


def guarded_protocol(
    texts: ProblemTexts, limits: EdgeLimits, marks: Mapping[str, str]
) -> type[GuardedProtocol]:
    """Return the protocol of one server, for `uvicorn.Config(http=...)`."""
    members = {"texts": texts, "limits": limits, "marks": marks}
    return type("ServerProtocol", (GuardedProtocol,), members)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def _wire(response: Response) -> bytes:
    status = HTTPStatus(response.status_code)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
    lines += [name + b": " + value for name, value in response.raw_headers]
    return b"\r\n".join([*lines, b"", bytes(response.body)])
