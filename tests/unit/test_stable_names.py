"""Names that stored histories, operators and callers rely on: a rename here breaks them all."""

from collections.abc import Callable
from typing import Any

import pytest
from temporalio import activity, workflow

from activities.access_keeping import AccessKeepingActivities
from activities.admission import AdmissionActivities
from activities.forgetting import ForgettingActivities
from activities.merging import MergingActivities
from activities.notices import NoticeActivities
from activities.planning import plan_deadlines
from activities.protection import ProtectionActivities
from activities.reconcile import ReconcileActivities
from activities.record import RecordActivities
from domain.submission import CaseId, workflow_id_for
from runtime.temporal_server import SEARCH_ATTRIBUTES
from workflows import options, signs
from workflows.access_keeping import KeepAccessLog
from workflows.case import CaseWorkflow
from workflows.notices import SendNotices
from workflows.protection import CheckProtection
from workflows.reconcile import Reconcile

_MESSAGES = {
    "take",
    "return",
    "assign",
    "transfer",
    "ask_patient",
    "answer",
    "reply",
    "note",
    "mark_urgent",
    "merge",
    "resolve",
    "hand_over",
    "withdraw",
    "reopen",
}
_FROM_THE_RECONCILER = {"record_again", "deliver_again"}
_FROM_OPERATIONS = {"renew_run"}
_FROM_THE_CHECK = {"protect"}


def test_case_workflow_is_reached_by_its_names() -> None:
    case = workflow._Definition.must_from_class(CaseWorkflow)
    assert case.name == "CaseWorkflow"
    assert case.signals.keys() == (
        _MESSAGES | _FROM_THE_RECONCILER | _FROM_OPERATIONS | _FROM_THE_CHECK
    )
    assert case.updates.keys() == {"act", "absorb"}
    assert case.queries.keys() == {"view"}
    assert workflow_id_for(CaseId("7")) == "case-7"
    assert options.TASK_QUEUE == "cases"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (SendNotices, "SendNotices"),
        (Reconcile, "Reconcile"),
        (KeepAccessLog, "KeepAccessLog"),
        (CheckProtection, "CheckProtection"),
    ],
)
def test_other_workflows_keep_their_names(kind: type, name: str) -> None:
    assert workflow._Definition.must_from_class(kind).name == name


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (AdmissionActivities.admit_case, "admit_case"),
        (RecordActivities.record_case, "record_case"),
        (MergingActivities.offer_case, "offer_case"),
        (plan_deadlines, "plan_deadlines"),
        (NoticeActivities.address_notices, "address_notices"),
        (NoticeActivities.send_deliveries, "send_deliveries"),
        (ReconcileActivities.reconcile_cases, "reconcile_cases"),
        (ReconcileActivities.find_missing_rows, "find_missing_rows"),
        (ProtectionActivities.check_protection, "check_protection"),
        (ForgettingActivities.forget_runs, "forget_runs"),
        (AccessKeepingActivities.keep_months, "keep_months"),
        (AccessKeepingActivities.draw_week, "draw_week"),
    ],
)
def test_activities_keep_their_names(function: Callable[..., Any], name: str) -> None:
    assert activity._Definition.must_from_callable(function).name == name


def test_search_attributes_keep_their_names_and_types() -> None:
    assert SEARCH_ATTRIBUTES == {
        "CaseState": "Keyword",
        "CaseService": "Keyword",
        "CaseUnit": "Keyword",
        "CaseRole": "Keyword",
        "CaseDueAt": "Datetime",
        "CaseOverdue": "Bool",
        "CaseEscalation": "Keyword",
        "CaseQuarantined": "Bool",
    }


def test_cases_set_no_other_search_attribute_than_the_server_knows() -> None:
    keys = (
        signs.CASE_STATE,
        signs.CASE_SERVICE,
        signs.CASE_UNIT,
        signs.CASE_ROLE,
        signs.CASE_DUE_AT,
        signs.CASE_OVERDUE,
        signs.CASE_ESCALATION,
        signs.CASE_QUARANTINED,
    )
    assert {key.name for key in keys} == SEARCH_ATTRIBUTES.keys()
