"""Whether the secrets of an installation are secret, and its payload keys seal and open."""

import base64
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr
from temporalio.api.common.v1 import Payload

from commands.checkup.installation.faults import Fault, Part, error
from runtime.codec import EncryptionCodec, UnreadablePayloadError
from runtime.installation_passwords import InstallationPasswords
from runtime.settings import Settings

_EXAMPLE = b"example"
_FEWEST_DIFFERENT = 8
"""32 random bytes practically never have fewer different values; a made-up secret often has."""

_SAMPLE = Payload(metadata={"encoding": b"json/plain"}, data=b'"sample"')
_NAMESPACE = "doctor"

_LOGINS = {
    "POSTGRES_PASSWORD": "postgres",
    "DATABASE_PASSWORD": "arende",
    "ENGINE_DATABASE_PASSWORD": "temporal",
    "GRAFANA_PASSWORD": "admin",
}
"""Whose password each variable of InstallationPasswords is, as compose makes the logins."""


async def check_keys(settings: Settings, others: InstallationPasswords) -> list[Fault]:
    """Return what is wrong with the secrets; those of a local stack are its own and not judged."""
    is_local = settings.mode == "local"
    faults = [] if is_local else [*_guessable(settings), *_known_to_all(others)]
    codec = EncryptionCodec(settings.payload_key_ring(), _NAMESPACE)
    try:
        is_whole = await codec.decode(await codec.encode([_SAMPLE])) == [_SAMPLE]
    except UnreadablePayloadError:
        is_whole = False
    if not is_whole:
        text = "what the first payload key seals cannot be opened again"
        faults.append(error(Part.SECRETS, text, "Make a new key for ARENDE_PAYLOAD_KEYS."))
    return faults


def is_guessable(secret: bytes) -> bool:
    """Whether a secret says that it is an example, or has too few different bytes for chance."""
    return _EXAMPLE in secret.lower() or len(set(secret)) < _FEWEST_DIFFERENT


def _guessable(settings: Settings) -> Iterator[Fault]:
    for variable, secrets in _secrets(settings).items():
        if any(is_guessable(secret) for secret in secrets):
            text = f"{variable} is an example or was not made by chance"
            yield error(Part.SECRETS, text, "Make one as docs/deploy.md says.")
    address = urlsplit(settings.database_url)
    password = unquote(address.password or "")
    if password and _is_known(password, address.username):
        text = "the password in ARENDE_DATABASE_URL is an example or the user's own name"
        yield error(Part.SECRETS, text, "Give the database user another one.")


def _known_to_all(others: InstallationPasswords) -> Iterator[Fault]:
    for variable, login in _LOGINS.items():
        given: SecretStr | None = getattr(others, variable.lower())
        if given is not None and _is_known(given.get_secret_value(), login):
            text = f"{variable} is an example or the login's own name"
            yield error(Part.SECRETS, text, "Make one as docs/deploy.md says.")


def _is_known(password: str, login: str | None) -> bool:
    return _EXAMPLE in password.lower().encode() or password == login


def _secrets(settings: Settings) -> dict[str, list[bytes]]:
    first, *_ = settings.payload_key_ring().values()
    hook = settings.app_webhook()
    signing = [] if hook is None else [secret.partition("_")[2] for secret in hook.secrets]
    sealing = settings.login_secret
    return {
        "the first key of ARENDE_PAYLOAD_KEYS": [first],
        "ARENDE_CASE_ID_SECRET": [settings.case_id_secret.get_secret_value().encode()],
        "ARENDE_LOGIN_SECRET": [] if sealing is None else [sealing.get_secret_value().encode()],
        "a secret of ARENDE_WEBHOOK_SECRETS": [base64.b64decode(one) for one in signing],
    }
