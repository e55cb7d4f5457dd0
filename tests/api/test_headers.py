"""The headers a caller may send, and the cursors of lists."""

from datetime import UTC, datetime, timedelta

import pytest

from api.cursors import Position, read_cursor, write_cursor
from api.etags import is_unchanged, read_expected_rev
from api.preferences import Preferences, read_preferences
from api.problems import ProblemError

SECRET = b"a secret of tests, long enough to be one"
CASE_ID = "12121212-1212-1212-1212-191212121212"
AT = datetime(2026, 11, 23, 7, 30, 0, 123456, UTC)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("*", None),
        ('"0"', 0),
        (' "17" ', 17),
    ],
)
def test_if_match_names_the_rev_that_was_seen(header: str | None, expected: int | None) -> None:
    assert read_expected_rev(header) == expected


@pytest.mark.parametrize("header", ["17", 'W/"17"', '"017"', '"1", "2"', '"x"', ""])
def test_a_malformed_if_match_is_refused(header: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read_expected_rev(header)
    assert refused.value.code == "invalid_header"


@pytest.mark.parametrize(
    ("header", "unchanged"),
    [
        (None, False),
        ('"3"', True),
        ('W/"3"', True),
        ('"1", "3"', True),
        ("*", True),
        ('"33"', False),
    ],
)
def test_known_tags_are_compared(header: str | None, unchanged: bool) -> None:
    assert is_unchanged(header, 3) is unchanged


@pytest.mark.parametrize(
    ("headers", "preferred"),
    [
        (None, Preferences()),
        (["wait=1"], Preferences(wait=timedelta(seconds=1))),
        (["wait=60"], Preferences(wait=timedelta(seconds=2))),
        (["respond-async, wait=1"], Preferences(timedelta(seconds=1), respond_async=True)),
        (["wait=soon", "return=minimal"], Preferences()),
    ],
)
def test_preferences_are_heard_as_far_as_they_are_known(
    headers: list[str] | None, preferred: Preferences
) -> None:
    assert read_preferences(headers) == preferred


@pytest.mark.parametrize("position", [(AT, CASE_ID), (None, CASE_ID)])
def test_a_cursor_leads_back_to_its_position(position: Position) -> None:
    cursor = write_cursor(SECRET, "inbox", position)

    assert read_cursor(SECRET, "inbox", cursor) == position


@pytest.mark.parametrize("cursor", ["", "x", "=", "a.b", "ééé", "A" * 300])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read_cursor(SECRET, "inbox", cursor)
    assert refused.value.code == "invalid_parameters"


def test_a_cursor_counts_for_its_own_list_and_secret() -> None:
    cursor = write_cursor(SECRET, "inbox", (AT, CASE_ID))

    for secret, listing in ((SECRET, "own"), (b"another secret", "inbox")):
        with pytest.raises(ProblemError):
            read_cursor(secret, listing, cursor)
