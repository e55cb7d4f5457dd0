"""How many requests are worked on at once: one more is told at once to come back."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problem_texts import ProblemTexts
from api.problems import ProblemError, problem_response

ALWAYS_SERVED = "/health/"


class InFlight:
    """ASGI middleware inside `EdgeGuard`, so that a request counts only once its body is here.

    It counts until its answer begins: a stream, or a client that reads slowly, holds no place.
    Health checks are always served, or a busy process would be taken for a dead one.
    """

    def __init__(self, app: ASGIApp, texts: ProblemTexts, most: int) -> None:
        self._app = app
        self._texts = texts
        self._most = most
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or answer 503 `service_unavailable` with Retry-After."""
        if scope["type"] != "http" or scope["path"].startswith(ALWAYS_SERVED):
            await self._app(scope, receive, send)
        elif self._now >= self._most:
            refusal = problem_response(self._texts, ProblemError("service_unavailable"))
            await refusal(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._now += 1
        counts = True

        def let_go() -> None:
            nonlocal counts
            self._now -= int(counts)
            counts = False

        async def send_on(message: Message) -> None:
            let_go()
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            let_go()
