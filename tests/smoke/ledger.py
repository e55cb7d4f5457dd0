"""The ledger: what clients meant to do, on disk before it is sent, and what they were answered."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

OK = 200
CREATED = 201
LATER = 202
CONFLICT = 409
UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing a client meant to happen once; *what* is a message's name, or `submit`."""

    key: str
    what: str
    case_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a live API said to one try."""

    key: str
    status: int
    may_retry: bool
    """Whether it said when to try again."""


@dataclass(slots=True)
class Ledger:
    """Appended to and never read by the run itself; *on_answer* is called at every answer."""

    path: Path
    on_answer: Callable[[], None] = lambda: None
    intents: dict[str, Intent] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    settled: dict[str, int] = field(default_factory=dict)
    """The last word on each intent: the status after which its client stopped trying."""
    _descriptor: int = -1

    def __enter__(self) -> Self:
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)

    def intend(self, intent: Intent) -> None:
        """Note what is about to be sent; it is on disk when this returns."""
        self._write({"intent": intent.key, "what": intent.what, "case_id": intent.case_id})
        self.intents[intent.key] = intent

    def heard(self, answer: Answer) -> None:
        """Note what one try was answered."""
        self._write({"answer": answer.key, "status": answer.status})
        self.answers.append(answer)

    def settle(self, key: str, status: int) -> None:
        """Note that the client got its last word."""
        self._write({"settled": key, "status": status})
        self.settled[key] = status
        self.on_answer()

    def accepted(self) -> list[Intent]:
        """Return the intents that were answered with a yes."""
        yes = {OK, CREATED}
        return [intent for key, intent in self.intents.items() if self.settled.get(key) in yes]

    def open(self) -> list[Intent]:
        """Return the intents without a last word."""
        return [intent for key, intent in self.intents.items() if key not in self.settled]

    def _write(self, line: dict[str, str | int]) -> None:
        os.write(self._descriptor, json.dumps(line).encode() + b"\n")
        os.fsync(self._descriptor)
