"""Fixtures of tests of notices: an outbox in memory, and the sender that fills it."""

import asyncpg
import pytest

from tests.store.sending import MemoryOutbox, Sender


@pytest.fixture
def outbox() -> MemoryOutbox:
    return MemoryOutbox()


@pytest.fixture
def sender(region_pool: asyncpg.Pool, outbox: MemoryOutbox) -> Sender:
    return Sender(region_pool, outbox)
