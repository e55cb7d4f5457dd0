"""Fixtures of browser tests: a whole local stack and a Chromium to look at it with."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from runtime.local import WITH_CODEC, LocalStack
from runtime.settings import Settings


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A browser; CHROMIUM names one that is not on the path."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if found is None:
        pytest.fail("No chromium; install it or name one by CHROMIUM")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


@pytest.fixture
async def stack(stack_settings: Settings) -> AsyncIterator[LocalStack]:
    """A running stack with a codec server."""
    async with LocalStack(stack_settings, print, WITH_CODEC, keep_cases=False) as running:
        yield running
