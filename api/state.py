"""What every route may use: the region, the database, the engine and the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

import asyncpg
from fastapi import Depends
from starlette.requests import Request

from api.access_texts import AccessTexts
from api.engine import Engine
from api.limits import NO_LIMITS, Limits
from api.view_texts import ViewTexts
from domain.region import Region
from domain.submission import CaseMemo, keyed_hash


@dataclass(frozen=True, slots=True)
class Desk:
    """Kept as `app.state.desk`. *secret* keys every hash; *now* returns an aware instant.

    *former_secrets* keyed the hashes of cases that began before a rotation.
    """

    secret: bytes
    pool: asyncpg.Pool
    engine: Engine
    region: Region
    texts: ViewTexts
    accesses: AccessTexts
    now: Callable[[], datetime]
    former_secrets: tuple[bytes, ...] = ()
    limits: Limits = NO_LIMITS

    def today(self, at: datetime) -> date:
        """Return the region's local day at *at*; rights and registers count by it."""
        return self.region.calendars.default.local_day(at)

    def local(self, at: datetime) -> datetime:
        """Return *at* in the region's own time."""
        return at.astimezone(ZoneInfo(self.region.calendars.default.zone))

    def owner_hash(self, identity: str) -> str:
        """Return the hash by which a started case knows *identity* as its owner."""
        return keyed_hash(self.secret, "owner", identity).hex()

    def owns(self, identity: str, memo: CaseMemo) -> bool:
        """Whether *identity* is an owner of the started case that *memo* was kept beside."""
        return not self._owner_hashes(identity).isdisjoint(memo.owners)

    def is_patient_of(self, identity: str, memo: CaseMemo) -> bool:
        """Whether *identity* is the patient of that case, and not just who sent it."""
        return memo.owners[0] in self._owner_hashes(identity)

    def _owner_hashes(self, identity: str) -> set[str]:
        secrets = (self.secret, *self.former_secrets)
        return {keyed_hash(secret, "owner", identity).hex() for secret in secrets}


def current_desk(request: Request) -> Desk:
    """Return what the application holds."""
    desk: Desk = request.app.state.desk
    return desk


TheDesk: TypeAlias = Annotated[Desk, Depends(current_desk)]
