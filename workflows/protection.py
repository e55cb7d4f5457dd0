"""CheckProtection: one pass over the cases that the register of citizens contradicts."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.protection import ProtectionActivities, ProtectionCounts, ProtectionPage
    from workflows import options


@workflow.defn
class CheckProtection:
    """One pass. A schedule starts it every day, an import of the listing and a command at once."""

    @workflow.run
    async def run(self) -> ProtectionCounts:
        counts, page = ProtectionCounts(), ProtectionPage(at=workflow.now())
        while True:
            checked = await workflow.execute_activity_method(
                ProtectionActivities.check_protection, page, **options.PROTECTING
            )
            counts = counts.plus(checked.counts)
            if checked.after is None:
                return counts
            page = ProtectionPage(at=workflow.now(), after=checked.after)
