"""KeepAccessLog: what the access log needs each day, so that no row is lost and some are judged."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.access_keeping import AccessKeepingActivities, Draw, Drawn
    from domain.access_reviews import SampleRule
    from workflows import options


@workflow.defn
class KeepAccessLog:
    """One run. A schedule starts it every day; a week that was missed is drawn the day after."""

    @workflow.run
    async def run(self, rule: SampleRule) -> Drawn:
        await workflow.execute_activity_method(
            AccessKeepingActivities.keep_months, **options.KEEPING_LOG
        )
        draw = Draw(
            at=workflow.now(), draw_id=workflow.uuid4(), seed=workflow.uuid4().hex, rule=rule
        )
        return await workflow.execute_activity_method(
            AccessKeepingActivities.draw_week, draw, **options.KEEPING_LOG
        )
