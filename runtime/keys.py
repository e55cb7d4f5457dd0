"""The secrets of a local stack: made once, kept in the data folder, never elsewhere."""

import base64
import json
import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import BaseModel, ConfigDict, SecretStr

_KEY_BYTES = 32


class LocalSecrets(BaseModel):
    """What production is given and a local stack makes for itself.

    `payload_keys` is JSON (name to base64 of 32 bytes), `issuer_key` the PEM of an EC P-256
    private key with which the local token issuer signs.
    """

    model_config = ConfigDict(frozen=True)

    case_id_secret: SecretStr
    payload_keys: SecretStr
    issuer_key: SecretStr


def local_secrets(
    data_dir: Path, random_bytes: Callable[[int], bytes] = secrets.token_bytes
) -> LocalSecrets:
    """Read the secrets under `data_dir/keys` (0700, files 0600); make those that are missing.

    Safe to repeat and to race: a file is complete when it appears, and the first one stays.
    """
    folder = data_dir / "keys"
    data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)

    def symmetric() -> str:
        return base64.b64encode(random_bytes(_KEY_BYTES)).decode()

    return LocalSecrets(
        case_id_secret=_kept(folder / "case_id_secret", symmetric),
        payload_keys=_kept(
            folder / "payload_keys.json", lambda: json.dumps({"local-1": symmetric()})
        ),
        issuer_key=_kept(folder / "issuer.pem", _private_key),
    )


def _kept(path: Path, make: Callable[[], str]) -> SecretStr:
    if not path.exists():
        _write_once(path, make())
    return SecretStr(path.read_text(encoding="ascii").strip())


def _write_once(path: Path, text: str) -> None:
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # 0600 from its first byte
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    Path(draft).unlink()


def _private_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
