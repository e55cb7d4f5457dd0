"""Answers about aids that anyone may submit today."""

from pydantic import JsonValue

from domain.forms.form import Occasion
from domain.forms.times import months_before

_WITHDRAWN_MONTHS_AGO = 4


_UNCHANGED: dict[str, JsonValue] = {
    "supply_left_days": 20,
    "need_changed": False,
    "municipal_home_care": False,
}


def medical_aid_examples(occasion: Occasion) -> list[dict[str, JsonValue]]:
    """Return one set of answers for each kind of aid, dated from the day of *occasion*.

    Two of one kind would be about the same, and the second asked about.
    """
    withdrawn_on = months_before(occasion.today, _WITHDRAWN_MONTHS_AGO).isoformat()
    diabetes: dict[str, JsonValue] = {
        "aid_kind": "diabetes",
        "products": [{"name": "Test strips", "quantity": 200}],
        "device": "meter",
        "uses_insulin": False,
    }
    incontinence: dict[str, JsonValue] = {
        "aid_kind": "incontinence",
        "products": [{"name": "Pads, normal", "quantity": 120}],
        "last_withdrawal_on": withdrawn_on,
        "delivery": "pick_up",
    }
    ostomy: dict[str, JsonValue] = {
        "aid_kind": "ostomy",
        "products": [
            {"article_number": "720810", "quantity": 90},
            {"name": "Barrier cream", "quantity": 2},
        ],
        "delivery": "home",
    }
    return [{**answers, **_UNCHANGED} for answers in (diabetes, incontinence, ostomy)]
