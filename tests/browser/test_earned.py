"""What focus earns, in real browsers: the streak, badges, and notifications on every device."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, expect

from tests.browser.pictures import keep
from tests.browser.windows import PageOf, Window, an_hour
from tests.support.product import Person


def bell(window: Window, unread: int | None = None) -> Locator:
    name = "Notifications" if unread == 0 else f"Notifications, {unread or ''}"
    return window.page.get_by_role("link", name=re.compile(f"^{name}"))


async def log(person: Person, days_ago: int, minutes: int = 20, **fields: Any) -> None:
    """An entry on an earlier day, by hand, two hours before this time of day."""
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(days=days_ago, hours=2)
    end = begin + timedelta(minutes=minutes)
    times = {"start_time": begin.isoformat(), "end_time": end.isoformat()}
    await person.post("/time-entries", {**times, **fields})


async def settled(person: Person, current: int) -> None:
    """Wait until the days have been counted up to this streak."""
    live = await person.connect()
    snapshot = (await live.do("channel:subscribe", channel=f"user:{person.id}"))["snapshot"]
    if (snapshot["streak"] or {}).get("current") != current:
        await live.expect("streak:updated", lambda event: event["data"]["current"] == current)


async def test_a_first_entry_brings_a_badge_a_streak_and_a_notification(
    ada: Person, page_of: PageOf
) -> None:
    """[S1] [B1] [N1] By themselves, on every device; the notice is in nobody's way."""
    desk, phone = await page_of(ada), await page_of(ada, "/badges")
    await expect(phone.page.get_by_text("The first one is close.")).to_be_visible()
    await ada.post("/time-entries", {"description": "Begin", **an_hour()})
    for window in (desk, phone):
        toast = window.awards
        await expect(toast).to_contain_text("First step")
        await expect(toast).to_contain_text("Spark")
        await expect(window.dialog).to_have_count(0)
        await expect(bell(window)).to_be_visible()
    chip = desk.page.get_by_role("link", name="Streak: 1 day, today counts")
    await expect(chip).to_be_visible()
    mine = phone.page.get_by_role("region", name="Earned")
    await expect(mine.get_by_role("heading", name="First step")).to_be_visible()
    await expect(mine.locator(".badge-when").first).to_contain_text("Earned on")

    await desk.awards.get_by_role("button", name="Look").click()
    await expect(desk.page.get_by_role("heading", level=1)).to_have_text("Badges")
    await expect(desk.page.get_by_role("region", name="Still to come")).to_contain_text(
        "1 of 10 hours of focus"
    )


async def test_what_is_read_in_one_window_is_read_in_the_other(
    ada: Person, page_of: PageOf
) -> None:
    """[N1] One of them, and all."""
    desk, phone = await page_of(ada, "/notifications"), await page_of(ada, "/notifications")
    await expect(desk.page.get_by_text("Nothing yet.")).to_be_visible()
    await ada.post("/time-entries", an_hour())
    lists = [window.page.get_by_role("list", name="Notifications") for window in (desk, phone)]
    unread = [each.locator(".is-unread") for each in lists]
    first = lists[0].get_by_role("listitem").filter(has_text="First step")
    await expect(first).to_contain_text("You earned a badge: First step")
    await expect(first).to_contain_text("just now")
    await settled(ada, 1)
    count = len(await ada.get("/notifications"))
    for window, each in zip((desk, phone), unread, strict=True):
        await expect(each).to_have_count(count)
        await expect(bell(window, count)).to_be_visible()
    await first.get_by_role("button", name="Mark as read").click()
    for window, each in zip((desk, phone), unread, strict=True):
        await expect(each).to_have_count(count - 1)
        await expect(bell(window, count - 1)).to_be_visible()
    await phone.button("Mark all as read").click()
    for window, each in zip((desk, phone), unread, strict=True):
        await expect(each).to_have_count(0)
        await expect(bell(window, 0)).to_have_accessible_name("Notifications")
    await expect(desk.button("Mark all as read")).to_be_disabled()
    await first.get_by_role("link").click()
    await expect(desk.page.get_by_role("heading", level=1)).to_have_text("Badges")


async def test_the_streak_says_what_is_missing_and_why_each_day_is_what_it_is(
    ada: Person, page_of: PageOf
) -> None:
    """[S2] [S3] By the mouse and by the arrow keys; a stop on another device fills in today."""
    for days_ago in range(1, 11):
        if days_ago != 2:  # bridged by the freeze that the days before it earned
            await log(ada, days_ago)
    await settled(ada, 9)
    window = await page_of(ada)
    await window.page.get_by_role("link", name="Streak: 9 days, today is still open").click()
    page = window.page
    standing = page.get_by_role("region", name="9 days")
    await expect(standing).to_contain_text("Today is still open")
    await expect(standing).to_contain_text("it ends")
    await expect(standing).to_contain_text("0 of 2 freezes held.")
    reason = page.locator(".calendar-reason")
    days = page.get_by_role("region", name="Your days")
    await expect(days.locator(".month .day-frozen")).to_have_count(1)
    today = days.get_by_role("button", name=re.compile("still open"))
    await expect(today).to_have_count(1)
    await days.locator(".month .day-frozen").hover()
    await expect(reason).to_contain_text("missed, and bridged by a freeze")
    await today.focus()
    await page.keyboard.press("ArrowLeft")
    await expect(reason).to_contain_text("counted, 20 min of focus")
    await page.keyboard.press("ArrowLeft")
    await expect(reason).to_contain_text("bridged by a freeze")
    await expect(page.locator(":focus")).to_have_accessible_name(re.compile("bridged by a freeze"))

    await ada.post("/time-entries", an_hour())
    await expect(page.get_by_role("region", name="10 days")).to_contain_text("Today counts")
    await expect(days.locator(".month .day-pending")).to_have_count(0)


async def test_pictures_of_what_was_earned(
    ada: Person, bo: Person, page_of: PageOf, pictures: Path
) -> None:
    window = await page_of(ada, "/streak")
    await expect(window.page.get_by_text("No streak now")).to_be_visible()
    await keep(window, "streak-none", pictures)
    for place, text in (("badges", "The first one is close."), ("notifications", "Nothing yet.")):
        await window.visit(f"{ada.product.url}/{place}")
        await expect(window.page.get_by_text(text)).to_be_visible()
        await keep(window, f"{place}-empty", pictures)

    project_id = await ada.project("Atlas")
    for days_ago in (*range(20, 30), *range(10, 18), *range(3, 9), 1):
        await log(ada, days_ago, 70, project_id=project_id)
    await settled(ada, 15)
    await window.visit(f"{ada.product.url}/streak")
    await expect(window.page.get_by_role("region", name="Your days")).to_be_visible()
    await window.page.locator(".month .day-frozen").first.hover()
    await keep(window, "streak", pictures)
    await window.visit(f"{ada.product.url}/badges")
    await expect(window.page.get_by_role("region", name="Earned")).to_be_visible()
    await keep(window, "badges", pictures)
    await window.visit(f"{ada.product.url}/notifications")
    await expect(window.page.locator(".is-unread").first).to_be_visible()
    await window.page.get_by_role("button", name="Mark as read:").last.click()
    await keep(window, "notifications", pictures)

    for days_ago in (1, 2):
        await log(bo, days_ago)
    await settled(bo, 2)
    window = await page_of(bo)
    await bo.post("/time-entries", {"description": "Draw the Danube", **an_hour()})
    await expect(window.awards).to_contain_text("Kindling")
    await expect(window.page.get_by_role("link", name=re.compile("today counts"))).to_be_visible()
    await keep(window, "today-earned", pictures)
