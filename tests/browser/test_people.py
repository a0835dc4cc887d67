"""Profiles, the timeline, and the question about a forgotten timer, in real browsers."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from playwright.async_api import Locator, expect

from tests.browser.pictures import fits, keep
from tests.browser.windows import PageOf, Window, an_hour
from tests.support.live import PATIENCE_S
from tests.support.product import Person, Product
from tests.support.rooms import join, make_room


async def log(person: Person, days_ago: int, minutes: int = 50, **fields: Any) -> None:
    """An entry on an earlier day, by hand, three hours before this time of day."""
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(days=days_ago, hours=3)
    end = begin + timedelta(minutes=minutes)
    times = {"start_time": begin.isoformat(), "end_time": end.isoformat()}
    await person.post("/time-entries", {**times, **fields})


async def forget_timer(person: Person, hours: int = 9, doubt_after: int = 3) -> None:
    """A timer that has run for hours, and is in doubt since some hours after its start [T7]."""
    async with asyncio.timeout(PATIENCE_S):
        # A stop on a page may still be on its way.
        while any(entry["ended_at"] is None for entry in await person.get("/time-entries")):
            await asyncio.sleep(0.02)
    begun = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours)
    made = await person.post(
        "/time-entries", {"description": "Draw maps", "start_time": begun.isoformat()}
    )
    connection = await asyncpg.connect(person.product.database_url)
    await connection.execute(
        "update time_entries set doubtful_from = $2, version = version + 1 where id = $1",
        made["entry_id"],
        begun + timedelta(hours=doubt_after),
    )
    await connection.close()


def question(window: Window) -> Locator:
    return window.page.get_by_role("region", name=re.compile("Is this timer still right?"))


async def test_a_forgotten_timer_is_asked_about_and_stopped_where_one_says(
    ada: Person, page_of: PageOf
) -> None:
    """[T7] The answer given on one device ends the question on the other."""
    await forget_timer(ada)
    desk, phone = await page_of(ada), await page_of(ada)
    for window in (desk, phone):
        for answer in ("All of it is right", "I stopped then", "Pause in between", "Discard"):
            await expect(question(window).get_by_role("button", name=answer)).to_be_visible()
    until = desk.field("I worked on it until")
    await until.fill("2001-01-01T10:00")
    await question(desk).get_by_role("button", name="I stopped then").click()
    await expect(until).to_have_accessible_description("The end is before the start.")
    hour_less = await phone.field("I worked on it until").evaluate(
        """field => new Date(Date.parse(field.value + "Z") - 3600e3).toISOString().slice(0, 16)"""
    )
    await until.fill(hour_less)
    await expect(question(desk)).to_contain_text(re.compile("1 h 59 min|2 h 00 min"))
    await question(desk).get_by_role("button", name="I stopped then").click()
    for window in (desk, phone):
        await expect(question(window)).to_have_count(0)
        await window.is_idle()
    entry = (await ada.get("/time-entries"))[0]
    assert entry["doubtful_from"] is None
    assert 7140 <= entry["duration_seconds"] <= 7200


async def test_a_forgotten_timer_is_split_or_kept_or_discarded(
    ada: Person, page_of: PageOf
) -> None:
    """[T7]"""
    await forget_timer(ada)
    window = await page_of(ada)
    await question(window).get_by_role("button", name="Pause in between").click()
    await expect(question(window)).to_have_count(0)
    await window.runs("Draw maps")
    running, ended = await ada.get("/time-entries")
    assert (running["ended_at"], ended["duration_seconds"]) == (None, 3 * 3600)
    await window.stop()
    await forget_timer(ada)
    await window.reload()
    await question(window).get_by_role("button", name="All of it is right").click()
    await expect(question(window)).to_have_count(0)
    await window.runs("Draw maps")
    await window.stop()
    await forget_timer(ada, hours=5)
    await window.reload()
    await question(window).get_by_role("button", name="Discard").click()
    await expect(question(window)).to_have_count(0)
    await window.is_idle()
    await window.toasts.get_by_role("button", name="Undo").click()
    await expect(window.toasts.filter(has_text="Entry deleted")).to_have_count(0)


async def test_a_profile_shows_what_somebody_shares_and_one_follows_there(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    """[V2]"""
    await log(bo, 1)
    await log(bo, 2)
    window = await page_of(ada, f"/people/{bo.id}")
    page = window.page
    await expect(page.get_by_role("heading", level=1)).to_have_text(bo.username)
    heat = page.get_by_role("region", name="The last twelve months")
    await expect(heat.get_by_role("img")).to_have_accessible_name(
        re.compile(r"^1 h 40 min of focus on 2 days\. The most on ")
    )
    await heat.get_by_text("As a table").click()
    await expect(heat.get_by_role("table")).to_be_visible()
    await fits(page, "a table of months")
    follow = page.get_by_role("button", name=f"Follow {bo.username}")
    await follow.click()
    await expect(follow).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_text("1 follower", exact=True)).to_be_visible()

    await bo.done("PATCH", "/users/me", {"privacy": {"show_activity": False}})
    await window.reload()
    await expect(page.get_by_text(f"{bo.username} does not show what they do.")).to_be_visible()
    await expect(heat).to_have_count(0)
    await bo.done("PATCH", "/users/me", {"privacy": {"profile": "private"}})
    window.expects(r"404 .*/api/users/\d+/(profile|follow|activity|timeline)$")
    await window.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("This profile is not open")


async def test_ones_own_years_can_be_looked_at(product: Product, page_of: PageOf) -> None:
    ada = await product.person("ada", timezone="UTC")  # else midnight may fall into the entry
    year = datetime.now(UTC).year
    last = {"start_time": f"{year - 1}-06-01T10:00:00Z", "end_time": f"{year - 1}-06-01T12:30:00Z"}
    await ada.post("/time-entries", last)
    window = await page_of(ada, "/streak")
    tabs = window.page.get_by_role("navigation", name="Progress")
    await tabs.get_by_role("link", name="Profile").click()
    heat = window.page.locator(".heat")
    await heat.get_by_role("button", name=str(year - 1)).click()
    await expect(heat.get_by_role("heading")).to_have_text(f"Focus in {year - 1}")
    await expect(heat.get_by_role("img")).to_have_accessible_name(
        re.compile("^2 h 30 min of focus on 1 day")
    )
    await heat.get_by_role("button", name="12 months").click()
    await expect(heat.get_by_role("heading")).to_have_text("The last twelve months")


async def test_the_timeline_tells_of_oneself_and_of_those_one_follows(
    product: Product, ada: Person, bo: Person, page_of: PageOf
) -> None:
    """New things come in by themselves; one's own alone, if one likes."""
    project_id = await bo.project("Rivers", visibility="public")
    await log(bo, 1, project_id=project_id, description="Measure the Danube")
    window = await page_of(ada, "/timeline")
    page = window.page
    await expect(page.get_by_text("Nothing happened yet.")).to_be_visible()
    await ada.done("PUT", f"/users/{bo.id}/follow")
    await window.reload()
    items = page.locator(".happened")
    worked = items.filter(has_text="made the project")
    await expect(worked).to_contain_text(bo.username)
    slug, _ = await make_room(bo, name="Library")
    await join(ada, slug)
    await expect(items.filter(has_text="Library")).to_contain_text("You came into the room Library")
    await page.get_by_role("button", name="Only me").click()
    await expect(items.filter(has_text=bo.username)).to_have_count(0)
    await expect(items.filter(has_text="Library")).to_have_count(1)
    await items.get_by_role("link", name="Library").click()
    await expect(page).to_have_url(re.compile(f"/rooms/{slug}$"))


