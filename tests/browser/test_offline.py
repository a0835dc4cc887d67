"""The page without a server: it opens from what the browser keeps, and loses nothing."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import BrowserContext, expect

from storage.embedded import Embedded
from tests.browser.pictures import keep
from tests.browser.servers import free_port
from tests.browser.test_away import clicked, entries_of, is_away, shows
from tests.browser.windows import AWAY, Window, Windows, an_hour, sign_in
from tests.support.databases import Databases
from tests.support.folders import open_folder
from tests.support.instants import midday_zone
from tests.support.product import (
    ROOT,
    SECRET,
    Person,
    Product,
    ready_url,
    start_process,
    stop_process,
)
from tests.support.visitors import newcomer, sign_up

# A page that is loaded without a network writes down each thing that it could not ask.
NO_NETWORK = (AWAY, "net::ERR_", "ERR_FAILED", "preload")
# What is kept in the very moment in which the page ends, beside what the page itself keeps then.
KEEP_AT_THE_END = """async () => {
    const { createKept } = await import("/static/js/net/kept.js");
    const kept = createKept();
    await kept.change("outboxes", 0, () => "before");
    addEventListener("pagehide", () => kept.put("outboxes", 0, "at the end"));
}"""
KEPT = """async () => {
    const { createKept } = await import("/static/js/net/kept.js");
    return createKept().change("outboxes", 0, (before) => before);
}"""


class Site:
    """A server of its own, whose files in `static/` a test may change."""

    def __init__(self, folder: Path, database_url: str, redis_url: str) -> None:
        self.static = folder / "static"
        self._folder = folder
        self._settings = {
            "DATABASE_URL": database_url, "REDIS_URL": redis_url, "JWT_SECRET": SECRET,
            "RATE_LIMITS": "off", "PORT": str(free_port()),
        }  # fmt: skip
        for name in ("server", "static"):
            shutil.copytree(ROOT / name, folder / name)
        shutil.copy(ROOT / "run.py", folder)
        for name in ("handlers", "rooms", "storage"):
            (folder / name).symlink_to(ROOT / name)

    async def start(self) -> str:
        self.process = start_process(script=self._folder / "run.py", **self._settings)
        return await asyncio.to_thread(ready_url, self.process)

    async def stop(self) -> None:
        await asyncio.to_thread(stop_process, self.process)


@pytest.fixture
async def site(servers: Embedded, databases: Databases) -> AsyncIterator[Site]:
    with open_folder() as folder:
        made = Site(folder, await databases.make(), servers.redis_url)
        yield made
        await made.stop()


async def kept_window(windows: Windows, person: Person) -> Window:
    """A window whose browser has all that it needs to open the page again without a network."""
    context = await windows.context(service_workers="allow")
    await sign_in(context, person)
    window = await windows.open(context, person.product.url)
    window.expects(*NO_NETWORK)
    await window.is_live()
    await window.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    await window.page.reload()
    await window.is_live()
    return window


async def posts_of(context: BrowserContext) -> list[str]:
    """The commands that leave this browser by REST from now on."""
    sent: list[str] = []
    context.on(
        "request",
        lambda request: (
            sent.append(request.url)
            if request.method == "POST" and request.url.endswith("/time-entries")
            else None
        ),
    )
    return sent


async def test_a_start_and_a_stop_with_reloads_between_settle_as_one_entry(
    ada: Person, windows: Windows, pictures: Path
) -> None:
    """[T3] [T5] The page opens without a network, says as of when it is, and keeps every click."""
    window = await kept_window(windows, ada)
    context = window.page.context
    await window.start("Before the tunnel")
    await window.runs("Before the tunnel")
    await window.stop()
    await shows(window, None, ["Before the tunnel"])
    await expect(window.row("Before the tunnel")).not_to_have_class(re.compile("row-pending"))
    posts = await posts_of(context)

    await context.set_offline(True)
    await is_away(window)
    await window.page.reload()
    await expect(window.row("Before the tunnel")).to_be_visible()
    await expect(window.page.locator(".as-of")).to_contain_text("What you see is as of")
    async with clicked() as start:
        await window.start("On the train")
    await window.ticks()
    await expect(window.page.locator(".offline-notice")).to_contain_text("1 change is waiting")
    await window.page.reload()
    await window.runs("On the train")
    async with clicked() as stop:
        await window.stop()
    await expect(window.row("On the train")).to_have_class(re.compile("row-pending"))
    await keep(window, "offline", pictures)
    other = await windows.open(context, ada.product.url)
    other.expects(*NO_NETWORK)
    await expect(other.row("On the train")).to_have_class(re.compile("row-pending"))
    assert [entry["description"] for entry in await entries_of(ada)] == ["Before the tunnel"]

    await context.set_offline(False)
    for each in (window, other):
        await each.is_live()
        await shows(each, None, ["On the train", "Before the tunnel"])
    [entry, _] = await entries_of(ada)
    assert start.was_at(entry["started_at"])
    assert stop.was_at(entry["ended_at"])
    assert len(posts) == 1


async def test_what_is_kept_as_the_page_ends_is_there_when_it_opens_again(
    ada: Person, windows: Windows
) -> None:
    window = await kept_window(windows, ada)
    await window.page.evaluate(KEEP_AT_THE_END)
    await window.reload()
    assert await window.page.evaluate(KEPT) == "at the end"


async def test_what_the_server_refuses_is_kept_until_somebody_decides(
    ada: Person, windows: Windows, pictures: Path
) -> None:
    """An hour on a project that is gone is not lost with it."""
    project = await ada.project("Atlas")
    window = await kept_window(windows, ada)
    window.expects("404 .*/api/time-entries$")
    await window.page.context.set_offline(True)
    await is_away(window)
    await window.start("Maps @Atlas ")  # past the list of projects that the @ opens
    await window.ticks()
    await window.stop()
    await expect(window.row("Maps")).to_have_class(re.compile("row-pending"))
    await ada.done("DELETE", f"/projects/{project}")

    await window.page.context.set_offline(False)
    await window.is_live()
    card = window.page.get_by_role("region", name="Could not be saved")
    await expect(card).to_contain_text("You may no longer track on its project.")
    await window.page.reload()
    await expect(card).to_contain_text("Maps")
    await keep(window, "refused", pictures)
    await card.get_by_role("button", name="Save without the project").click()
    await shows(window, None, ["Maps"])
    await expect(card).to_have_count(0)
    [entry] = await entries_of(ada)
    assert (entry["description"], entry["project_id"]) == ("Maps", None)


async def test_what_is_changed_and_deleted_offline_is_so_when_one_is_back(
    ada: Person, windows: Windows, pictures: Path
) -> None:
    """Entries of the server, and those that it does not know of yet; each edit counts, once."""
    await ada.post("/time-entries", {"description": "Nothing", **an_hour(6)})
    await ada.post("/time-entries", {"description": "Draft", **an_hour()})
    window = await kept_window(windows, ada)
    await expect(window.row("Draft")).to_be_visible()
    await window.page.context.set_offline(True)
    await is_away(window)
    await window.row("Draft").get_by_role("button", name="Edit").click()
    await window.field("Description").fill("Final")
    await window.button("Save").click()
    await expect(window.row("Final")).to_have_class(re.compile("row-pending"))
    await window.row("Final").get_by_role("button", name="Edit").click()
    await window.field("Description").fill("Final, again")
    await window.button("Save").click()

    await window.button("Delete: Nothing").click()
    await expect(window.row("Nothing")).to_have_count(0)
    for what in ("On the train", "A slip", "Kept"):
        await window.start(what)
        await window.stop()
        await expect(window.row(what)).to_have_count(1)
    await window.button("Edit: On the train").click()
    await window.field("Description").fill("In the tunnel")
    await window.button("Save").click()
    await expect(window.row("In the tunnel")).to_have_class(re.compile("row-pending"))
    await window.button("Delete: A slip").click()
    await window.button("Delete: Kept").click()
    await expect(window.row("Kept")).to_have_count(0)
    await window.toasts.last.get_by_role("button", name="Undo").click()
    await expect(window.row("Kept")).to_have_count(1)
    await keep(window, "offline-edited", pictures)

    await window.page.context.set_offline(False)
    await window.is_live()
    await shows(window, None, ["Kept", "In the tunnel", "Final, again"])
    assert await posts_by_description(ada) == ["Final, again", "In the tunnel", "Kept"]


async def posts_by_description(person: Person) -> list[str]:
    return sorted(entry["description"] for entry in await entries_of(person))


async def test_after_days_asleep_the_page_is_right_without_a_burst_of_anything(
    ada: Person, windows: Windows
) -> None:
    """The clock is measured anew, the token renewed once; nothing that was missed is rung."""
    context = await windows.context()
    await context.clock.install()
    await sign_in(context, ada)
    window = await windows.open(context, ada.product.url)
    window.expects(AWAY)
    await window.is_live()
    await window.start("Overnight")
    await window.runs("Overnight")
    await window.ticks()
    renewed: list[str] = []
    context.on(
        "request",
        lambda request: renewed.append(request.url) if "/auth/refresh" in request.url else 0,
    )
    await context.clock.fast_forward(3 * 24 * 3600 * 1000)
    await expect(window.clock).to_have_text(re.compile(r"^0:0\d:\d\d$"))
    await window.is_live()
    await window.runs("Overnight")
    await expect(window.toasts).to_have_count(0)
    await window.stop()
    await window.is_idle()
    assert len(renewed) == 1


async def test_a_new_version_is_offered_and_taken_when_somebody_asks(
    site: Site, windows: Windows
) -> None:
    """The server is replaced while the page is open; the timer goes on, before and after."""
    url = await site.start()
    async with aiohttp.ClientSession() as http:
        product = Product(url, "", "", http)
        person = await newcomer_of(product)
        window = await kept_window(windows, person)
        first = await style_of(window)
        await window.start("Through the update")
        await window.runs("Through the update")
        await site.stop()
        await is_away(window)
        with (site.static / "css" / "base.css").open("a") as styles:
            styles.write("\n.a-new-version {\n  color: inherit;\n}\n")
        await site.start()
        await window.is_live()
        notice = window.page.locator(".update-notice")
        await expect(notice).to_contain_text("A new version of FocusHub is ready.")
        assert await style_of(window) == first
        await notice.get_by_role("button", name="Load it").click()
        await expect(notice).to_have_count(0)
        await window.is_live()
        await window.runs("Through the update")
        assert await style_of(window) != first
        kept = await window.page.evaluate("() => caches.keys()")
        assert len(kept) == 1


async def style_of(window: Window) -> str | None:
    return await window.page.locator("link[rel=stylesheet]").get_attribute("href")


async def newcomer_of(product: Product) -> Person:
    body = newcomer(timezone=midday_zone())
    _, answer, _ = await sign_up(product, body)
    user = answer["user"]
    return Person(product, user["id"], user["username"], user["email"], answer["access_token"], 0)
