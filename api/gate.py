"""Judges a submission before it becomes a case: everything the caller can be told at once."""

from dataclasses import asdict

from pydantic import JsonValue

from api import proxies
from api.database import DatabaseAwayError
from api.field_errors import FieldError
from api.known_facts import KnownFacts
from api.places import refuse_way
from api.problems import ProblemError
from api.schemas.duplicates import DuplicateCase
from api.state import Desk
from api.strict_json import json_pointer
from domain.forms.codes import AnswerCode, leading_code
from domain.forms.problems import AnswerProblem
from domain.submission import Submission

_LONGEST_INDEX = 4
_CALLS_FOR_HELP = frozenset({AnswerCode.STOP_CALL_112, AnswerCode.STOP_CALL_1177})


def refuse(desk: Desk, submission: Submission, facts: KnownFacts | None) -> ProblemError | None:
    """Return why *submission* cannot become a case, or None.

    Without *facts* what only a register can tell is left to admission, but nobody submits for
    another then. Answers that call for help are told so before anything else.
    """
    of_answers = _refuse_answers(desk, submission, facts)
    if of_answers is not None and of_answers.code in _CALLS_FOR_HELP:
        return of_answers
    return (
        _refuse_service(desk, submission)
        or _refuse_proxy(desk, submission, facts)
        or refuse_way(desk, submission, facts)
        or of_answers
        or _refuse_duplicate(submission, facts)
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
    if entry is None or proxies.is_ruled_out(entry, submission.patient, local):
        return proxies.refusal()
    if facts is None:
        return DatabaseAwayError()
    return None if facts.may_act_for else proxies.refusal()


def _refuse_answers(
    desk: Desk, submission: Submission, facts: KnownFacts | None
) -> ProblemError | None:
    unit = facts.unit.hsa_id if facts and facts.unit and not facts.unit.closed else None
    of_products = facts.product_problems if facts else ()
    problems = (*desk.region.gate(submission, unit), *of_products)
    if not problems:
        return None
    errors = [FieldError(problem.code, _pointer(problem)) for problem in problems]
    code = leading_code({problem.code for problem in problems})
    return ProblemError(code, errors=errors)


def _refuse_duplicate(submission: Submission, facts: KnownFacts | None) -> ProblemError | None:
    """Ask whether it repeats a case of the sender's own, unless they have told them apart."""
    candidates = facts.duplicates if facts else ()
    ids = [candidate.case_id for candidate in candidates]
    if set(ids) <= set(submission.not_duplicate_of):
        return None
    described = [
        DuplicateCase.model_validate(asdict(candidate)).model_dump(mode="json")
        for candidate in candidates
    ]
    members: dict[str, JsonValue] = {"duplicates": [*ids], "duplicate_cases": [*described]}
    return ProblemError("duplicate_suspected", members=members)


def _pointer(problem: AnswerProblem) -> str:
    """Return the place in the body; a member's name that is not a field's is left out."""
    parts = ["answers", *problem.pointer.split("/")[1:]]
    return json_pointer(
        [int(part) if part.isdecimal() and len(part) < _LONGEST_INDEX else part for part in parts]
    )
