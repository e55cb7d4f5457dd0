"""Who may decide what: each service, variant, outcome and kind of staff, in both regions."""

import tomllib
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from domain.actors import Actor
from domain.authority import could_decide
from domain.case import Case
from domain.catalogue import HandlingRules
from domain.deciders import Decider
from domain.legality import Refusal, judge
from domain.licences import Licence, Prescribing
from domain.vocabulary import APPROVALS, STAFF_OUTCOMES, Outcome
from runtime.region import load_region
from tests.region import EXAMPLE, SHIPPED
from tests.unit import case_samples as samples

KINDS = list(product(Licence, Prescribing))
REGIONS = {folder: load_region(folder) for folder in (SHIPPED, EXAMPLE)}
ON_THE_LIST, BEYOND_IT = ("A06AD15", "D02AE01"), ("A06AD15", "N05BA01")


def staff_of(licence: str, prescribing: str) -> Actor:
    held = {"licence": Licence(licence), "prescribing": Prescribing(prescribing)}
    return samples.staff("SE0000000001-X1", samples.ROLE).model_copy(update=held)


def taken(rules: HandlingRules, who: Actor, atc_codes: tuple[str, ...] | None = None) -> Case:
    """Return a case by *rules* that *who* has taken, with the role it lies with."""
    known = samples.admission(rules=rules).model_copy(update={"atc_codes": atc_codes})
    return samples.after(samples.admitted(known), samples.take(who), samples.MONDAY)


def refusal(
    rules: HandlingRules, who: Actor, outcome: str, atc_codes: tuple[str, ...] | None = None
) -> str | None:
    return judged(taken(rules, who, atc_codes), who, outcome)


def judged(case: Case, who: Actor, outcome: str) -> str | None:
    return judge(case, samples.resolve(who, Outcome(outcome), text="Because"))


def rules_of(folder: Path, name: str) -> HandlingRules:
    entry = REGIONS[folder].catalogue.find_service(name.partition(".")[0])
    assert entry is not None
    return entry.handling_for(name)


