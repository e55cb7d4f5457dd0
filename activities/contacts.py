"""By which channels a notice reaches its people, and where each channel leads now."""

from collections.abc import Collection

from domain.delivery import DeliveryChannel
from domain.delivery_errors import DeliveryError
from domain.mobile_numbers import mobile_number
from domain.model import Model
from domain.notices import Recipient
from store.contacts import Contact, find_citizen_contact, list_staff_contacts
from store.pool import Connection


class Way(Model):
    """One person by one channel; an `error` says why nothing can leave there."""

    channel: DeliveryChannel
    person: str
    error: str | None = None


async def find_ways(
    conn: Connection,
    recipient: Recipient,
    people: Collection[str],
    channels: Collection[DeliveryChannel],
) -> list[Way]:
    """Return how *people*, who are *recipient* of a notice, are reached by these *channels*.

    Staff: by mail; whoever lacks an address has an error. The citizen, told by the case id: by
    the app, and by a text message where there is a number to use.
    """
    if recipient is Recipient.CITIZEN:
        return [way for case_id in people for way in await _citizen_ways(conn, case_id, channels)]
    if DeliveryChannel.MAIL not in channels:
        return []
    contacts = {one.person: one for one in await list_staff_contacts(conn, people)}
    return [
        Way(channel=DeliveryChannel.MAIL, person=person, error=_error_of(contacts.get(person)))
        for person in sorted(people)
    ]


async def _citizen_ways(
    conn: Connection, case_id: str, channels: Collection[DeliveryChannel]
) -> list[Way]:
    ways = [DeliveryChannel.APP] if DeliveryChannel.APP in channels else []
    if DeliveryChannel.SMS in channels and _is_usable(await _phone_contact(conn, case_id)):
        ways.append(DeliveryChannel.SMS)
    return [Way(channel=channel, person=case_id) for channel in ways]


async def find_contact(conn: Connection, channel: DeliveryChannel, person: str) -> Contact | None:
    """Return where *channel* leads for *person* now; None if they are not to be told by it.

    That is staff who left the register, and a citizen whose identity is protected.
    """
    match channel:
        case DeliveryChannel.APP:
            return Contact(person=person, address=None, stopped=False)
        case DeliveryChannel.SMS:
            return await _phone_contact(conn, person)
        case DeliveryChannel.MAIL:
            return next(iter(await list_staff_contacts(conn, [person])), None)


def error_of(channel: DeliveryChannel, contact: Contact) -> str | None:
    """Return why nothing can leave to *contact* by *channel*, None when it can."""
    return None if channel is DeliveryChannel.APP else _error_of(contact)


async def _phone_contact(conn: Connection, case_id: str) -> Contact | None:
    contact = await find_citizen_contact(conn, case_id)
    if contact is None:
        return None
    return contact.model_copy(update={"address": mobile_number(contact.address)})


def _is_usable(contact: Contact | None) -> bool:
    return contact is not None and _error_of(contact) is None


def _error_of(contact: Contact | None) -> str | None:
    if contact is None or contact.address is None:
        return DeliveryError.NO_ADDRESS
    return DeliveryError.CHANNEL_STOPPED if contact.stopped else None
