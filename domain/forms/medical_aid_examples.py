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
    """Return two sets of answers for each kind of aid, dated from the day of *occasion*."""
    withdrawn_on = months_before(occasion.today, _WITHDRAWN_MONTHS_AGO).isoformat()
    examples = [*_for_diabetes(withdrawn_on), *_for_incontinence(withdrawn_on), *_for_ostomy()]
    return [{**answers, **_UNCHANGED} for answers in examples]


def _for_diabetes(withdrawn_on: str) -> list[dict[str, JsonValue]]:
    return [
        {
            "aid_kind": "diabetes",
            "products": [{"name": "Test strips", "quantity": 200}],
            "device": "meter",
            "uses_insulin": False,
        },
        {
            "aid_kind": "diabetes",
            "products": [{"article_number": "700123", "quantity": 7}],
            "device": "cgm",
            "uses_insulin": True,
            "last_withdrawal_on": withdrawn_on,
        },
    ]


def _for_incontinence(withdrawn_on: str) -> list[dict[str, JsonValue]]:
    return [
        {"aid_kind": "incontinence", "products": [{"name": "Pads, normal", "quantity": 120}]},
        {
            "aid_kind": "incontinence",
            "products": [{"article_number": "710455", "quantity": 90}],
            "last_withdrawal_on": withdrawn_on,
            "delivery": "pick_up",
        },
    ]


def _for_ostomy() -> list[dict[str, JsonValue]]:
    return [
        {
            "aid_kind": "ostomy",
            "products": [{"article_number": "720810", "quantity": 90}],
            "delivery": "home",
        },
        {
            "aid_kind": "ostomy",
            "products": [
                {"name": "One-piece bag", "quantity": 60},
                {"name": "Barrier cream", "quantity": 2},
            ],
            "skin_problems": "A little red around the stoma",
            "prefers": "phone",
        },
    ]
