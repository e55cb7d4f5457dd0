"""A result told in a few lines."""

from collections import Counter
from collections.abc import Iterator

from load.result import Result

_MOST_NAMED = 5


def summary(result: Result) -> str:
    """Return what was offered and done, what callers waited for, and the verdict."""
    return "\n".join(
        [*_volumes(result), "", *_waits(result), "", *_answers(result), *_verdict(result)]
    )


def _volumes(result: Result) -> Iterator[str]:
    open_most = max(window.vitals.open for window in result.windows)
    longest = max(window.vitals.longest_inbox for window in result.windows)
    yield (
        f"{result.weekday} {result.part}, {result.speed:g} times as fast, {result.growth:g} times "
        f"the cases, {result.desks} staff at once, seed {result.seed}"
    )
    yield (
        f"offered {result.offered} ({result.expected:g} expected)  accepted {result.accepted}  "
        f"resolved {result.resolved}  messages {result.messages}"
    )
    yield (
        f"open at the end {result.open_at_end}, at most {open_most}; longest inbox {longest}; "
        f"gave up without an answer {result.undecided}"
    )
    for name in sorted(result.windows[-1].vitals.memory_mb):
        memory = max(window.vitals.memory_mb[name] for window in result.windows)
        busiest = max(window.cpu.get(name, 0) for window in result.windows)
        yield f"{name:<10} at most {memory} MB, {busiest:.0f} % of a core"
    yield f"our own people began at most {result.late_ms:g} ms late in 95 of 100 cases"


def _waits(result: Result) -> Iterator[str]:
    yield f"{'ms':<14}{'count':>8}{'p50':>9}{'p95':>9}{'p99':>9}{'longest':>10}"
    for kind, waits in [*result.by_group.items(), *result.by_kind.items()]:
        yield (
            f"{kind:<14}{waits.count:>8}{waits.p50:>9.1f}{waits.p95:>9.1f}{waits.p99:>9.1f}"
            f"{waits.longest:>10.1f}"
        )


def _answers(result: Result) -> Iterator[str]:
    counted: Counter[str] = Counter()
    for statuses in result.statuses.values():
        counted.update(statuses)
    yield "answers  " + ", ".join(f"{status}: {count}" for status, count in sorted(counted.items()))
    if result.refusals:
        told = ", ".join(f"{what} {count}" for what, count in result.refusals.items())
        yield f"refused  {told}"


def _verdict(result: Result) -> Iterator[str]:
    for name, found in result.lost.items():
        yield f"BROKEN   {name}: {len(found)}, such as {', '.join(found[:_MOST_NAMED])}"
    for what, count in result.improper.items():
        yield f"IMPROPER {what} ({count} times)"
    if result.is_kept:
        yield "Nothing was lost."
