"""Who says yes to an erasure: two persons of two duties, to one frozen list."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from commands.disposal.due_cases import RetentionPlan
from commands.signing_in import NotSignedInError, Signatory
from domain.retention import DueCase, Duty, plan_hash
from runtime.errors import OperatorError
from store.pool import Connection
from store.retention_runs import (
    Approval,
    RetentionRun,
    insert_approval,
    insert_run,
    list_approvals,
    list_run_cases,
    lock_run,
)


class NotApprovedError(OperatorError):
    """The run is unknown, lacks an approval, or its list is not the one that was approved."""


@dataclass(frozen=True, slots=True)
class ApprovedRun:
    """A run with its frozen list and those who said yes to it."""

    run: RetentionRun
    cases: list[DueCase]
    approvals: list[Approval]


async def propose(
    conn: Connection, plan: RetentionPlan, decision: str, signatory: Signatory, now: datetime
) -> RetentionRun:
    """Store the plan as a run that waits for approval; *decision* is the archive authority's."""
    run = RetentionRun(
        run=str(uuid4()),
        decision=decision,
        proposed_at=now,
        proposed_by=signatory.hsa_id,
        plan_hash=plan_hash(plan.cases),
    )
    await insert_run(conn, run, plan.cases)
    return run


async def approve(conn: Connection, run_id: str, signatory: Signatory, now: datetime) -> list[Duty]:
    """Store one person's yes; return the duties that are still to say theirs.

    Raises:
        NotSignedInError: they proposed it, or they or somebody of their duty approved before.
        NotApprovedError: the run is unknown, or its list is no longer what was proposed.
    """
    async with conn.transaction():
        run = await _find_run(conn, run_id)
        if signatory.hsa_id == run.proposed_by:
            raise NotSignedInError("Who proposed a run may not approve it")
        given = {each.duty for each in await list_approvals(conn, run_id)}
        free = [duty for duty in signatory.duties if duty not in given]
        approval = Approval(
            approved_by=signatory.hsa_id,
            commission=signatory.commission,
            duty=(free or list(signatory.duties))[0],
            plan_hash=run.plan_hash,
            approved_at=now,
        )
        if not await insert_approval(conn, run_id, approval):
            raise NotSignedInError("This person, or another of the same duty, has approved it")
    return [duty for duty in Duty if duty not in {*given, approval.duty}]


async def find_approved(conn: Connection, run_id: str) -> ApprovedRun:
    """Return a run that may be carried out; `NotApprovedError` for any other."""
    async with conn.transaction():
        run = await _find_run(conn, run_id)
        cases, approvals = await list_run_cases(conn, run_id), await list_approvals(conn, run_id)
    if not is_approved(run, approvals):
        raise NotApprovedError("This run lacks an approval: it takes one person of each duty")
    return ApprovedRun(run, cases, approvals)


def is_approved(run: RetentionRun, approvals: list[Approval]) -> bool:
    """Whether two persons of both duties, neither of them the proposer, said yes to this list."""
    yes = [
        each
        for each in approvals
        if each.plan_hash == run.plan_hash and each.approved_by != run.proposed_by
    ]
    persons = {each.approved_by for each in yes}
    return {each.duty for each in yes} == set(Duty) and len(persons) >= len(Duty)


async def _find_run(conn: Connection, run_id: str) -> RetentionRun:
    run = await lock_run(conn, run_id)
    if run is None:
        raise NotApprovedError("There is no such run")
    if plan_hash(await list_run_cases(conn, run_id)) != run.plan_hash:
        raise NotApprovedError("The list of this run is not the one that was proposed")
    return run
