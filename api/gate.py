"""Judges a submission before it becomes a case: everything the caller can be told at once."""

from api import proxies
from api.database import DatabaseAwayError
from api.field_errors import FieldError
from api.known_facts import KnownFacts
from api.problems import ProblemError
from api.state import Desk
from api.strict_json import json_pointer
from domain.forms.codes import leading_code
from domain.forms.problems import AnswerProblem
from domain.submission import Submission

_LONGEST_INDEX = 4


def refuse(desk: Desk, submission: Submission, facts: KnownFacts | None) -> ProblemError | None:
    """Return why *submission* cannot become a case, or None.

    Without *facts* what only a register can tell is left to admission, but nobody submits for
    another then.
    """
    return (
        _refuse_service(desk, submission)
        or _refuse_proxy(desk, submission, facts)
        or _refuse_place(submission, facts)
        or _refuse_answers(desk, submission, facts)
    )


def _refuse_service(desk: Desk, submission: Submission) -> ProblemError | None:
    if desk.region.catalogue.find_service(submission.service) is not None:
        return None
    return ProblemError("unknown_service", errors=[FieldError("unknown_service", "/service")])


def _refuse_proxy(
    desk: Desk, submission: Submission, facts: KnownFacts | None
) -> ProblemError | None:
    if submission.patient == submission.submitted_by:
        return None
    entry = desk.region.catalogue.find_service(submission.service)
    local = desk.local(submission.received_at)
    if proxies.is_ruled_out(entry, submission.patient, local):
        return proxies.refusal()
    if facts is None:
        return DatabaseAwayError()
    return None if facts.may_act_for else proxies.refusal()


def _refuse_place(submission: Submission, facts: KnownFacts | None) -> ProblemError | None:
    if facts is None:
        return None
    if submission.clinic is None:
        return None if facts.is_listed else ProblemError("not_listed")
    if facts.unit is None or facts.unit.closed:
        return ProblemError("unknown_unit", errors=[FieldError("unknown_unit", "/clinic")])
    return None


def _refuse_answers(
    desk: Desk, submission: Submission, facts: KnownFacts | None
) -> ProblemError | None:
    unit = facts.unit.hsa_id if facts and facts.unit and not facts.unit.closed else None
    problems = desk.region.gate(submission, unit)
    if not problems:
        return None
    errors = [FieldError(problem.code, _pointer(problem)) for problem in problems]
    code = leading_code({problem.code for problem in problems})
    return ProblemError(code, errors=errors)


def _pointer(problem: AnswerProblem) -> str:
    """Return the place in the body; a member's name that is not a field's is left out."""
    parts = ["answers", *problem.pointer.split("/")[1:]]
    return json_pointer(
        [int(part) if part.isdecimal() and len(part) < _LONGEST_INDEX else part for part in parts]
    )
