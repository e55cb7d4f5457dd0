"""The tables of erasure runs: a frozen list of cases, and the two approvals it needs."""

from datetime import datetime

from domain.model import Model
from domain.retention import DueCase, Duty
from store.pool import Connection

_INSERT_RUN = """
INSERT INTO retention_runs (run, decision, proposed_at, proposed_by, plan_hash)
VALUES ($1, $2, $3, $4, $5)
"""

_INSERT_CASES = """
INSERT INTO retention_run_cases (run, case_id, retention_class, service, closed_at, until, rev)
SELECT $1, *
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::date[], $7::integer[])
"""

_FIND_RUN = """
SELECT run::text AS run, decision, proposed_at, proposed_by, plan_hash, started_at, ended_at
FROM retention_runs
WHERE run = $1
FOR UPDATE
"""

_LIST_CASES = """
SELECT case_id::text AS case_id, retention_class, service, closed_at, until, rev
FROM retention_run_cases
WHERE run = $1
ORDER BY closed_at, case_id
"""

_INSERT_APPROVAL = """
INSERT INTO retention_approvals (run, approved_by, commission, duty, plan_hash, approved_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING duty
"""

_LIST_APPROVALS = """
SELECT approved_by, commission, duty, plan_hash, approved_at
FROM retention_approvals
WHERE run = $1
ORDER BY approved_at, duty
"""

_START_RUN = "UPDATE retention_runs SET started_at = coalesce(started_at, $2) WHERE run = $1"

_END_RUN = "UPDATE retention_runs SET ended_at = coalesce(ended_at, $2) WHERE run = $1"


class RetentionRun(Model):
    """A proposal to erase: by which decision of the archive authority, and what was proposed."""

    run: str
    decision: str
    proposed_at: datetime
    proposed_by: str
    plan_hash: str
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Approval(Model):
    """One person's yes to the plan with this hash, given in one capacity."""

    approved_by: str
    commission: str
    duty: Duty
    plan_hash: str
    approved_at: datetime


async def insert_run(conn: Connection, run: RetentionRun, cases: list[DueCase]) -> None:
    """Store a proposal and its list, which nothing changes afterwards."""
    told = (run.run, run.decision, run.proposed_at, run.proposed_by, run.plan_hash)
    async with conn.transaction():
        await conn.execute(_INSERT_RUN, *told)
        await conn.execute(
            _INSERT_CASES,
            run.run,
            [case.case_id for case in cases],
            [case.retention_class for case in cases],
            [case.service for case in cases],
            [case.closed_at for case in cases],
            [case.until for case in cases],
            [case.rev for case in cases],
        )


async def lock_run(conn: Connection, run: str) -> RetentionRun | None:
    """Return a run, which nobody approves or ends until the transaction does; None if unknown."""
    row = await conn.fetchrow(_FIND_RUN, run)
    return RetentionRun.model_validate(dict(row)) if row else None


async def list_run_cases(conn: Connection, run: str) -> list[DueCase]:
    """Return the frozen list of a run, those longest over first."""
    rows = await conn.fetch(_LIST_CASES, run)
    return [DueCase.model_validate(dict(row)) for row in rows]


async def insert_approval(conn: Connection, run: str, approval: Approval) -> bool:
    """Store one approval; False when this person or somebody of the same duty gave it before."""
    told = (approval.approved_by, approval.commission, approval.duty, approval.plan_hash)
    given = await conn.fetchval(_INSERT_APPROVAL, run, *told, approval.approved_at)
    return given is not None


async def list_approvals(conn: Connection, run: str) -> list[Approval]:
    """Return the approvals of a run, in the order they were given."""
    rows = await conn.fetch(_LIST_APPROVALS, run)
    return [Approval.model_validate(dict(row)) for row in rows]


async def mark_started(conn: Connection, run: str, at: datetime) -> None:
    """Note when the run first began to erase."""
    await conn.execute(_START_RUN, run, at)


async def mark_ended(conn: Connection, run: str, at: datetime) -> None:
    """Note when every listed case was erased."""
    await conn.execute(_END_RUN, run, at)
