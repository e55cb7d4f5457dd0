"""Makes an authority and a server's certificate for the mail catcher of the demo profile.

Arguments: a folder and the server's name. The folder gets `ca.pem`, which clients trust,
`server.pem` and `server.key`. The authority's own key is kept nowhere.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_LIFETIME = timedelta(days=30)
_OWNER_ONLY = 0o600


def make_certificates(folder: Path, server: str, now: datetime) -> None:
    """Write authority, certificate and key for *server*, valid for 30 days from *now*."""
    authority_key, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Arende demo authority")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, server)])
    trusted = (
        _begun(authority, authority, authority_key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, SHA256())
    )
    signed = (
        _begun(name, authority, key, now)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(server)]), critical=False)
        .sign(authority_key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.key").touch(_OWNER_ONLY)
    (folder / "server.key").write_bytes(private)
    (folder / "server.pem").write_bytes(signed.public_bytes(Encoding.PEM))
    (folder / "ca.pem").write_bytes(trusted.public_bytes(Encoding.PEM))


def _begun(
    name: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + _LIFETIME)
    )


if __name__ == "__main__":
    make_certificates(
        Path(sys.argv[1]),
        sys.argv[2],
        datetime.now(UTC),  # noqa: TID251 - a script: this is its edge
    )
