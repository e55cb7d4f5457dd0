"""How uvicorn serves the API: bounded, quiet about itself, deaf to what a proxy claims."""

from functools import partial

import uvicorn

from api.app import create_app
from api.edge_limits import EdgeLimits
from api.edge_protocol import guarded_protocol
from api.problem_texts import ProblemTexts, ProblemTextsError, load_problem_texts
from api.security_headers import headers_of
from runtime.errors import OperatorError
from runtime.settings import Settings

_GRACEFUL_SECONDS = 10


def server_config(settings: Settings, limits: EdgeLimits | None = None) -> uvicorn.Config:
    """Return the configuration of one API process; raises `OperatorError` as `create_app` does."""
    bounds = limits or EdgeLimits(connections=settings.limit_connections)
    headers = headers_of(is_local=settings.mode == "local")
    return uvicorn.Config(
        partial(create_app, settings, edge=bounds),
        factory=True,
        host=settings.http_host,
        port=settings.http_port,
        http=guarded_protocol(_problem_texts(settings), bounds, headers),
        ws="none",
        lifespan="on",
        access_log=False,  # it would write paths and queries; the API logs route templates
        log_config=None,
        server_header=False,
        proxy_headers=False,  # nothing here depends on an address, least of all on a claimed one
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
    )


def _problem_texts(settings: Settings) -> ProblemTexts:
    try:
        return load_problem_texts(settings.region_dir / "texts" / "problems.toml")
    except (OSError, ProblemTextsError) as error:
        raise OperatorError(str(error)) from None
