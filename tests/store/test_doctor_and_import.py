"""What an import would refuse, the doctor finds first, and at the same line of the same file."""

import re
import shutil
from pathlib import Path

import asyncpg
import pytest

from commands.checkup.findings import Severity
from commands.checkup.profile import check_profile
from runtime.extracts import read_extract
from store.register_import import REGISTERS, import_registers
from store.registers import RefusedExtractError
from tests.region import EXAMPLE, REGION_DAY, load_region

UNIT, OTHER_UNIT = "SE5560000100-TEST001", "SE5560000100-TEST002"
REGION, PRIVATE = "SE5560000100-TEST000", "SE5560000101-TEST000"
NOBODY = "SE5560000999-X"
ROLE, OTHER_ROLE = "VC/allmanlakare/ordination", "VC/skoterska/ordination"
ADULT, CHILD = "198403129805", "201906019805"
STRANGER = "191212121212"
MEDICINE = "20001103000015"

_CODE = re.compile(r"SELECT line, '(\w+)' AS column,\s+(.*?)\s+AS code", re.DOTALL)
_WORD = re.compile(r"'(\w+)'")


def staff(
    *,
    name: str = "A",
    commission: str = "C1",
    unit: str = UNIT,
    provider: str = REGION,
    role: str = ROLE,
) -> str:
    ids = f"SE5560000100-S1,{name},nurse,none,false,,SE5560000100-{commission}"
    return f"{ids},{unit},{provider},care,2020-01-01,,{role},true,2020-01-01,,"


def unit(hsa_id: str, provider: str = REGION) -> str:
    return f"{hsa_id},{provider},A,health_centre,Norrvik,+46313906009,,2020-01-01,,true"


def medicine(npl_id: str, company: str) -> str:
    return f"{npl_id},A,,tablett,N02BE01,a,,{company}"


WRONG = {
    ("providers", "hsa_id", "duplicate"): [f"{REGION},A"],
    ("units", "hsa_id", "duplicate"): [unit(UNIT)],
    ("units", "provider", "unknown"): [unit("SE5560000100-NEW", NOBODY)],
    ("roles", "code", "duplicate"): [f"{ROLE},unit,A,B"],
    ("staff", "role", "duplicate"): [staff(), staff()],
    ("staff", "hsa_id", "contradicts_earlier_line"): [
        staff(),
        staff(commission="C2", name="B"),
    ],
    ("staff", "commission", "contradicts_earlier_line"): [
        staff(),
        staff(unit=OTHER_UNIT, role=OTHER_ROLE),
    ],
    ("staff", "unit", "unknown"): [staff(unit=NOBODY)],
    ("staff", "provider", "unknown"): [staff(unit="", provider=NOBODY)],
    ("staff", "provider", "not_provider_of_unit"): [staff(provider=PRIVATE)],
    ("staff", "role", "unknown"): [staff(role="VC/trollkarl/magi")],
    ("protected_handlers", "staff", "duplicate"): [
        f"{UNIT},SE5560000100-TEST101,2026-01-01,",
        f"{UNIT},SE5560000100-TEST101,2026-01-01,2026-12-31",
    ],
    ("protected_handlers", "unit", "unknown"): [f"{NOBODY},SE5560000100-TEST101,2026-01-01,"],
    ("protected_handlers", "staff", "unknown"): [f"{UNIT},{NOBODY},2026-01-01,"],
    ("listing", "identity", "contradicts_earlier_line"): [f"{ADULT},Someone Else,false,true,,,"],
    ("listing", "identity", "duplicate"): 2 * [f"{STRANGER},A,false,true,,,"],
    ("listing", "valid_from", "overlaps_another_listing"): [
        f"{STRANGER},A,false,true,{UNIT},2020-01-01,",
        f"{STRANGER},A,false,true,{OTHER_UNIT},2024-01-01,",
    ],
    ("listing", "unit", "unknown"): [f"{STRANGER},A,false,true,{NOBODY},2020-01-01,"],
    ("guardians", "guardian", "duplicate"): [f"{CHILD},{ADULT}"],
    ("guardians", "child", "unknown"): [f"{STRANGER},{ADULT}"],
    ("guardians", "guardian", "same_person"): [f"{ADULT},{ADULT}"],
    ("guardians", "guardian", "unknown"): [f"{CHILD},{STRANGER}"],
    ("companies", "name", "duplicate"): 2 * ["Ny"],
    ("medicines", "npl_id", "duplicate"): [medicine(MEDICINE, "Teva")],
    ("medicines", "company", "unknown"): [medicine("20990000000001", "Nobody AB")],
}
"""Lines that the import refuses, the last of them at this column with this code."""


def test_every_refusal_of_the_import_is_tried() -> None:
    codes = {
        (register.name, column, code)
        for register in REGISTERS.values()
        for check in register.checks
        for column, said in _CODE.findall(check)
        for code in _WORD.findall(said)
    }

    assert sum(len(register.checks) for register in REGISTERS.values()) <= len(codes)
    assert codes == WRONG.keys()


@pytest.fixture
async def example_pool(database_url: str, pool: asyncpg.Pool) -> asyncpg.Pool:
    """A pool on a database with the registers of Region Exempel."""
    await load_region(database_url, EXAMPLE)
    return pool


@pytest.mark.parametrize(("register", "column", "code"), WRONG, ids="-".join)
async def test_doctor_finds_what_the_import_refuses(
    example_pool: asyncpg.Pool, tmp_path: Path, register: str, column: str, code: str
) -> None:
    folder = tmp_path / "region"
    shutil.copytree(EXAMPLE, folder)
    file = folder / f"{register}.csv"
    lines = [*file.read_text(encoding="utf-8").splitlines(), *WRONG[register, column, code]]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    with pytest.raises(RefusedExtractError) as refused:
        async with example_pool.acquire() as conn, conn.transaction():
            await import_registers(conn, {register: read_extract(register, file)}, REGION_DAY)
    found = [one for one in check_profile(folder, REGION_DAY) if one.severity is Severity.ERROR]

    assert (len(lines), column, code) in [problem[:3] for problem in refused.value.problems]
    assert {(one.file, one.line) for one in found} == {(file.name, len(lines))}
