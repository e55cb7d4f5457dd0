"""`python -m load`: plays a weekday at many times its speed and tells whether all of it held."""

import argparse
import asyncio
import os
import sys
from datetime import timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from load.curve import DAY, Part, Weekday
from load.play import play
from load.result import Result
from load.score import PartError, Score, part_of, told_part
from load.summary import summary
from runtime.errors import OperatorError
from runtime.interrupts import until_interrupted

_FOLDER = Path(".arende-load")
_QUICK = part_of("08:00-08:30")
_SPEED = 50.0
_INTERRUPTED = 130


def main() -> int:
    """Play, write and tell.

    Exit codes: 0 all of it held, 1 something was lost, answered as it never should be, or could
    not start, 2 usage, 130 Ctrl-C. How long anything took never decides.
    """
    given = _parser().parse_args()
    score = Score(given.weekday, _part(given), given.speed, given.growth, given.seed)
    try:
        result = asyncio.run(until_interrupted(play(score, _say), partial(os._exit, 1)))
    except OperatorError as error:
        _say(f"load: {error}")
        return 1
    if result is None:
        _say("Stopped.")
        return _INTERRUPTED
    _keep(result, given.out)
    sys.stdout.write(f"{summary(result)}\n")
    return 0 if result.is_kept else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m load", description=__doc__)
    parser.add_argument("--weekday", type=Weekday, default=Weekday.MONDAY, choices=list(Weekday))
    parser.add_argument("--part", type=_read_part, default=DAY, help=f"of {told_part(DAY)}")
    parser.add_argument("--minutes", type=_positive, help="play only so many of the part's minutes")
    parser.add_argument("--quick", action="store_true", help=f"the part {told_part(_QUICK)}")
    parser.add_argument("--speed", type=_positive, default=_SPEED, help="times ours")
    parser.add_argument("--growth", type=_positive, default=1.0, help="times the cases")
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same day")
    parser.add_argument("--out", type=Path, default=_FOLDER, help="for result.json and load.svg")
    return parser


def _part(given: argparse.Namespace) -> Part:
    part: Part = _QUICK if given.quick else given.part
    if given.minutes is None:
        return part
    return Part(part.begin, min(part.begin + timedelta(minutes=given.minutes), part.end))


def _read_part(text: str) -> Part:
    try:
        return part_of(text)
    except PartError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("must be a positive number")
    return number


def _keep(result: Result, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
    if find_spec("matplotlib") is None:
        _say("No picture: matplotlib is missing, it is in the group `plots`.")
        return
    from load.plot import draw  # noqa: PLC0415 - a play without a picture needs no matplotlib

    draw(result, folder / "load.svg")
    _say(f"Written: {folder}/result.json and {folder}/load.svg")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
