"""SendNotices: sends what waits, round after round, until a round finds nothing."""

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
            sent = await workflow.execute_activity_method(
                NoticeActivities.send_round, NoticeRound(at=workflow.now()), **options.SENDING
            )
            counts = counts.plus(sent)
            if not sent.claimed:
                break
        return counts
