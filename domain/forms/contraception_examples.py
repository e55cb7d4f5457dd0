"""Answers about contraception that anyone may submit today."""

from datetime import timedelta

from pydantic import JsonValue

from domain.forms.form import Occasion

_MEASURED_AGO = timedelta(days=60)


def contraception_examples(occasion: Occasion) -> list[dict[str, JsonValue]]:
    """Return one set of answers for each action, dated from the day of *occasion*.

    Two of one action would be about the same, and the second asked about.
    """
    pressure: dict[str, JsonValue] = {
        "systolic": 118,
        "diastolic": 74,
        "measured_on": (occasion.today - _MEASURED_AGO).isoformat(),
    }
    health: dict[str, JsonValue] = {
        "smoking": False,
        "migraine_with_aura": False,
        "own_thrombosis": False,
        "family_thrombosis": False,
        "weight_kg": 64.5,
        "height_cm": 168,
        "breast_cancer": False,
        "liver_disease": False,
        "heart_disease": False,
        "enzyme_inducing_medicines": False,
        "breast_feeding": False,
        "possible_pregnancy": False,
    }
    measured: dict[str, JsonValue] = {**health, "blood_pressure": pressure}
    return [
        {"action": "renew", "current_method": "combined_pill", **measured},
        {"action": "start", "wished_method": "ring", **measured, "sti_test": True},
        {
            "action": "switch",
            "current_method": "combined_pill",
            "wished_method": "implant",
            **measured,
            "bleeding_problems": "Spotting now and then",
        },
        {"action": "stop", "current_method": "implant", "contact_phone": "+46701740605"},
    ]
