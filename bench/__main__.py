"""`python -m bench`: measures cost and speed in one run and shows them beside the budgets."""

import argparse
import asyncio
import json
import os
import platform
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from bench.figures import Figure, table
from bench.http import measure_http
from bench.lives import measure_lives
from bench.many_rows import measure_many_rows
from bench.one_life import measure_one_life
from bench.open_cases import measure_open_cases
from bench.stack import bench_stack


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured; times come out steadier the larger it is, counts the same."""

    ordinary_lives: int
    lives: int
    rounds: int
    http_cases: int


_FULL = Size(ordinary_lives=3, lives=40, rounds=3, http_cases=30)
_QUICK = Size(ordinary_lives=1, lives=10, rounds=1, http_cases=5)
_OPEN_CASES = 20_000


def main() -> int:
    """Measure and print. Exit codes: 0 measured, 1 a count is beyond its budget, 2 usage.

    Times never decide the exit code: machines differ, counts do not.
    """
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of it, in half a minute")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--open-cases",
        type=int,
        nargs="?",
        const=_OPEN_CASES,
        metavar="N",
        help=f"measure N open cases instead, {_OPEN_CASES} unless told; takes minutes",
    )
    parser.add_argument(
        "--inbox",
        type=int,
        nargs="?",
        const=_OPEN_CASES,
        metavar="N",
        help=f"measure an inbox over N rows instead, {_OPEN_CASES} unless told",
    )
    given = parser.parse_args()
    figures = asyncio.run(_chosen(given))
    print(_as_json(figures) if given.json else table(figures))
    broken = [figure for figure in figures if figure.is_count and not figure.is_kept]
    return 1 if broken else 0


def _chosen(given: argparse.Namespace) -> Coroutine[Any, Any, list[Figure]]:
    if given.open_cases:
        return _measure_open(given.open_cases)
    if given.inbox:
        return _measure_inbox(given.inbox)
    return _measure(_QUICK if given.quick else _FULL)


async def _measure(size: Size) -> list[Figure]:
    async with bench_stack(_say) as bench:
        _say("One ordinary life …")
        cost = await measure_one_life(bench, size.ordinary_lives)
        _say(f"{size.lives} lives of each program, {size.rounds} times …")
        speed = await measure_lives(bench, size.lives, size.rounds)
        _say("The HTTP API …")
        waits = await measure_http(bench, size.http_cases)
    return [*cost, *speed, *waits]


async def _measure_open(cases: int) -> list[Figure]:
    async with bench_stack(_say) as bench:
        _say(f"{cases} open cases …")
        return await measure_open_cases(bench, cases)


async def _measure_inbox(rows: int) -> list[Figure]:
    async with bench_stack(_say) as bench:
        _say(f"An inbox over {rows} rows …")
        return await measure_many_rows(bench, rows)


def _as_json(figures: list[Figure]) -> str:
    machine = {"cpus": os.cpu_count(), "python": platform.python_version()}
    told = [{**figure.model_dump(), "kept": figure.is_kept} for figure in figures]
    return json.dumps({"machine": machine, "figures": told}, indent=2)


def _say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
