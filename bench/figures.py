"""One figure of a measurement, and how figures are shown beside their budgets."""

from collections.abc import Sequence

from domain.model import Model

Bound = tuple[str, float]


class Figure(Model):
    """A measured value. `budget` is (`<=` or `>=`, value) of design section 10, or None.

    A count is the same on every machine and run; a time is compared only within one run.
    """

    what: str
    value: float
    unit: str
    budget: Bound | None = None
    is_count: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether the budget is kept; a figure without one always is."""
        if self.budget is None:
            return True
        sign, limit = self.budget
        return self.value <= limit if sign == "<=" else self.value >= limit


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as aligned lines: what, value, unit, budget and whether it is kept."""
    width = max(len(figure.what) for figure in figures)
    return "\n".join(_line(figure, width) for figure in figures)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that *percent* of *values* do not exceed; none must be missing."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _line(figure: Figure, width: int) -> str:
    line = f"{figure.what:<{width}}  {_number(figure.value):>9} {figure.unit:<7}"
    if figure.budget is None:
        return line.rstrip()
    sign, limit = figure.budget
    verdict = "" if figure.is_kept else "  over budget" if sign == "<=" else "  under budget"
    return f"{line}  {sign} {_number(limit)}{verdict}"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
