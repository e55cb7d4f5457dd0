"""An extract is taken whole or not at all, and what is wrong is told without its values."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import asyncpg
import pytest

from runtime.extracts import read_extract
from runtime.register_rows import ROW_MODELS
from store.register_import import REGISTERS, import_registers
from store.registers import Problem, RefusedExtractError, RegisterChange
from store.units import find_unit
from tests.region import REGION_DAY, SHIPPED

STROMSBRO = "SE5560000000-TEST001"
UNITS_HEADER = ",".join(REGISTERS["units"].columns)
STAFF_HEADER = ",".join(REGISTERS["staff"].columns)
LISTING_HEADER = ",".join(REGISTERS["listing"].columns)
MEDICINES_HEADER = ",".join(REGISTERS["medicines"].columns)
ADULT = "197005109819"
LEAVING = "SE5560000009-TEST000"
ITS_REGISTERS = ("providers", "units", "staff", "protected_handlers")
COORDINATION_NUMBER = "198403749891"

Edit = Callable[[str], str]


async def take(
    pool: asyncpg.Pool, files: dict[str, Path], on: date = REGION_DAY
) -> list[RegisterChange]:
    extracts = {register: read_extract(register, file) for register, file in files.items()}
    async with pool.acquire() as conn, conn.transaction():
        return await import_registers(conn, extracts, on)


async def refusal(pool: asyncpg.Pool, register: str, file: Path) -> list[Problem]:
    with pytest.raises(RefusedExtractError) as refused:
        await take(pool, {register: file})
    return refused.value.problems


def shipped(*registers: str) -> dict[str, Path]:
    return {register: SHIPPED / f"{register}.csv" for register in registers}


def written(folder: Path, register: str, *lines: str) -> Path:
    file = folder / f"{register}.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def edited(folder: Path, register: str, edit: Edit) -> Path:
    text = (SHIPPED / f"{register}.csv").read_text(encoding="utf-8")
    return written(folder, register, edit(text).rstrip("\n"))


async def counts(pool: asyncpg.Pool) -> tuple[int, ...]:
    return tuple(
        await pool.fetchrow(
            "SELECT (SELECT count(*) FROM care_providers), (SELECT count(*) FROM units), "
            "(SELECT count(*) FROM roles), (SELECT count(*) FROM staff_roles), "
            "(SELECT count(*) FROM listings), (SELECT count(*) FROM guardians), "
            "(SELECT count(*) FROM companies), (SELECT count(*) FROM medicines)"
        )
        or ()
    )


def test_extracts_and_registers_agree_on_their_columns() -> None:
    columns = {name: register.columns for name, register in REGISTERS.items()}

    assert {name: tuple(model.model_fields) for name, model in ROW_MODELS.items()} == columns


async def test_empty_database_takes_the_whole_region(pool: asyncpg.Pool) -> None:
    changes = await take(pool, shipped(*REGISTERS))

    assert [change.register for change in changes] == list(REGISTERS)
    assert all(change.added and not change.changed for change in changes)
    assert 0 not in await counts(pool)


async def test_same_extracts_twice_change_nothing(region_pool: asyncpg.Pool) -> None:
    changes = await take(region_pool, shipped(*REGISTERS))

    assert all(change.rows for change in changes)
    assert not any(change.added + change.changed + change.removed for change in changes)


async def test_only_what_differs_is_written(region_pool: asyncpg.Pool, tmp_path: Path) -> None:
    file = edited(tmp_path, "units", lambda text: text.replace("Strömsbro", "Nya Strömsbro", 1))

    [change] = await take(region_pool, {"units": file})

    assert change == RegisterChange("units", rows=44, added=0, changed=1, removed=0)


async def test_unit_that_vanished_is_closed_and_not_removed(
    region_pool: asyncpg.Pool, tmp_path: Path
) -> None:
    file = edited(
        tmp_path, "units", lambda text: "\n".join(text.splitlines()[:1] + text.splitlines()[2:])
    )

    [first] = await take(region_pool, {"units": file})
    [second] = await take(region_pool, {"units": file})

    assert (first.changed, second.changed) == (1, 0)
    async with region_pool.acquire() as conn:
        unit = await find_unit(conn, STROMSBRO, REGION_DAY)
    assert unit is not None
    assert unit.closed


async def test_staff_that_vanished_lose_every_right(
    region_pool: asyncpg.Pool, tmp_path: Path
) -> None:
    file = edited(tmp_path, "staff", _without("-TEST101,"))

    [change] = await take(region_pool, {"staff": file})

    assert change.removed >= 1
    left = await region_pool.fetchval(
        "SELECT count(*) FROM commissions WHERE staff = 'SE5560000000-TEST101'"
    )
    assert left == 0


async def test_role_in_use_cannot_vanish_alone_but_with_its_holders_it_can(
    region_pool: asyncpg.Pool, tmp_path: Path
) -> None:
    roles = edited(tmp_path, "roles", _without("PV/dietist/nutrition"))
    staff = edited(tmp_path, "staff", _without("PV/dietist/nutrition"))

    [problem] = await refusal(region_pool, "roles", roles)
    assert problem == Problem(0, "code", "still_used", "PV/dietist/nutrition")
    changes = await take(region_pool, {"roles": roles, "staff": staff})

    assert changes[0] == RegisterChange("roles", rows=17, added=0, changed=0, removed=1)


async def test_provider_that_left_with_its_units_stays_for_old_cases_and_blocks_nothing(
    region_pool: asyncpg.Pool, tmp_path: Path
) -> None:
    files = shipped(*REGISTERS) | _without_provider(tmp_path, *ITS_REGISTERS)

    first = await take(region_pool, files)
    second = await take(region_pool, files)

    assert [change.removed for change in (first[0], second[0])] == [0, 0]
    assert first[1].changed == 2
    assert not any(change.added + change.changed + change.removed for change in second)
    assert await region_pool.fetchval(
        "SELECT count(*) FROM care_providers WHERE hsa_id = $1", LEAVING
    )


async def test_provider_whose_unit_never_opened_can_leave_with_it(
    region_pool: asyncpg.Pool, tmp_path: Path
) -> None:
    await region_pool.execute(
        "UPDATE units SET valid_from = $2, valid_to = NULL WHERE provider = $1",
        LEAVING,
        REGION_DAY + timedelta(days=90),
    )

    files = _without_provider(tmp_path, *ITS_REGISTERS)
    changes = await take(region_pool, files)

    assert changes[1].changed == 2


@pytest.mark.parametrize(
    "registers",
    [
        pytest.param(("providers", "staff", "protected_handlers"), id="its units are open"),
        pytest.param(("providers", "units"), id="commissions are given by it"),
    ],
)
async def test_provider_in_use_cannot_leave_and_is_named(
    region_pool: asyncpg.Pool, tmp_path: Path, registers: tuple[str, ...]
) -> None:
    left = _without_provider(tmp_path, *registers)
    before = await counts(region_pool)

    with pytest.raises(RefusedExtractError) as refused:
        await take(region_pool, left)

    assert refused.value.problems == [Problem(0, "hsa_id", "still_used", LEAVING)]
    assert await counts(region_pool) == before


@pytest.mark.parametrize(
    ("register", "lines", "problems"),
    [
        pytest.param("providers", ["hsa_id,name"], [(0, "", "no_rows")], id="no rows"),
        pytest.param(
            "providers",
            ["SE5560000000-TEST000,Region"],
            [
                (1, "#1", "unknown_column"),
                (1, "#2", "unknown_column"),
                (1, "hsa_id", "missing_column"),
                (1, "name", "missing_column"),
            ],
            id="no header",
        ),
        pytest.param(
            "providers",
            ["hsa_id,name", "SE556-1,A", "SE5560000000-ÅÄÖ,B", "SE5560000000-X,C,D"],
            [
                (2, "hsa_id", "wrong_form"),
                (3, "hsa_id", "wrong_form"),
                (4, "", "wrong_number_of_cells"),
            ],
            id="ids of a wrong form",
        ),
        pytest.param(
            "providers",
            ["name,hsa_id", "A,SE5560000000-new", "B,SE5560000000-NEW"],
            [(3, "hsa_id", "duplicate")],
            id="ids that differ in case only collide",
        ),
        pytest.param(
            "units",
            [
                UNITS_HEADER,
                "SE5560000000-A,SE5560000009-X,A,health_centre,Gävle,+46846500401,,2020-01-01,,",
                "SE5560000000-B,SE5560000000-TEST000,B,Bad kind,G,08-1,,2020-02-30,,maybe",
                "SE5560000000-C,SE5560000000-TEST000,C,clinic,G,+46846500401,,"
                "2020-02-01,2020-01-31,true",
            ],
            [
                (2, "provider", "unknown"),
                (3, "fictional", "not_true_or_false"),
                (3, "kind", "wrong_form"),
                (3, "phone", "wrong_form"),
                (3, "valid_from", "invalid_date"),
                (4, "valid_to", "ends_before_it_begins"),
            ],
            id="cells and references in one report",
        ),
        pytest.param(
            "staff",
            [
                STAFF_HEADER,
                "SE5560000000-S1,A,wizard,full,false,,SE5560000000-C1,,"
                "SE5560000000-TEST000,care,2020-01-01,,,,,,",
                "SE5560000000-S2,B,physician,full,false,,SE5560000000-C2,SE5560000000-TEST001,"
                "SE5560000001-TEST000,care,2020-01-01,,PV/lakare/magi,true,2020-01-01,,",
                "SE5560000000-S3,C,nurse,all,false,,SE5560000000-C3,SE5560000000-NONE,"
                "SE5560000000-TEST000,care,2020-01-01,,PV/lakare/recept,true,,,",
                "SE5560000000-S4,D,nurse,limited,false,,SE5560000000-C2,SE5560000000-TEST001,"
                "SE5560000000-TEST000,care,2020-01-01,,PV/lakare/recept,true,2020-01-01,,",
                "SE5560000000-S5,E,nurse,limited,false,,SE5560000000-C5,,"
                "SE5560000000-TEST000,care,2020-01-01,,,,,,a b@example.org",
            ],
            [
                (2, "licence", "unknown_word"),
                (3, "provider", "not_provider_of_unit"),
                (3, "role", "unknown"),
                (4, "prescribing", "unknown_word"),
                (4, "role_from", "missing"),
                (5, "commission", "contradicts_earlier_line"),
                (6, "email", "wrong_form"),
            ],
            id="staff with wrong references",
        ),
        pytest.param(
            "listing",
            [
                LISTING_HEADER,
                f"{ADULT},A,false,true,{STROMSBRO},2020-01-01,2021-01-01",
                f"{ADULT},A,false,true,{STROMSBRO},2021-01-01,",
                f"{ADULT},B,false,true,,,",
                f"{ADULT[:-1]}0,A,false,true,,,",
                f"{COORDINATION_NUMBER},C,false,true,,2020-01-01,",
                "197002309804,D,false,true,,,",
                "１９７００５１０９８１９,E,false,true,,,",
            ],
            [
                (3, "valid_from", "overlaps_another_listing"),
                (4, "identity", "contradicts_earlier_line"),
                (5, "identity", "invalid_identity"),
                (6, "valid_from", "not_wanted_here"),
                (7, "identity", "invalid_identity"),
                (8, "identity", "invalid_identity"),
            ],
            id="identities and periods",
        ),
        pytest.param(
            "guardians",
            ["child,guardian", f"{ADULT},{ADULT}", f"{ADULT},198001019804"],
            [(2, "guardian", "same_person"), (3, "guardian", "unknown")],
            id="guardians nobody knows",
        ),
        pytest.param(
            "companies",
            ["name", "Teva", "teva", "Teva"],
            [(4, "name", "duplicate")],
            id="a company twice",
        ),
        pytest.param(
            "medicines",
            [
                MEDICINES_HEADER,
                "2099,A,1 mg,tablett,N02BE01,a,,Teva",
                "20990000000001,B,,tablett,paracetamol,b,,Teva",
                "20990000000002,C,1 mg,tablett,N02BE01,c,VI,Teva",
                "20990000000003,D,1 mg,tablett,N02BE01,d,II,Nobody AB",
                "20990000000004,E,1 mg,,N02BE01,e,II,Teva",
                "20990000000003,F,1 mg,tablett,N02BE01,f,,Teva",
            ],
            [
                (2, "npl_id", "wrong_form"),
                (3, "atc", "wrong_form"),
                (4, "narcotic_class", "unknown_word"),
                (5, "company", "unknown"),
                (6, "form", "missing"),
                (7, "npl_id", "duplicate"),
            ],
            id="medicines",
        ),
    ],
)
async def test_wrong_extract_is_refused_by_line_and_column(
    region_pool: asyncpg.Pool,
    tmp_path: Path,
    register: str,
    lines: list[str],
    problems: list[tuple[int, str, str]],
) -> None:
    before = await counts(region_pool)

    found = await refusal(region_pool, register, written(tmp_path, register, *lines))

    assert found == [Problem(*problem) for problem in problems]
    assert await counts(region_pool) == before


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"hsa_id,name\nSE5560000000-A,G\xe4vle\n", (2, "", "not_utf8"), id="latin-1"),
        pytest.param(
            b'hsa_id,name\nSE5560000000-A,a\nSE5560000000-B,"a"b\n',
            (3, "", "broken_csv"),
            id="broken quoting",
        ),
        pytest.param(
            b"hsa_id,name\nSE5560000000-A,a\x00b\n", (2, "name", "unstorable_text"), id="NUL"
        ),
        pytest.param(
            b"hsa_id,name\nSE5560000000-A,a\n" + 300_000 * b"x", (3, "", "too_long"), id="no end"
        ),
    ],
)
async def test_bytes_that_are_no_csv_are_refused(
    region_pool: asyncpg.Pool, tmp_path: Path, content: bytes, problem: tuple[int, str, str]
) -> None:
    file = tmp_path / "providers.csv"
    file.write_bytes(content)

    assert await refusal(region_pool, "providers", file) == [Problem(*problem)]


async def test_spreadsheet_mark_and_coordination_number_are_welcome(
    region_pool: asyncpg.Pool, tmp_path: Path
) -> None:
    file = tmp_path / "listing.csv"
    file.write_text(
        f"{LISTING_HEADER}\r\n{COORDINATION_NUMBER},C,false,true,,,\r\n", encoding="utf-8-sig"
    )

    changes = await take(region_pool, {"listing": file, "guardians": _no_guardians(tmp_path)})

    assert [change.rows for change in changes] == [1, 0]


async def test_report_ends_at_fifty_problems(region_pool: asyncpg.Pool, tmp_path: Path) -> None:
    file = written(tmp_path, "providers", "hsa_id,name", *["wrong,name"] * 200)

    problems = await refusal(region_pool, "providers", file)

    assert [problem.line for problem in problems] == list(range(2, 52))


async def test_refusal_shows_no_value(region_pool: asyncpg.Pool, tmp_path: Path) -> None:
    secret = "190001010000"  # noqa: S105 - stands for a person, opens nothing
    file = written(tmp_path, "listing", LISTING_HEADER, f"{secret},{secret},{secret},true,,,")

    with pytest.raises(RefusedExtractError) as refused:
        await take(region_pool, {"listing": file})

    assert refused.value.problems
    assert secret not in f"{refused.value} {refused.value.problems}"


def _without(word: str) -> Edit:
    return lambda text: "\n".join(line for line in text.splitlines() if word not in line)


def _without_provider(folder: Path, *registers: str) -> dict[str, Path]:
    ids = LEAVING.partition("-")[0]
    return {name: edited(folder, name, _without(ids)) for name in registers}


def _no_guardians(folder: Path) -> Path:
    return written(folder, "guardians", "child,guardian")
