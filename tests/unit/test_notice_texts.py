"""Notices say nothing: every text of the region is complete, and tells no more than news."""

import csv
from pathlib import Path

import pytest

from domain.delivery import Template, leaks_in, words_in
from runtime.notice_texts import NoticeTextsError, load_notice_texts
from runtime.region import load_region
from tests.region import SHIPPED

TEXTS_FILE = SHIPPED / "texts" / "notices.toml"
TEXTS = load_notice_texts(TEXTS_FILE)


@pytest.fixture(scope="module")
def telling_words() -> frozenset[str]:
    """Every word in the names of the region's services, roles and units."""
    catalogue = load_region(SHIPPED).catalogue
    names = [text for entry in catalogue.services for text in (entry.name.sv, entry.name.en)]
    names += [text for name in catalogue.role_names.values() for text in (name.sv, name.en)]
    names += [entry.code.replace("_", " ") for entry in catalogue.services]
    with (SHIPPED / "units.csv").open(encoding="utf-8") as file:
        names += [f"{row['name']} {row['municipality']}" for row in csv.DictReader(file)]
    return frozenset(word for name in names for word in words_in(name))


@pytest.mark.parametrize("template", Template)
def test_text_tells_nothing_in_either_language(
    template: Template, telling_words: frozenset[str]
) -> None:
    text = TEXTS[template]

    assert not leaks_in(text.sv, telling_words)
    assert not leaks_in(text.en, telling_words)


@pytest.mark.parametrize(
    ("text", "leak"),
    [
        pytest.param("Logga in före kl 10.", "digit", id="digit"),
        pytest.param("Hej {name}. Logga in.", "placeholder", id="placeholder"),
        pytest.param("Logga in på https://example.org", "link", id="address"),
        pytest.param("Logga in på minvard.se", "link", id="bare domain"),
        pytest.param("Ditt recept är klart. Logga in.", "recept", id="word of a service"),
        pytest.param("Strömsbro har svarat. Logga in.", "strömsbro", id="word of a unit"),
        pytest.param(" ", "empty", id="empty"),
    ],
)
def test_leaking_text_is_found(text: str, leak: str, telling_words: frozenset[str]) -> None:
    assert leak in leaks_in(text, telling_words)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("[staff_late]", "[staff_tomorrow]", "cannot be used", id="unknown template"),
        pytest.param('en = "Something is urgent. Log in now."', "", "cannot be used", id="one"),
        pytest.param("Logga in nu", "Logga in på 5 minuter", "citizen_urgent: digit", id="digit"),
    ],
)
def test_wrong_texts_are_refused_when_they_are_read(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    file = tmp_path / "notices.toml"
    file.write_text(TEXTS_FILE.read_text("utf-8").replace(old, new, 1), encoding="utf-8")

    with pytest.raises(NoticeTextsError, match=said):
        load_notice_texts(file)


def test_missing_template_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notices.toml"
    file.write_text(TEXTS_FILE.read_text("utf-8").split("[staff_urgent]")[0], encoding="utf-8")

    with pytest.raises(NoticeTextsError, match="lacks staff_urgent"):
        load_notice_texts(file)
