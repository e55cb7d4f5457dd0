"""What the caller prefers of an answer (RFC 7240): to wait for admission, or not to wait."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, TypeAlias

from fastapi import Depends, Header

LONGEST_WAIT = timedelta(seconds=2)

_WAIT = re.compile(r'wait\s*=\s*"?([0-9]{1,4})"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Preferences:
    """At most `LONGEST_WAIT` of waiting; a preference nobody understands is left unheard."""

    wait: timedelta = timedelta()
    respond_async: bool = False


def read_preferences(prefer: Annotated[list[str] | None, Header()] = None) -> Preferences:
    """Return what the `Prefer` headers ask for."""
    wanted = [part.strip() for value in prefer or () for part in value.split(",")]
    waits = [match for match in map(_WAIT.fullmatch, wanted) if match]
    wait = timedelta(seconds=int(waits[0][1])) if waits else timedelta()
    return Preferences(
        wait=min(wait, LONGEST_WAIT),
        respond_async="respond-async" in {part.lower() for part in wanted},
    )


Preferred: TypeAlias = Annotated[Preferences, Depends(read_preferences)]
