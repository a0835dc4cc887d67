"""The served documents of the API, as a browser shows them."""

import pytest
from playwright.async_api import expect

from tests.browser.windows import AWAY_PATIENCE_MS, Windows
from tests.support.product import ROOT, Product

pytestmark = pytest.mark.skipif(
    not (ROOT / "static" / "api-docs" / "index.html").exists(), reason="no API documents"
)


async def test_the_calls_are_shown_from_the_document_that_the_server_serves(
    product: Product, windows: Windows
) -> None:
    window = await windows.open(await windows.context(), f"{product.url}/api-docs")
    operation = window.page.locator("#operations-Accounts-signup, .opblock").first
    await expect(operation).to_be_visible()
    await expect(window.page.get_by_text("/api/auth/signup").first).to_be_visible()
    await operation.get_by_role("button").first.click(timeout=AWAY_PATIENCE_MS)
    await expect(operation.get_by_text("Responses").first).to_be_visible()


async def test_the_live_events_are_shown_as_well(product: Product, windows: Windows) -> None:
    window = await windows.open(
        await windows.context(), f"{product.url}/static/api-docs/events.html"
    )
    await expect(window.page.get_by_text("timer:start").first).to_be_visible()
