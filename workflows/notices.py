"""SendNotices: round after round, notices become deliveries and leave, until nothing is due."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.notices import NoticeActivities, NoticeCounts, NoticeRound
    from workflows import options


@workflow.defn
class SendNotices:
    """One run of the sender. A schedule starts it every 20 seconds, `arende notices send` now."""

    @workflow.run
    async def run(self) -> NoticeCounts:
        counts = NoticeCounts()
        for _ in range(options.ROUNDS_PER_RUN):
            addressed = await workflow.execute_activity_method(
                NoticeActivities.address_notices,
                NoticeRound(at=workflow.now()),
                **options.ADDRESSING,
            )
            sent = await workflow.execute_activity_method(
                NoticeActivities.send_deliveries,
                NoticeRound(at=workflow.now()),
                **options.SENDING,
            )
            done = addressed.plus(sent)
            counts = counts.plus(done)
            if done.is_idle:
                break
        return counts
