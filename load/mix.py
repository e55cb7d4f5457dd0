"""What comes: of which service, and what will happen to it, drawn before the day begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from load.chance import Chance, chance_of

SERVICE_SHARES = {
    "prescription_renewal": 0.60,
    "booking_change": 0.15,
    "certificate": 0.08,
    "medical_aid": 0.08,
    "contraception": 0.06,
    "special_food": 0.03,
}
"""Of all cases [domain 10, estimates]."""

ASKED = 0.15
"""The share of cases in which the patient is asked something [domain 10]."""
TRANSFERRED = 0.10
"""The share that came to the wrong role [domain 10]."""
REPEATED = 0.04
"""The share that says once more what its sender has submitted before [domain 10]."""

_LOOK_BACK = 200


@dataclass(frozen=True, slots=True)
class Errand:
    """One submission to come. `at` is the time since local midnight.

    `repeats` is the number of an earlier errand that the same person sends again as it was.
    """

    number: int
    at: timedelta
    service: str
    is_asked: bool
    is_transferred: bool
    repeats: int | None = None


def errands(times: Sequence[timedelta], seed: int) -> list[Errand]:
    """Draw what comes at each of *times*; each errand has a stream of chance of its own."""
    drawn: list[Errand] = []
    for number, at in enumerate(times):
        drawn.append(_errand(number, at, drawn, chance_of(seed, "errand", number)))
    return drawn


def _errand(number: int, at: timedelta, before: Sequence[Errand], chance: Chance) -> Errand:
    service = chance.choices(list(SERVICE_SHARES), list(SERVICE_SHARES.values()))[0]
    is_asked, is_transferred, is_repeat = (
        chance.random() < share for share in (ASKED, TRANSFERRED, REPEATED)
    )
    originals = [errand for errand in before[-_LOOK_BACK:] if errand.repeats is None]
    original = chance.choice(originals) if is_repeat and originals else None
    return Errand(
        number=number,
        at=at,
        service=original.service if original else service,
        is_asked=is_asked,
        is_transferred=is_transferred,
        repeats=original.number if original else None,
    )
