"""The shipped registers show every rule at work and name no living person."""

import tomllib
from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from domain.submission import age_on
from runtime.extracts import read_extract
from store.register_import import REGISTERS
from store.registers import Problem
from tests.region import REGION_DAY, SHIPPED

NOON = datetime(REGION_DAY.year, REGION_DAY.month, REGION_DAY.day, 12, tzinfo=UTC)
FULLY_STAFFED = {"SE5560000000-TEST001", "SE5560000000-TEST002", "SE5560000000-TEST003"}
UNSTAFFED = "SE5560000000-TEST004"
PHYSICIAN = "PV/lakare/recept"
COORDINATOR = "PV/koordinator/fordelning"
SERVICE_ROLES = {
    PHYSICIAN,
    "PV/sjukskoterska/recept",
    "PV/administrator/bokning",
    "PV/sjukskoterska/bokning",
    "BM/barnmorska/preventivmedel",
    "PV/sjukskoterska/diabetes",
    "PV/distriktsskoterska/inkontinens",
    "PV/stomiterapeut/ostomi",
    "PV/dietist/nutrition",
    "PV/lakare/intyg",
}


class Held(NamedTuple):
    staff: str
    unit: str
    role: str
    subscribes: bool
    licence: object
    prescribing: object


def rows(register: str) -> list[dict[str, object]]:
    read = list(read_extract(register, SHIPPED / f"{register}.csv"))
    assert not [row for row in read if isinstance(row, Problem)]
    columns = REGISTERS[register].columns
    return [dict(zip(columns, row[1:], strict=True)) for row in read]


@pytest.fixture(scope="module")
def held() -> list[Held]:
    return [
        Held(
            str(row["hsa_id"]),
            str(row["unit"]),
            str(row["role"]),
            row["subscribes"] is True,
            row["licence"],
            row["prescribing"],
        )
        for row in rows("staff")
    ]


@pytest.mark.parametrize("register", REGISTERS)
def test_register_has_rows_and_no_problem(register: str) -> None:
    assert rows(register)


def test_every_role_of_the_catalogue_is_in_the_register() -> None:
    catalogue = tomllib.loads((SHIPPED / "catalogue.toml").read_text(encoding="utf-8"))
    wanted = set(catalogue["system_roles"].values())
    for service in catalogue["services"]:
        wanted |= {service["role"], service.get("fallback_role", service["role"])}

    assert wanted | SERVICE_ROLES <= {row["code"] for row in rows("roles")}


def test_three_units_have_two_holders_of_every_service_role(held: list[Held]) -> None:
    holders = Counter((row.unit, row.role) for row in held)

    thin = {
        (unit, role) for unit in FULLY_STAFFED for role in SERVICE_ROLES if holders[unit, role] < 2
    }
    assert not thin


def test_prescriptions_are_decided_by_physicians(held: list[Held]) -> None:
    rights = {(row.licence, row.prescribing) for row in held if row.role == PHYSICIAN}

    assert rights == {("physician", "full")}


def test_one_unit_has_three_subscribers_for_prescriptions_and_another_has_fewer(
    held: list[Held],
) -> None:
    subscribers = Counter(row.unit for row in held if row.role == PHYSICIAN and row.subscribes)

    assert subscribers["SE5560000000-TEST001"] >= 3
    assert 0 < subscribers["SE5560000000-TEST003"] < 3


def test_one_unit_lacks_prescribers_and_another_a_coordinator(held: list[Held]) -> None:
    units = {str(row["hsa_id"]) for row in rows("units") if row["valid_to"] is None}

    assert UNSTAFFED not in {row.unit for row in held if row.role == PHYSICIAN}
    assert len(units - {row.unit for row in held if row.role == COORDINATOR}) == 1


def test_every_leading_role_is_held_by_someone(held: list[Held]) -> None:
    catalogue = tomllib.loads((SHIPPED / "catalogue.toml").read_text(encoding="utf-8"))

    assert set(catalogue["system_roles"].values()) <= {row.role for row in held}


def test_citizens_are_made_up() -> None:
    """Birth numbers 980 to 999 are the ones kept for test persons."""
    citizens = rows("listing")

    assert all(row["synthetic"] for row in citizens)
    assert all(980 <= int(str(row["identity"])[8:11]) <= 999 for row in citizens)
    assert all("-TEST" in str(row["hsa_id"]) for row in rows("staff") + rows("units"))


def test_enough_adults_are_listed_and_children_have_guardians() -> None:
    citizens = {str(row["identity"]): row for row in rows("listing")}
    ages = {identity: age_on(identity, NOON) for identity in citizens}
    adults = [identity for identity, age in ages.items() if 25 <= age <= 60]
    children = {str(row["child"]) for row in rows("guardians")}

    assert len(adults) >= 30
    assert len([one for one in adults if citizens[one]["unit"] in FULLY_STAFFED]) >= 20
    assert children == {identity for identity, age in ages.items() if age < 13}
    assert 14 in ages.values()
