"""The reckoning of a play: what counts as proper, what as lost, and how it is told and drawn."""

from collections import Counter
from pathlib import Path

import pytest

from domain.events import EventKind
from domain.submission import CaseId, workflow_id_for
from load.calling import Sample
from load.curve import DAY
from load.evidence import Evidence, broken
from load.ledger import Ledger, Message
from load.plot import draw
from load.result import Result, Waits, Window, improper, waits_by_group, waits_by_kind
from load.summary import summary
from load.vitals import Vitals


def sample(status: int, kind: str = "take", seconds: float = 0.1, *, told: bool = False) -> Sample:
    return Sample(kind, DAY.begin, seconds, status, may_retry=told)


@pytest.mark.parametrize(
    ("status", "told", "counted"),
    [
        pytest.param(0, False, {"take: 0": 1}, id="no answer"),
        pytest.param(500, False, {"take: 500": 1}, id="a bare 500"),
        pytest.param(504, True, {"take: 504": 1}, id="another 5xx"),
        pytest.param(503, False, {"take: 503": 1}, id="busy for who knows how long"),
        pytest.param(503, True, {}, id="busy, come back then"),
        pytest.param(409, False, {}, id="refused"),
        pytest.param(200, False, {}, id="done"),
    ],
)
def test_only_a_503_that_says_when_is_a_proper_server_error(
    status: int, told: bool, counted: dict[str, int]
) -> None:
    assert improper([sample(status, told=told)]) == counted


def test_waits_are_those_of_good_answers_only() -> None:
    samples = [sample(200, seconds=number / 1000) for number in range(1, 101)]
    samples += [sample(503, seconds=30), sample(202, seconds=30), sample(201, "submit")]
    assert waits_by_kind(samples)["take"] == Waits(count=100, p50=50, p95=95, p99=99, longest=100)
    assert waits_by_group(samples).keys() == {"submit", "messages"}


def kept() -> tuple[Ledger, Evidence]:
    """Two cases, one message taken in and one refused, all as it should be."""
    ledger = Ledger(
        cases={"errand-0": "a", "errand-1": "b"},
        messages=[Message("a", "take-0", EventKind.TAKEN)],
        refused={"take-1"},
    )
    evidence = Evidence(
        rows={"a": False, "b": False},
        workflows=Counter(workflow_id_for(CaseId(case_id)) for case_id in "ab"),
        events={("a", "take-0", "taken"): 1, ("a", "take-1", "refused"): 1},
        stuck=[],
    )
    return ledger, evidence


def test_nothing_is_broken_when_all_is_there_once() -> None:
    assert broken(*kept()) == {}


def test_each_broken_promise_is_named_with_what_breaks_it() -> None:
    ledger, _ = kept()
    found = Evidence(
        rows={"a": True, "c": False},
        workflows=Counter([workflow_id_for(CaseId("a"))] * 2),
        events={("a", "take-0", "taken"): 2, ("a", "take-1", "taken"): 1},
        stuck=["case-a"],
    )
    assert broken(ledger, found) == {
        "an accepted submission is one case": ["a", "b"],
        "no case that nobody was told of": ["c"],
        "an accepted message took effect once": ["a take-0"],
        "a refused message took no effect": ["a take-1"],
        "nothing quarantined": ["a"],
        "no stuck workflow": ["case-a"],
    }


def test_two_submissions_never_lead_to_one_case() -> None:
    ledger, evidence = kept()
    ledger.cases["errand-2"] = "a"
    assert broken(ledger, evidence) == {"an accepted submission is one case": ["a"]}


def result(lost: dict[str, list[str]]) -> Result:
    waits = {"submit": Waits(count=2, p50=20, p95=30, p99=30, longest=30)}
    vitals = Vitals(open=2, queued=1, longest_inbox=1, memory_mb={"api": 90}, cpu_seconds={})
    window = Window(
        minute=480, expected=2.5, offered=2, accepted=2, resolved=0, by_kind=waits, by_group=waits,
        statuses={"201": 2}, vitals=vitals, cpu={"api": 12.5},
    )  # fmt: skip
    return Result(
        weekday="monday", part="08:00-08:10", speed=50, growth=1, seed=1, desks=3,
        machine={"cpus": "2"}, expected=5, offered=4, accepted=4, resolved=0, messages=0,
        undecided=0, open_at_end=2, late_ms=1, by_kind=waits, by_group=waits,
        statuses={"submit": {"201": 4}}, refusals={}, improper={}, lost=lost,
        windows=[window, window.model_copy(update={"minute": 485})],
    )  # fmt: skip


def test_the_summary_says_what_was_lost() -> None:
    assert summary(result({})).endswith("Nothing was lost.")
    assert summary(result({"one case": ["a", "b"]})).endswith("BROKEN   one case: 2, such as a, b")


def test_the_same_result_is_the_same_picture(tmp_path: Path) -> None:
    again = Result.model_validate_json(result({}).model_dump_json())
    draw(result({}), tmp_path / "first.svg")
    draw(again, tmp_path / "second.svg")
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "second.svg").read_bytes()
