"""The app's channel: a signed POST after Standard Webhooks that says there is news in a case."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx2
from standardwebhooks import Webhook

from activities.outbox import RefusedError, SendingFailedError
from domain.delivery import Delivery
from runtime.channels.posting import WITHIN, status_of
from runtime.channels.ways import AppWebhook

EVENT_TYPE = "case.news"
NEWS = "you_have_a_message"

_NEVER = frozenset({HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY})


class WebhookOutbox:
    """Posts each delivery to the one endpoint of the app, signed with every secret.

    `webhook-id` is the delivery's key, so the app knows a repeat; 409 says that it did. [D7]
    """

    def __init__(
        self,
        hook: AppWebhook,
        client: httpx2.AsyncClient,
        clock: Callable[[], datetime],
        within: timedelta = WITHIN,
    ) -> None:
        """Take *clock* for the instant of each attempt, by which a receiver refuses old ones."""
        self._url = hook.url
        self._signers = [Webhook(secret) for secret in hook.secrets]
        self._client = client
        self._clock = clock
        self._within = within

    async def send(self, delivery: Delivery) -> None:
        """Tell the app; see the port for the errors.

        The endpoint is one for all, so no status says that an address is dead. Most refusals say
        that something is wrongly set up, at the app or here, and are tried again.
        """
        if delivery.case_id is None:
            raise RefusedError("webhook_case_missing")
        status = await status_of(self._client, self._request(delivery), "webhook", self._within)
        if status in _NEVER:
            raise RefusedError("webhook_refused")
        if not (httpx2.codes.is_success(status) or status == HTTPStatus.CONFLICT):
            raise SendingFailedError("webhook_not_taken")

    def _request(self, delivery: Delivery) -> httpx2.Request:
        body = body_of(delivery)
        at = self._clock().astimezone(UTC)
        signatures = [signer.sign(delivery.key, at, body) for signer in self._signers]
        headers = {
            "content-type": "application/json",
            "webhook-id": delivery.key,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
        return self._client.build_request("POST", self._url, content=body, headers=headers)


def body_of(delivery: Delivery) -> str:
    """Return the JSON that the app gets, the same at every attempt; no text and no person."""
    return json.dumps(
        {
            "type": EVENT_TYPE,
            "timestamp": delivery.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "data": {
                "event_id": delivery.key,
                "case_id": delivery.case_id,
                "news": NEWS,
                "urgent": delivery.urgent,
            },
        },
        separators=(",", ":"),
    )
