"""The picture of a play: arrivals, waits, open cases and CPU over one time axis."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from load.result import WINDOW, Result

_MINUTES = WINDOW.total_seconds() / 60
# The palette of Okabe and Ito (2008), told apart by the colour-blind.
_ORANGE, _BLUE, _GREEN, _RED, _GREY = "#E69F00", "#0072B2", "#009E73", "#D55E00", "#666666"
_GROUP_COLOURS = {"submit": _BLUE, "messages": _RED, "lists": _GREEN}
_LOOK: dict[Any, Any] = {
    "svg.hashsalt": "arende",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#E5E5E5",
    "axes.axisbelow": True,
    "legend.frameon": False,
}


def draw(result: Result, to: Path) -> None:
    """Write the picture as SVG; the same result is the same file."""
    with mpl.rc_context(_LOOK):
        figure = Figure(figsize=(9, 10), layout="constrained")
        arrivals, waits, cases, cpu = figure.subplots(4, 1, sharex=True)
        _draw_arrivals(arrivals, result)
        _draw_waits(waits, result)
        _draw_cases(cases, result)
        _draw_cpu(cpu, result)
        figure.suptitle(_title(result), x=0.01, ha="left", fontsize=11)
        cpu.set_xlabel("local time of the day that was played")
        cpu.xaxis.set_major_locator(MultipleLocator(_tick(result)))
        cpu.xaxis.set_major_formatter(FuncFormatter(_clock))
        figure.savefig(to, format="svg", metadata={"Date": None})


def _title(result: Result) -> str:
    return (
        f"A {result.weekday.capitalize()} {result.part} at {result.speed:g} times its speed"
        f" on {result.machine['cpus']} cores\n"
        f"{result.offered} cases offered, {result.accepted} accepted, {result.resolved} resolved, "
        f"{sum(result.improper.values())} improper answers, {len(result.lost)} promises broken"
    )


def _draw_arrivals(axes: Axes, result: Result) -> None:
    begins = [window.minute for window in result.windows]
    offered = [window.offered for window in result.windows]
    axes.bar(
        begins, offered, _MINUTES * 0.9, align="edge", color="#BBD7EA", label="submissions offered"
    )
    middles = _middles(result)
    axes.plot(middles, _of(result, "expected"), color=_GREY, ls=":", label="the curve")
    axes.plot(middles, _of(result, "accepted"), color=_BLUE, label="accepted")
    axes.plot(middles, _of(result, "resolved"), color=_ORANGE, label="resolved")
    _finish(axes, "cases in 5 minutes", "What comes and what is done")


def _draw_waits(axes: Axes, result: Result) -> None:
    for group, colour in _GROUP_COLOURS.items():
        known = [
            (middle, window.by_group[group])
            for middle, window in zip(_middles(result), result.windows, strict=True)
            if group in window.by_group
        ]
        at = [middle for middle, _ in known]
        axes.plot(at, [waits.p95 for _, waits in known], color=colour, label=f"{group}, p95")
        axes.plot(
            at, [waits.p50 for _, waits in known], color=colour, ls="--", label=f"{group}, p50"
        )
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(_plain))
    _finish(axes, "ms", "How long callers wait for a good answer")


def _draw_cases(axes: Axes, result: Result) -> None:
    ends = [window.minute + _MINUTES for window in result.windows]
    looks = [window.vitals for window in result.windows]
    axes.plot(ends, [look.open for look in looks], color=_BLUE, label="open")
    axes.plot(ends, [look.queued for look in looks], color=_ORANGE, label="queued")
    longest = [look.longest_inbox for look in looks]
    axes.plot(ends, longest, color=_GREY, ls="--", label="in the longest inbox")
    _finish(axes, "cases", "What lies with the units")


def _draw_cpu(axes: Axes, result: Result) -> None:
    colours = {"temporal": _RED, "worker": _BLUE, "api": _GREEN, "client": _GREY}
    for name, colour in colours.items():
        used = [window.cpu.get(name, float("nan")) for window in result.windows]
        label = "the play itself" if name == "client" else name
        axes.plot(_middles(result), used, color=colour, label=label)
    _finish(axes, "% of a core", "What it costs")


def _finish(axes: Axes, unit: str, title: str) -> None:
    if axes.get_yscale() == "linear":
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.set_ylabel(unit)
    axes.set_title(title, loc="left", fontsize=10)
    axes.legend(ncols=1, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _of(result: Result, field: str) -> Sequence[float]:
    return [getattr(window, field) for window in result.windows]


def _middles(result: Result) -> list[float]:
    return [window.minute + _MINUTES / 2 for window in result.windows]


def _tick(result: Result) -> int:
    """Return how many minutes lie between two ticks: an hour, less for a short part."""
    lasts = len(result.windows) * _MINUTES
    return next((step for step in (5, 15, 30) if lasts <= step * 12), 60)


def _clock(minute: float, _place: int | None) -> str:
    return f"{int(minute) // 60:02}:{int(minute) % 60:02}"


def _plain(value: float, _place: int | None) -> str:
    return f"{value:g}"
