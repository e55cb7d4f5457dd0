"""Notices say nothing: every text of the region is complete, and tells no more than news."""

import csv
import shutil
from pathlib import Path

import pytest

from domain.delivery import Template, leaks_in, words_in
from runtime.notice_texts import NoticeTextsError, load_notice_texts, load_notice_words
from runtime.region import load_region
from tests.region import SHIPPED

TEXTS_FILE = SHIPPED / "texts" / "notices.toml"
WORDS_FILE = TEXTS_FILE.with_name("notice_words.toml")
TEXTS = load_notice_texts(TEXTS_FILE)
WORDS = load_notice_words(WORDS_FILE)


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

    assert not leaks_in(text.sv, WORDS.sv, telling_words)
    assert not leaks_in(text.en, WORDS.en, telling_words)


@pytest.mark.parametrize(
    ("text", "leak"),
    [
        pytest.param("Logga in före kl 10.", "digit", id="digit"),
        pytest.param("Hej {name}. Logga in.", "placeholder", id="placeholder"),
        pytest.param("Logga in på https://example.org", "link", id="address"),
        pytest.param("Logga in på minvard.se", "link", id="bare domain"),
        pytest.param("Ditt recept är klart. Logga in.", "recept", id="word of a service"),
        pytest.param("Strömsbro har svarat. Logga in.", "strömsbro", id="word of a unit"),
        pytest.param("Receptet är klart. Logga in.", "receptet", id="inflected"),
        pytest.param("Intyget är klart. Logga in.", "intyget", id="another service"),
        pytest.param("Enalapril väntar. Logga in.", "enalapril", id="medicine"),
        pytest.param("Din medicin väntar. Logga in.", "medicin", id="of any kind"),
        pytest.param("Du har p-piller. Logga in.", "piller", id="compound"),
        pytest.param("Barnmorskan har svarat. Logga in.", "barnmorskan", id="profession"),
        pytest.param("BVC har svarat. Logga in.", "bvc", id="short word"),
        pytest.param("Hej Anna. Logga in.", "anna", id="name"),
        pytest.param("Du har \N{PILL}. Logga in.", "sign", id="picture"),
        pytest.param(" ", "empty", id="empty"),
    ],
)
def test_leaking_text_is_found(text: str, leak: str) -> None:
    assert leak in leaks_in(text, WORDS.sv)


def test_allowed_word_must_not_be_one_of_a_service(telling_words: frozenset[str]) -> None:
    allowed = {*WORDS.sv, "recept"}

    assert leaks_in("Du har ett recept.", allowed, telling_words) == ("recept",)


def test_region_allows_a_word_in_one_language_by_adding_it(tmp_path: Path) -> None:
    file = tmp_path / "notices.toml"
    text = TEXTS_FILE.read_text("utf-8").replace("ett meddelande", "ett besked", 1)
    file.write_text(text, encoding="utf-8")
    words = WORDS_FILE.read_text("utf-8")
    (tmp_path / "notice_words.toml").write_text(words, encoding="utf-8")

    with pytest.raises(NoticeTextsError, match="citizen: says besked"):
        load_notice_texts(file)
    (tmp_path / "notice_words.toml").write_text(
        words.replace("sv = [", 'sv = [ "Besked",'), encoding="utf-8"
    )
    assert load_notice_texts(file)[Template.CITIZEN].sv == "Du har ett besked. Logga in."


def test_words_are_needed(tmp_path: Path) -> None:
    file = tmp_path / "notices.toml"
    shutil.copy(TEXTS_FILE, file)

    with pytest.raises(NoticeTextsError, match=r"notice_words\.toml cannot be used"):
        load_notice_texts(file)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("[staff_late]", "[staff_tomorrow]", "cannot be used", id="unknown template"),
        pytest.param('en = "Something is urgent. Log in now."', "", "cannot be used", id="one"),
        pytest.param(
            "Logga in nu", "Logga in på 5 minuter", "citizen_urgent: says digit", id="digit"
        ),
    ],
)
def test_wrong_texts_are_refused_when_they_are_read(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    file = tmp_path / "notices.toml"
    shutil.copy(WORDS_FILE, tmp_path)
    file.write_text(TEXTS_FILE.read_text("utf-8").replace(old, new, 1), encoding="utf-8")

    with pytest.raises(NoticeTextsError, match=said):
        load_notice_texts(file)


def test_missing_template_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notices.toml"
    shutil.copy(WORDS_FILE, tmp_path)
    file.write_text(TEXTS_FILE.read_text("utf-8").split("[staff_urgent]")[0], encoding="utf-8")

    with pytest.raises(NoticeTextsError, match="staff_urgent: this text is missing"):
        load_notice_texts(file)