async def test_one_chooses_which_notifications_come_where(ada: Person, page_of: PageOf) -> None:
    """[N2]"""
    window = await page_of(ada, "/settings")
    choices = window.page.get_by_role("region", name="Notifications")
    badge = choices.get_by_role("checkbox", name="A badge, Here")
    await expect(badge).to_be_checked()
    async with window.page.expect_response("**/api/notifications/preferences") as answer:
        await badge.uncheck()
    assert (await answer.value).ok
    await window.reload()
    await expect(badge).not_to_be_checked()
    await expect(choices.get_by_role("checkbox", name="My week, on Mondays, Here")).to_have_count(0)
    worker = await window.page.request.get(f"{ada.product.url}/sw.js")
    assert (worker.status, worker.headers["content-type"][:15]) == (200, "text/javascript")


async def test_pictures_of_people(ada: Person, bo: Person, page_of: PageOf, pictures: Path) -> None:
    live = await bo.connect()
    project_id = await bo.project("Atlas of rivers", visibility="public")
    for days_ago in (*range(1, 40, 3), *range(2, 200, 9), *range(230, 360, 11)):
        minutes = 20 + days_ago * 37 % 170
        await log(bo, days_ago, minutes, project_id=project_id, description="Draw the Danube")
    await live.expect("badge:awarded", lambda e: e["data"]["badge"]["key"] == "hours_10")
    await ada.done("PUT", f"/users/{bo.id}/follow")
    await log(ada, 1, description="Plan the week")
    window = await page_of(ada, f"/people/{bo.id}")
    badges = window.page.get_by_role("region", name="Badges")
    await expect(badges.get_by_text("Ten hours")).to_be_visible()
    await keep(window, "person", pictures)
    await window.visit(f"{ada.product.url}/timeline")
    await expect(window.page.locator(".happened").first).to_be_visible()
    await keep(window, "timeline", pictures)
    await forget_timer(ada)
    await window.visit(f"{ada.product.url}/")
    await expect(question(window)).to_be_visible()
    await ada.post("/time-entries", {"description": "Answer mail", **an_hour(11)})
    await keep(window, "today-doubt", pictures)
