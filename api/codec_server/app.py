"""The codec server as one application: lets operations read payloads when they must, and says so.

An application of its own on an internal port, apart from the API of citizens and staff.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

from starlette.applications import Starlette

from api.codec_server.break_glass import Windows
from api.codec_server.desk import CodecDesk
from api.codec_server.refusals import RefusedRequestError, answer_refusal
from api.codec_server.routes import routes_for
from api.issuers import keys_of, verifier_of
from runtime.codec import EncryptionCodec
from runtime.errors import OperatorError
from runtime.issuer_client import issuer_client
from runtime.region import load_region
from runtime.settings import Settings
from runtime.temporal import namespace_of_environment
from store.pool import open_pool

_CONNECTIONS = 4


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def create_codec_app(settings: Settings, now: Callable[[], datetime] = utc_now) -> Starlette:
    """Return the codec server; it starts while PostgreSQL is away, and decodes nothing until then.

    Raises `OperatorError` when the region's files cannot be used or no UI is named.
    """
    ui_origin, region = settings.temporal_ui_origin, load_region(settings.region_dir)
    if ui_origin is None:
        raise OperatorError("Name the Temporal UI that may ask by ARENDE_CODEC_UI_ORIGIN")
    namespace = namespace_of_environment()

    @asynccontextmanager
    async def hold(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            pool = await stack.enter_async_context(
                await open_pool(settings.database_url, _CONNECTIONS)
            )
            http = await stack.enter_async_context(issuer_client(settings.oidc_ca_file))
            app.state.desk = CodecDesk(
                verifier=verifier_of(settings, keys_of(settings, http)),
                pool=pool,
                region=region,
                codec=EncryptionCodec(settings.payload_key_ring(), namespace),
                namespace=namespace,
                ui_origin=ui_origin,
                now=now,
                windows=Windows(),
            )
            yield

    return Starlette(
        routes=routes_for(ui_origin),
        lifespan=hold,
        exception_handlers={RefusedRequestError: answer_refusal},
    )
