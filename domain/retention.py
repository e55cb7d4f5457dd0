"""How long a closed case is kept, and what keeps a case whose time is over from being erased."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, Field

from domain.events import Event, digest_of
from domain.model import Model

_MARCH = 3
_STEP = timedelta(days=1)


class RetentionClass(Model):
    """How many calendar years a case is kept after the local day on which it was closed [L12]."""

    years: int = Field(ge=1, le=1000)


class Duty(StrEnum):
    """In what capacity an erasure is approved; the system role of that name must be held now."""

    OPERATIONS = "operations"
    LOG_REVIEWER = "log_reviewer"


class Hindrance(StrEnum):
    """Why a listed case may not be erased after all."""

    MISSING = "missing"
    OPEN = "open"
    HELD = "held"
    CHANGED = "changed"
    NOT_DUE = "not_due"
    BROKEN_CHAIN = "broken_chain"
    ERASED_BEFORE = "erased_before"


class DueCase(Model):
    """A case whose time is over: kept through the local day `until`, at `rev` when it was listed.

    `closed_at` is the instant of the last entry: the closing, or the refusal of a rejected case.
    """

    case_id: str
    retention_class: str
    service: str
    closed_at: AwareDatetime
    until: date
    rev: int


class Standing(Model):
    """How a listed case stands now; `is_over` says closed or rejected."""

    rev: int
    service: str
    is_over: bool
    is_held: bool
    erased_by: str | None


def retain_until(closed_on: date, years: int) -> date:
    """Return the last day on which a case closed on the local day *closed_on* must be kept.

    The same day *years* later; after 29 February it is 1 March where that year has no such day,
    so that the time is never shorter than it was told [L12].
    """
    year = closed_on.year + years
    try:
        return closed_on.replace(year=year)
    except ValueError:
        return date(year, _MARCH, 1)


def kept_from(today: date, years: int) -> date:
    """Return the earliest closing day that must still be kept on the local day *today*."""
    day = date(today.year - years, today.month, min(today.day, 28)) - _STEP
    while retain_until(day, years) < today:
        day += _STEP
    return day


def plan_hash(cases: Iterable[DueCase]) -> str:
    """Return SHA-256, in hex, of a list of cases whatever its order: what approvers agree to."""
    lines = sorted(json.dumps(_told(case), sort_keys=True) for case in cases)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _told(case: DueCase) -> dict[str, object]:
    closed_at = case.closed_at.astimezone(UTC).isoformat()
    return case.model_dump(mode="json") | {"closed_at": closed_at}


def chain_hash(events: Iterable[Event]) -> str:
    """Return SHA-256, in hex, of what outlives erasing: number, instant, kind, digest and hash.

    The same before and after the events were erased, and no word of what they said is needed.
    """
    lines = (
        f"{event.seq} {event.at.astimezone(UTC).isoformat()} {event.kind} "
        f"{digest_of(event)} {event.hash}"
        for event in events
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def find_hindrance(
    listed: DueCase, now: Standing | None, until: date, today: date, run: str
) -> Hindrance | None:
    """Return why *listed* may not be erased by *run* as it stands *now*, or None.

    *until* is the last day it must be kept by the classes of *today*, so that a longer time
    decided since the list was made holds too. What this run has erased already hinders nothing.
    """
    if now is None:
        return Hindrance.MISSING
    if now.erased_by is not None:
        return None if now.erased_by == run else Hindrance.ERASED_BEFORE
    faults = {
        Hindrance.OPEN: not now.is_over,
        Hindrance.HELD: now.is_held,
        Hindrance.CHANGED: (now.rev, now.service) != (listed.rev, listed.service),
        Hindrance.NOT_DUE: until >= today,
    }
    return next((fault for fault, is_so in faults.items() if is_so), None)