def variants_of(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the decisions of each service or variant as they stand in the file."""
    read = tomllib.loads((folder / "catalogue.toml").read_text("utf-8"))
    found: dict[str, list[dict[str, Any]]] = {}
    for service in read["services"]:
        own = service.get("decisions", [])
        variants = service.get("variants", [{"code": service["code"]}])
        found |= {one["code"]: one.get("decisions", own) for one in variants}
    return found


VARIANTS = [(folder, name) for folder in REGIONS for name in variants_of(folder)]


def is_allowed(decisions: list[dict[str, Any]], kind: tuple[str, str], outcome: str) -> bool:
    """Read the file's words one by one; no medicine is known here."""
    for decision in decisions:
        matching = [
            by
            for by in decision["by"]
            if by.get("licence", kind[0]) == kind[0]
            and by.get("prescribing", kind[1]) == kind[1]
            and "atc_prefixes" not in by
        ]
        if outcome in decision["outcomes"] and not matching:
            return False
    return True


@pytest.mark.parametrize(
    ("folder", "name"), VARIANTS, ids=lambda value: getattr(value, "name", value)
)
def test_whoever_the_data_names_decides_and_nobody_else(folder: Path, name: str) -> None:
    rules, decisions = rules_of(folder, name), variants_of(folder)[name]

    people = {kind: staff_of(*kind) for kind in KINDS}
    cases = {kind: taken(rules, who) for kind, who in people.items()}

    said = {
        (kind, outcome): judged(cases[kind], people[kind], outcome)
        for kind in KINDS
        for outcome in STAFF_OUTCOMES
    }

    assert said == {
        (kind, outcome): None if is_allowed(decisions, kind, outcome) else Refusal.AUTHORITY_MISSING
        for kind, outcome in said
    }


# Written out from what is known of the field [A§17; domain 2.1 to 2.6], not from the data.
CELLS = [
    ("prescription_renewal", "approved", "physician", "full", True),
    ("prescription_renewal", "approved", "physician", "none", False),
    ("prescription_renewal", "approved", "midwife", "contraception", False),
    ("prescription_renewal", "approved", "nurse", "limited", False),
    ("prescription_renewal", "approved", "nurse", "none", False),
    ("prescription_renewal", "approved_in_part", "pharmacist", "none", False),
    ("prescription_renewal", "declined", "physician", "full", True),
    ("prescription_renewal", "declined", "nurse", "none", False),
    ("prescription_renewal", "requires_contact", "nurse", "none", True),
    ("prescription_renewal", "redirected", "none", "none", True),
    ("contraception.renew", "approved", "midwife", "contraception", True),
    ("contraception.start", "approved", "physician", "full", True),
    ("contraception.switch", "approved", "nurse", "limited", False),
    ("contraception.start", "approved", "midwife", "none", False),
    ("contraception.stop", "approved", "nurse", "none", True),
    ("medical_aid.diabetes", "approved", "nurse", "limited", True),
    ("medical_aid.incontinence", "approved", "nurse", "none", False),
    ("medical_aid.ostomy", "approved_in_part", "dietitian", "none", False),
    ("medical_aid.ostomy", "visit_needed", "nurse", "none", True),
    ("special_food", "approved", "dietitian", "none", True),
    ("special_food", "approved", "physician", "full", True),
    ("special_food", "approved", "nurse", "limited", False),
    ("certificate.new", "approved", "physician", "none", True),
    ("certificate.renew", "approved", "nurse", "none", False),
    ("certificate.renew", "declined", "psychologist", "none", False),
    ("certificate.new", "visit_needed", "nurse", "none", True),
    ("booking_change", "approved", "none", "none", True),
]


@pytest.mark.parametrize(("name", "outcome", "licence", "prescribing", "allowed"), CELLS)
def test_field_decides_as_it_does_today(
    name: str, outcome: str, licence: str, prescribing: str, allowed: bool
) -> None:
    said = refusal(rules_of(SHIPPED, name), staff_of(licence, prescribing), outcome)

    assert said == (None if allowed else "authority_missing")


@pytest.mark.parametrize(
    ("atc_codes", "said"),
    [
        pytest.param(ON_THE_LIST, None, id="all on the list"),
        pytest.param(BEYOND_IT, "authority_missing", id="one beyond it"),
        pytest.param(None, "authority_missing", id="one not known"),
        pytest.param((), "authority_missing", id="nothing asked for"),
    ],
)
def test_nurse_with_a_limited_right_decides_what_her_list_has(
    atc_codes: tuple[str, ...] | None, said: str | None
) -> None:
    rules = rules_of(EXAMPLE, "prescription_renewal")
    nurse = staff_of("nurse", "limited")

    assert refusal(rules, nurse, "approved", atc_codes) == said
    assert could_decide(rules, nurse)


@pytest.mark.parametrize("outcome", sorted(STAFF_OUTCOMES))
def test_case_of_an_earlier_release_is_approved_by_prescribers_only(outcome: Outcome) -> None:
    rules = samples.RENEWAL.model_copy(
        update={"decisions": (), "prescriber_decides": tuple(APPROVALS)}
    )
    said = refusal(rules, samples.NO_PRESCRIBER, outcome)

    assert said == ("authority_missing" if outcome in APPROVALS else None)
    assert refusal(rules, staff_of("midwife", "contraception"), outcome) is None


def test_sender_that_tells_only_of_a_prescriber_means_the_full_right() -> None:
    told = {"kind": "staff", "id": "SE0000000001-X1", "prescriber": True}

    assert Actor.model_validate(told).prescribing is Prescribing.FULL
    assert Actor.model_validate(told | {"prescriber": False}).prescribing is Prescribing.NONE
    limited = Actor.model_validate(told | {"prescribing": "limited"})
    assert not limited.is_prescriber


def test_decider_who_could_be_anybody_is_refused() -> None:
    with pytest.raises(ValidationError):
        Decider()
