"""A worker like `arende worker`, whose first attempts break with a patient's words in the error."""

import asyncio
import os
from collections.abc import Callable
from functools import partial, wraps
from types import ModuleType
from typing import Any

import activities.admission
import activities.record
import domain.progress
import worker
from runtime.interrupts import until_interrupted
from runtime.settings import load_settings
from tests.end_to_end.canary_words import CORE
from tests.workflows.people import PATIENT


def breaks_first(module: ModuleType, name: str) -> None:
    """Let the first call of a function raise what a careless line might raise."""
    whole: Callable[..., Any] = getattr(module, name)
    left = [f"{CORE}\u00e5gel of {PATIENT} in {name}"]

    @wraps(whole)
    def broken(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - stands for any function
        if left:
            raise RuntimeError(left.pop())
        return whole(*args, **kwargs)

    setattr(module, name, broken)


if __name__ == "__main__":
    breaks_first(activities.admission, "find_place")
    breaks_first(activities.record, "database")
    breaks_first(domain.progress, "admit")
    asyncio.run(until_interrupted(worker.main(load_settings()), partial(os._exit, 1)))
