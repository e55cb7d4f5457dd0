"""Text messages leave by one form post; a wrong number is a bounce, wrong credentials an alert."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest
from structlog.testing import capture_logs

from activities.outbox import AddressDeadError, NotDeliveredError, RefusedError, SendingFailedError
from runtime.channels.sms import SmsOutbox
from runtime.channels.ways import SmsGateway
from tests.unit.deliveries import TEXT, sms
from tests.unit.http_sink import listening
from tests.unit.sms_provider import (
    BUSY,
    DELIVERED,
    FAILS_ONCE,
    INVALID,
    LOGIN,
    SILENT,
    SmsProvider,
)


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as opened:
        yield opened


async def test_text_message_is_one_form_with_both_languages(client: httpx2.AsyncClient) -> None:
    provider = SmsProvider()

    async with listening(provider.judge) as (_, url):
        await SmsOutbox(SmsGateway(url, "Region", LOGIN), client).send(sms(DELIVERED))

    assert provider.delivered == [
        {"from": "Region", "to": DELIVERED, "message": f"{TEXT.sv}\n{TEXT.en}"}
    ]


async def test_failure_of_the_gateway_is_tried_again(client: httpx2.AsyncClient) -> None:
    provider = SmsProvider()

    async with listening(provider.judge) as (_, url):
        outbox = SmsOutbox(SmsGateway(url, "Region", LOGIN), client)
        error = await failure_of(outbox, FAILS_ONCE)
        await outbox.send(sms(FAILS_ONCE))

    assert (type(error), error.code) == (SendingFailedError, "sms_not_taken")
    assert [form["to"] for form in provider.delivered] == [FAILS_ONCE]


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (INVALID, AddressDeadError, "sms_number_unknown"),
        (BUSY, SendingFailedError, "sms_not_taken"),
        (SILENT, SendingFailedError, "sms_timeout"),
    ],
)
async def test_answer_of_the_gateway_is_judged(
    client: httpx2.AsyncClient, number: str, kind: type[NotDeliveredError], code: str
) -> None:
    provider = SmsProvider()
    within = timedelta(seconds=0.2 if number == SILENT else 5)

    async with listening(provider.judge) as (_, url):
        error = await failure_of(
            SmsOutbox(SmsGateway(url, "Region", LOGIN), client, within), number
        )

    assert (type(error), error.code) == (kind, code)
    assert provider.delivered == []


@pytest.mark.parametrize("status", [401, 403])
async def test_wrong_credentials_are_told_in_the_log_and_tried_again(
    client: httpx2.AsyncClient, status: int
) -> None:
    async with listening(lambda _: status) as (_, url):
        with capture_logs() as lines:
            error = await failure_of(SmsOutbox(SmsGateway(url, "Region", LOGIN), client), DELIVERED)

    assert (type(error), error.code) == (SendingFailedError, "sms_credentials")
    assert lines == [
        {
            "event": "credentials_refused",
            "component": "sms",
            "status": status,
            "log_level": "error",
        }
    ]


@pytest.mark.parametrize("status", [302, 402, 404, 503])
async def test_other_answers_are_tried_again(client: httpx2.AsyncClient, status: int) -> None:
    async with listening(lambda _: status) as (sink, url):
        error = await failure_of(SmsOutbox(SmsGateway(url, "Region", LOGIN), client), DELIVERED)

    assert (type(error), error.code) == (SendingFailedError, "sms_not_taken")
    assert len(sink.taken) == 1


async def test_gateway_that_is_away_is_tried_later(client: httpx2.AsyncClient) -> None:
    outbox = SmsOutbox(SmsGateway("http://127.0.0.1:1/", "Region", LOGIN), client)

    assert (await failure_of(outbox, DELIVERED)).code == "sms_unreachable"


@pytest.mark.parametrize("number", ["0701740605", "+46 70 174 06 05", "+46701740605\n", "112", ""])
async def test_what_is_no_number_never_leaves(client: httpx2.AsyncClient, number: str) -> None:
    async with listening(lambda _: 200) as (sink, url):
        outbox = SmsOutbox(SmsGateway(url, "Region", LOGIN), client)
        with pytest.raises(AddressDeadError, match="sms_number_invalid"):
            await outbox.send(sms(number))

    assert sink.taken == []


async def test_delivery_without_number_is_refused(client: httpx2.AsyncClient) -> None:
    outbox = SmsOutbox(SmsGateway("http://127.0.0.1:1/", "Region", LOGIN), client)

    with pytest.raises(RefusedError, match="sms_number_missing"):
        await outbox.send(sms(None))


async def failure_of(outbox: SmsOutbox, number: str) -> NotDeliveredError:
    """Return why a message to *number* was not taken; nothing of it is in the error."""
    with pytest.raises(NotDeliveredError) as caught:
        await outbox.send(sms(number))
    assert caught.value.args == (caught.value.code,)
    return caught.value
