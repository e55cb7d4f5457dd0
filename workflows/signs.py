"""What operations see of a case in the Temporal UI: search attributes and current details."""

from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from domain import ops_texts
    from domain.case import Case
    from domain.projection import project

CASE_STATE = SearchAttributeKey.for_keyword("CaseState")
CASE_SERVICE = SearchAttributeKey.for_keyword("CaseService")
CASE_UNIT = SearchAttributeKey.for_keyword("CaseUnit")
CASE_ROLE = SearchAttributeKey.for_keyword("CaseRole")
CASE_DUE_AT = SearchAttributeKey.for_datetime("CaseDueAt")
CASE_OVERDUE = SearchAttributeKey.for_bool("CaseOverdue")
CASE_ESCALATION = SearchAttributeKey.for_keyword("CaseEscalation")
CASE_QUARANTINED = SearchAttributeKey.for_bool("CaseQuarantined")

_KEYWORDS = (CASE_STATE, CASE_SERVICE, CASE_UNIT, CASE_ROLE, CASE_ESCALATION)
_FLAGS = (CASE_OVERDUE, CASE_QUARANTINED)

Shown = dict[str, str | bool | datetime | None]


def show(case: Case, shown: Shown, *, quarantined: bool) -> Shown:
    """Publish what differs from *shown*, and return what is shown now.

    Service, unit and role are first set after admission, and never for a protected person; they
    go when protection begins and do not come back.
    """
    workflow.set_current_details(ops_texts.current_details(case, quarantined=quarantined))
    wanted = _keywords(case) | _flags(case, quarantined=quarantined) | _due(case)
    updates = [update for key, update in _updates(wanted).items() if wanted[key] != shown.get(key)]
    if updates:
        workflow.upsert_search_attributes(updates)
    return wanted


def tells_place(shown: Shown) -> bool:
    """Whether service, unit or role are among what is *shown*."""
    return any(shown.get(key.name) is not None for key in (CASE_SERVICE, CASE_UNIT, CASE_ROLE))


def _keywords(case: Case) -> Shown:
    place = None if case.is_hidden else case.route
    is_known = case.admission is not None and not case.is_hidden
    return {
        CASE_STATE.name: str(case.state),
        CASE_SERVICE.name: case.submission.service if is_known else None,
        CASE_UNIT.name: place.unit if place else None,
        CASE_ROLE.name: place.role if place else None,
        CASE_ESCALATION.name: str(case.escalation),
    }


def _flags(case: Case, *, quarantined: bool) -> Shown:
    return {CASE_OVERDUE.name: case.is_overdue, CASE_QUARANTINED.name: quarantined}


def _due(case: Case) -> Shown:
    return {CASE_DUE_AT.name: project(case).due_at}


def _updates(wanted: Shown) -> dict[str, SearchAttributeUpdate[Any]]:
    updates: dict[str, SearchAttributeUpdate[Any]] = {}
    for keyword in _KEYWORDS:
        value = wanted[keyword.name]
        updates[keyword.name] = (
            keyword.value_set(value) if isinstance(value, str) else keyword.value_unset()
        )
    for flag in _FLAGS:
        updates[flag.name] = flag.value_set(bool(wanted[flag.name]))
    due_at = wanted[CASE_DUE_AT.name]
    updates[CASE_DUE_AT.name] = (
        CASE_DUE_AT.value_set(due_at) if isinstance(due_at, datetime) else CASE_DUE_AT.value_unset()
    )
    return updates
