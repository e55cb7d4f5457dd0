"""How much of a request the edge reads before it says no."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class EdgeLimits:
    """Sizes in bytes. *read_for* is for the whole body, however slowly it drips."""

    body: int = 64 * 1024
    headers: int = 100
    header_block: int = 16 * 1024
    url: int = 4 * 1024
    token: int = 8 * 1024
    read_for: timedelta = timedelta(seconds=10)
