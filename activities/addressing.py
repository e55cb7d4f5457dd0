"""Turns a notice into deliveries: one for each person and channel, on its own or with others."""

from datetime import datetime

import structlog

from activities.contacts import Way
from domain.delivery import DeliveryChannel, Template, delivery_key
from domain.delivery_times import GATHERED_FOR, due_after, gathered
from domain.notice_rules import reminder_of
from store.gatherings import (
    NewDelivery,
    add_notice,
    find_gathering,
    find_last,
    find_reminded,
    find_told,
    hold_people,
    insert_delivery,
)
from store.notices import ClaimedNotice
from store.pool import Connection

log = structlog.get_logger()


async def write_deliveries(
    conn: Connection,
    notice: ClaimedNotice,
    template: Template,
    ways: list[Way],
    at: datetime,
    *,
    day_from: datetime,
) -> None:
    """Write what *notice* becomes for each of *ways*, at *at*; the caller owns the transaction.

    Whoever hears of the same occasion already is not told twice, nor who was reminded of the same
    since *day_from*, when the notice's local day began. The first that is not urgent leaves at
    once, those of the next 15 minutes together when these are over.
    """
    await hold_people(conn, [way.person for way in ways])
    for way in ways:
        told = await _find_told(conn, notice, way, day_from)
        if told is not None:
            await add_notice(conn, told, notice.key)
        elif way.error is not None:
            await _insert(conn, notice, template, way, due_at=at)
            log.error("person_unreachable", channel=way.channel, code=way.error)
        elif notice.urgent:
            await _insert(conn, notice, template, way, due_at=at)
        else:
            await _gather(conn, notice, template, way, at)


async def _find_told(
    conn: Connection, notice: ClaimedNotice, way: Way, day_from: datetime
) -> str | None:
    """Return the delivery by which this person hears, or has heard, of what *notice* is about."""
    told = await find_told(conn, way.channel, way.person, notice.key)
    reminder = reminder_of(notice.rule)
    if told is not None or reminder is None:
        return told
    return await find_reminded(
        conn, way.channel, way.person, notice.key, rule=reminder, since=day_from
    )


async def _gather(
    conn: Connection, notice: ClaimedNotice, template: Template, way: Way, at: datetime
) -> None:
    gathering = await find_gathering(conn, way.channel, way.person)
    if gathering is not None:
        both = gathered(gathering.template, template)
        await add_notice(conn, gathering.key, notice.key, both)
        return
    last = await find_last(conn, way.channel, way.person, at - GATHERED_FOR, at)
    due_at = due_after(last, at)
    await _insert(conn, notice, template, way, due_at=due_at, gathers=due_at > at)


async def _insert(
    conn: Connection,
    notice: ClaimedNotice,
    template: Template,
    way: Way,
    *,
    due_at: datetime,
    gathers: bool = False,
) -> None:
    delivery = NewDelivery(
        key=delivery_key(notice.key, way.person, way.channel),
        channel=way.channel,
        person=way.person,
        case_id=None if way.channel is DeliveryChannel.MAIL else notice.case_id,
        template=template,
        urgent=notice.urgent,
        gathers=gathers,
        at=notice.at,
        due_at=due_at,
        error=way.error,
    )
    await insert_delivery(conn, delivery, notice.key)
