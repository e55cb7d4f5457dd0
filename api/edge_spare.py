"""What a connection beyond the limit is for: one health check, and nothing else."""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.edge import new_request_id
from api.limits_in_flight import ALWAYS_SERVED
from api.problem_texts import ProblemTexts
from api.problems import ProblemError, problem_response


class HealthOnly:
    """ASGI application before *app*: health checks reach it, all else is 503 with *marks*.

    The connection ends with the answer, whatever it was, so that the next check finds room.
    """

    def __init__(self, app: ASGIApp, texts: ProblemTexts, marks: Mapping[str, str]) -> None:
        self._app = app
        self._texts = texts
        self._marks = marks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the one request of the connection."""
        if scope["path"].startswith(ALWAYS_SERVED):
            await self._app(scope, receive, _closing(send))
            return
        error = ProblemError("service_unavailable", headers=self._marks)
        answer = problem_response(self._texts, error, new_request_id())
        await answer(scope, receive, _closing(send))


def _closing(send: Send) -> Send:
    async def send_last(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Connection"] = "close"
        await send(message)

    return send_last
