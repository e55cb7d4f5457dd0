"""Fixtures of browser tests: a whole local stack and a Chromium to look at it with."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.async_api import Browser, async_playwright

from runtime.local import WITH_CODEC, LocalStack
from runtime.settings import Settings
from tests.ports import free_port


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
async def stack_settings() -> AsyncIterator[Settings]:
    """The settings of a stack in a folder that PostgreSQL's user can reach."""
    with TemporaryDirectory(prefix="arende-browser-") as folder:
        yield Settings(
            _env_file=None,
            mode="local",
            data_dir=Path(folder),
            http_port=free_port(),
            temporal_port=free_port(),
            ui_port=free_port(),
            codec_port=free_port(),
        )


@pytest.fixture
async def stack(stack_settings: Settings) -> AsyncIterator[LocalStack]:
    """A running stack with a codec server."""
    async with LocalStack(stack_settings, print, WITH_CODEC, keep_cases=False) as running:
        yield running
