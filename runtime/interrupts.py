"""Turns Ctrl-C and SIGTERM into an orderly end, and the second one into a quick one."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


async def until_interrupted(
    work: Coroutine[Any, Any, _Result], at_once: Callable[[], None]
) -> _Result | None:
    """Run *work*; the first signal cancels it, each later one calls *at_once*.

    Returns what *work* returned, or None when a signal ended it.
    """
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if interrupted:
            at_once()
        else:
            interrupted = True
            task.cancel()

    numbers = _signals()
    for number in numbers:
        loop.add_signal_handler(number, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        if not interrupted:
            raise
        return None
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _signals() -> list[signal.Signals]:
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup: the terminal may go
        numbers.append(signal.SIGHUP)
    return numbers
