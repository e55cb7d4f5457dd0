"""Moves what is open to the first payload key: cases by a new run, schedules by sealing anew."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from temporalio.client import Client

from activities.case_workflows import CaseWorkflows
from runtime.case_ids import case_id_of
from runtime.key_use import KeyUse, find_key_use, in_parts, key_use_of, reseal_schedule

_PART = 50
"""Cases asked at once: each takes a workflow task and a replay, and traffic goes on beside."""

_PART_SECONDS = 20.0
_LOOK_EVERY = 0.2
_RENEW = "renew_run"


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """How many cases were asked, how many schedules sealed anew, and what is left to do."""

    asked: int
    schedules: int
    left: int


async def rekey_all(
    client: Client, first: str, seconds: float, say: Callable[[str], None]
) -> Rekeyed:
    """Have everything open that an older key than *first* seals sealed by *first*.

    Waits *seconds* at most in all; *say* hears of the progress.
    """
    clock = asyncio.get_running_loop().time
    give_up = clock() + seconds
    older = [use for use in await find_key_use(client) if use.names - {first}]
    schedules = [use for use in older if use.is_schedule]
    for schedule in schedules:
        await reseal_schedule(client, schedule.id)
    cases, asked = [use.id for use in older if use.is_case], 0
    for part in in_parts(cases, _PART):
        if clock() > give_up:
            break
        await _ask(client, part)
        asked += len(part)
        await _until_renewed(client, part, first, give_up)
        say(f"{asked} of {len(cases)} cases")
    left = [use for use in await find_key_use(client) if use.names - {first}]
    return Rekeyed(asked=asked, schedules=len(schedules), left=len(left))


async def _ask(client: Client, workflow_ids: Sequence[str]) -> None:
    cases = CaseWorkflows(client)
    case_ids = filter(None, map(case_id_of, workflow_ids))
    await asyncio.gather(*(cases.ask(case_id, _RENEW) for case_id in case_ids))


async def _until_renewed(
    client: Client, workflow_ids: Sequence[str], first: str, give_up: float
) -> None:
    """Wait until each of them has left the older keys or ended, at the latest until *give_up*.

    One that cannot at present, such as a case that waits for the registers, holds up no other for
    longer than a part takes.
    """
    clock = asyncio.get_running_loop().time
    waiting, quiet_until = list(workflow_ids), clock() + _PART_SECONDS
    while waiting and clock() < min(give_up, quiet_until):
        found = await asyncio.gather(*(key_use_of(client, each) for each in waiting))
        waiting = [use.id for use in found if use is not None and _is_older(use, first)]
        await asyncio.sleep(_LOOK_EVERY if waiting else 0)


def _is_older(use: KeyUse, first: str) -> bool:
    return bool(use.names - {first})
