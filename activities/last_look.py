"""Whether a delivery is still news, and still for its person, at the moment it leaves."""

from datetime import datetime

from activities.recipients import find_recipients
from domain.delivery import DeliveryChannel
from domain.notice_rules import still_concerns
from domain.notices import Recipient
from domain.region import Region
from store.deliveries import ClaimedDelivery, Reason, list_reasons
from store.notices import find_subject
from store.pool import Connection


async def is_wanted(
    conn: Connection, claimed: ClaimedDelivery, region: Region, at: datetime
) -> bool:
    """Whether any notice of the delivery still concerns its case, and its person may hear of it.

    What is replayed is wanted whatever became of the case, but not by whom it is no longer for.
    """
    for reason in await list_reasons(conn, claimed.key):
        is_news = still_concerns(reason.rule, reason.state, answered=reason.answered)
        if not (is_news or claimed.is_replay):
            continue
        is_staff = claimed.channel is DeliveryChannel.MAIL
        if not is_staff or await _may_hear(conn, claimed.person, reason, region, at):
            return True
    return False


async def _may_hear(
    conn: Connection, person: str, reason: Reason, region: Region, at: datetime
) -> bool:
    """Whether a member of staff may be told: never of a case of those close to them.

    Of a protected patient's case only whoever would be found now [L10]; `owner` stands for all
    who handle it, since one whom the case has left since then may know of it all the same.
    """
    if reason.is_close:
        return False
    if not reason.protected:
        return True
    subject = await find_subject(conn, reason.case_id)
    if subject is None:
        return False
    recipient = Recipient.ROLE if reason.recipient is Recipient.OWNER else reason.recipient
    roles = region.catalogue.system_roles
    today = region.calendar_for(None, at).local_day(at)
    found = await find_recipients(conn, recipient, subject, roles, today)
    return person in found.staff
