"""The file of erasure proofs is read under any secret that was ever the region's, and no other."""

from pathlib import Path

import pytest

from commands.disposal.proofs import ProofFile, ProofFileError, load_proofs, seal_of

FORMER, TODAY, FOREIGN = b"former" * 8, b"today" * 8, b"foreign" * 8


def sealed(folder: Path, secret: bytes) -> Path:
    file = folder / "proofs.json"
    file.write_text(ProofFile(proofs=(), seal=seal_of(secret, ())).model_dump_json(), "utf-8")
    return file


@pytest.mark.parametrize("secret", [FORMER, TODAY])
def test_seal_of_a_former_secret_still_holds(tmp_path: Path, secret: bytes) -> None:
    assert load_proofs(sealed(tmp_path, secret), (TODAY, FORMER)) == ()


def test_seal_of_anybody_else_does_not(tmp_path: Path) -> None:
    with pytest.raises(ProofFileError, match="does not fit"):
        load_proofs(sealed(tmp_path, FOREIGN), (TODAY, FORMER))
