"""Answers about prescriptions that anyone may submit today."""

from pydantic import JsonValue

from domain.forms.form import Occasion


def prescription_examples(_occasion: Occasion) -> list[dict[str, JsonValue]]:
    """Return two sets of answers; nothing in them is dated."""
    item: dict[str, JsonValue] = {
        "npl_id": "20001103000015",
        "dose_now": "1 tablet in the morning",
        "taken_as_prescribed": True,
        "effect": "good",
        "side_effects": False,
        "supply_left_days": 20,
    }
    unmatched: dict[str, JsonValue] = {
        "not_found_text": "The white tablets for my blood pressure",
        "dose_now": "2 tablets a day",
        "taken_as_prescribed": True,
        "effect": "partly",
        "side_effects": True,
        "side_effects_text": "A little dizzy in the mornings",
        "supply_left_days": 5,
    }
    return [
        {
            "items": [item],
            "addictive_declared": False,
            "prescribed_by": "this_unit",
            "contact_phone": "+46701740605",
        },
        {
            "items": [item | {"npl_id": "20990101000012"}, unmatched],
            "addictive_declared": True,
            "prescribed_by": "other_unit",
            "prescribed_by_name": "The eye clinic",
            "contact_phone": "+46701740606",
            "addictive": {"daily_dose": "2 tablets", "other_sedatives": False, "alcohol": False},
            "prefers": "phone",
            "message": "I can be reached after lunch.",
        },
    ]
