"""Counts what activities did to cases: received, recorded events, and what reconciling found."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge
from temporalio import activity, client, worker
from typing_extensions import override

from activities.contract import Recorded
from activities.reconcile import ReconcileCounts, RowsCompared
from domain.admission import Admission, AdmissionRequest
from domain.events import EventKind
from domain.projection import CaseRecord

WITHHELD = "withheld"
"""The service of a case whose patient has protected identity."""

_UNKNOWN = "unknown"
_FORGOTTEN_AFTER = timedelta(minutes=2)  # a record is tried at least once a minute


class CaseCounters(client.Interceptor, worker.Interceptor):
    """For a worker's client: reads the answers of its activities; it never changes one.

    An answer that is lost on its way and asked for again is counted twice, which is rare and
    does not matter to a rate. *services* are the codes that may become a label.
    """

    def __init__(
        self, registry: CollectorRegistry, services: Collection[str], now: Callable[[], datetime]
    ) -> None:
        self._services = frozenset(services)
        self._received = Counter(
            "arende_cases_received", "Cases admitted.", ["service"], registry=registry
        )
        self._events = Counter(
            "arende_case_events", "Events of cases recorded.", ["kind"], registry=registry
        )
        self._findings = Counter(
            "arende_reconciled_cases",
            "Cases the reconciler looked at (`checked`), and what it found.",
            ["finding"],
            registry=registry,
        )
        self._unrecorded = Unrecorded(registry, now)
        for kind in EventKind:
            self._events.labels(kind)
        for finding in ReconcileCounts.model_fields:
            self._findings.labels(finding)
        for service in (*self._services, WITHHELD, _UNKNOWN):
            self._received.labels(service)

    @override
    def intercept_activity(
        self, next: worker.ActivityInboundInterceptor
    ) -> worker.ActivityInboundInterceptor:
        return _Reading(next, self)

    def begun(self, asked: object) -> None:
        """Note that an activity was asked for; `answered` ends it."""
        if isinstance(asked, CaseRecord):
            self._unrecorded.wait(asked.case_id, activity.info().scheduled_time)

    def answered(self, asked: object, answer: object) -> None:
        """Count what an activity did."""
        match asked, answer:
            case AdmissionRequest(again_at=None), Admission(already_recorded=False):
                self._received.labels(self._service_of(asked, answer)).inc()
            case CaseRecord(), Recorded():
                self._count_record(asked, answer)
            case _, RowsCompared(counts=counts):
                self._count_findings(counts)
            case _, ReconcileCounts():
                self._count_findings(answer)
            case _:
                pass

    def _service_of(self, asked: AdmissionRequest, admission: Admission) -> str:
        if admission.protected:
            return WITHHELD
        service = asked.submission.service
        return service if service in self._services else _UNKNOWN

    def _count_record(self, record: CaseRecord, recorded: Recorded) -> None:
        self._unrecorded.end(record.case_id)
        is_first_time = record.submission is None  # a lost row is written with all its events
        if is_first_time and recorded.rev == record.projection.rev:
            for event in record.events:
                self._events.labels(event.kind).inc()

    def _count_findings(self, counts: ReconcileCounts) -> None:
        for finding, count in counts.model_dump().items():
            self._findings.labels(finding).inc(count)


class _Reading(worker.ActivityInboundInterceptor):
    def __init__(self, inner: worker.ActivityInboundInterceptor, counters: CaseCounters) -> None:
        super().__init__(inner)
        self._counters = counters

    @override
    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:
        asked = input.args[0] if input.args else None
        self._counters.begun(asked)
        answer = await super().execute_activity(input)
        self._counters.answered(asked, answer)
        return answer


class Unrecorded:
    """The age of the oldest change of a case that this worker tried to record and could not.

    A case that another worker took over is forgotten two minutes after the last try here.
    """

    def __init__(self, registry: CollectorRegistry, now: Callable[[], datetime]) -> None:
        self._now = now
        self._waiting: dict[str, tuple[datetime, datetime]] = {}
        gauge = Gauge(
            "arende_oldest_unrecorded_seconds",
            "Age of the oldest change that waits to be recorded in PostgreSQL.",
            registry=registry,
        )
        gauge.set_function(self.oldest)

    def wait(self, case_id: str, since: datetime) -> None:
        """Note a try to record what *case_id* has waited with *since*."""
        self._waiting[case_id] = (since, self._now())

    def end(self, case_id: str) -> None:
        """Note that the case is recorded."""
        self._waiting.pop(case_id, None)

    def oldest(self) -> float:
        """Return the age in seconds, 0 when nothing waits."""
        now = self._now()
        self._waiting = {
            case_id: (since, tried)
            for case_id, (since, tried) in self._waiting.items()
            if now - tried < _FORGOTTEN_AFTER
        }
        ages = [(now - since).total_seconds() for since, _ in self._waiting.values()]
        return max(ages, default=0.0)
