"""The app hears of news by a signed request that its own library verifies, once for each key."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from activities.outbox import RefusedError, SendingFailedError
from runtime.channels.ways import AppWebhook
from runtime.channels.webhook import WebhookOutbox
from tests.unit.deliveries import CASE_ID, KEY, TEXT, app_news
from tests.unit.http_sink import Taken, listening

OLD_SECRET = "whsec_" + base64.b64encode(b"o" * 32).decode()
NEW_SECRET = "whsec_" + base64.b64encode(b"n" * 32).decode()
OTHER_SECRET = "whsec_" + base64.b64encode(b"x" * 32).decode()


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as opened:
        yield opened


async def test_app_gets_that_there_is_news_and_nothing_of_it(client: httpx2.AsyncClient) -> None:
    async with listening(lambda _: 204) as (sink, url):
        await WebhookOutbox(AppWebhook(url, (NEW_SECRET,)), client, now).send(app_news(urgent=True))

    (request,) = sink.taken
    assert (request.method, request.path) == ("POST", "/hook")
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {
        "type": "case.news",
        "timestamp": "2026-11-20T15:04:05Z",
        "data": {
            "event_id": KEY,
            "case_id": CASE_ID,
            "news": "you_have_a_message",
            "urgent": True,
        },
    }
    assert TEXT.sv not in request.body.decode()


async def test_published_library_verifies_with_either_secret(client: httpx2.AsyncClient) -> None:
    async with listening(lambda _: 200) as (sink, url):
        hook = AppWebhook(url, (NEW_SECRET, OLD_SECRET))
        await WebhookOutbox(hook, client, now).send(app_news())

    (request,) = sink.taken
    assert request.headers["webhook-id"] == KEY
    for secret in (OLD_SECRET, NEW_SECRET):
        assert Webhook(secret).verify(request.body, request.headers)["type"] == "case.news"
    with pytest.raises(WebhookVerificationError, match="No matching"):
        Webhook(OTHER_SECRET).verify(request.body, request.headers)


async def test_tampered_body_is_refused_by_the_library(client: httpx2.AsyncClient) -> None:
    async with listening(lambda _: 200) as (sink, url):
        await WebhookOutbox(AppWebhook(url, (NEW_SECRET,)), client, now).send(app_news())

    (request,) = sink.taken
    tampered = request.body.replace(b'"urgent":false', b'"urgent":true')
    assert tampered != request.body
    with pytest.raises(WebhookVerificationError, match="No matching"):
        Webhook(NEW_SECRET).verify(tampered, request.headers)


async def test_old_request_is_refused_by_the_library(client: httpx2.AsyncClient) -> None:
    async with listening(lambda _: 200) as (sink, url):
        outbox = WebhookOutbox(
            AppWebhook(url, (NEW_SECRET,)), client, lambda: now() - timedelta(minutes=6)
        )
        await outbox.send(app_news())

    (request,) = sink.taken
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(NEW_SECRET).verify(request.body, request.headers)


async def test_next_attempt_has_the_same_id_and_body_and_a_fresh_timestamp(
    client: httpx2.AsyncClient,
) -> None:
    instants = iter([now() - timedelta(hours=1), now()])
    answers = iter([503, 200])

    async with listening(lambda _: next(answers)) as (sink, url):
        outbox = WebhookOutbox(AppWebhook(url, (NEW_SECRET,)), client, lambda: next(instants))
        with pytest.raises(SendingFailedError, match="webhook_not_taken"):
            await outbox.send(app_news())
        await outbox.send(app_news())

    first, second = sink.taken
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert Webhook(NEW_SECRET).verify(second.body, second.headers)
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


@pytest.mark.parametrize("status", [200, 202, 204, 409])
async def test_taken_or_seen_before_is_done(client: httpx2.AsyncClient, status: int) -> None:
    async with listening(lambda _: status) as (sink, url):
        await WebhookOutbox(AppWebhook(url, (NEW_SECRET,)), client, now).send(app_news())

    assert len(sink.taken) == 1


@pytest.mark.parametrize(
    "status", [301, 307, 400, 401, 403, 404, 408, 410, 425, 429, 500, 502, 503]
)
async def test_wrong_deployment_loses_no_news(client: httpx2.AsyncClient, status: int) -> None:
    async with listening(lambda _: status) as (sink, url):
        with pytest.raises(SendingFailedError) as caught:
            await WebhookOutbox(AppWebhook(url, (NEW_SECRET,)), client, now).send(app_news())

    assert caught.value.args == ("webhook_not_taken",)
    assert [request.path for request in sink.taken] == ["/hook"]  # no redirect was followed


@pytest.mark.parametrize("status", [413, 422])
async def test_request_the_app_cannot_use_is_not_tried_again(
    client: httpx2.AsyncClient, status: int
) -> None:
    async with listening(lambda _: status) as (_, url):
        with pytest.raises(RefusedError, match="webhook_refused"):
            await WebhookOutbox(AppWebhook(url, (NEW_SECRET,)), client, now).send(app_news())


async def test_silent_app_is_left(client: httpx2.AsyncClient) -> None:
    def silent(_: Taken) -> None:
        return None

    async with listening(silent) as (_, url):
        outbox = WebhookOutbox(AppWebhook(url, (NEW_SECRET,)), client, now, timedelta(seconds=0.2))
        with pytest.raises(SendingFailedError) as caught:
            await outbox.send(app_news())

    assert caught.value.args == ("webhook_timeout",)


async def test_app_that_is_away_is_tried_later(client: httpx2.AsyncClient) -> None:
    outbox = WebhookOutbox(AppWebhook("http://127.0.0.1:1/", (NEW_SECRET,)), client, now)

    with pytest.raises(SendingFailedError, match="webhook_unreachable"):
        await outbox.send(app_news())


async def test_news_of_no_case_is_refused(client: httpx2.AsyncClient) -> None:
    outbox = WebhookOutbox(AppWebhook("http://127.0.0.1:1/", (NEW_SECRET,)), client, now)

    with pytest.raises(RefusedError, match="webhook_case_missing"):
        await outbox.send(app_news(case_id=None))
