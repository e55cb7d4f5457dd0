"""Whether the lines of one register agree with each other, as the import asks of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "providers": ("hsa_id",),
        "units": ("hsa_id",),
        "roles": ("code",),
        "staff": ("commission", "role"),
        "protected_handlers": ("unit", "staff", "valid_from"),
        "listing": ("identity",),
        "guardians": ("child", "guardian"),
        "companies": ("name",),
        "medicines": ("npl_id",),
    }
)
_TOLD_ONCE: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "staff": {
            "hsa_id": ("name", "licence", "prescribing", "protected", "identity", "email"),
            "commission": (
                *("hsa_id", "unit", "provider", "purpose"),
                *("commission_from", "commission_to"),
            ),
        },
        "listing": {"identity": ("name", "protected", "synthetic")},
    }
)
"""What each line about the same person or commission must say as the first one does."""


class Line(NamedTuple):
    """A good line of a register: its number and its cells by column."""

    number: int
    cells: Mapping[str, object]


class Disagreement(NamedTuple):
    """The number of the line to put right, and why."""

    line: int
    text: str


class _Period(NamedTuple):
    first: date
    last: date
    line: int


class Agreement:
    """Remembers what the lines of one register have said, to judge the next by.

    Kept are keys, periods, and of the rest a hash: a register of listings fits in memory.
    """

    def __init__(self, register: str) -> None:
        self._register = register
        self._keys: set[tuple[object, ...]] = set()
        self._told: dict[tuple[str, object], int] = {}
        self._periods: defaultdict[object, list[_Period]] = defaultdict(list)

    def judge(self, line: Line) -> Iterator[Disagreement]:
        """Yield how *line* disagrees with those before it; each line is judged once."""
        for column, others in _TOLD_ONCE.get(self._register, {}).items():
            told = hash(tuple(line.cells[other] for other in others))
            if self._told.setdefault((column, line.cells[column]), told) != told:
                yield Disagreement(line.number, f"{column}: this contradicts an earlier line")
        if self._register == "guardians" and line.cells["child"] == line.cells["guardian"]:
            yield Disagreement(line.number, "guardian: this is the child")
        if self._register == "listing" and line.cells["unit"] is not None:
            yield from self._overlaps(line)
        else:
            yield from self._repeats(line)

    def _repeats(self, line: Line) -> Iterator[Disagreement]:
        columns = _KEYS[self._register]
        key = tuple(line.cells[column] for column in columns)
        if key in self._keys:
            yield Disagreement(line.number, f"the same {' and '.join(columns)} stands above")
        self._keys.add(key)

    def _overlaps(self, line: Line) -> Iterator[Disagreement]:
        """A citizen is listed at one health centre at a time [S7]; the later listing is wrong."""
        first, last = line.cells["valid_from"], line.cells["valid_to"]
        if not isinstance(first, date):
            return
        period = _Period(first, last if isinstance(last, date) else date.max, line.number)
        others = self._periods[line.cells["identity"]]
        for other in others:
            if period.first <= other.last and other.first <= period.last:
                wrong = max(period, other, key=lambda one: (one.first, one.line))
                yield Disagreement(wrong.line, "valid_from: this overlaps another listing")
                break
        others.append(period)
