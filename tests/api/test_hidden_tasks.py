"""Tasks of protected patients and of those close to the reader are hidden as their cases are."""

import pytest

from tests.api.calling import Api
from tests.api.people import PHYSICIANS, PROTECTED_GUARDIAN, STRANGER, ULRIKA, employee
from tests.api.stage import STAFF_CHILD, STAFF_PATIENT
from tests.api.test_tasks import lose_phone, named_cases, rows, tasks_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMED = employee(125), employee(128)
"""Those whom the protected patient's unit has named."""
NAMED_AT_ULRIKAS = employee(107)


async def test_task_of_a_protected_patient_is_for_the_named_handlers_alone(
    api: Api, database: str
) -> None:
    case_id = (await api.citizen(PROTECTED_GUARDIAN).submit_admitted())["case_id"]
    await lose_phone(database, case_id)

    for handler in NAMED:
        assert case_id in await named_cases(api.staff(handler))
    [task] = [one for one in await tasks_of(api.staff(NAMED[0])) if one["case_id"] == case_id]
    for unnamed in (employee(123), STRANGER, employee(143)):
        assert case_id not in await named_cases(api.staff(unnamed))
        answer = await api.staff(unnamed).post(f"/v1/tasks/{task['task_id']}/done")
        assert answer.status_code == 404


async def test_task_is_hidden_when_the_register_learns_of_a_protection(
    api: Api, database: str
) -> None:
    """No check has told the case yet."""
    case_id = (await api.citizen(ULRIKA).submit_admitted())["case_id"]
    await lose_phone(database, case_id)
    physician, named = api.staff(PHYSICIANS[0]), api.staff(NAMED_AT_ULRIKAS)
    assert case_id in await named_cases(physician)

    await rows(database, "UPDATE citizens SET protected = true WHERE identity = $1", ULRIKA)
    try:
        assert case_id not in await named_cases(physician)
        assert case_id in await named_cases(named)
    finally:
        await rows(database, "UPDATE citizens SET protected = false WHERE identity = $1", ULRIKA)


@pytest.mark.parametrize("fields", [{}, {"on_behalf_of": STAFF_CHILD}], ids=["own", "child"])
async def test_nobody_has_a_task_of_those_close_to_them(
    api: Api, database: str, fields: dict[str, str]
) -> None:
    case_id = (await api.citizen(STAFF_PATIENT).submit_admitted(**fields))["case_id"]
    await lose_phone(database, case_id)
    close, colleague = api.staff(PHYSICIANS[3]), api.staff(PHYSICIANS[0])

    [task] = [one for one in await tasks_of(colleague) if one["case_id"] == case_id]

    assert case_id not in await named_cases(close)
    assert (await close.post(f"/v1/tasks/{task['task_id']}/done")).status_code == 404
