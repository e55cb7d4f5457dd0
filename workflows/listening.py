"""The signals of a case: one for each message, by its name."""

from abc import ABC, abstractmethod
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain import messages

ABSENT: Any = None
"""The body of a signal sent without one. Its hint stays the model, whose errors quote nothing."""


class Listener(ABC):
    """Hears every message as a signal; no handler ever raises."""

    @abstractmethod
    def _hear(self, message: messages.AnyMessage | None) -> None:
        """Take in a signal; one that came without a body says nothing, and must not end a case."""

    @workflow.signal
    def take(self, message: messages.Take = ABSENT) -> None:
        self._hear(message)

    @workflow.signal(name="return")
    def return_(self, message: messages.Return = ABSENT) -> None:
        self._hear(message)

    @workflow.signal
    def assign(self, message: messages.Assign = ABSENT) -> None:
        self._hear(message)

    @workflow.signal
    def transfer(self, message: messages.Transfer = ABSENT) -> None:
        self._hear(message)

    @workflow.signal
    def ask_patient(self, message: messages.AskPatient = ABSENT) -> None:
        self._hear(message)

    @workflow.signal
    def answer(self, message: messages.Answer = ABSENT) -> None:
        self._hear(message)

    @workflow.signal
    def reply(self, message: messages.Reply = ABSENT) -> None:
        self._hear(message)

    @workflow.signal
    def note(self, message: messages.Note = ABSENT) -> None:
        self._hear(message)

    @workflow.signal
    def mark_urgent(self, message: messages.MarkUrgent = ABSENT) -> None:
        self._hear(message)

    @workflow.signal
    def merge(self, message: messages.Merge = ABSENT) -> None:
        self._hear(message)

    @workflow.signal
    def resolve(self, message: messages.Resolve = ABSENT) -> None:
        self._hear(message)

    @workflow.signal
    def withdraw(self, message: messages.Withdraw = ABSENT) -> None:
        self._hear(message)

    @workflow.signal
    def reopen(self, message: messages.Reopen = ABSENT) -> None:
        self._hear(message)

    @workflow.signal
    def hand_over(self, message: messages.HandOver = ABSENT) -> None:
        self._hear(message)
