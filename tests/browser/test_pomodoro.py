"""A rhythm of one's own: work is a running timer, a break is none, each end comes once."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import BrowserContext, Page, expect

from tests.browser.windows import PageOf, Window, Windows, sign_in
from tests.support.product import Person

# How many tones there have been in all tabs: tabs see one another's storage only after a moment.
TONES = "Object.keys(localStorage).filter(key => key.startsWith('tone.')).length"
COUNTS_TONES = """
const tone = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () {
    localStorage.setItem(`tone.${Math.random()}`, "heard");
    return tone.call(this);
};
"""


def minutes_of(clock: str) -> float:
    minutes, seconds = clock.split(":")
    return int(minutes) + int(seconds) / 60


class Rhythm:
    """What a browser keeps of it, read and changed from a page beside, as another tab would."""

    def __init__(self, beside: Page, user_id: int) -> None:
        self._page = beside
        self._key = f"focushub.pomodoro.{user_id}"

    @classmethod
    async def of(cls, context: BrowserContext, person: Person) -> "Rhythm":
        beside = await context.new_page()
        await beside.goto(f"{person.product.url}/static/img/favicon.svg")
        return cls(beside, person.id)

    async def kept(self) -> dict[str, Any]:
        text = await self._page.evaluate("key => localStorage.getItem(key)", self._key)
        kept: dict[str, Any] = json.loads(text)
        return kept

    async def move(self, **run: Any) -> None:
        kept = await self.kept()
        kept["run"] |= run
        give = "([key, text]) => localStorage.setItem(key, text)"
        await self._page.evaluate(give, [self._key, json.dumps(kept)])

    async def sounded(self, tones: int) -> None:
        """Wait until there have been so many, and see that there were no more."""
        await self._page.wait_for_function(f"{TONES} >= {tones}", polling=50)
        assert await self._page.evaluate(TONES) == tones


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


async def entries_of(person: Person) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = await person.get("/time-entries")
    return entries


async def phase_is(window: Window, phase: str) -> None:
    await expect(window.page.locator(f".phase.is-{phase}")).to_be_visible()


async def test_the_end_of_a_phase_stops_the_timer_and_sounds_once_over_all_tabs(
    ada: Person, page_of: PageOf
) -> None:
    window = await page_of(ada)
    live = await ada.connect()
    context = window.page.context
    await context.add_init_script(COUNTS_TONES)
    await window.reload()
    await window.is_live()
    await window.button("Pomodoro").click()
    await expect(window.clock).to_have_text("25:00")
    rhythm = await Rhythm.of(context, ada)
    other = Window(await context.new_page())
    await other.page.goto(ada.product.url)
    await other.is_live()

    await window.start("Write")
    await expect(other.running).to_have_text("Write")
    for each in (window, other):
        await phase_is(each, "work")
        assert 24.5 < minutes_of(await each.clock.inner_text()) <= 25
    await live.expect("timer:started")
    deadline = ms(datetime.now(UTC)) + 1500
    await rhythm.move(endsAt=deadline)
    for each in (window, other):
        await phase_is(each, "short_break")
        await expect(each.running).to_have_text("Short break")
    await live.expect("timer:stopped")
    (entry,) = await entries_of(ada)
    assert abs(ms(datetime.fromisoformat(entry["ended_at"])) - deadline) < 2000
    await rhythm.sounded(tones=3)
    run = (await rhythm.kept())["run"]
    assert (run["phase"], run["endsAt"]) == ("short_break", deadline + 300_000)

    await window.reload()
    await phase_is(window, "short_break")
    await rhythm.sounded(tones=3)

    await window.page.keyboard.press("s")
    await window.runs("Write")
    await phase_is(window, "work")
    await rhythm.sounded(tones=3)
    await live.expect("timer:started", lambda event: event["data"]["entry"]["id"] != entry["id"])
    assert len(await entries_of(ada)) == 2


async def test_after_sleep_the_timer_ends_where_the_phase_did_and_nothing_is_made_up_for(
    ada: Person, page_of: PageOf
) -> None:
    """The entry keeps the deadline as its end; the next phase waits for somebody to be there."""
    window = await page_of(ada)
    live = await ada.connect()
    await window.page.context.add_init_script(COUNTS_TONES)
    await window.reload()
    await window.is_live()
    await window.button("Pomodoro").click()
    await window.button("Phases").click()
    await window.page.get_by_role("switch", name="Focus begins by itself").click()
    await window.button("Save").click()
    rhythm = await Rhythm.of(window.page.context, ada)
    await window.start("Doze off")
    await phase_is(window, "work")
    await live.expect("timer:started")
    begun = datetime.now(UTC) - timedelta(hours=3)
    current = await ada.get("/time-entries/current")
    edit = {"started_at": begun.isoformat()}
    await ada.done("PATCH", f"/time-entries/{current['entry']['id']}", edit)

    ended = begun + timedelta(minutes=25)
    await rhythm.move(since=ms(begun), endsAt=ms(ended))
    await expect(window.button("Start to focus")).to_be_visible()
    await expect(window.clock).to_have_text("25:00")
    await live.expect("timer:stopped")
    (entry,) = await entries_of(ada)
    assert ms(datetime.fromisoformat(entry["ended_at"])) == ms(ended)
    await rhythm.sounded(tones=0)
    assert (await ada.get("/time-entries/current"))["entry"] is None


async def test_a_stop_from_afar_pauses_the_phase_and_a_start_goes_on_with_its_rest(
    ada: Person, page_of: PageOf
) -> None:
    window = await page_of(ada)
    live = await ada.connect()
    await window.button("Pomodoro").click()
    rhythm = await Rhythm.of(window.page.context, ada)
    await window.start("Read")
    await window.runs("Read")
    await rhythm.move(endsAt=ms(datetime.now(UTC)) + 10 * 60_000)
    first = (await live.expect("timer:started"))["data"]["entry"]["id"]
    await live.command("timer:stop")
    await expect(window.button("Go on")).to_be_visible()
    assert 9.5 < minutes_of(await window.clock.inner_text()) <= 10
    await window.button("Go on").click()
    await window.runs("Read")
    await window.button("To the break").click()
    await expect(window.clock).to_have_text(re.compile(r"^0?[45]:\d\d$"))
    await expect(window.timer).to_contain_text("then: Read")
    await live.expect("timer:stopped", lambda event: event["data"]["entry"]["id"] != first)
    assert (await ada.get("/time-entries/current"))["entry"] is None
    await window.button("Start over").click()
    await expect(window.clock).to_have_text("25:00")
    await window.button("Timer").click()
    await window.is_idle()


async def test_lengths_of_ones_own_are_kept_for_the_account(ada: Person, page_of: PageOf) -> None:
    window = await page_of(ada)
    await window.button("Pomodoro").click()
    await window.button("Phases").click()
    await window.field("Focus").fill("181")
    await window.button("Save").click()
    await expect(window.field("Focus")).to_have_accessible_description(re.compile("1 to 180"))
    await window.field("Focus").fill("50")
    await window.field("Focus").press("Enter")
    await expect(window.clock).to_have_text("50:00")
    await window.reload()
    await expect(window.clock).to_have_text("50:00")


async def test_a_goal_and_what_was_done_before_are_one_click_away(
    ada: Person, page_of: PageOf
) -> None:
    """A goal, on all devices; a thing of yesterday starts again with all that belongs to it."""
    project = await ada.project("Atlas")
    day = timedelta(days=1)
    begun = datetime.now(UTC) - day
    times = {"start_time": begun.isoformat(), "end_time": (begun + day / 24).isoformat()}
    fields = {"description": "Draw the Danube", "project_id": project, "tags": ["maps"]}
    await ada.post("/time-entries", {**fields, **times})
    live = await ada.connect()
    window = await page_of(ada)
    await window.box.press_sequentially("danu")
    await expect(window.page.get_by_role("option")).to_contain_text("Draw the Danube")
    await window.box.press("ArrowDown")
    await window.box.press("Enter")
    await expect(window.box).to_have_value("Draw the Danube")
    await expect(window.button("Remove maps")).to_be_visible()
    await window.box.fill("")

    await window.page.locator(".recent").get_by_role("button", name="Start again").click()
    await window.runs("Draw the Danube")
    running = (await live.expect("timer:started"))["data"]["entry"]
    assert (running["project_id"], running["tags"]) == (project, ["maps"])

    await window.button("Set a goal for the day").click()
    await window.field("Hours").fill("2")
    await window.field("Hours").press("Enter")
    await expect(window.summary.get_by_role("progressbar")).to_be_visible()
    await expect(window.summary).to_contain_text("left of 2 h 00 min")
    assert (await ada.get("/users/me"))["daily_goal_seconds"] == 7200
    await ada.done("PATCH", "/users/me", {"daily_goal_seconds": 10_800})  # on another device
    await expect(window.summary).to_contain_text("left of 3 h 00 min")


async def test_what_a_browser_knew_alone_is_taken_over_by_the_account(
    ada: Person, windows: Windows
) -> None:
    """Once, from a browser that was used before goals and rhythms were the account's."""
    context = await windows.context()
    rhythm = {
        "work_s": 3000, "short_break_s": 600, "long_break_s": 1200, "cycles": 2,
        "auto_start_breaks": False, "auto_start_work": True,
    }  # fmt: skip
    kept = json.dumps({"on": True, "rhythm": rhythm, "run": None})
    await context.add_init_script(
        f"localStorage.getItem('was') ?? (localStorage.setItem('was', 1),"
        f" localStorage.setItem('focushub.goal.{ada.id}', '5400'),"
        f" localStorage.setItem('focushub.pomodoro.{ada.id}', {json.dumps(kept)}));"
    )
    await sign_in(context, ada)
    live = await ada.connect()
    window = await windows.open(context, ada.product.url)
    await window.is_live()
    told = await live.expect("user:updated", lambda e: e["data"]["user"]["daily_goal_seconds"])
    user = told["data"]["user"]
    assert (user["daily_goal_seconds"], user["pomodoro"]) == (5400, rhythm)
    await expect(window.summary).to_contain_text("left of 1 h 30 min")
    await ada.done("PATCH", "/users/me", {"pomodoro": rhythm | {"work_s": 60 * 40}})
    await expect(window.clock).to_have_text("40:00")
