"""Who may decode: an operator whose role holds now, and whose window is open."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import structlog
from starlette.requests import Request

from api.callers import StaffCaller
from api.codec_server.break_glass import Operator, Window, Windows
from api.codec_server.refusals import Code, RefusedRequestError
from api.database import database
from api.problems import ProblemError
from api.token_claims import TokenError
from api.tokens import TokenVerifier
from domain.region import Region
from runtime.codec import EncryptionCodec
from store.decode_log import DecodeEntry, insert_entry
from store.pool import Connection
from store.staff import find_access

COOKIE = "__Host-arende-codec"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CodecDesk:
    """What the codec server holds; kept as `app.state.desk`. *ui_origin* may ask from a page."""

    verifier: TokenVerifier
    pool: asyncpg.Pool
    region: Region
    codec: EncryptionCodec
    namespace: str
    ui_origin: str
    now: Callable[[], datetime]
    windows: Windows

    async def operator(self, request: Request) -> Operator:
        """Return who the bearer token speaks for, when they hold the role of operations now."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise RefusedRequestError(Code.UNAUTHENTICATED)
        try:
            caller = await self.verifier.verify(token.strip(), self.now())
        except TokenError as error:
            log.warning("token_refused", reason=error.reason)
            raise RefusedRequestError(Code.UNAUTHENTICATED) from None
        except ProblemError:
            raise RefusedRequestError(Code.UNAVAILABLE) from None
        if not isinstance(caller, StaffCaller):
            raise RefusedRequestError(Code.FORBIDDEN)
        return await self._holding_the_role(Operator(caller.hsa_id, caller.commission))

    async def window(self, request: Request) -> Window:
        """Return the caller's open window, found by their token or else by their cookie."""
        handle = request.cookies.get(COOKIE)
        if "authorization" in request.headers or handle is None:
            window = self.windows.of(await self.operator(request), self.now())
        else:
            window = self.windows.behind(handle, self.now())
        if window is None:
            raise RefusedRequestError(Code.NO_OPEN_WINDOW)
        await self._holding_the_role(window.operator)
        return window

    async def write(self, entry: DecodeEntry) -> None:
        """Log it in the table and then as a line; `unavailable` when the table did not take it."""
        async with self._database() as conn:
            number = await insert_entry(conn, entry)
        log.warning("glass_broken", action=entry.action, count=entry.payloads, entry=number)

    async def _holding_the_role(self, operator: Operator) -> Operator:
        today = self.region.calendars.default.local_day(self.now())
        async with self._database() as conn:
            access = await find_access(conn, operator.hsa_id, operator.commission, today)
        role = self.region.catalogue.system_roles.operations
        if access is None or role not in access.roles:
            raise RefusedRequestError(Code.FORBIDDEN)
        return operator

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[Connection]:
        try:
            async with database(self.pool) as conn:
                yield conn
        except ProblemError:
            raise RefusedRequestError(Code.UNAVAILABLE) from None
