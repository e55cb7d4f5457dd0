"""What reaches the log: allowed keys, and no value that a library filled in."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from runtime.logging import configure_logging


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logging("INFO")
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """Return the one line that was logged."""
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_key_that_was_not_allowed_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().info("case_seen", status=200, patient="197005109819")

    logged = line(capsys)
    assert logged["event"] == "case_seen"
    assert logged["status"] == 200
    assert logged["level"] == "info"
    assert "patient" not in logged


def test_a_request_shares_its_id_with_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with structlog.contextvars.bound_contextvars(request_id="abc", identity="x"):
        structlog.get_logger().warning("request_refused", code="forbidden")

    logged = line(capsys)
    assert logged["request_id"] == "abc"
    assert "identity" not in logged


def test_a_library_is_quoted_without_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        int("19700510x819")
    except ValueError:
        logging.getLogger("library").exception("Could not read %s", "19700510x819")

    logged = line(capsys)
    assert logged["event"] == "Could not read %s"
    assert logged["logger"] == "library"
    assert logged["error"] == "ValueError"
    assert "19700510x819" not in json.dumps(logged)


def test_temporal_is_quoted_without_its_workflow(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("temporalio.workflow").error("case_quarantined ({'attempt': 1})")

    assert line(capsys)["event"] == "case_quarantined"


def test_a_workflow_adds_fields_and_a_library_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    given = {"fields": {"table": "cases", "patient": "197005109819"}}

    logging.getLogger("temporalio.workflow").error("case_quarantined", extra=given)
    ours = line(capsys)
    logging.getLogger("library").error("case_quarantined", extra=given)

    assert ours["table"] == "cases"
    assert "patient" not in ours
    assert "table" not in line(capsys)
