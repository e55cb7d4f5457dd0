"""The gauges of a worker: what Prometheus is told of PostgreSQL's and Temporal's figures."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from prometheus_client.core import GaugeMetricFamily

from domain.delivery import DeliveryChannel
from domain.vocabulary import Escalation
from runtime.telemetry.case_counters import WITHHELD
from store.deliveries import DeliveryState
from store.figures import Figures, OpenCases

_UNSENT = (DeliveryState.WAITING, DeliveryState.CLAIMED, DeliveryState.FAILED)
_Values = Iterable[tuple[tuple[str, ...], float]]


@dataclass(frozen=True, slots=True)
class RunningWorkflows:
    """Workflows as Temporal's visibility counts them, a moment late.

    `unadmitted`: cases that have been `received` for more than ten minutes.
    """

    cases: int
    unadmitted: int
    quarantined: int
    stuck: int


def of_postgresql(
    figures: Figures | None, services: Collection[str]
) -> Iterator[GaugeMetricFamily]:
    """Yield what the tables say, or only that PostgreSQL is away.

    What alerts compare with what it was is told as 0 too, of *services* for one: a series that
    begins with the first failure has nothing to grow from.
    """
    yield _one("up_postgresql", "Whether PostgreSQL told its figures.", float(figures is not None))
    if figures is None:
        return
    yield _many("open_cases", "Open cases.", ("service", "state"), _open(figures.open_cases))
    yield _many(
        "overdue_cases", "Open cases past a promise.", ("service",), _overdue(figures, services)
    )
    yield _many("escalated_cases", "Open cases told further up.", ("level",), _escalated(figures))
    yield _one("oldest_open_case_seconds", "Age of the oldest open case.", figures.oldest_case)
    ages = {(str(days),): cases for days, cases in figures.older_than.items()}
    yield _many(
        "open_cases_older_than", "Open cases older than so many days.", ("days",), ages.items()
    )
    notices = {(state,): figures.notices.get(state, 0) for state in ("waiting", "claimed")}
    yield _many("notices", "Notices that are not addressed yet.", ("state",), notices.items())
    yield _many("deliveries", "Deliveries not sent.", ("channel", "state"), _unsent(figures))
    oldest = figures.oldest_news
    yield _one("oldest_delivery_seconds", "Age of the oldest news that waits to leave.", oldest)
    uncovered = {(role,): units for role, units in figures.uncovered.items()}
    yield _many(
        "uncovered_roles", "Open units where nobody holds a role.", ("role",), uncovered.items()
    )


def of_temporal(running: RunningWorkflows | None) -> Iterator[GaugeMetricFamily]:
    """Yield what visibility counts, or only that Temporal is away."""
    yield _one("up_temporal", "Whether Temporal told its figures.", float(running is not None))
    if running is None:
        return
    yield _one("running_cases", "Workflows of cases that run.", running.cases)
    yield _one("unadmitted_cases", "Cases not admitted in ten minutes.", running.unadmitted)
    yield _one("quarantined_cases", "Cases PostgreSQL refuses.", running.quarantined)
    yield _one("stuck_workflows", "Workflows whose tasks fail again and again.", running.stuck)


def of_calendar(covers_to: date) -> Iterator[GaugeMetricFamily]:
    """Yield how far the region's calendar reaches."""
    ends = datetime.combine(covers_to, time.min, UTC).timestamp()
    yield _one("calendar_ends_timestamp_seconds", "The last day whose holidays are known.", ends)


def _one(name: str, says: str, value: float) -> GaugeMetricFamily:
    return _many(name, says, (), [((), value)])


def _many(name: str, says: str, labels: tuple[str, ...], values: _Values) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"arende_{name}", says, labels=labels)
    for named, value in values:
        family.add_metric(named, value)
    return family


def _open(rows: tuple[OpenCases, ...]) -> _Values:
    found: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        found[row.service or WITHHELD, row.state] += row.cases
    return found.items()


def _unsent(figures: Figures) -> _Values:
    found = {(str(channel), str(state)): 0 for channel in DeliveryChannel for state in _UNSENT}
    found |= {(row.channel, row.state): row.deliveries for row in figures.deliveries}
    return found.items()


def _overdue(figures: Figures, services: Collection[str]) -> _Values:
    found: Counter[tuple[str, ...]] = Counter({(code,): 0 for code in (*services, WITHHELD)})
    for row in figures.open_cases:
        found[(row.service or WITHHELD,)] += row.overdue
    return found.items()


def _escalated(figures: Figures) -> _Values:
    found = Counter({(str(level),): 0 for level in Escalation if level is not Escalation.NONE})
    for row in figures.open_cases:
        if row.escalation is not Escalation.NONE:
            found[(str(row.escalation),)] += row.cases
    return found.items()
