"""The made-up registers are what their source makes, and are as large and as plain as is told."""

import csv
import shutil
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.submission import age_on
from tests.region import REGION_DAY, SHIPPED
from tools.synthetic_region.region import write_region

NOON = datetime(REGION_DAY.year, REGION_DAY.month, REGION_DAY.day, 12, tzinfo=UTC)
GENERATED = ("staff", "protected_handlers", "listing", "guardians", "companies", "medicines")
CLASSES = {"etylmorfin": "III", "diazepam": "IV", "morfin": "II", "pregabalin": "V"}
MUNICIPALITIES = {
    "Bollnäs",
    "Gävle",
    "Hofors",
    "Hudiksvall",
    "Ljusdal",
    "Nordanstig",
    "Ockelbo",
    "Ovanåker",
    "Sandviken",
    "Söderhamn",
}


def rows(register: str) -> list[dict[str, str]]:
    with (SHIPPED / f"{register}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("region")
    for name in ("units.csv", "providers.csv"):
        shutil.copy(SHIPPED / name, folder)
    write_region(folder)
    return folder


@pytest.mark.parametrize("register", GENERATED)
def test_committed_register_is_what_the_source_makes(made: Path, register: str) -> None:
    assert (made / f"{register}.csv").read_bytes() == (SHIPPED / f"{register}.csv").read_bytes()


def test_region_has_its_health_centres_in_every_municipality() -> None:
    units = rows("units")
    day = REGION_DAY.isoformat()
    is_public = {
        unit["hsa_id"]: unit["provider"] == "SE5560000000-TEST000"
        for unit in units
        if not unit["valid_to"] or unit["valid_to"] >= day
    }

    assert len(units) == 44
    assert Counter(is_public.values()) == {True: 27, False: 15}
    assert {unit["municipality"] for unit in units} == MUNICIPALITIES
    assert len({unit["phone"] for unit in units}) == 44
    assert sum(unit["fictional"] == "true" for unit in units) == 14


def test_one_unit_is_closing_and_two_are_closed() -> None:
    last_days = {unit["name"]: unit["valid_to"] for unit in rows("units") if unit["valid_to"]}
    day = REGION_DAY.isoformat()

    assert len([last for last in last_days.values() if last < day]) == 2
    assert last_days["Premicare Ljusne hälsocentral"] > day


def test_citizens_are_of_every_age_and_at_every_open_unit() -> None:
    citizens = {row["identity"]: row for row in rows("listing")}
    ages = Counter(age_on(identity, NOON) // 10 for identity in citizens)
    listed = Counter(row["unit"] for row in citizens.values())

    assert 1900 <= len(citizens) <= 2100
    assert set(ages) == set(range(10))
    assert min(ages[decade] for decade in range(9)) >= 50
    assert len(listed) == 44  # 42 open, a closed one, and no unit at all
    assert 10 <= listed[""] <= 100
    assert 10 <= sum(row["protected"] == "true" for row in citizens.values()) <= 100


def test_guardians_are_of_age_and_older_than_their_children() -> None:
    for row in rows("guardians"):
        child, guardian = age_on(row["child"], NOON), age_on(row["guardian"], NOON)
        assert guardian >= 18
        assert guardian - child >= 18


def test_substances_are_many_and_names_tell_them_apart() -> None:
    medicines = rows("medicines")
    substances = defaultdict(set)
    for row in medicines:
        substances[row["name"]].add(row["substance"])

    assert 200 <= len({row["substance"] for row in medicines}) <= 400
    assert all(len(found) == 1 for found in substances.values())
    assert len({row["npl_id"] for row in medicines}) == len(medicines)


@pytest.mark.parametrize(("substance", "narcotic_class"), CLASSES.items())
def test_narcotic_class_is_that_of_the_substance(substance: str, narcotic_class: str) -> None:
    classes = {row["narcotic_class"] for row in rows("medicines") if row["substance"] == substance}

    assert classes == {narcotic_class}


def test_real_companies_stand_for_the_rule_on_company_names_only() -> None:
    sellers = Counter(row["company"] for row in rows("medicines"))

    assert {"Teva", "Sandoz"} <= {row["name"] for row in rows("companies")}
    assert (sellers["Teva"], sellers["Sandoz"]) == (2, 0)
