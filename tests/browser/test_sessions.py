"""How a login lives in several tabs: renewed by one, ended for all."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import BrowserContext, Request, expect

from storage.embedded import Embedded
from tests.browser.windows import (
    LOGIN_ENDED,
    SIGNED_OUT,
    PageOf,
    Window,
    Windows,
    sign_in,
)
from tests.support.databases import Databases
from tests.support.instants import midday_zone
from tests.support.product import Product, serving

LIFETIME_S = 4
# A token is renewed at half its life; so many renewals are more than two lives.
RENEWALS = 5


@pytest.fixture(scope="module")
async def hasty(servers: Embedded, databases: Databases) -> AsyncIterator[Product]:
    """A server whose access tokens live for four seconds, and its connections two longer."""
    times = json.dumps({"access_token": LIFETIME_S, "token_grace": 2})
    database_url = await databases.make()
    async with serving(database_url, servers.redis_url, TEST_TIMES=times) as product:
        yield product


class Renewals:
    """The calls of a context that renew its tokens; at most `at_once` were under way together."""

    def __init__(self, context: BrowserContext) -> None:
        self.under_way = self.at_once = self.done = 0
        self.refused: list[int] = []
        self._news = asyncio.Condition()
        context.on("request", self._begin)
        context.on("requestfinished", self._end)

    def _begin(self, request: Request) -> None:
        if request.url.endswith("/api/auth/refresh"):
            self.under_way += 1
            self.at_once = max(self.at_once, self.under_way)

    async def _end(self, request: Request) -> None:
        if request.url.endswith("/api/auth/refresh"):
            self.under_way -= 1
            response = await request.response()
            if response is None or not response.ok:
                self.refused.append(response.status if response else 0)
            async with self._news:
                self.done += 1
                self._news.notify_all()

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(count * LIFETIME_S), self._news:
            await self._news.wait_for(lambda: self.done >= count)


async def two_tabs(
    context: BrowserContext, product: Product, windows: Windows
) -> tuple[Window, Window]:
    """Somebody signs in in a context, and opens two tabs of it; the second is in front."""
    await sign_in(context, await product.person("ada", timezone=midday_zone()))
    first, second = [await windows.open(context, product.url) for _ in range(2)]
    for tab in (first, second):
        tab.expects(SIGNED_OUT)  # where the machine is slower than the token is long
        await tab.is_live()
    return first, second


async def test_two_tabs_stay_live_beyond_their_token_and_renew_it_one_at_a_time(
    hasty: Product, windows: Windows
) -> None:
    """A refresh token used twice would end the login; the connections are never dropped."""
    context = await windows.context()
    renewals = Renewals(context)
    first, second = await two_tabs(context, hasty, windows)
    for tab in (first, second):
        tab.expects("401 .*/api/")  # whatever such a machine asks too late is asked once more
    sockets = [len(tab.sockets) for tab in (first, second)]
    await renewals.wait_for(RENEWALS)
    assert (renewals.at_once, renewals.refused) == (1, [])
    assert [len(tab.sockets) for tab in (first, second)] == sockets

    for tab in (first, second):
        await tab.is_live()
    await second.start("Still here")
    await first.runs("Still here")
    await second.go_to("Settings")
    await expect(second.page.get_by_text("This device")).to_be_visible()


async def test_logging_out_in_one_tab_signs_the_other_out(
    product: Product, windows: Windows
) -> None:
    context = await windows.context()
    first, second = await two_tabs(context, product, windows)
    for tab in (first, second):
        tab.expects(LOGIN_ENDED)
    await second.go_to("Settings")
    await second.button("Log out").click()
    for tab in (first, second):
        await expect(tab.button("Create account")).to_be_visible()
        await expect(tab.page).to_have_title("Welcome · FocusHub")
    assert [cookie["name"] for cookie in await context.cookies()] == []


async def test_logging_in_in_one_tab_signs_the_other_in(product: Product, windows: Windows) -> None:
    """The tab that is told shows what it was opened for."""
    ada = await product.person("ada", timezone=midday_zone())
    context = await windows.context()
    first = await windows.open(context, product.url + "/projects")
    second = await windows.open(context, product.url + "/login")
    for tab in (first, second):
        tab.expects(SIGNED_OUT)
        await expect(tab.button("Log in")).to_be_visible()
    await second.log_in(ada)
    for tab in (first, second):
        await tab.is_live()
    await second.is_idle()
    await expect(first.page.get_by_text("No projects yet.")).to_be_visible()


async def test_a_device_that_is_logged_out_from_another_closes_at_once(
    product: Product, page_of: PageOf
) -> None:
    """Its connection ends, its page says so, and what it showed is gone."""
    ada = await product.person("ada", timezone=midday_zone())
    lost = await page_of(ada)
    lost.expects(LOGIN_ENDED)
    await lost.start("Private words")
    await lost.runs("Private words")
    desk = await page_of(ada, "/settings")
    devices = desk.page.get_by_role("region", name="Devices")
    other = devices.get_by_role("listitem").filter(has_text="Chrome on Linux")
    await other.get_by_role("button", name="Log out Chrome on Linux").click()
    await expect(lost.button("Create account")).to_be_visible()
    await expect(lost.page.locator("body")).not_to_contain_text("Private words")
    await expect(other).to_have_count(1)
    await expect(other).to_contain_text("This device")
    await desk.is_live()
