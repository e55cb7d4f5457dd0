"""Deliveries as the senders hand them to a channel."""

from datetime import UTC, datetime

from domain.catalogue import BilingualText
from domain.delivery import Delivery, DeliveryChannel

ADDRESS = "karin.lund@region.example"
NUMBER = "+46701740605"
KEY = "3d9a41c07b2e58f6-4"
CASE_ID = "6f1c2f0e-7f43-4d5e-9a51-0c3f5d0f2b7a"
_AT = datetime(2026, 11, 20, 15, 4, 5, tzinfo=UTC)
TEXT = BilingualText(
    sv="Du har ett viktigt meddelande. Något brådskar. Logga in nu.",
    en="You have an important message. Log in now.",
)


def mail(address: str | None = ADDRESS, key: str = KEY, text: BilingualText = TEXT) -> Delivery:
    """Return a mail to a member of staff."""
    return Delivery(
        key=key,
        channel=DeliveryChannel.MAIL,
        to="SE5560000000-TEST101",
        address=address,
        urgent=False,
        at=_AT,
        text=text,
    )


def app_news(case_id: str | None = CASE_ID, *, urgent: bool = False) -> Delivery:
    """Return news for the app."""
    return Delivery(
        key=KEY,
        channel=DeliveryChannel.APP,
        to=CASE_ID,
        case_id=case_id,
        urgent=urgent,
        at=_AT,
        text=TEXT,
    )


def sms(number: str | None = NUMBER) -> Delivery:
    """Return a text message to a citizen."""
    return Delivery(
        key=KEY,
        channel=DeliveryChannel.SMS,
        to=CASE_ID,
        address=number,
        urgent=False,
        at=_AT,
        text=TEXT,
    )
