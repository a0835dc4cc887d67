"""Entries of the day: changed where they stand, deleted and brought back, started again."""

import re
from datetime import datetime, timedelta

from playwright.async_api import expect

from tests.browser.windows import PageOf, Window, an_hour
from tests.support.product import Person


async def with_entry(ada: Person, page_of: PageOf, what: str = "Draw maps") -> tuple[Window, int]:
    """A window that shows one entry of an hour, and the entry's id."""
    made = await ada.post("/time-entries", {"description": what, **an_hour()})
    window = await page_of(ada)
    await expect(window.row(what)).to_contain_text("1:00:00")
    return window, made["entry_id"]


async def test_an_entry_is_changed_where_it_stands(ada: Person, page_of: PageOf) -> None:
    """Only what was changed is sent: an instant whose minute was not touched keeps its seconds."""
    await ada.project("Atlas")
    window, entry_id = await with_entry(ada, page_of)
    before = await ada.get(f"/time-entries/{entry_id}")
    await window.button("Edit: Draw maps").click()
    await expect(window.field("Description")).to_be_focused()
    await window.field("Description").fill("Draw rivers")
    await window.field("Project").select_option(label="Atlas")
    await window.field("Tags").fill("ink, #blue")
    await window.field("Description").press("Enter")

    row = window.row("Draw rivers")
    await expect(row).to_contain_text("Atlas")
    await expect(row.locator(".tag")).to_have_text(["#ink", "#blue"])
    after = await ada.get(f"/time-entries/{entry_id}")
    assert (after["started_at"], after["ended_at"]) == (before["started_at"], before["ended_at"])


async def test_an_entry_is_given_other_times_and_the_total_follows(
    ada: Person, page_of: PageOf
) -> None:
    window, _ = await with_entry(ada, page_of)
    await window.button("Edit: Draw maps").click()
    start = window.field("Start")
    earlier = datetime.fromisoformat(await start.input_value()) - timedelta(minutes=30)
    await start.fill(earlier.isoformat(timespec="minutes"))
    await window.button("Save").click()
    await expect(window.total).to_have_text(re.compile(r"^1:30:\d\d$"))


async def test_a_wrong_time_is_said_and_cancel_takes_one_click(
    ada: Person, page_of: PageOf
) -> None:
    """What is said about a field must not move the button that is being pressed."""
    window, entry_id = await with_entry(ada, page_of)
    await window.button("Edit: Draw maps").click()
    start, end = window.field("Start"), window.field("End")
    await start.fill("2031-01-01T10:00")
    await end.focus()
    await expect(start).to_have_accessible_description("This is still to come.")
    await expect(start).to_have_attribute("aria-invalid", "true")
    await end.fill("2001-01-01T10:00")
    await window.button("Cancel").click()
    await expect(window.row("Draw maps")).to_contain_text("1:00:00")
    assert (await ada.get(f"/time-entries/{entry_id}"))["version"] == 1


async def test_a_deleted_entry_comes_back_with_undo(ada: Person, page_of: PageOf) -> None:
    window, entry_id = await with_entry(ada, page_of)
    second = await page_of(ada)
    await window.button("Delete: Draw maps").click()
    for each in (window, second):
        await expect(each.rows).to_have_count(0)
        await expect(each.total).to_have_text("0:00:00")
    await expect(window.toasts).to_contain_text("Entry deleted.")
    await window.button("Undo").click()
    for each in (window, second):
        await expect(each.row("Draw maps")).to_contain_text("1:00:00")
    await expect(window.toasts).to_have_count(0)
    assert [entry["id"] for entry in await ada.get("/time-entries")] == [entry_id]


async def test_an_entry_starts_again_in_one_click(ada: Person, page_of: PageOf) -> None:
    """With its words, its project and its tags."""
    project_id = await ada.project("Atlas")
    fields = {"description": "Draw maps", "project_id": project_id, "tags": ["ink"]}
    await ada.post("/time-entries", {**fields, **an_hour()})
    window = await page_of(ada)
    await window.button("Start again: Draw maps").click()
    await window.runs("Draw maps")
    await expect(window.timer).to_contain_text("Atlas")
    await expect(window.said).to_have_text("Timer started: Draw maps")
    running = (await ada.get("/time-entries/current"))["entry"]
    assert {name: running[name] for name in fields} == fields


async def test_a_discarded_timer_comes_back_with_undo(ada: Person, page_of: PageOf) -> None:
    """[T6] As an entry that ended when it was discarded."""
    window = await page_of(ada)
    await window.start("Not this")
    await window.runs("Not this")
    await window.button("Discard").click()
    await window.is_idle()
    await expect(window.rows).to_have_count(0)
    await window.button("Undo").click()
    await expect(window.row("Not this")).to_have_count(1)
    await window.is_idle()
    await expect(window.toasts).to_have_count(0)


async def test_what_another_device_changed_meanwhile_is_shown_before_it_is_overwritten(
    ada: Person, page_of: PageOf
) -> None:
    """[T6] The version that was seen goes along; the conflict shows the present entry."""
    window, entry_id = await with_entry(ada, page_of)
    window.expects(rf"409 .*/api/time-entries/{entry_id}$")
    await window.button("Edit: Draw maps").click()
    await ada.done("PATCH", f"/time-entries/{entry_id}", {"description": "Drawn by bike"})
    description = window.field("Description")
    await description.fill("Drawn by boat")
    await window.button("Save").click()
    await expect(window.page.get_by_role("alert")).to_contain_text("changed elsewhere meanwhile")
    await expect(description).to_have_value("Drawn by bike")

    await description.fill("Drawn by boat")
    await window.button("Save").click()
    await expect(window.row("Drawn by boat")).to_have_count(1)
    assert (await ada.get(f"/time-entries/{entry_id}"))["description"] == "Drawn by boat"


async def test_an_outdated_change_of_the_running_timer_is_refused_as_well(
    ada: Person, page_of: PageOf
) -> None:
    desk, phone = await page_of(ada), await page_of(ada)
    await desk.start("Draw maps")
    await phone.runs("Draw maps")
    await desk.timer.get_by_role("button", name="Edit").click()
    await desk.field("Tags").fill("ink")
    await phone.timer.get_by_role("button", name="Edit").click()
    await phone.field("Description").fill("Draw rivers")
    await phone.button("Save").click()
    await expect(desk.page).to_have_title(re.compile("Draw rivers$"))
    await desk.button("Save").click()
    await expect(desk.page.get_by_role("alert")).to_contain_text("changed elsewhere meanwhile")
    await expect(desk.field("Description")).to_have_value("Draw rivers")
    await desk.button("Cancel").click()
    await desk.runs("Draw rivers")
