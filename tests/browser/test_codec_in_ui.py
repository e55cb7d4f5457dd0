"""The Temporal UI shows payloads in clear only while an operator's window is open."""

import asyncio
import os
from datetime import UTC, datetime

import asyncpg
import httpx2
import pytest
from playwright.async_api import Browser, Page, expect

from runtime.issuer import LocalIssuer
from runtime.local import LocalStack
from runtime.settings import Settings
from tests.api.calling import RENEWAL
from tests.api.people import HENRIK, employee
from tests.region import ROOT

OPERATIONS = employee(188)
WRITTEN = "1 tablet in the morning"
REASON = "Case stuck since noon, incident 4711"
_PICTURE = ROOT / "docs" / "images" / "temporal-ui-decoded.png"
_PATIENCE_MS = 30_000


async def submitted(stack: LocalStack, settings: Settings) -> str:
    """Submit a renewal of a synthetic citizen; return the case's id when it lies at a unit."""
    token = LocalIssuer(settings).citizen_token(HENRIK, datetime.now(UTC))
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "picture-1"}
    body = {"service": "prescription_renewal", "answers": RENEWAL}
    async with httpx2.AsyncClient(base_url=stack.api_url, trust_env=False) as http:
        answer = await http.post("/v1/cases", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        case: dict[str, str] = answer.json()
        async with asyncio.timeout(_PATIENCE_MS / 1000):
            while case["state"] != "queued":
                read = await http.get(f"/v1/cases/{case['case_id']}", headers=headers)
                case = read.json()
    return case["case_id"]


async def ask_codec_server(page: Page, stack: LocalStack) -> None:
    """Let the UI send its requests to the codec server with the browser's cookies."""
    await page.get_by_test_id("data-encoder-status-error").first.click()
    dialog = page.get_by_role("dialog").filter(has=page.get_by_test_id("data-encoder-title"))
    await dialog.get_by_test_id("use-local-endpoint-input").check()
    await dialog.get_by_test_id("data-encoder-endpoint-input").fill(stack.codec_url)
    await dialog.get_by_test_id("data-encoder-include-credentials").click()
    await dialog.get_by_test_id("confirm-modal-button").click()


async def state_a_reason(page: Page, stack: LocalStack, settings: Settings) -> None:
    """Open a window on the codec server's own page, as someone of operations."""
    token = LocalIssuer(settings).staff_token(
        OPERATIONS.hsa_id, OPERATIONS.commission, datetime.now(UTC)
    )
    await page.goto(f"{stack.codec_url}/access")
    await page.get_by_label("Access token").fill(token)
    await page.get_by_label("Reason").fill(REASON)
    await page.get_by_role("button", name="Open").click()
    await expect(page.get_by_role("status")).to_contain_text("Open until")


async def decoded_payloads(stack: LocalStack) -> int:
    conn = await asyncpg.connect(stack.database_url)
    try:
        rows = await conn.fetch("SELECT staff, reason, payloads FROM decode_log")
    finally:
        await conn.close()
    assert {(row["staff"], row["reason"]) for row in rows} <= {(OPERATIONS.hsa_id, REASON)}
    return sum(row["payloads"] for row in rows)


@pytest.mark.timeout(300)
async def test_a_stated_reason_turns_ciphertext_into_text(
    chromium: Browser, stack: LocalStack, stack_settings: Settings
) -> None:
    case_id = await submitted(stack, stack_settings)
    context = await chromium.new_context(viewport={"width": 1600, "height": 1000})
    page, beside = await context.new_page(), await context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    expect.set_options(timeout=_PATIENCE_MS)
    address = f"{stack.ui_url}/namespaces/default/workflows/case-{case_id}"
    shown = page.get_by_test_id("input-and-result")

    await page.goto(address)
    await expect(page.get_by_label("Codec Server could not connect").first).to_be_visible()
    await expect(shown).to_contain_text("Input")
    await ask_codec_server(page, stack)
    await page.goto(address)
    await expect(page.get_by_label("Codec Server could not connect").first).to_be_visible()
    await expect(shown).not_to_contain_text(WRITTEN)
    assert await decoded_payloads(stack) == 0

    await state_a_reason(beside, stack, stack_settings)
    await page.goto(address)
    await expect(shown).to_contain_text(WRITTEN)
    assert await decoded_payloads(stack) > 0
    if os.environ.get("TAKE_PICTURES"):
        await page.screenshot(path=_PICTURE)

    await beside.get_by_role("button", name="Close again").click()
    await expect(beside.get_by_role("status")).to_have_text("Closed.")
    await page.goto(address)
    await expect(page.get_by_label("Codec Server could not connect").first).to_be_visible()
    await expect(shown).not_to_contain_text(WRITTEN)
