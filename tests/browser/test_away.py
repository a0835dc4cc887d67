"""Without a server, or without a network: clicks are kept, and settle once, at their instant."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.servers import Server, server_in
from tests.browser.windows import AWAY, PageOf, Window, Windows, sign_in
from tests.support.folders import open_folder
from tests.support.instants import midday_zone
from tests.support.product import Person

# The page measures the server's clock; on one machine both are the same but for a few ms.
NEAR = timedelta(milliseconds=250)
# As a proxy does that knows nothing of them.
NO_WEBSOCKETS = """
window.WebSocket = class extends EventTarget {
  constructor() {
    super();
    setTimeout(() => { this.onerror?.(new Event("error")); this.onclose?.({}); });
  }
  send() {}
  close() {}
};
"""


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Server]:
    """A server of these tests' own, to be killed and started again."""
    with open_folder() as folder:
        async with server_in(folder) as started:
            yield started


@dataclass
class Click:
    """When something was clicked: between two readings of the clock."""

    after: datetime
    before: datetime | None = None

    def was_at(self, instant: str) -> bool:
        assert self.before is not None
        return self.after - NEAR <= datetime.fromisoformat(instant) <= self.before + NEAR


@asynccontextmanager
async def clicked() -> AsyncIterator[Click]:
    click = Click(after=datetime.now(UTC))
    yield click
    click.before = datetime.now(UTC)


async def is_away(window: Window) -> None:
    await expect(window.badge).to_have_text(re.compile("^(Reconnecting…|Offline)$"))


async def shows(window: Window, running: str | None, rows: list[str]) -> None:
    """The window shows this timer and these ended entries, newest first, and nothing waits."""
    await (window.runs(running) if running else window.is_idle())
    await expect(window.rows.locator(".row-title")).to_have_text(rows)
    await expect(window.page.locator(".row-pending, .offline-notice")).to_have_count(0)


async def entries_of(person: Person) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = await person.get("/time-entries?limit=200")
    return listed


async def test_both_windows_are_right_again_after_the_server_was_killed(
    server: Server, page_of: PageOf
) -> None:
    """[T3] [T4] [T5] What was clicked while it was away happens once, when it was clicked."""
    ada = await server.person(timezone=midday_zone())
    desk, phone = await page_of(ada), await page_of(ada)
    for window in (desk, phone):
        window.expects(AWAY)
    await desk.start("Before the crash")
    await phone.runs("Before the crash")
    await server.kill()
    for window in (desk, phone):
        await is_away(window)
        await window.runs("Before the crash")

    async with clicked() as stop:
        await desk.stop()
    await desk.is_idle()
    async with clicked() as start:
        await desk.start("While it was away")
    await desk.runs("While it was away")
    await desk.ticks()
    await expect(desk.page.locator(".offline-notice")).to_contain_text("2 changes are waiting")
    # The same timer is stopped on the other device later: the earlier stop counts.
    await phone.stop()
    await phone.is_idle()

    await server.start()
    for window in (desk, phone):
        await window.is_live()
        await shows(window, "While it was away", ["Before the crash"])
    second, first = await entries_of(ada)
    assert stop.was_at(first["ended_at"])
    assert start.was_at(second["started_at"])
    assert second["ended_at"] is None
    totals = [await window.total_s() for window in (desk, phone, desk)]
    assert totals[0] - 1 <= totals[1] <= totals[2] + 1


async def test_a_start_that_the_server_never_answered_happens_once(
    server: Server, page_of: PageOf
) -> None:
    """[T5] It is sent again with its command id to the process that comes after."""
    ada = await server.person(timezone=midday_zone())
    desk = await page_of(ada)
    desk.expects(AWAY)
    server.freeze()
    await desk.start("Into the void")
    await desk.runs("Into the void")
    await server.kill()
    await is_away(desk)
    await server.start()
    await desk.is_live()
    await shows(desk, "Into the void", [])
    # What another window shows, the server has been told.
    phone = await page_of(ada)
    await phone.runs("Into the void")
    assert [entry["description"] for entry in await entries_of(ada)] == ["Into the void"]


async def test_a_start_and_a_stop_made_offline_become_one_entry_with_both_instants(
    ada: Person, page_of: PageOf
) -> None:
    desk, phone = await page_of(ada), await page_of(ada)
    desk.expects(AWAY)
    await desk.page.context.set_offline(True)
    await is_away(desk)
    async with clicked() as start:
        await desk.start("On the train")
    await desk.ticks()
    async with clicked() as stop:
        await desk.stop()
    await desk.is_idle()
    await expect(desk.row("On the train")).to_have_class(re.compile("row-pending"))
    assert await entries_of(ada) == []

    await desk.page.context.set_offline(False)
    await desk.is_live()
    for window in (desk, phone):
        await shows(window, None, ["On the train"])
    [entry] = await entries_of(ada)
    assert start.was_at(entry["started_at"])
    assert stop.was_at(entry["ended_at"])


async def test_what_was_clicked_while_away_outlives_a_reload(
    ada: Person, page_of: PageOf, windows: Windows
) -> None:
    """The commands wait in the tab's own storage, and are shown until they are answered; here in a
    network that lets no websockets through."""
    context = await windows.context()
    await context.add_init_script(NO_WEBSOCKETS)
    await sign_in(context, ada)
    desk = await windows.open(context, ada.product.url)
    await desk.is_live()
    desk.expects(AWAY, "ERR_FAILED")
    await desk.page.route("**/socket.io/**", lambda route: route.abort())
    await desk.page.context.set_offline(True)
    await is_away(desk)
    async with clicked() as start:
        await desk.start("Then the tab was loaded again")
    await desk.page.context.set_offline(False)
    desk.page.on("dialog", lambda dialog: dialog.accept())
    await desk.page.reload()
    await desk.runs("Then the tab was loaded again")
    assert await entries_of(ada) == []

    await desk.page.unroute_all()
    await desk.is_live()
    await shows(desk, "Then the tab was loaded again", [])
    await (await page_of(ada)).runs("Then the tab was loaded again")  # by now it is saved
    [entry] = await entries_of(ada)
    assert start.was_at(entry["started_at"])


async def test_a_device_whose_clock_is_wrong_still_knows_the_time(
    ada: Person, page_of: PageOf, windows: Windows
) -> None:
    """[T3] The server's clock counts, as the page has measured it: live, and offline as well."""
    context = await windows.context()
    await context.clock.install(time=datetime.now() + timedelta(hours=2))
    await sign_in(context, ada)
    wrong, right = await windows.open(context, ada.product.url), await page_of(ada)
    wrong.expects(AWAY)
    await wrong.is_live()
    await right.start("Started elsewhere")
    await wrong.runs("Started elsewhere")
    for window in (wrong, right):
        await expect(window.clock).to_have_text(re.compile(r"^0:00:\d\d$"))

    await context.set_offline(True)
    await is_away(wrong)
    async with clicked() as stop:
        await wrong.stop()
    await wrong.is_idle()
    await context.set_offline(False)
    await wrong.is_live()
    for window in (wrong, right):
        await shows(window, None, ["Started elsewhere"])
    [entry] = await entries_of(ada)
    assert stop.was_at(entry["ended_at"])
