"""The proof of erasures as it leaves the database, sealed, and as it comes back after a restore."""

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from domain.model import Model
from domain.retention import chain_hash
from domain.submission import keyed_hash
from runtime.errors import OperatorError
from store.erasure import list_events
from store.erasure_proofs import ErasureProof, list_proofs, list_unproved
from store.pool import Connection


class ProofFileError(OperatorError):
    """A file of proofs cannot be read, or nobody with this region's secret has sealed it."""


class ProofFile(Model):
    """Proofs with their seal, and what the database holds against them.

    `altered`: erased cases whose events are no longer those of their proof. `unproved`: erased
    cases for which there is no proof. Both are empty in a database that nobody tampered with.
    """

    proofs: tuple[ErasureProof, ...]
    seal: str
    altered: tuple[str, ...] = ()
    unproved: tuple[str, ...] = ()


async def read_proofs(conn: Connection, secret: bytes, run: str | None) -> ProofFile:
    """Return the sealed proofs of one run or of all, compared with what is stored now."""
    proofs = await list_proofs(conn, run)
    altered = [
        proof.case_id
        for proof in proofs
        if chain_hash(await list_events(conn, proof.case_id)) != proof.chain
    ]
    return ProofFile(
        proofs=tuple(proofs),
        seal=seal_of(secret, proofs),
        altered=tuple(altered),
        unproved=tuple(await list_unproved(conn)),
    )


def seal_of(secret: bytes, proofs: Iterable[ErasureProof]) -> str:
    """Return HMAC-SHA256, in hex, of proofs in their order; without *secret* none can be forged."""
    canonical = json.dumps([proof.model_dump(mode="json") for proof in proofs], sort_keys=True)
    return keyed_hash(secret, "erasure_proofs", canonical).hex()


def load_proofs(file: Path, secrets: Iterable[bytes]) -> tuple[ErasureProof, ...]:
    """Return the proofs that `arende retention proof --json` wrote to *file*.

    *secrets* are the one of today and former ones, under which an older file was sealed.

    Raises:
        ProofFileError: it is no such file, or its seal does not fit.
    """
    try:
        read = ProofFile.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        raise ProofFileError(f"{file.name} is not a file of proofs") from None
    if read.seal not in {seal_of(secret, read.proofs) for secret in secrets}:
        raise ProofFileError(f"The seal of {file.name} does not fit: changed, or not ours")
    return read.proofs
