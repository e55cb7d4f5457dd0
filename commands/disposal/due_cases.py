"""Lists the cases whose retention time is over, by the region's classes of today."""

from collections import Counter
from datetime import date, datetime

from domain.region import Region
from domain.retention import DueCase, kept_from, retain_until
from store.pool import Connection
from store.retention import ClosedCase, list_closed_before


class RetentionPlan:
    """What is due on one local day; nothing in it names a person.

    *protected* are the ids of cases of patients with protected identity.
    """

    def __init__(
        self, on: date, cases: list[DueCase], protected: frozenset[str] = frozenset()
    ) -> None:
        self.on = on
        self.cases = cases
        self.protected = protected

    def counts(self) -> dict[str, int]:
        """Return how many cases of each retention class are due."""
        return dict(sorted(Counter(case.retention_class for case in self.cases).items()))


async def list_due(conn: Connection, region: Region, now: datetime) -> RetentionPlan:
    """Return the closed cases that no longer have to be kept, without writing anything.

    Empty where the region has no retention class: then everything is kept.
    """
    catalogue, calendar = region.catalogue, region.calendars.default
    today = calendar.local_day(now)
    classes = catalogue.retention_classes
    if not classes:
        return RetentionPlan(today, [])
    begins = {code: calendar.start_of(kept_from(today, one.years)) for code, one in classes.items()}
    services = {entry.code: catalogue.retention_of(entry.code) for entry in catalogue.services}
    closed = await list_closed_before(
        conn,
        {service: begins[code] for service, code in services.items() if code is not None},
        otherwise=min(begins.values()),
    )
    protected = frozenset(case.case_id for case in closed if case.protected)
    return RetentionPlan(today, [_due(region, case) for case in closed], protected)


def keep_until(region: Region, service: str, closed_at: datetime) -> date:
    """Return the last local day a case of this service must be kept by the classes of today.

    The last day there is where no class holds for it.
    """
    code = region.catalogue.retention_of(service)
    if code is None:
        return date.max
    closed_on = region.calendars.default.local_day(closed_at)
    return retain_until(closed_on, region.catalogue.retention_classes[code].years)


def _due(region: Region, case: ClosedCase) -> DueCase:
    return DueCase(
        case_id=case.case_id,
        retention_class=region.catalogue.retention_of(case.service) or "",
        service=case.service,
        closed_at=case.closed_at,
        until=keep_until(region, case.service, case.closed_at),
        rev=case.rev,
    )
