"""Answers of an ordinary renewal of a prescription."""

from pydantic import JsonValue

RENEWAL: dict[str, JsonValue] = {
    "items": [
        {
            "npl_id": "20001103000015",
            "dose_now": "1 tablet",
            "taken_as_prescribed": True,
            "effect": "good",
            "side_effects": False,
            "supply_left_days": 20,
        }
    ],
    "addictive_declared": False,
    "prescribed_by": "this_unit",
    "contact_phone": "+46701740605",
}
