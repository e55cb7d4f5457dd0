"""The products that a prescription renewal names, read before its answers are judged."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue, TypeAdapter, ValidationError

from domain.catalogue import ServiceEntry
from domain.forms.prescription_renewal import PRESCRIPTION_RENEWAL
from domain.forms.texts import Line

_MOST_ITEMS = 10
_NPL_ID = re.compile("[0-9]{14}")
_LINE: TypeAdapter[str] = TypeAdapter(Line)


@dataclass(frozen=True, slots=True)
class NamedProducts:
    """Ids of 14 digits and names in the citizen's words, each by its place among the items."""

    npl_ids: Mapping[int, str] = field(default_factory=dict)
    texts: Mapping[int, str] = field(default_factory=dict)


def products_of(entry: ServiceEntry, answers: Mapping[str, JsonValue]) -> NamedProducts:
    """Return what can be asked of a register; what the form would refuse is left to the gate.

    So no register sees a longer text than the field takes. Another form than the renewal's names
    none, and items beyond the tenth are not looked at.
    """
    items = answers.get("items") if entry.form == PRESCRIPTION_RENEWAL.code else None
    first = items[:_MOST_ITEMS] if isinstance(items, list) else []
    by_place = {place: item for place, item in enumerate(first) if isinstance(item, dict)}
    ids = {place: item.get("npl_id") for place, item in by_place.items()}
    texts = {place: item.get("not_found_text") for place, item in by_place.items()}
    return NamedProducts(
        npl_ids={at: id_ for at, id_ in ids.items() if isinstance(id_, str) and _is_npl_id(id_)},
        texts={at: text for at, text in texts.items() if isinstance(text, str) and _fits(text)},
    )


def _is_npl_id(text: str) -> bool:
    return _NPL_ID.fullmatch(text) is not None


def _fits(text: str) -> bool:
    try:
        _LINE.validate_python(text, strict=True)
    except ValidationError:
        return False
    return True
