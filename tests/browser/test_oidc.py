"""Signing in by the button of the server's OpenID provider."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import expect

from storage.embedded import Embedded
from tests.browser.windows import SIGNED_OUT, Windows
from tests.support.databases import Databases
from tests.support.openid import CLIENT_ID, CLIENT_SECRET, OpenId, openid_provider
from tests.support.product import Product, serving


@pytest.fixture
async def provider() -> AsyncIterator[OpenId]:
    async with openid_provider() as provider:
        yield provider


@pytest.fixture
async def hub(servers: Embedded, databases: Databases, provider: OpenId) -> AsyncIterator[Product]:
    async with serving(
        await databases.make(),
        servers.redis_url,
        OIDC_ISSUER=provider.issuer,
        OIDC_CLIENT_ID=CLIENT_ID,
        OIDC_CLIENT_SECRET=CLIENT_SECRET,
        OIDC_NAME="Our Company",
    ) as product:
        await provider.tell(redirect_uris=[f"{product.url}/api/auth/oidc/callback"])
        yield product


async def test_the_button_leads_to_the_page_that_one_wanted(
    hub: Product, windows: Windows, provider: OpenId
) -> None:
    """By the provider and back; where it refuses, the page says so."""
    window = await windows.open(await windows.context(), hub.url + "/login?next=/projects")
    window.expects(SIGNED_OUT, "^failed: .* net::ERR_ABORTED$")
    button = window.page.get_by_role("link", name="Sign in with Our Company")
    await provider.tell(deny=True)
    await button.click()
    await expect(window.page.get_by_role("alert").first).to_contain_text("You did not agree")
    await provider.tell(deny=False)
    await window.visit(hub.url + "/login?next=/projects")
    await button.click()
    await expect(window.page.get_by_text("No projects yet.")).to_be_visible()
    await window.is_live()
    await window.go_to("Settings")
    await expect(window.page.get_by_text("You can sign in with Our Company.")).to_be_visible()
