"""The stage of the access matrix: who plays which caller, and the case each call is about."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from httpx2 import Response

from tests.api.calling import DECIDED, Api, Caller
from tests.api.people import (
    ADMINISTRATOR,
    CARE_CHOICE_OFFICER,
    CHILD,
    COORDINATOR,
    GUARDIAN,
    HENRIK,
    LISTED_AT_CLOSED_UNIT,
    NURSE,
    NURSE_ROLE,
    OPERATIONS_MANAGER,
    PERNILLA,
    PHYSICIANS,
    PROTECTED_GUARDIAN,
    STRANGER,
    STROMSBRO,
    UNIT_MANAGER,
    employee,
)

STAFF_PATIENT, STAFF_CHILD = "197905249830", "202003119829"
NOBODY_THERE = "00000000-0000-0000-0000-000000000000"
ASSIGNEE, ROLE_HOLDER, SUCCESSOR = PHYSICIANS[:3]
OTHER_HANDLER = employee(128)
WRONG = {"wrong": 1}

CITIZENS = {
    "patient": HENRIK,
    "other_citizen": PERNILLA,
    "guardian": GUARDIAN,
    "guardian_after_13": GUARDIAN,
    "protected_patient": PROTECTED_GUARDIAN,
}
STAFF = {
    "assignee": ASSIGNEE,
    "role_holder": ROLE_HOLDER,
    "preparer": NURSE,
    "colleague": ADMINISTRATOR,
    "coordinator": COORDINATOR,
    "unit_manager": UNIT_MANAGER,
    "holder_elsewhere": employee(123),
    "coordinator_elsewhere": STRANGER,
    "operations_manager": OPERATIONS_MANAGER,
    "other_manager": employee(178, "SE5560000001"),
    "catalogue_owner": employee(183),
    "analyst": employee(186),
    "care_choice_office": CARE_CHOICE_OFFICER,
    "log_reviewer": employee(184),
    "operations": employee(188),
    "staff_patient": PHYSICIANS[3],
    "staff_relative": PHYSICIANS[3],
    "named_handler": employee(125),
    "unnamed_holder": employee(123),
    "unnamed_lead": STRANGER,
    "no_commission": employee(101),
    "ended_commission": employee(107),
    "weak_login": employee(101),
}


class Subject(NamedTuple):
    """Whose case a call is about: the patient, and the guardian who sent it if one did."""

    patient: str
    guardian: str | None = None


_OTHER_SUBJECTS = {
    "guardian": Subject(CHILD, GUARDIAN),
    "guardian_after_13": Subject(CHILD, GUARDIAN),
    "protected_patient": Subject(PROTECTED_GUARDIAN),
    "staff_patient": Subject(STAFF_PATIENT),
    "staff_relative": Subject(STAFF_CHILD, STAFF_PATIENT),
    "named_handler": Subject(PROTECTED_GUARDIAN),
    "unnamed_holder": Subject(PROTECTED_GUARDIAN),
    "unnamed_lead": Subject(PROTECTED_GUARDIAN),
}


def subject_of(caller: str, state: str | None) -> Subject:
    """Return whose case *caller* calls about; a case without a unit is one ordinary citizen's."""
    ordinary = Subject(LISTED_AT_CLOSED_UNIT if state == "undeliverable" else HENRIK)
    return _OTHER_SUBJECTS.get(caller, ordinary)


Play = Callable[[str], Caller]
OpenTask = Callable[[str], Awaitable[str]]
"""Opens a task about a case; returns its id."""


class Stage:
    """Cases in the state a row asks for; those that nobody may change are kept for the next."""

    def __init__(self, api: Api, play: Play, open_task: OpenTask) -> None:
        self._api = api
        self._play = play
        self._open_task = open_task
        self._kept: dict[tuple[Subject, str], str] = {}

    async def call(
        self, row: str, caller: str, state: str | None, *, changes: bool, wrong: bool = False
    ) -> Response:
        """Make the call of a row as *caller*, with a wrong body if *wrong*.

        *changes*: the call is expected to succeed, so it gets a case of its own.
        """
        method, path = row.split(" ")
        case_id = await self.case_for(caller, state, is_fresh=changes) if state else NOBODY_THERE
        target = path.format(
            case_id=case_id,
            task_id=await self._open_task(case_id) if "{task_id}" in path else NOBODY_THERE,
            review_id=NOBODY_THERE,
            service="prescription_renewal",
        )
        who = self._play(caller)
        if caller == "patient":
            who = self._api.citizen(subject_of(caller, state).patient)
        if method == "GET":
            return await who.get(target + ("?q=alv" if path == "/v1/products" else ""))
        if wrong:
            return await who.post(target, WRONG)
        if path == "/v1/cases":
            return await self._submit(who, caller)
        return await who.post(target, await self._body(path, caller))

    async def case_for(self, caller: str, state: str, *, is_fresh: bool) -> str:
        """Return the id of a case in *state* for *caller*; a new one if it may be changed."""
        subject = subject_of(caller, state)
        if is_fresh:
            return await self._make(subject, state)
        if (subject, state) not in self._kept:
            self._kept[subject, state] = await self._make(subject, state)
        return self._kept[subject, state]

    async def _make(self, subject: Subject, state: str) -> str:
        sender = self._api.citizen(subject.guardian or subject.patient)
        fields = {"on_behalf_of": subject.patient} if subject.guardian else {}
        is_stuck = subject.patient == LISTED_AT_CLOSED_UNIT
        becomes = "undeliverable" if is_stuck else "queued"
        case_id = str((await sender.submit_admitted(becomes=becomes, **fields))["case_id"])
        await self._carry_on(case_id, state, is_protected=subject.patient == PROTECTED_GUARDIAN)
        return case_id

    async def _carry_on(self, case_id: str, state: str, *, is_protected: bool) -> None:
        holder = self._api.staff(OTHER_HANDLER if is_protected else ASSIGNEE)
        if state in {"assigned", "resolved"}:
            taken = await holder.send(case_id, "take")
            assert taken.status_code == 200, taken.text
        if state == "resolved":
            resolved = await holder.send(case_id, "resolve", DECIDED | {"outcome": "no_action"})
            assert resolved.status_code == 200, resolved.text

    async def _submit(self, who: Caller, caller: str) -> Response:
        is_guardian = subject_of(caller, None).patient == CHILD
        return await who.submit(**({"on_behalf_of": CHILD} if is_guardian else {}))

    async def _body(self, path: str, caller: str) -> object:
        if path.endswith("/search"):
            return {"identity": subject_of(caller, None).patient, "reason": "patient_contact"}
        if path.endswith("/merge"):
            return {"into": await self.case_for(caller, "queued", is_fresh=False)}
        if path.endswith("/transfer"):
            is_stuck = {"unit": STROMSBRO} if caller in _MOVERS else {}
            return {"role": NURSE_ROLE, "reason": "Belongs there."} | is_stuck
        if path.endswith("/assign") and caller == "named_handler":
            return {"to": OTHER_HANDLER.hsa_id}
        return _BODIES.get(path.rpartition("/")[2], {})


_MOVERS = {"operations"}
_BODIES: dict[str, dict[str, Any]] = {
    "assign": {"to": SUCCESSOR.hsa_id},
    "ask-patient": {"text": "Since when?"},
    "answer": {"text": "Since May."},
    "reply": {"text": "It is being looked at."},
    "note": {"text": "Seen."},
    "mark-urgent": {"reason": "Runs out today."},
    "resolve": DECIDED | {"outcome": "approved"},
    "verdict": {"verdict": "justified"},
}
