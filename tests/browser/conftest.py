"""A real browser: Chromium as the machine has it, one for all tests, a profile for each."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser.windows import PageOf, Windows
from tests.support.instants import midday_zone
from tests.support.product import Person, Product

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Without one the tests are left out; where `CI` is set they fail, or nobody would notice."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium, and CI must not go without these tests")
        pytest.skip("there is no Chromium on this machine")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield launched
        await launched.close()


@pytest.fixture
async def windows(browser: Browser) -> AsyncIterator[Windows]:
    """Windows of the test's own. The test fails if any of them met an error it did not expect."""
    opened = Windows(browser)
    yield opened
    await opened.close()


@pytest.fixture
def page_of(windows: Windows) -> PageOf:
    """`await page_of(ada)`: a new device of Ada's, signed in, with today's page live."""
    return windows.of


@pytest.fixture
async def ada(product: Product) -> Person:
    """Where Ada lives it is about noon."""
    return await product.person("ada", timezone=midday_zone())


@pytest.fixture
async def bo(product: Product) -> Person:
    return await product.person("bo", timezone=midday_zone())


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures of pages are kept: a temporary folder, or the one `SCREENSHOTS` names."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
