"""Checks a case's chain of events as it is read, one event after the other [L2]."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from domain.events import Event, chained, erased
from domain.model import Model
from domain.retention import chain_hash


class ChainFault(StrEnum):
    """What is wrong with a case's events.

    `unreadable`: a row is no event, or says more than an event can. `gap`: a number is missing or
    out of order. `changed`: an event and its hash do not fit. `head`: the events do not end where
    the case's row says. `erased`: what was erased is not what its proof tells, or has none.
    `no_case`: events without a case. `no_row`: a case without a row. `workflow`: the workflow of
    the case knows other events.
    """

    UNREADABLE = "unreadable"
    GAP = "gap"
    CHANGED = "changed"
    HEAD = "head"
    ERASED = "erased"
    NO_CASE = "no_case"
    NO_ROW = "no_row"
    WORKFLOW = "workflow"


class Finding(Model):
    """A fault of one case; *seq* is the first event that shows it, None when it is the whole."""

    case_id: str
    fault: ChainFault
    seq: int | None = None


class Head(Model):
    """How many events a case has, and the hash of the last."""

    count: int = 0
    hash: str = ""


_START = Head()

_CASE_ENDS = ":"


class Proof(Model):
    """What the proof of an erasure says of the events: how many, and `chain_hash` of them."""

    count: int
    chain: str


@dataclass(slots=True)
class ChainReader:
    """Reads the rows of one case's events in order, and remembers the first fault.

    Only what was erased is kept until the end, since its proof speaks for all of it.
    """

    case_id: str
    fault: ChainFault | None = None
    at_seq: int | None = None
    head: Head = _START
    erased: list[Event] = field(default_factory=list)

    def read(self, row: Mapping[str, Any]) -> None:
        """Take in the next row: the columns of an event, with JSON as Python values."""
        event = _event_in(row)
        fault = ChainFault.UNREADABLE if event is None else self._judge(event)
        if fault is not None and self.fault is None:
            self.fault, self.at_seq = fault, row["seq"]
        self.head = Head(count=self.head.count + 1, hash=row["hash"])
        if event is not None and event.digest is not None:
            self.erased.append(event)

    def _judge(self, event: Event) -> ChainFault | None:
        if event.seq != self.head.count + 1:
            return ChainFault.GAP
        if event.digest is not None and event != erased(event):
            return ChainFault.ERASED
        if chained(event, self.head.hash).hash != event.hash:
            return ChainFault.CHANGED
        if not _is_salt_of(self.case_id, event.salt):
            return ChainFault.CHANGED
        return None

    def end(self, told: Head, proof: Proof | None, *, is_recorded: bool = True) -> None:
        """Compare the events with what the case's row says of their end, and with their *proof*.

        A case of which anything *is_recorded* has at least the event that it was received.
        """
        if self.fault is not None:
            return
        if self.head != told or (is_recorded and not self.head.count):
            self.fault = ChainFault.HEAD
        elif self.erased and not self._is_proved(proof):
            self.fault = ChainFault.ERASED

    def _is_proved(self, proof: Proof | None) -> bool:
        if proof is None or len(self.erased) != self.head.count:
            return False
        return proof == Proof(count=self.head.count, chain=chain_hash(self.erased))


def salt_of(case_id: str, chance: str) -> str:
    """Return the salt of a case: *chance*, and whose it is, so that no other case's events fit."""
    return f"{case_id}{_CASE_ENDS}{chance}"


def _is_salt_of(case_id: str, salt: str) -> bool:
    """Whether *salt* may be that case's; those of earlier releases do not say whose they are."""
    return _CASE_ENDS not in salt or salt.startswith(f"{case_id}{_CASE_ENDS}")


def _event_in(row: Mapping[str, Any]) -> Event | None:
    """Return the event of a row; None where the row holds what no hash would cover."""
    try:
        event = Event.model_validate(row)
    except ValidationError:
        return None
    told = event.model_dump(mode="json", include={"actor", "detail"})
    return event if told == {name: row[name] for name in told} else None
