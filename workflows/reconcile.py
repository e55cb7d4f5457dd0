"""Reconcile: one pass over all open cases and their rows."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.reconcile import ReconcileActivities, ReconcileCounts, RowPage, RowSearch
    from domain.model import Model
    from workflows import options


class ReconcileOrder(Model):
    """How old a case without a row must be to be looked at; younger ones may be on their way."""

    min_age: timedelta = timedelta(minutes=10)


@workflow.defn
class Reconcile:
    """One pass. A schedule starts it every hour, `arende reconcile` now."""

    @workflow.run
    async def run(self, order: ReconcileOrder) -> ReconcileCounts:
        counts = await self._compare_rows()
        search = RowSearch(started_before=workflow.now() - order.min_age)
        missing = await workflow.execute_activity_method(
            ReconcileActivities.find_missing_rows, search, **options.RECONCILING
        )
        return counts.plus(missing)

    async def _compare_rows(self) -> ReconcileCounts:
        counts, page = ReconcileCounts(), RowPage()
        while True:
            compared = await workflow.execute_activity_method(
                ReconcileActivities.reconcile_cases, page, **options.RECONCILING
            )
            counts = counts.plus(compared.counts)
            if compared.after is None:
                return counts
            page = RowPage(after=compared.after)
