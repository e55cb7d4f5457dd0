"""The client that speaks to whoever signs tokens, and whose certificates it believes."""

import ssl
from pathlib import Path

import httpx2

from runtime.errors import OperatorError


def issuer_client(ca_file: Path | None) -> httpx2.AsyncClient:
    """Return a client that takes no proxy and no authority from the environment.

    It believes the authorities in *ca_file* (PEM) and no others, or the system's without a file.
    Raises `OperatorError` when the file holds none.
    """
    if ca_file is None:
        return httpx2.AsyncClient(trust_env=False)
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError):
        raise OperatorError("ARENDE_OIDC_CA_FILE holds no certificate that can be read") from None
    return httpx2.AsyncClient(trust_env=False, verify=context)
