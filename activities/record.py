"""Recording: one transaction that brings PostgreSQL in step with a case."""

import asyncpg
from temporalio import activity

from activities.contract import Recorded
from activities.failures import database
from domain.projection import CaseRecord
from domain.submission import Submission
from store.cases import claim_case, record_case
from store.pool import Connection


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
            if record.submission is None:
                rev = await record_case(conn, record)
            else:
                rev = await _restore(conn, record, record.submission)
        return Recorded(rev=rev or 0, missing=rev is None)


async def _restore(conn: Connection, record: CaseRecord, submission: Submission) -> int | None:
    async with conn.transaction():
        await claim_case(conn, submission, record.run_id, record.content_keys)
        return await record_case(conn, record)
