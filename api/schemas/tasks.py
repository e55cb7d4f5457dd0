"""Tasks for staff: what is to be done beside handling a case."""

from pydantic import AwareDatetime

from api.schemas.view import View
from store.staff_tasks import TaskKind


class TaskView(View):
    """One task: about a case, or about a member of staff (`person`, an HSA-id).

    `contact_lost`: what is sent comes back. For a case, phone the patient; for a member of staff,
    mend the address in the register. Doing it lets mail to that member of staff leave again.
    """

    task_id: str
    kind: TaskKind
    case_id: str | None
    person: str | None
    opened_at: AwareDatetime
    done_at: AwareDatetime | None
