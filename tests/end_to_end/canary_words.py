"""The words that are sought after a canary run, in every form in which they may lie somewhere."""

import base64
import re
import zlib
from collections.abc import Iterable, Mapping
from itertools import count
from urllib.parse import quote, quote_plus

CORE = "Kanarief"
"""Begins every text of a run; ASCII, so that no way of writing the rest hides it."""

PHONES = "467017406"
"""Begins every number of a run; no subscriber has a number of this series."""

_SUFFIX = "\u00e5gel"
_GZIP = re.compile(rb"\x1f\x8b\x08")
_BITS_OF_BASE64 = 6

Sought = Mapping[str, frozenset[bytes]]


class Canaries:
    """Makes texts and numbers that stand nowhere else, and knows what each was made for."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._phones = count(10)
        self.made: dict[str, str] = {}

    def text(self, purpose: str) -> str:
        """Return a text for a field, with a letter that is not ASCII."""
        return self._note(f"{CORE}{_SUFFIX}-{next(self._numbers):04d}", purpose)

    def token(self, purpose: str) -> str:
        """Return a text for where only ASCII letters and digits pass."""
        return self._note(f"{CORE}{next(self._numbers):04d}", purpose)

    def phone(self) -> str:
        """Return a number that a unit might call."""
        return self._note(f"+{PHONES}{next(self._phones) % 90 + 10}", "phone")

    def _note(self, value: str, purpose: str) -> str:
        self.made[value] = purpose
        return value


def sought_words(identities: Iterable[str], names: Iterable[str]) -> dict[str, frozenset[bytes]]:
    """Return what must not be found, by what it is; an identity also without its century."""
    words = {"a text": forms_of(CORE), "a phone": forms_of(PHONES)}
    for identity in identities:
        short = identity[2:]
        words[f"identity {identity}"] = forms_of(short) | forms_of(f"{short[:6]}-{short[6:]}")
    return words | {f"name {name}": forms_of(name) for name in names}


def forms_of(text: str) -> frozenset[bytes]:
    """Return *text* plain, escaped, URL-encoded, in base64, in hex and in other encodings."""
    plain = text.encode()
    escaped = text.encode("ascii", "backslashreplace")
    as_json = "".join(c if c.isascii() else f"\\u{ord(c):04x}" for c in text)
    forms = {
        *(plain, plain.lower(), plain.upper(), escaped, as_json.encode()),
        *(text.encode("latin-1"), text.encode("utf-16-le"), text.encode("utf-16-be")),
        *(quote(text).encode(), quote(text).lower().encode(), quote_plus(text).encode()),
        *(plain.hex().encode(), plain.hex().upper().encode()),
        *_in_base64(plain),
    }
    return frozenset(forms)


def found_in(content: bytes, sought: Sought) -> set[str]:
    """Return which of the words stand in *content*, also inside what was packed by gzip."""
    parts = [content, *_unpacked(content)]
    return {
        word
        for word, forms in sought.items()
        if any(form in part for form in forms for part in parts)
    }


def _in_base64(plain: bytes) -> list[bytes]:
    """Return the signs that *plain* alone decides, for each of the three ways it can be aligned."""
    found = []
    for shift in range(3):
        padded = bytes(shift) + plain + bytes(2)
        first = -(-shift * 8 // _BITS_OF_BASE64)
        last = (shift + len(plain)) * 8 // _BITS_OF_BASE64
        encoded = (base64.b64encode(padded), base64.urlsafe_b64encode(padded))
        found += [each[first:last] for each in encoded]
    return found


def _unpacked(content: bytes) -> list[bytes]:
    unpacked = []
    for start in _GZIP.finditer(content):
        try:
            unpacked.append(zlib.decompressobj(31).decompress(content[start.start() :]))
        except zlib.error:  # looked like the beginning of one
            continue
    return unpacked
