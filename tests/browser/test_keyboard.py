"""Without a mouse, and without seeing: keys, focus, and what a screen reader is told."""

import re

from playwright.async_api import Locator, expect

from tests.browser.windows import SIGNED_OUT, PageOf, Window, Windows, an_hour
from tests.support.product import PASSWORD, Person, Product


async def tab_to(window: Window, target: Locator, limit: int = 25) -> None:
    """Press Tab until the target has the focus; each stop on the way must be seen."""
    for _ in range(limit):
        await window.page.keyboard.press("Tab")
        await focus_is_visible(window)
        if await target.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"the focus did not reach {target} in {limit} steps")


async def focus_is_visible(window: Window) -> None:
    """What has the focus has an outline, or its own way of showing it, and is in the window."""
    seen = await window.page.locator(":focus").evaluate(
        """node => {
            const shown = node.matches("input[type=radio]") ? node.nextElementSibling : node;
            const style = getComputedStyle(shown);
            const box = shown.getBoundingClientRect();
            return {
                tag: node.outerHTML.slice(0, 120),
                marked: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1.5)
                    || style.boxShadow !== "none",
                inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
            };
        }"""
    )
    assert seen["marked"], f"no focus is seen on {seen['tag']}"
    assert seen["inside"], f"the focus is outside of the window: {seen['tag']}"


async def test_everything_from_the_log_in_to_an_edited_entry_works_by_keyboard(
    product: Product, ada: Person, windows: Windows
) -> None:
    window = await windows.open(await windows.context(), f"{product.url}/login")
    window.expects(SIGNED_OUT)
    keyboard = window.page.keyboard
    await expect(window.button("Log in")).to_be_visible()
    await tab_to(window, window.field("E-mail"))
    await keyboard.type(ada.email)
    await tab_to(window, window.field("Password"))
    await keyboard.type(PASSWORD)
    await tab_to(window, window.button("Log in"))
    await keyboard.press("Enter")
    await window.is_live()
    await expect(window.page.get_by_role("heading", level=1)).to_be_focused()

    await keyboard.press("n")
    await expect(window.box).to_be_focused()
    await keyboard.type("Write by hand")
    await keyboard.press("Enter")
    await window.runs("Write by hand")
    await expect(window.said).to_have_text("Timer started: Write by hand")

    await keyboard.press("Escape")
    await keyboard.press("s")
    await window.is_idle()
    await expect(window.said).to_have_text(re.compile(r"^Timer stopped after \d+ s$"))

    await tab_to(window, window.button("Edit: Write by hand"))
    await keyboard.press("Enter")
    await expect(window.field("Description")).to_be_focused()
    await keyboard.press("Control+A")
    await keyboard.type("Written by hand")
    await keyboard.press("Enter")
    await expect(window.row("Written by hand")).to_have_count(1)
    await expect(window.button("Edit: Written by hand")).to_be_focused()


async def test_escape_leaves_the_editor_without_a_change_and_gives_the_focus_back(
    ada: Person, page_of: PageOf
) -> None:
    await ada.post("/time-entries", {"description": "Draw maps", **an_hour()})
    window = await page_of(ada)
    edit = window.button("Edit: Draw maps")
    await edit.focus()
    await edit.press("Enter")
    await window.page.keyboard.type("something else")
    await window.page.keyboard.press("Escape")
    await expect(window.row("Draw maps")).to_have_count(1)
    await expect(edit).to_be_focused()

    await window.start("Run")
    edit = window.timer.get_by_role("button", name="Edit")
    await edit.focus()
    await edit.press("Enter")
    await expect(window.field("Description")).to_be_focused()
    await window.page.keyboard.press("Escape")
    await window.runs("Run")
    await expect(edit).to_be_focused()


async def test_the_first_tab_leads_past_the_navigation(ada: Person, page_of: PageOf) -> None:
    window = await page_of(ada)
    skip = window.page.get_by_role("link", name="Skip to the content")
    await tab_to(window, skip, limit=1)
    await window.page.keyboard.press("Enter")
    await expect(window.page.locator("main")).to_be_focused()
    await window.page.keyboard.press("Tab")
    await expect(window.page.locator("main :focus")).to_be_visible()


async def test_a_dialog_keeps_the_focus_and_gives_it_back(ada: Person, page_of: PageOf) -> None:
    """Escape closes it; behind it nothing can be reached."""
    window = await page_of(ada, "/projects")
    new = window.button("New project")
    await new.focus()
    await new.press("Enter")
    await expect(window.dialog).to_have_accessible_name("New project")
    await expect(window.field("Name")).to_be_focused()
    for _ in range(8):
        await window.page.keyboard.press("Tab")
        outside = "node => !node.closest('dialog') && node !== document.body"
        assert not await window.page.locator(":focus").evaluate_all(
            f"nodes => nodes.some({outside})"
        )
    await window.page.keyboard.press("Escape")
    await expect(window.dialog).to_have_count(0)
    await expect(new).to_be_focused()

    await window.page.keyboard.press("?")
    await expect(window.dialog).to_have_accessible_name("Keys")
    await window.page.keyboard.press("Escape")
    await expect(window.dialog).to_have_count(0)
    await expect(new).to_be_focused()


async def test_single_keys_do_nothing_while_somebody_writes_or_has_switched_them_off(
    ada: Person, page_of: PageOf
) -> None:
    window = await page_of(ada)
    await window.box.press_sequentially("nss?")
    await expect(window.box).to_have_value("nss?")
    await window.box.fill("")
    await window.page.keyboard.press("Escape")
    await window.page.keyboard.press("?")
    await window.page.get_by_role("switch", name="Use single keys").press("Space")
    await window.page.keyboard.press("Escape")
    await window.page.keyboard.press("s")
    await window.page.keyboard.press("n")
    await expect(window.box).not_to_be_focused()
    await window.is_idle()
    assert await ada.get("/time-entries") == []


async def test_a_start_and_a_stop_on_another_device_are_told_too(
    ada: Person, page_of: PageOf
) -> None:
    """By the live region; the digits, which change every second, are none."""
    window = await page_of(ada)
    await expect(window.said).to_have_attribute("aria-live", "polite")
    await expect(window.clock).to_have_attribute("aria-live", "off")
    live = await ada.connect()
    await live.command("timer:start", description="From afar")
    await expect(window.said).to_have_text("Timer started: From afar")
    await live.command("timer:stop")
    await expect(window.said).to_have_text(re.compile(r"^Timer stopped after \d+ s$"))
