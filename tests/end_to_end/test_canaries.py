"""What patients write and are stays where it belongs, whatever happens: nothing leaks anywhere."""

import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest
from temporalio.client import Client

from runtime.settings import Settings
from tests.end_to_end.canary_attacks import attack
from tests.end_to_end.canary_columns import PATIENT_COLUMNS
from tests.end_to_end.canary_forms import FormSchema
from tests.end_to_end.canary_messages import Conversation, texts_of_messages
from tests.end_to_end.canary_places import (
    Places,
    column,
    database_places,
    family,
    folder_places,
    joined,
    metric_places,
    process_places,
    run_command,
    temporal_places,
)
from tests.end_to_end.canary_stack import METRICS, Receivers, Running, receiving, running
from tests.end_to_end.canary_submissions import PEOPLE, Submitter
from tests.end_to_end.canary_words import CORE, Canaries, Sought, found_in, sought_words
from tests.ports import free_port

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

_REFUSED_BY_POSTGRESQL = "197504159869"
_NAMES = "SELECT name FROM citizens WHERE identity = ANY($1)"


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A stack of its own, in a folder that PostgreSQL's user can reach."""
    with TemporaryDirectory(prefix="arende-canary-") as folder:
        yield Settings(
            mode="local",
            data_dir=Path(folder) / "data",
            http_port=free_port(),
            temporal_port=free_port(),
            ui_port=free_port(),
        )
