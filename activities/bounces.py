"""What follows when an address is dead: its channel stops for the person, and staff are told."""

from datetime import datetime

from activities.contacts import Way
from domain.delivery import DeliveryChannel
from store.contacts import stop_channel
from store.pool import Connection
from store.staff_tasks import TaskKind, find_unit_of_staff, open_task


async def lose_contact(
    conn: Connection, key: str, lost: Way, code: str, at: datetime, *, address: bytes | None
) -> None:
    """Stop the channel by which the delivery *key* did not reach its person, and open a task.

    *address* is the digest of a dead mail address: another one is not stopped. A citizen's
    task lies with the case, one about a member of staff with the manager of their unit. Safe to
    repeat; the caller owns the transaction.
    """
    await stop_channel(conn, lost.channel, lost.person, code, at, address_digest=address)
    if lost.channel is DeliveryChannel.MAIL:
        unit = await find_unit_of_staff(conn, lost.person, key)
        await open_task(conn, TaskKind.CONTACT_LOST, at, unit=unit, person=lost.person)
    else:
        await open_task(conn, TaskKind.CONTACT_LOST, at, case_id=lost.person)
