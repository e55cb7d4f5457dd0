"""The head of a request as it came over the wire."""

from dataclasses import dataclass

from starlette.types import Scope


@dataclass(frozen=True, slots=True)
class Head:
    """Method, target and headers as they came over the wire."""

    method: str
    http_version: str
    path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    @classmethod
    def of(cls, scope: Scope) -> "Head":
        return cls(
            method=scope["method"],
            http_version=scope["http_version"],
            path=scope.get("raw_path") or scope["path"].encode(),
            query=scope["query_string"],
            headers=tuple((bytes(name).lower(), bytes(value)) for name, value in scope["headers"]),
        )

    def all(self, name: bytes) -> list[bytes]:
        return [value for known, value in self.headers if known == name]

    def first(self, name: bytes) -> bytes | None:
        return next(iter(self.all(name)), None)

    @property
    def has_body(self) -> bool:
        length = self.first(b"content-length") or b"0"
        return bool(length.strip(b"0")) or self.first(b"transfer-encoding") is not None
