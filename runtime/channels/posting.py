"""One bounded POST: what comes back is its status alone."""

import asyncio
from datetime import timedelta

import httpx2

from activities.outbox import SendingFailedError

WITHIN = timedelta(seconds=5)


async def status_of(
    client: httpx2.AsyncClient,
    request: httpx2.Request,
    channel: str,
    within: timedelta,
    auth: httpx2.BasicAuth | None = None,
) -> int:
    """Send *request* and return the status; the body of the answer is left unread.

    Raises:
        SendingFailedError: no answer in time (`{channel}_timeout`) or none at all
            (`{channel}_unreachable`, also when its certificate is not trusted).
    """
    try:
        async with asyncio.timeout(within.total_seconds()):
            answer = await client.send(request, auth=auth, stream=True, follow_redirects=False)
            await answer.aclose()
    except (TimeoutError, httpx2.TimeoutException):
        raise SendingFailedError(f"{channel}_timeout") from None
    except httpx2.TransportError:
        raise SendingFailedError(f"{channel}_unreachable") from None
    return answer.status_code
