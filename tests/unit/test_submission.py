"""What a citizen sent: the id it leads to, the reference said on the phone, and ages."""

from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.submission import (
    CaseId,
    Submission,
    age_on,
    derive_case_id,
    keyed_hash,
    reference_for,
    workflow_id_for,
)
from tests.unit import case_samples as samples
from tests.unit.opening_samples import STOCKHOLM, at

SECRET = b"s" * 32
parts = st.text(max_size=12)


@given(first=st.tuples(parts, parts, parts), second=st.tuples(parts, parts, parts))
def test_a_key_leads_to_one_case_and_another_key_to_another(
    first: tuple[str, str, str], second: tuple[str, str, str]
) -> None:
    """Lengths are hashed too, so that ("ab", "c") is not ("a", "bc")."""
    same = derive_case_id(SECRET, *first) == derive_case_id(SECRET, *second)

    assert same is (first == second)


def test_another_secret_leads_elsewhere() -> None:
    assert derive_case_id(SECRET, "i", "p", "k") != derive_case_id(b"t" * 32, "i", "p", "k")


def test_case_id_is_a_uuid_that_does_not_change_between_releases() -> None:
    case_id = derive_case_id(SECRET, "https://issuer", "197005109819", "key-1")

    assert str(UUID(case_id)) == case_id
    assert case_id == "5db08fbb-a8f8-5514-dd9a-8a9bcb6a1ee4"
    assert workflow_id_for(case_id) == f"case-{case_id}"


def test_keyed_hash_tells_the_owner_only_to_who_has_the_secret() -> None:
    assert keyed_hash(SECRET, "197005109819") == keyed_hash(SECRET, "197005109819")
    assert keyed_hash(SECRET, "197005109819") != keyed_hash(b"t", "197005109819")
    assert b"1970" not in keyed_hash(SECRET, "197005109819")


@pytest.mark.parametrize(
    ("case_id", "reference"),
    [
        ("00000000-0000-0000-0000-000000000000", "0000-0000"),
        ("ffffffff-ff00-0000-0000-000000000000", "ZZZZ-ZZZZ"),
        ("00443214-c700-0000-0000-000000000000", "0123-4567"),
    ],
)
def test_reference_is_the_first_forty_bits_in_signs_that_are_not_mistaken(
    case_id: str, reference: str
) -> None:
    assert reference_for(CaseId(case_id)) == reference


@pytest.mark.parametrize(
    ("identity", "on", "age"),
    [
        pytest.param("201011209999", "2026-11-19 12:00", 15, id="the day before"),
        pytest.param("201011209999", "2026-11-20 00:30", 16, id="from midnight"),
        pytest.param("201011209999", "2026-11-20 12:00", 16, id="the birthday"),
        pytest.param("201011809999", "2026-11-20 12:00", 16, id="coordination number"),
        pytest.param("201202299999", "2028-02-28 12:00", 15, id="leap day, the day before"),
        pytest.param("201202299999", "2028-02-29 12:00", 16, id="leap day"),
        pytest.param("201202299999", "2029-03-01 12:00", 17, id="leap day in an ordinary year"),
    ],
)
def test_age_is_whole_years_on_the_wall_calendar(identity: str, on: str, age: int) -> None:
    assert age_on(identity, at(on).astimezone(STOCKHOLM)) == age


def test_submission_without_a_time_zone_is_refused() -> None:
    fields = samples.submission().model_dump() | {"received_at": datetime(2026, 9, 7)}

    with pytest.raises(ValidationError):
        Submission.model_validate(fields)


def test_field_of_a_newer_release_is_left_out_and_not_refused() -> None:
    fields = samples.submission().model_dump() | {"mood": "good"}

    assert Submission.model_validate(fields) == samples.submission()
