"""What must hold after any faults; each check returns what breaks it, and nothing when it holds."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from domain.events import Event, EventKind, is_unbroken
from domain.submission import CaseId, workflow_id_for
from tests.smoke.evidence import Evidence
from tests.smoke.ledger import CONFLICT, UNAVAILABLE, Intent, Ledger

_KINDS = {
    "take": EventKind.TAKEN,
    "ask-patient": EventKind.PATIENT_ASKED,
    "answer": EventKind.PATIENT_ANSWERED,
    "resolve": EventKind.RESOLVED,
}
_SERVER_ERROR = 500
_WHERE_PATIENT_DATA_MAY_LIE = "postgres"


def broken(expected: list[CaseId], ledger: Ledger, evidence: Evidence) -> dict[str, list[str]]:
    """Return every invariant that does not hold, by name, with what breaks it."""
    checked = {
        "one row and one workflow a submission": lost_or_invented_cases(expected, evidence),
        "a message takes effect once": lost_or_repeated_messages(ledger, evidence),
        "no message nobody sent": invented_messages(ledger, evidence),
        "unbroken chains": broken_chains(evidence),
        "one assignee": double_assignments(evidence),
        "nothing quarantined": quarantined(evidence),
        "only proper answers": improper_answers(ledger),
        "row and workflow agree": evidence.differing(),
        "no stuck workflow": evidence.problems,
        "every intent got its last word": [intent.key for intent in ledger.open()],
    }
    return {name: found for name, found in checked.items() if found}


def lost_or_invented_cases(expected: list[CaseId], evidence: Evidence) -> list[str]:
    """Every accepted submission has one row and one workflow, and there is none besides."""
    wanted = {workflow_id_for(case_id) for case_id in expected}
    rows = {workflow_id_for(CaseId(case_id)) for case_id in evidence.rows}
    repeated = {name for name, runs in evidence.runs.items() if runs != 1}
    return sorted((wanted ^ rows) | (wanted ^ evidence.runs.keys()) | repeated)


def lost_or_repeated_messages(ledger: Ledger, evidence: Evidence) -> list[str]:
    """Every accepted message made its event once; a refused one made none but a refusal."""
    happened = {
        intent.key: _kinds_of(intent, evidence)
        for intent in ledger.intents.values()
        if intent.what != "submit"
    }
    accepted = {intent.key: intent for intent in ledger.accepted() if intent.what != "submit"}
    lost = [key for key, intent in accepted.items() if happened[key] != [_KINDS[intent.what]]]
    refused = [key for key, status in ledger.settled.items() if status == CONFLICT]
    effective = [key for key in refused if set(happened[key]) - {EventKind.REFUSED}]
    return sorted(lost + effective)


def invented_messages(ledger: Ledger, evidence: Evidence) -> list[str]:
    """No event names a message that no client sent."""
    return [
        f"{case_id} {event.seq}"
        for case_id, event in _events(evidence)
        if event.action_id is not None and event.action_id not in ledger.intents
    ]


def broken_chains(evidence: Evidence) -> list[str]:
    """Events are gapless from the first on, and every hash fits."""
    return [case_id for case_id, row in evidence.rows.items() if not is_unbroken(row.events)]


def double_assignments(evidence: Evidence) -> list[str]:
    """Nobody takes a case that somebody has."""
    return [
        case_id
        for case_id, row in evidence.rows.items()
        if sum(event.kind is EventKind.TAKEN for event in row.events) != 1
    ]


def quarantined(evidence: Evidence) -> list[str]:
    """PostgreSQL refused nothing."""
    return [
        case_id
        for case_id, snapshot in [*evidence.rows.items(), *evidence.views.items()]
        if snapshot.projection.quarantined
    ]


def improper_answers(ledger: Ledger) -> list[str]:
    """A live API breaks in no other way than 503, and then says when to try again."""
    return [
        f"{answer.key} {answer.status}"
        for answer in ledger.answers
        if answer.status >= _SERVER_ERROR
        and not (answer.status == UNAVAILABLE and answer.may_retry)
    ]


def leaks(data_dir: Path, words: Iterable[str]) -> list[str]:
    """Nothing a person wrote or is lies in clear outside PostgreSQL's own folder."""
    sought = [word.encode() for word in words]
    files = [
        path
        for path in data_dir.rglob("*")
        if path.is_file() and path.relative_to(data_dir).parts[0] != _WHERE_PATIENT_DATA_MAY_LIE
    ]
    return [path.name for path in files if any(word in path.read_bytes() for word in sought)]


def _kinds_of(intent: Intent, evidence: Evidence) -> list[EventKind]:
    row = evidence.rows.get(intent.case_id)
    events = row.events if row else ()
    return [event.kind for event in events if event.action_id == intent.key]


def _events(evidence: Evidence) -> Iterator[tuple[str, Event]]:
    for case_id, row in evidence.rows.items():
        for event in row.events:
            yield case_id, event
