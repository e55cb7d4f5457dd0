"""What the service has kept at the end, and whether it is what it said yes to."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg
from temporalio.client import Client

from domain.events import EventKind
from domain.submission import CaseId, workflow_id_for
from load.clock import wait
from load.ledger import Ledger

_TRIES = 60
_LOOK_EVERY = 1.0
_ALL_CASES = "SELECT case_id::text, quarantined FROM cases"
_ALL_MESSAGES = """
SELECT case_id::text, action_id, kind, count(*) AS times
FROM case_events
WHERE action_id IS NOT NULL
GROUP BY case_id, action_id, kind
"""
_ALL_WORKFLOWS = "WorkflowType = 'CaseWorkflow'"
_STUCK = "TemporalReportedProblems IS NOT NULL"

Event = tuple[str, str, str]
"""A case, the id of the message and the kind of its event."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Rows by case id with whether they are quarantined, workflows and events with how many."""

    rows: Mapping[str, bool]
    workflows: Counter[str]
    events: Mapping[Event, int]
    stuck: list[str]


async def broken_promises(
    pool: asyncpg.Pool, client: Client, ledger: Ledger
) -> dict[str, list[str]]:
    """Return what does not hold as soon as all does, at the latest after a minute.

    What was accepted just now may not have been recorded yet, nor be in Temporal's list.
    """
    found = broken(ledger, await _collect(pool, client))
    for _ in range(_TRIES):
        if not found:
            break
        await wait(_LOOK_EVERY)
        found = broken(ledger, await _collect(pool, client))
    return found


def broken(ledger: Ledger, evidence: Evidence) -> dict[str, list[str]]:
    """Return every promise that does not hold, by name, with what breaks it."""
    checked = {
        "an accepted submission is one case": _not_once(ledger, evidence),
        "no case that nobody was told of": _invented_cases(ledger, evidence),
        "an accepted message took effect once": _lost_messages(ledger, evidence),
        "a refused message took no effect": _effective_refusals(ledger, evidence),
        "nothing quarantined": [name for name, is_set in evidence.rows.items() if is_set],
        "no stuck workflow": evidence.stuck,
    }
    return {name: found for name, found in checked.items() if found}


def _not_once(ledger: Ledger, evidence: Evidence) -> list[str]:
    accepted = Counter(ledger.cases.values())
    return sorted(
        case_id
        for case_id, keys in accepted.items()
        if keys != 1
        or case_id not in evidence.rows
        or evidence.workflows[workflow_id_for(CaseId(case_id))] != 1
    )


def _invented_cases(ledger: Ledger, evidence: Evidence) -> list[str]:
    """A caller who gave up may have made a case; any other was told of it."""
    unknown = sorted(evidence.rows.keys() - set(ledger.cases.values()))
    return unknown if len(unknown) > len(ledger.undecided) else []


def _lost_messages(ledger: Ledger, evidence: Evidence) -> list[str]:
    return sorted(
        f"{sent.case_id} {sent.action_id}"
        for sent in ledger.messages
        if evidence.events.get((sent.case_id, sent.action_id, sent.event)) != 1
    )


def _effective_refusals(ledger: Ledger, evidence: Evidence) -> list[str]:
    return sorted(
        f"{case_id} {action_id}"
        for case_id, action_id, kind in evidence.events
        if action_id in ledger.refused and kind != EventKind.REFUSED
    )


async def _collect(pool: asyncpg.Pool, client: Client) -> Evidence:
    executions = client.list_workflows(_ALL_WORKFLOWS)
    return Evidence(
        workflows=Counter([execution.id async for execution in executions]),
        stuck=[stuck.id async for stuck in client.list_workflows(_STUCK)],
        rows={row["case_id"]: row["quarantined"] for row in await pool.fetch(_ALL_CASES)},
        events={
            (row["case_id"], row["action_id"], row["kind"]): row["times"]
            for row in await pool.fetch(_ALL_MESSAGES)
        },
    )
