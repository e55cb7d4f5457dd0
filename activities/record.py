"""Recording: one transaction that brings PostgreSQL in step with a case."""

import asyncpg
from temporalio import activity

from activities.contract import Recorded
from activities.failures import database
from domain.projection import CaseRecord
from store.cases import claim_case, record_case


class RecordActivities:
    """Keeps the projection in step with the workflow, which is the truth."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @activity.defn
    async def record_case(self, record: CaseRecord) -> Recorded:
        """Write the row, events and notices; what makes it safe to repeat is rev and the keys.

        Answers the rev the row has now, so that the workflow sees a row ahead of itself.
        """
        async with database(self._pool) as conn:
            if record.submission is not None:
                await claim_case(conn, record.submission, record.run_id)
            rev = await record_case(conn, record)
        return Recorded(rev=rev or 0, missing=rev is None)
