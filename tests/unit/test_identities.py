"""What counts as a personal identity in a text, and which other numbers never do."""

import pytest

from domain.identities import carries_identity


@pytest.mark.parametrize(
    "text",
    [
        "197106209823",
        "it concerns my husband 19710620-9823, as before",
        "710620-9823",
        "7106209823",
        "121212+1212",
        "19710620 9823",
        "1971-06-20-9823",
        "19 71 06 20 9823",
        "190821-9940",
        "201908219940",
        "198001610016",
        "nr197106209823",
        "+197106209823",
        "\uff11\uff19\uff17\uff11\uff10\uff16\uff12\uff10\uff19\uff18\uff12\uff13",
        "\u0661\u0669\u0667\u0661\u0660\u0666\u0662\u0660\u0669\u0668\u0662\u0663",
        "1971\u200b06209823",
        "19710620\u20139823",
        "19710620\u00a09823",
    ],
)
def test_an_identity_is_found_however_it_is_written(text: str) -> None:
    assert carries_identity(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("197106209824", id="a wrong check digit"),
        pytest.param("197102309825", id="30 February"),
        pytest.param("5560360793", id="a company"),
        pytest.param("232100-0016", id="an organisation"),
        pytest.param("0701011231", id="a mobile phone whose digits make a date and check"),
        pytest.param("070-101 12 35", id="a mobile phone as people write it"),
        pytest.param("+46701740605", id="a phone with its country"),
        pytest.param("+201908219940", id="a phone in Egypt"),
        pytest.param("SE2321000198-7106209823", id="an HSA-id"),
        pytest.param("20191231000001", id="a product's number"),
        pytest.param("12121212-1212-1212-1212-191212121212", id="a case"),
        pytest.param("on 2026-11-22 1413", id="a day and an hour"),
        pytest.param("2026-11-23T10:00:00.101112+01:00", id="an instant"),
        pytest.param("2 tablets at 08 and 20, 1971-06-20", id="doses and a date"),
    ],
)
def test_other_numbers_are_no_identity(text: str) -> None:
    assert not carries_identity(text)
