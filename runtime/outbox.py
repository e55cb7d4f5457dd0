"""The outbox of a machine without a gateway: a folder with one file for each delivery."""

import asyncio
import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from activities.outbox import SendingFailedError
from domain.delivery import Delivery
from domain.delivery_errors import DeliveryError


class FileOutbox:
    """Writes each delivery as JSON to *folder*, in a file named by the SHA-256 of its key.

    A file appears whole or not at all, and the first one under a key stays. Addresses are left
    out: only PostgreSQL may hold them in clear.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, delivery: Delivery) -> None:
        """Write *delivery* unless its key is there; raises SendingFailedError when it cannot."""
        try:
            await asyncio.to_thread(self._write, delivery)
        except OSError:
            raise SendingFailedError(DeliveryError.NOT_WRITTEN) from None

    def _write(self, delivery: Delivery) -> None:
        name = hashlib.sha256(delivery.key.encode()).hexdigest()
        target = self._folder / f"{name}.json"
        if target.exists():
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".") as draft:
            draft.write(delivery.model_dump_json(exclude={"address"}).encode())
            draft.flush()
            os.fsync(draft.fileno())
            with suppress(FileExistsError):
                os.link(draft.name, target)
