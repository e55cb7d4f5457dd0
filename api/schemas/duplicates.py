"""What a caller learns of the cases that a submission seems to repeat."""

from pydantic import AwareDatetime

from api.problems import Problem
from api.schemas.view import View
from domain.vocabulary import CaseState


class DuplicateCase(View):
    """A case of the caller's own. `resolution_by` is null while nothing is promised."""

    case_id: str
    state: CaseState
    received_at: AwareDatetime
    resolution_by: AwareDatetime | None


class ConflictProblem(Problem):
    """What a submission is refused with by 409.

    `duplicate_suspected` has both lists, newest first, of the same at most ten cases.
    """

    duplicates: tuple[str, ...] = ()
    duplicate_cases: tuple[DuplicateCase, ...] = ()
