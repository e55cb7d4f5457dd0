"""What a submission is about, as keys: two cases of one patient that share one may be the same."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

Answers = Mapping[str, JsonValue]

LONGEST_SINCE_END = timedelta(days=7)
"""How long after its end a case may still be what a new one repeats [domain 5]."""

MOST_CANDIDATES = 10
"""How many cases, newest first, are asked about: as many as a submission may name."""

_RENEWAL = "prescription_renewal"
_SIGNS_OF_A_SUBSTANCE = 7  # an ATC code of the fifth level; a shorter one names a group
_MOST_ITEMS = 20
_NO_CODES: Mapping[str, str] = {}


def content_keys(
    form: str, answers: Answers, atc_codes: Mapping[str, str] = _NO_CODES
) -> frozenset[str]:
    """Return the digests (SHA-256, hex) of what *answers* to the form of this code are about.

    A renewal has one for each medicine and one for each substance, which *atc_codes* tell by
    `npl_id`; a booking its start, whichever unit was written; a food one for each product; a
    certificate its type and recipient [domain 5]. Narrower than there are aids, by kind and
    product, and contraception, by action and methods: whoever needs strips today may need lancets
    tomorrow, and a question about that would teach people to answer it unread.
    A form that names nothing of its own has one for all that its answers say.
    Answers that do not fit have none; what they say in words is folded and never told. Of a list
    no more is read than any form takes.
    """
    if form == _RENEWAL:
        return frozenset(_digest(form, *parts) for parts in _medicines(answers, atc_codes))
    told = _TOLD.get(form, _whole)
    return frozenset(_digest(form, *parts) for parts in told(answers))


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _medicines(answers: Answers, atc_codes: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    for item in _listed(answers.get("items")):
        npl_id, text = item.get("npl_id"), item.get("not_found_text")
        if isinstance(npl_id, str):
            yield "npl_id", npl_id
            code = atc_codes.get(npl_id, "")
            if len(code) == _SIGNS_OF_A_SUBSTANCE:
                yield "atc", code
        elif isinstance(text, str):
            yield "text", _folded(text)


def _booking(answers: Answers) -> Iterator[tuple[str, ...]]:
    booking = answers.get("booking")
    if not isinstance(booking, dict):
        return
    starts_at = _instant(booking.get("starts_at"))
    if starts_at is not None:
        yield (starts_at,)


def _food(answers: Answers) -> Iterator[tuple[str, ...]]:
    for product in _listed(answers.get("products")):
        name = product.get("name")
        if isinstance(name, str):
            yield (_folded(name),)


def _fields(*names: str) -> Callable[[Answers], Iterator[tuple[str, ...]]]:
    def told(answers: Answers) -> Iterator[tuple[str, ...]]:
        values = [answers.get(name) for name in names]
        texts = [_folded(value) for value in values if isinstance(value, str)]
        if len(texts) == len(names):
            yield tuple(texts)

    return told


def _aid(answers: Answers) -> Iterator[tuple[str, ...]]:
    kind = answers.get("aid_kind")
    for product in _listed(answers.get("products")):
        article = product.get("article_number") or product.get("name")
        if isinstance(kind, str) and isinstance(article, str):
            yield kind, _folded(article)


def _method(answers: Answers) -> Iterator[tuple[str, ...]]:
    known = [answers.get(name) for name in ("action", "current_method", "wished_method")]
    yield tuple(value if isinstance(value, str) else "" for value in known)


def _whole(answers: Answers) -> Iterator[tuple[str, ...]]:
    said = _all_folded(dict(answers))
    if said:
        yield (json.dumps(said, sort_keys=True),)


def _all_folded(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _all_folded(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_all_folded(one) for one in value]
    return _folded(value) if isinstance(value, str) else value


_TOLD: dict[str, Callable[[Answers], Iterator[tuple[str, ...]]]] = {
    "booking_change": _booking,
    "medical_aid": _aid,
    "special_food": _food,
    "certificate": _fields("type", "recipient"),
    "contraception": _method,
}
"""By form, since a service that reuses one is about the same kind of thing."""


def _listed(value: JsonValue) -> Iterator[dict[str, JsonValue]]:
    for item in value[:_MOST_ITEMS] if isinstance(value, list) else []:
        if isinstance(item, dict):
            yield item


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _instant(value: JsonValue) -> str | None:
    """Return the instant in UTC, None for what is none: another offset is no other visit."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC).isoformat() if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
