"""The page on notices says what the channels do: event, verification, words and numbers."""

import base64
import json
import re
import runpy
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from domain.delivery_errors import DeliveryError
from runtime.channels.ways import AppWebhook
from runtime.channels.webhook import WebhookOutbox, body_of
from tests.region import ROOT
from tests.unit import sms_provider
from tests.unit.deliveries import CASE_ID, app_news
from tests.unit.http_sink import listening

PAGE = (ROOT / "docs" / "notices.md").read_text("utf-8")
SECRET, OTHER_SECRET = ("whsec_" + base64.b64encode(sign * 32).decode() for sign in (b"k", b"o"))


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def test_example_event_is_what_the_app_gets() -> None:
    assert json.loads(block("json")) == json.loads(body_of(app_news(urgent=True)))


@pytest.mark.parametrize(("secret", "read"), [(SECRET, CASE_ID), (OTHER_SECRET, None)])
async def test_documented_verification_reads_a_real_request(
    tmp_path: Path, secret: str, read: str | None
) -> None:
    (tmp_path / "app.py").write_text(block("python"), "utf-8")
    read_news = runpy.run_path(str(tmp_path / "app.py"))["read_news"]

    async with listening(lambda _: 200) as (sink, url), httpx2.AsyncClient() as client:
        hook = AppWebhook(url, (SECRET,))
        await WebhookOutbox(hook, client, lambda: datetime.now(UTC)).send(app_news())

    (request,) = sink.taken
    assert read_news(secret, request.body, request.headers) == read


def test_every_word_of_an_error_is_explained() -> None:
    sources = (path.read_text("utf-8") for path in (ROOT / "runtime" / "channels").glob("*.py"))
    words = {
        word
        for source in sources
        for word in re.findall(r'"((?:mail|webhook|sms|channel|key)_[a-z_]+)"', source)
    }
    words |= {f"{one}_{what}" for one in ("webhook", "sms") for what in ("timeout", "unreachable")}

    assert len(words) > 15
    assert words <= {str(error) for error in DeliveryError}
    table = PAGE.split("\n## Words in `error`\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE)
    explained = [word for cell in cells for word in re.findall(r"`(\w+)`", cell)]
    assert sorted(explained) == sorted(DeliveryError)


def test_numbers_of_the_test_gateway_are_listed() -> None:
    numbers = {value for name, value in vars(sms_provider).items() if str(value).startswith("+")}

    assert set(re.findall(r"^\| (\+\d+) \|", PAGE, re.MULTILINE)) == numbers
