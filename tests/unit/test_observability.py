"""Dashboards, alerts and their entries agree with each other and with the metrics there are."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from activities.reconcile import ReconcileCounts
from domain.delivery_times import tried_again_at
from domain.events import EventKind
from runtime.telemetry.log_counter import ALERTING
from tests.observed_names import OWN, PROCESS, SDK
from tests.region import ROOT

FOLDER = ROOT / "observability"
DASHBOARDS = sorted((FOLDER / "grafana" / "dashboards").glob("*.json"))
RULES = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
ENTRIES = (ROOT / "docs" / "operations" / "alerts.md").read_text("utf-8")
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
SAMPLES = {
    f"{name}{suffix}": labels for name, (kind, labels) in OWN.items() for suffix in SUFFIXES[kind]
}
FOREIGN_LABELS = {"job", "instance", "le"}


def queries_of(dashboard: dict[str, Any]) -> Iterator[str]:
    """Yield the expressions of every panel."""
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])


QUERIES = [
    *(query for path in DASHBOARDS for query in queries_of(json.loads(path.read_text("utf-8")))),
    *(rule["expr"] for rule in RULES),
]


def names_in(query: str) -> set[str]:
    """Return the metrics that a query names."""
    return set(re.findall(r"\b(?:arende|temporal|process)_\w+", query))


def matchers_in(query: str) -> Iterator[tuple[str, str, str]]:
    """Yield metric, label and value of each matcher; alternatives one by one."""
    for metric, braces in re.findall(r"(\w+)\{([^}]*)\}", query):
        for label, values in re.findall(r'(\w+)(?:=~|!=|!~|=)"([^"]*)"', braces):
            yield from ((metric, label, one) for one in values.split("|"))


@pytest.mark.parametrize("query", QUERIES)
def test_query_names_metrics_and_labels_there_are(query: str) -> None:
    assert names_in(query) - SAMPLES.keys() - SDK - PROCESS == set()
    for metric, label, _ in matchers_in(query):
        if metric in SAMPLES:
            assert label in {*SAMPLES[metric], *FOREIGN_LABELS}
    groups = set(re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", query))))
    known = {label for name in names_in(query) for label in SAMPLES.get(name, ())}
    if names_in(query) <= SAMPLES.keys():
        assert groups <= known | FOREIGN_LABELS


@pytest.mark.parametrize("query", QUERIES)
def test_query_asks_for_words_the_code_uses(query: str) -> None:
    words = {
        "kind": {str(kind) for kind in EventKind},
        "finding": set(ReconcileCounts.model_fields),
        "event": set(ALERTING),
        "outcome": {"taken", "failed", "refused", "address_dead"},
    }
    for metric, label, value in matchers_in(query):
        if metric in SAMPLES and label in words:
            assert value in words[label]


def test_every_metric_of_ours_is_shown_or_alerted_on() -> None:
    used = {name for query in QUERIES for name in names_in(query)}
    unused = {
        name
        for name, (kind, _) in OWN.items()
        if used.isdisjoint(f"{name}{suffix}" for suffix in SUFFIXES[kind])
    }
    assert unused == set()
    assert (SDK | PROCESS) - used == set()


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_dashboard_is_one_that_grafana_can_show(path: Path) -> None:
    dashboard = json.loads(path.read_text("utf-8"))
    sources = yaml.safe_load(
        (FOLDER / "grafana/provisioning/datasources/prometheus.yml").read_text("utf-8")
    )["datasources"]

    assert dashboard["uid"] == path.stem
    assert [panel["id"] for panel in dashboard["panels"]] == list(
        range(1, len(dashboard["panels"]) + 1)
    )
    assert {panel["datasource"]["uid"] for panel in dashboard["panels"]} == {
        source["uid"] for source in sources
    }
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)


def test_prometheus_reads_the_rules_and_the_jobs_that_are_asked_about() -> None:
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text("utf-8"))
    jobs = {job["job_name"] for job in config["scrape_configs"]}

    assert config["rule_files"] == ["alerts.yml"]
    asked = {value for query in QUERIES for _, label, value in matchers_in(query) if label == "job"}
    assert all(any(re.fullmatch(one, job) for job in jobs) for one in asked)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_alert_says_what_and_leads_to_its_entry(rule: dict[str, Any]) -> None:
    page, anchor = rule["annotations"]["runbook"].split("#")

    assert (ROOT / page).read_text("utf-8") == ENTRIES
    assert anchor == rule["alert"].lower()
    assert rule["annotations"]["summary"].strip().endswith(".")
    assert rule["labels"]["severity"] in {"page", "ticket"}
    entry = ENTRIES.split(f"\n## {rule['alert']}\n")[1].split("\n## ")[0]
    assert [mark in entry for mark in ("**Means:**", "**Look:**", "**Do:**")] == [True] * 3


@pytest.mark.parametrize("job", ["arende-worker", "arende-api"])
def test_process_that_is_gone_wakes_somebody(job: str) -> None:
    [rule] = [rule for rule in RULES if rule["expr"] == f'absent(up{{job="{job}"}} == 1)']

    assert rule["labels"]["severity"] == "page"


def test_one_bad_mailbox_at_night_wakes_nobody() -> None:
    [rule] = [rule for rule in RULES if rule["alert"] == "NoticesFailed"]
    _, floor = rule["expr"].split(" and ")
    counted = re.fullmatch(
        r"sum by \(channel\) \(increase\((\w+)\{(.+)\}\[15m\]\)\) > (\d+)", floor
    )
    assert counted
    assert counted[1] == "arende_hand_overs_total"
    assert counted[2] == 'outcome!~"taken|address_dead"'

    begun = at = datetime(2026, 11, 23, tzinfo=UTC)
    tries = [begun]
    while again := tried_again_at(len(tries), begun, at):
        tries.append(at := again)
    window = timedelta(minutes=15)
    most = max(sum(start <= one <= start + window for one in tries) for start in tries)
    assert most <= int(counted[3])


def test_every_entry_belongs_to_an_alert_and_every_alert_is_known_once() -> None:
    assert re.findall(r"^## (\w+)$", ENTRIES, re.MULTILINE) == [rule["alert"] for rule in RULES]
