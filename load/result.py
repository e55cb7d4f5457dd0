"""What a play comes to: figures by kind of request and by five minutes, and the verdict."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from bench.figures import percentile
from domain.model import Model
from load.calling import BUSY, Sample
from load.vitals import Vitals

WINDOW = timedelta(minutes=5)
"""How much of the play's day one window sums up."""

GROUPS = {
    "submit": ("submit",),
    "messages": ("take", "ask_patient", "answer", "transfer", "hand_over", "resolve"),
    "lists": ("read_inbox", "count_inbox"),
    "reads": ("read_form", "read_case", "open_case", "read_events"),
}
"""The kinds of request, gathered by what they cost the service."""

_GOOD = {200, 201}
"""A 202 only promises: whoever gets one asks again."""
_SERVER_ERROR = 500


class Waits(Model):
    """How long good answers took, in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    longest: float


class Window(Model):
    """Five minutes from `minute` of the day on; `vitals` are those at their end.

    `expected` cases by the curve, `offered` by the draw, `accepted` and `resolved` by what the
    callers were told. `cpu` is CPU used by each process, in percent of one core.
    """

    minute: int
    expected: float
    offered: int
    accepted: int
    resolved: int
    by_kind: dict[str, Waits]
    by_group: dict[str, Waits]
    statuses: dict[str, int]
    vitals: Vitals
    cpu: dict[str, float]


class Result(Model):
    """A whole play; `lost` names each promise that was broken with what breaks it.

    `undecided` callers gave up without an answer. `late_ms`: the 95th percentile of how late our
    own people began, which is the player's fault and never the service's.
    """

    weekday: str
    part: str
    speed: float
    growth: float
    seed: int
    desks: int
    machine: dict[str, str]
    expected: float
    offered: int
    accepted: int
    resolved: int
    messages: int
    undecided: int
    open_at_end: int
    late_ms: float
    by_kind: dict[str, Waits]
    by_group: dict[str, Waits]
    statuses: dict[str, dict[str, int]]
    refusals: dict[str, int]
    improper: dict[str, int]
    lost: dict[str, list[str]]
    windows: list[Window]

    @property
    def is_kept(self) -> bool:
        """Whether nothing was lost and nothing was answered as it never should be."""
        return not self.lost and not self.improper


def is_improper(sample: Sample) -> bool:
    """Whether this may never come: no answer, or a 5xx other than 503 with Retry-After."""
    if sample.status == BUSY:
        return not sample.may_retry
    return sample.status == 0 or sample.status >= _SERVER_ERROR


def improper(samples: Sequence[Sample]) -> dict[str, int]:
    """Count the improper answers, by kind and status."""
    found = Counter(f"{one.kind}: {one.status}" for one in samples if is_improper(one))
    return dict(sorted(found.items()))


def waits_by_kind(samples: Sequence[Sample]) -> dict[str, Waits]:
    """Return how long the good answers to each kind of request took."""
    return {
        kind: _waits([one for one in samples if one.kind == kind and one.status in _GOOD])
        for kind in sorted({one.kind for one in samples if one.status in _GOOD})
    }


def waits_by_group(samples: Sequence[Sample]) -> dict[str, Waits]:
    """Return the same by what requests cost the service; a group without answers is left out."""
    good = [one for one in samples if one.status in _GOOD]
    grouped = {group: [one for one in good if one.kind in GROUPS[group]] for group in GROUPS}
    return {group: _waits(those) for group, those in grouped.items() if those}


def statuses_by_kind(samples: Sequence[Sample]) -> dict[str, dict[str, int]]:
    """Count the answers to each kind of request by status; 0 is no answer."""
    counted: dict[str, Counter[str]] = {}
    for one in samples:
        counted.setdefault(one.kind, Counter())[str(one.status)] += 1
    return {kind: dict(sorted(counted[kind].items())) for kind in sorted(counted)}


def _waits(samples: Sequence[Sample]) -> Waits:
    took = [one.seconds * 1000 for one in samples]
    p50, p95, p99 = (round(percentile(took, percent), 1) for percent in (50, 95, 99))
    return Waits(count=len(took), p50=p50, p95=p95, p99=p99, longest=round(max(took), 1))
