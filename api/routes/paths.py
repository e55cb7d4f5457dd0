"""Parameters that stand in paths."""

from typing import Annotated, TypeAlias

from fastapi import Depends, Path

from domain.submission import CaseId

_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def read_case_id(case_id: Annotated[str, Path(pattern=_UUID)]) -> CaseId:
    """Return the case id of the path; anything but a lower-case UUID is 404."""
    return CaseId(case_id)


CaseIdPath: TypeAlias = Annotated[CaseId, Depends(read_case_id)]


def read_task_id(task_id: Annotated[str, Path(pattern=_UUID)]) -> str:
    """Return the task id of the path; anything but a lower-case UUID is 404."""
    return task_id


TaskIdPath: TypeAlias = Annotated[str, Depends(read_task_id)]
