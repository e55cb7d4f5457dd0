"""A key that is not there: said by name, not too often, and remembered while tasks are retried."""

import structlog

from runtime.missing_keys import MissingKeys


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_missing_key_is_said_at_once_and_then_every_ten_seconds() -> None:
    clock = Clock()
    missing = MissingKeys(clock)
    with structlog.testing.capture_logs() as lines:
        for _ in range(21):
            missing.note("2026-08")
            clock.now += 1

    assert [line["key_name"] for line in lines] == ["2026-08"] * 3
    assert {(line["event"], line["log_level"]) for line in lines} == {
        ("payload_key_missing", "error")
    }


def test_a_missing_key_is_remembered_for_a_quarter_of_an_hour() -> None:
    clock = Clock()
    missing = MissingKeys(clock)
    missing.note("b")
    missing.note("a")

    assert missing.recent() == ["a", "b"]
    clock.now += 15 * 60 + 1
    assert missing.recent() == []


def test_a_name_that_no_key_can_have_is_not_repeated() -> None:
    missing = MissingKeys(Clock())
    with structlog.testing.capture_logs() as lines:
        missing.note("Kanarief\u00e5gel 197005109819")

    assert missing.recent() == ["unnamed"]
    assert "197005109819" not in str(lines)
