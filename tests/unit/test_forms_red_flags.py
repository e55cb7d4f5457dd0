"""Red-flag words: whole words in both languages, found in any text, read from the region's file."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from domain.red_flags import RedFlagWords
from runtime.red_flag_file import RedFlagFileError, load_red_flags
from tests.region import SHIPPED

WORDS = load_red_flags(SHIPPED / "texts" / "red_flags.toml")


@pytest.mark.parametrize(
    "text",
    [
        "Jag har ONT I BRÖSTET sedan i går",
        "ont i bro\u0308stet",
        "har ont\ni   bröstet",
        "Självmordstankar.",
        "I can\u2019t breathe",
        "chest-pain",
    ],
)
def test_words_are_found_as_people_write_them(text: str) -> None:
    assert WORDS.stand_in(text)


@pytest.mark.parametrize(
    "text", ["", "Jag har ont i foten", "stroked the cat", "pesticides", "chest", "överdoserad"]
)
def test_parts_of_words_do_not_count(text: str) -> None:
    assert not WORDS.stand_in(text)


def test_words_are_found_in_any_text_of_the_answers() -> None:
    answers: JsonValue = {
        "items": [{"dose_now": "1", "side_effects_text": "I fainted"}],
        "count": 3,
    }

    assert WORDS.stand_in_any(answers)
    assert not WORDS.stand_in_any(["I fell", True, None])
    assert not RedFlagWords().stand_in_any(answers)


@pytest.mark.parametrize(
    "content", ["", 'sv = ["a"]', 'sv = ["a"]\nen = []', 'sv = "a"\nen = ["b"]', "sv = ["]
)
def test_file_without_both_languages_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "red_flags.toml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(RedFlagFileError):
        load_red_flags(path)
