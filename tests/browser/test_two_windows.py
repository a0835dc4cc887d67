"""One person on two devices: what is done on one is seen on the other."""

import re

from playwright.async_api import expect

from tests.browser.windows import PageOf, an_hour, clock_of
from tests.support.product import Person


async def test_a_timer_started_in_one_window_runs_in_the_other(
    ada: Person, page_of: PageOf
) -> None:
    """[T1] With its words, its project and its tags, ticking; the tab's title counts too."""
    await ada.project("Atlas")
    desk, phone = await page_of(ada), await page_of(ada)
    await desk.box.press_sequentially("Draw maps @atl")
    await desk.box.press("Enter")
    await desk.box.press_sequentially("#ink")
    await desk.box.press("Enter")
    await desk.box.press("Enter")
    await phone.runs("Draw maps")
    await expect(phone.timer.locator(".project-name")).to_have_text("Atlas")
    await expect(phone.timer.locator(".tag")).to_have_text("#ink")
    await phone.ticks()

    shown = await phone.page.title()
    assert re.fullmatch(r"0:00:\d\d · Draw maps", shown)
    await expect(phone.page).not_to_have_title(shown)
    await expect(phone.page).to_have_title(re.compile(r"^0:00:\d\d · Draw maps$"))
    icon = phone.page.locator("link[rel=icon]")
    await expect(icon).to_have_attribute("href", re.compile("running"))


async def test_changes_and_the_stop_of_one_window_show_in_the_other(
    ada: Person, page_of: PageOf
) -> None:
    """The words, the project and the tags are edited in place."""
    await ada.project("Atlas")
    desk, phone = await page_of(ada), await page_of(ada)
    await desk.start("Draw maps")
    await phone.runs("Draw maps")
    await phone.timer.get_by_role("button", name="Edit").click()
    await phone.field("Description").fill("Draw better maps")
    await phone.field("Project").select_option(label="Atlas")
    await phone.field("Tags").fill("ink, paper")
    await phone.button("Save").click()
    await desk.runs("Draw better maps")
    await expect(desk.timer.locator(".project-name")).to_have_text("Atlas")
    await expect(desk.timer.locator(".tag")).to_have_text(["#ink", "#paper"])

    await phone.stop()
    await desk.is_idle()
    await expect(desk.row("Draw better maps")).to_have_count(1)
    await expect(desk.page).to_have_title("Today · FocusHub")


async def test_switching_in_one_window_ends_the_first_entry_in_both(
    ada: Person, page_of: PageOf
) -> None:
    """[T2] One line does it; the first entry ends at the instant the second begins."""
    desk, phone = await page_of(ada), await page_of(ada)
    await desk.start("First")
    await phone.runs("First")
    await phone.start("Second")
    for window in (desk, phone):
        await window.runs("Second")
        await expect(window.row("First")).to_have_count(1)
        await expect(window.rows).to_have_count(1)
    second, first = await ada.get("/time-entries")
    assert first["ended_at"] == second["started_at"]


async def test_the_total_of_today_moves_in_both_windows_and_stays_when_it_stops(
    ada: Person, page_of: PageOf
) -> None:
    await ada.post("/time-entries", {"description": "Before", **an_hour()})
    desk, phone = await page_of(ada), await page_of(ada)
    for window in (desk, phone):
        await expect(window.total).to_have_text("1:00:00")
    await desk.start("Now")
    for window in (desk, phone):
        await expect(window.total).to_have_text(re.compile(r"^1:00:(?!00)\d\d$"))
    await phone.stop()
    await desk.is_idle()
    await phone.is_idle()
    entry = (await ada.get("/time-entries"))[0]
    for window in (desk, phone):
        await expect(window.row("Now")).to_have_count(1)
        await expect(window.total).to_have_text(clock_of(3600 + entry["duration_seconds"]))


async def test_entries_made_elsewhere_appear_and_go_by_themselves(
    ada: Person, page_of: PageOf
) -> None:
    """A script with a token changes the day; the page that is open shows it."""
    desk = await page_of(ada)
    made = await ada.post("/time-entries", {"description": "By a script", **an_hour()})
    await expect(desk.row("By a script")).to_contain_text("1:00:00")
    await ada.done("DELETE", f"/time-entries/{made['entry_id']}")
    await expect(desk.rows).to_have_count(0)
