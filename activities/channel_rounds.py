"""A channel's part in a round: what is due there leaves, until something hangs or is slow."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import asyncpg
from temporalio import activity

from activities.delivering import Fate, Postman
from activities.failures import database
from domain.delivery import DeliveryChannel
from store.deliveries import ClaimedDelivery, claim_deliveries

_AT_ONCE = 5
_MOST = 200
_LONGEST = timedelta(seconds=10)
_LEASE = timedelta(minutes=3)
"""Longer than a delivery takes that hangs."""


async def send_by(
    channel: DeliveryChannel, pool: asyncpg.Pool, postman: Postman, at: datetime
) -> Counter[Fate]:
    """Hand over what is due by *channel* at *at*, five at once; return what became of it.

    At most 200, and none is begun when one was not taken or ten seconds are over: the next round,
    which begins when every channel has ended this one, goes on.
    """
    fates, clock = Counter[Fate](), asyncio.get_running_loop().time
    ends_at, claims_more = clock() + _LONGEST.total_seconds(), True
    while claims_more:
        async with database(pool) as conn:
            claimed = await claim_deliveries(conn, channel, _AT_ONCE, _LEASE, at)
        fates.update(await _deliver_all(claimed, postman, at))
        is_done = len(claimed) < _AT_ONCE or fates.total() >= _MOST
        claims_more = not (is_done or fates[Fate.RETRIED] or clock() >= ends_at)
    return fates


async def _deliver_all(
    claimed: list[ClaimedDelivery], postman: Postman, at: datetime
) -> list[Fate]:
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_deliver(one, postman, at)) for one in claimed]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


async def _deliver(claimed: ClaimedDelivery, postman: Postman, at: datetime) -> Fate:
    fate = await postman.deliver(claimed, at)
    activity.heartbeat()
    return fate
