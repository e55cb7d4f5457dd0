"""The pool that a case's activities use, with a tap: shut it and PostgreSQL is away."""

from contextlib import AbstractAsyncContextManager

import asyncpg
from asyncpg.pool import PoolConnectionProxy


class PoolValve:
    """Lends connections of *pool* and counts them; each is one transaction of an activity."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.is_shut = False
        self.lent = 0
        self.turned_away = 0

    def acquire(
        self, *, timeout: float | None = None
    ) -> AbstractAsyncContextManager[PoolConnectionProxy]:
        """Lend a connection as the pool does; a shut valve refuses as a dead server would."""
        if self.is_shut:
            self.turned_away += 1
            raise ConnectionRefusedError
        self.lent += 1
        return self._pool.acquire(timeout=timeout)

    def get_max_size(self) -> int:
        """Return how many connections there are."""
        return self._pool.get_max_size()
