"""Makes a result of what was played: each window's share of the samples, and the whole."""

import os
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from bench.figures import percentile
from load.calling import Sample
from load.curve import Part, expected
from load.mix import Errand
from load.result import (
    WINDOW,
    Result,
    Window,
    improper,
    statuses_by_kind,
    waits_by_group,
    waits_by_kind,
)
from load.score import Score, told_part
from load.stage import Stage
from load.vitals import Vitals

_CREATED = 201
_OK = 200


@dataclass(frozen=True, slots=True)
class Look:
    """The stack at one end of a window, `seconds` of ours after the begin of the play."""

    at: timedelta
    seconds: float
    vitals: Vitals


@dataclass(slots=True)
class Playing:
    """What is known while it is played. `late`: how late our own people began, of our time."""

    score: Score
    desks: int
    errands: list[Errand]
    stage: Stage
    samples: list[Sample]
    late: list[timedelta] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)


def window_ends(part: Part) -> list[timedelta]:
    """Return where windows begin and end: the last is shorter when *part* is no multiple."""
    count = -(-part.lasts // WINDOW)
    return [min(part.begin + number * WINDOW, part.end) for number in range(count + 1)]


def reckon(playing: Playing, lost: dict[str, list[str]]) -> Result:
    """Return the result of a play that is over; *lost* is what the evidence says."""
    score, ledger, samples = playing.score, playing.stage.ledger, playing.samples
    late = [each / timedelta(milliseconds=1) for each in playing.late] or [0.0]
    return Result(
        weekday=score.weekday,
        part=told_part(score.part),
        speed=score.speed,
        growth=score.growth,
        seed=score.seed,
        desks=playing.desks,
        machine={"cpus": str(os.cpu_count()), "python": platform.python_version()},
        expected=round(expected(score.cases_a_day, score.part), 1),
        offered=len(playing.errands),
        accepted=len(ledger.cases),
        resolved=ledger.resolved(),
        messages=len(ledger.messages),
        undecided=len(ledger.undecided),
        open_at_end=playing.looks[-1].vitals.open,
        late_ms=round(percentile(late, 95), 1),
        by_kind=waits_by_kind(samples),
        by_group=waits_by_group(samples),
        statuses=statuses_by_kind(samples),
        refusals=dict(sorted(playing.stage.refusals.items())),
        improper=improper(samples),
        lost=lost,
        windows=[_window(playing, *ends) for ends in pairwise(playing.looks)],
    )


def _window(playing: Playing, before: Look, after: Look) -> Window:
    """Return what happened in a window; the last one also has what ended after the part."""
    is_last = after is playing.looks[-1]
    samples = [
        one for one in playing.samples if before.at <= one.at and (one.at < after.at or is_last)
    ]
    part = Part(before.at, after.at)
    return Window(
        minute=round(before.at / timedelta(minutes=1)),
        expected=round(expected(playing.score.cases_a_day, part), 1),
        offered=sum(before.at <= errand.at < after.at for errand in playing.errands),
        accepted=_count(samples, "submit", {_OK, _CREATED}),
        resolved=_count(samples, "resolve", {_OK}),
        by_kind=waits_by_kind(samples),
        by_group=waits_by_group(samples),
        statuses=_statuses(samples),
        vitals=after.vitals,
        cpu=_cpu(before, after),
    )


def _count(samples: Sequence[Sample], kind: str, statuses: set[int]) -> int:
    return sum(one.kind == kind and one.status in statuses for one in samples)


def _statuses(samples: Sequence[Sample]) -> dict[str, int]:
    return dict(sorted(Counter(str(one.status) for one in samples).items()))


def _cpu(before: Look, after: Look) -> dict[str, float]:
    """Return each process's CPU between two looks, in percent of one core."""
    took = max(after.seconds - before.seconds, 0.001)
    begun = before.vitals.cpu_seconds
    return {
        name: round(100 * (seconds - begun[name]) / took, 1)
        for name, seconds in after.vitals.cpu_seconds.items()
        if name in begun
    }
