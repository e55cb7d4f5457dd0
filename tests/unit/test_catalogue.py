"""The catalogue: what each service and variant is handled by, and profiles that are refused."""

from pathlib import Path

import pytest

from domain.catalogue import Amount, CutOff, CutOffKind
from domain.forms.registry import FORMS
from domain.vocabulary import Urgency
from runtime.region import ProfileError, load_catalogue, load_region
from tests.region import SHIPPED
from tests.unit.form_samples import CATALOGUE, entry

SHIPPED_TEXT = (SHIPPED / "catalogue.toml").read_text(encoding="utf-8")
MIDWIFE = "BM/barnmorska/preventivmedel"
PHYSICIAN = "PV/lakare/intyg"


def days(count: int) -> Amount:
    return Amount(count=count)


@pytest.mark.parametrize(
    ("variant", "role", "resolution", "soon", "urgent"),
    [
        ("prescription_renewal", "PV/lakare/recept", 5, 3, 1),
        ("contraception.renew", MIDWIFE, 5, 3, 1),
        ("contraception.start", MIDWIFE, 5, 3, 1),
        ("contraception.switch", MIDWIFE, 5, 3, 1),
        ("contraception.stop", MIDWIFE, 5, 3, 1),
        ("medical_aid.diabetes", "PV/sjukskoterska/diabetes", 5, 3, 1),
        ("medical_aid.incontinence", "PV/distriktsskoterska/inkontinens", 5, 3, 1),
        ("medical_aid.ostomy", "PV/stomiterapeut/ostomi", 5, 3, 1),
        ("special_food", "PV/dietist/nutrition", 5, 3, 1),
        ("certificate.renew", PHYSICIAN, 10, 3, 1),
        ("certificate.new", PHYSICIAN, 10, 3, 1),
    ],
)
def test_variant_is_handled_by_its_role_in_its_time(
    variant: str, role: str, resolution: int, soon: int, urgent: int
) -> None:
    rules = entry(variant.partition(".")[0]).handling_for(variant)

    assert rules.role == role
    assert rules.first_response == days(2)
    assert rules.resolution_for(Urgency.NORMAL) == days(resolution)
    assert rules.resolution_for(Urgency.SOON) == days(soon)
    assert rules.resolution_for(Urgency.URGENT) == days(urgent)


def test_every_service_has_its_variants_listed() -> None:
    for service in CATALOGUE.services:
        listed = tuple(variant.code for variant in service.variants)
        form = FORMS[service.form]
        assert listed == (() if form.asks_alike else form.variants)


def test_variant_may_have_a_cut_off_of_its_own(tmp_path: Path) -> None:
    own = """[services.cut_off]
kind = "hours"
amount = 24

[[services.variants]]
code = "booking_change.rebook"
name = { sv = "Omboka", en = "Rebook" }
cut_off = { kind = "whole_working_days", amount = 3 }
"""
    head, _, tail = SHIPPED_TEXT.partition('[services.cut_off]\nkind = "hours"\namount = 24\n')
    path = tmp_path / "catalogue.toml"
    path.write_text(head + own + tail, encoding="utf-8")

    service = load_catalogue(path, CATALOGUE.role_names).find_service("booking_change")

    assert service is not None
    whole_days = CutOff(kind=CutOffKind.WHOLE_WORKING_DAYS, amount=3)
    assert service.cut_off_for("booking_change.rebook") == whole_days
    assert service.cut_off_for("booking_change.cancel") == service.cut_off == CutOff(amount=24)
    assert service.handling_for("booking_change.rebook").role == service.handling.role


def test_unknown_variant_has_the_rules_of_its_service() -> None:
    service = entry("certificate")

    assert service.handling_for("certificate.other") == service.handling
    assert service.handling_for(None).variant is None


def test_routed_roles_are_those_of_the_variants() -> None:
    assert CATALOGUE.routed_roles() == (
        MIDWIFE,
        "PV/administrator/bokning",
        "PV/dietist/nutrition",
        "PV/distriktsskoterska/inkontinens",
        PHYSICIAN,
        "PV/lakare/recept",
        "PV/sjukskoterska/diabetes",
        "PV/stomiterapeut/ostomi",
    )


def test_region_loads_with_its_red_flag_words() -> None:
    assert load_region(SHIPPED).red_flags.phrases


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('code = "certificate.new"', 'code = "certificate.renew"', "a variant stands twice"),
        ('code = "certificate.new"', 'code = "certificate.lost"', "no such variant"),
        ('form = "special_food"', 'form = "cake"', "no such form"),
        ('code = "special_food"', 'code = "certificate"', "a service stands twice"),
        ('role = "PV/dietist/nutrition"', 'role = "PV/kock/kaka"', "no such role"),
        ('preparer_role = "PV/', 'preparer_role = "XX/', "no such role"),
        ('licence = "dietitian"', 'licence = "wizard"', "licence"),
        ('{ licence = "dietitian" }', "{}", "a decider has a licence"),
        ('licence = "dietitian"', 'profession = "dietitian"', "profession"),
        ("withdrawal_months = 2", "withdrawal_weeks = 8", "withdrawal_weeks"),
        ('municipal_care = "flag"', 'municipal_care = "often"', "municipal_care"),
        ("narcotic_classes", "narcotics", "narcotic_classes"),
        ("[addictive]", "[addicted]", "addictive: this key is required"),
    ],
)
def test_profile_that_cannot_be_used_says_why(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "catalogue.toml"
    assert old in SHIPPED_TEXT
    path.write_text(SHIPPED_TEXT.replace(old, new), encoding="utf-8")

    with pytest.raises(ProfileError, match=said):
        load_catalogue(path, CATALOGUE.role_names)
