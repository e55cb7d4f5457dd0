"""Whether PostgreSQL can be reached, is new enough, keeps our time and has our migrations."""

import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from commands.checkup.installation.clock import Clock, check_clock
from commands.checkup.installation.faults import Fault, Part, error, warning
from runtime.settings import Settings
from store.pool import ACQUIRE_TIMEOUT, DATABASE_ERRORS, Connection, open_pool
from store.server_state import ServerState, list_migrations, read_server_state

_OLDEST_MAJOR = 15
_UTC = frozenset({"UTC", "Etc/UTC", "GMT", "Etc/GMT"})
_VERSION = re.compile(r"\d+")
_NO_ACCESS = (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)


async def check_database(settings: Settings, now: Clock) -> list[Fault]:
    """Return what is wrong with the database of *settings*; *now* is this machine's clock."""
    try:
        async with (
            await open_pool(settings.database_url, 1) as pool,
            pool.acquire(timeout=ACQUIRE_TIMEOUT) as conn,
        ):
            before = now()
            state = await read_server_state(conn)
            after = now()
            applied = await _applied(conn)
    except DATABASE_ERRORS as failure:
        return [_unreachable(failure)]
    return [
        *check_state(state),
        *check_clock("PostgreSQL", before, state.at, after),
        *check_migrations(settings.migrations_dir, applied),
    ]


def check_migrations(folder: Path, applied: frozenset[str]) -> Iterator[Fault]:
    """Yield an error for each migration that is not applied, or that this release does not know."""
    known = {found[0] for file in folder.glob("*.sql") if (found := _VERSION.match(file.name))}
    if not known:
        text = "there is no migration in the folder of migrations"
        yield error(Part.MIGRATIONS, text, "Correct ARENDE_MIGRATIONS_DIR.")
        return
    for version in sorted(known - applied):
        text = f"migration {version} is not applied"
        yield error(Part.MIGRATIONS, text, "Run `arende migrate`.")
    for version in sorted(applied - known):
        text = f"the database has migration {version}, which this release does not know"
        remedy = "A newer release has migrated it: run that one, or roll its migration back."
        yield error(Part.MIGRATIONS, text, remedy)


async def _applied(conn: Connection) -> frozenset[str]:
    try:
        return await list_migrations(conn)
    except asyncpg.UndefinedTableError:
        return frozenset()


def _unreachable(failure: BaseException) -> Fault:
    match failure:
        case asyncpg.InvalidCatalogNameError():
            text, remedy = "there is no such database", "Run `arende migrate`, which makes it."
        case _ if isinstance(failure, _NO_ACCESS):
            text = "the server refuses the user or the password"
            remedy = "Correct them in ARENDE_DATABASE_URL."
        case _:
            text = "the server does not answer"
            remedy = "Start it, or correct host, port and sslmode in ARENDE_DATABASE_URL."
    return error(Part.POSTGRESQL, text, remedy)


def check_state(state: ServerState) -> Iterator[Fault]:
    """Yield what is wrong with a server, judged by what it says of itself."""
    major = state.version_number // 10_000
    if major < _OLDEST_MAJOR:
        text = f"version {major} is too old; {_OLDEST_MAJOR} is the oldest"
        yield error(Part.POSTGRESQL, text, "Upgrade the server.")
    if state.time_zone not in _UTC:
        text = "the server's time zone is not UTC, so its logs and reports read otherwise than ours"
        yield warning(Part.POSTGRESQL, text, "Set timezone = 'UTC' in its configuration.")
