"""How much of a request the edge takes, and how slowly, before it says no."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class EdgeLimits:
    """Sizes in bytes. *read_for* is for the whole body, however slowly it drips.

    *head_for* is for the whole head, from the connection or the answer before; *write_for* is how
    long a client may leave an answer unread. *connections* are those open at once; the *spare* ones
    beyond them are for health checks alone.
    """

    body: int = 64 * 1024
    headers: int = 100
    header_block: int = 16 * 1024
    url: int = 4 * 1024
    token: int = 8 * 1024
    read_for: timedelta = timedelta(seconds=10)
    head_for: timedelta = timedelta(seconds=10)
    write_for: timedelta = timedelta(seconds=30)
    connections: int = 1000
    spare: int = 8
