"""Every page of a full account, light and dark, phone and desk: axe finds nothing serious."""

import re

from playwright.async_api import Page, expect

from tests.browser.axe import serious
from tests.browser.pictures import SIZES
from tests.browser.test_pages import a_full_life
from tests.browser.windows import SIGNED_OUT, PageOf, Window, Windows
from tests.support.instants import midday_zone
from tests.support.product import Person, Product

# What a page shows when it is there: its first heading.
PAGES = (
    ("/", r"\d"),
    ("/history", "History"),
    ("/reports", "Reports"),
    ("/import", "Import"),
    ("/projects", "Projects"),
    ("/projects/{project}", "Atlas of rivers"),
    ("/rooms", "Rooms"),
    ("/rooms/{room}", "Library"),
    ("/board", "Board"),
    ("/streak", "Streak"),
    ("/badges", "Badges"),
    ("/timeline", "Timeline"),
    ("/people/{person}", "."),
    ("/notifications", "Notifications"),
    ("/settings", "Settings"),
    ("/invites/abc", "You are invited"),
    ("/admin", "Administration"),
    ("/admin/badges", "Administration"),
    ("/admin/server", "Administration"),
    ("/admin/log", "Administration"),
    ("/nowhere", "Nothing here"),
)
LOOKS = (("desk", "light"), ("phone", "dark"))


async def all_looks(page: Page, name: str) -> list[str]:
    """Findings in each of two looks that between them have both sizes and both colours."""
    found = []
    for size, scheme in LOOKS:
        await page.set_viewport_size(SIZES[size])
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found += [f"{name}, {size}, {scheme}: {each}" for each in await serious(page)]
    return found


async def follow(window: Window, path: str) -> None:
    """Go there without loading the page anew, as by a link."""
    await window.page.evaluate(
        """path => {
            history.pushState(null, "", path);
            dispatchEvent(new PopStateEvent("popstate"));
        }""",
        path,
    )


async def test_axe_finds_nothing_serious_on_any_page(
    product: Product, bo: Person, page_of: PageOf
) -> None:
    """Of an administrator, who has all of them."""
    ada = await product.person("ada", role="admin", timezone=midday_zone())
    project = await a_full_life(ada, bo)
    room = (await ada.post("/rooms", {"name": "Library"}))["slug"]
    window = await page_of(ada, bypass_csp=True)
    window.expects(r"404 .*/api/")
    found = []
    for pattern, heading in PAGES:
        path = pattern.format(project=project, room=room, person=bo.id)
        await follow(window, path)
        await expect(window.page.get_by_role("heading", level=1)).to_have_text(re.compile(heading))
        found += await all_looks(window.page, path)
    assert found == [], "\n".join(found)


async def test_axe_finds_nothing_serious_in_what_opens_over_a_page(
    ada: Person, page_of: PageOf
) -> None:
    """Dialogs, lists, the sheet of a phone, the phases, an editor."""
    await ada.project("Atlas", color="#2f7fd1")
    window = await page_of(ada, bypass_csp=True)
    await window.button("Pomodoro").click()
    found = await all_looks(window.page, "pomodoro")
    await window.page.set_viewport_size(SIZES["desk"])
    await window.button("Phases").click()
    found += await all_looks(window.page, "phases")
    await window.page.keyboard.press("Escape")
    await window.page.keyboard.press("?")
    found += await all_looks(window.page, "keys")
    await window.page.keyboard.press("Escape")
    await window.start("Write")
    await window.runs("Write")
    await window.box.press_sequentially("@")
    await expect(window.page.get_by_role("option")).to_have_count(1)
    found += await all_looks(window.page, "choosing")
    await window.box.fill("")
    await window.timer.get_by_role("button", name="Edit").click()
    found += await all_looks(window.page, "editing")
    await window.page.set_viewport_size(SIZES["phone"])
    await window.button("More").click()
    found += await all_looks(window.page, "more")
    assert found == [], "\n".join(found)


async def test_axe_finds_nothing_serious_before_one_is_signed_in(
    product: Product, windows: Windows
) -> None:
    window = await windows.open(await windows.context(bypass_csp=True), product.url)
    window.expects(SIGNED_OUT)
    found = []
    for path in ("/", "/login", "/signup", "/reset"):
        await follow(window, path)
        await expect(window.field("E-mail")).to_be_visible()
        found += await all_looks(window.page, path)
    assert found == [], "\n".join(found)
