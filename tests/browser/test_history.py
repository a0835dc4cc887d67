"""One's history, reports, imports and the calendar's link, in real browsers."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, expect

from tests.browser.pictures import keep
from tests.browser.windows import PageOf, Window, clock_of
from tests.support.product import Person

HEAD = (
    "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,"
    "Duration,Tags,Amount ()"
)


class OnHistory:
    """What a window shows of the history."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.page = window.page
        self.rows = window.page.locator(".history-day article, .history-list > .rows article")
        self.days = window.page.locator(".history-day")
        self.total = window.page.locator(".history-total b")
        self.chosen = window.page.get_by_role("region", name="Selected entries")

    def row(self, what: str) -> Locator:
        return self.rows.filter(has_text=what)

    async def more(self, what: str, item: str) -> None:
        """Choose something of an entry's menu."""
        await self.page.get_by_role("button", name=f"More to do with: {what}").first.click()
        await self.page.get_by_role("menuitem", name=item).click()

    async def choose(self, *what: str) -> None:
        """Begin to select, and select these."""
        await self.window.button("Select").click()
        for each in what:
            await self.page.get_by_role("checkbox", name=f"Select: {each}").check()


def days_ago(days: int) -> date:
    return (datetime.now(UTC) - timedelta(days=days)).date()


async def log(person: Person, days: int, hour: int, minutes: int, **fields: Any) -> int:
    """An entry some days ago, from an hour of UTC on; its id."""
    begin = datetime(*days_ago(days).timetuple()[:3], hour, tzinfo=UTC)
    end = begin + timedelta(minutes=minutes)
    times = {"start_time": begin.isoformat(), "end_time": end.isoformat()}
    made = await person.post("/time-entries", {**times, **fields})
    entry_id: int = made["entry_id"]
    return entry_id


async def three_days(ada: Person) -> tuple[int, list[int]]:
    """A project, and the entries of three days before today, in UTC."""
    await ada.done("PATCH", "/users/me", {"timezone": "UTC"})
    atlas = await ada.project("Atlas", color="#2563a8")
    maps = {"description": "Draw maps", "project_id": atlas, "tags": ["ink"]}
    return atlas, [
        await log(ada, 3, 23, 120, **maps),
        await log(ada, 2, 9, 30, description="Answer mail", tags=["mail"]),
        await log(ada, 2, 9, 45, **maps),
        await log(ada, 1, 10, 60, description="Plan the week"),
    ]


async def test_entries_stand_by_their_days_and_the_address_says_which(
    ada: Person, page_of: PageOf, pictures: Path
) -> None:
    """[D2, C0] One that goes past midnight gives each day its own; sums are those of reports."""
    window = await page_of(ada, "/history")
    on = OnHistory(window)
    await expect(on.page.get_by_text("Nothing recorded yet.")).to_be_visible()
    atlas, _ = await three_days(ada)
    await expect(on.total).to_have_text("4:15:00")
    await expect(on.page.locator(".day-total")).to_have_text(["1:00:00", "2:15:00", "1:00:00"])
    await expect(on.row("Draw maps")).to_have_count(3)
    await keep(window, "history", pictures)

    await window.field("Project").select_option(label="Atlas")
    await expect(on.total).to_have_text("2:45:00")
    await expect(on.row("Answer mail")).to_have_count(0)
    await expect(on.page).to_have_url(re.compile(rf"/history\?project={atlas}$"))
    await window.field("Search descriptions").fill("MAPS")
    await expect(on.page).to_have_url(re.compile(rf"project={atlas}&q=MAPS$"))
    await window.field("Time").select_option(label="From … to …")
    two = days_ago(2).isoformat()
    await window.field("From").fill(two)
    await window.field("To").fill(two)
    await expect(on.total).to_have_text("1:45:00")
    await expect(on.page.locator(".day-total")).to_have_text(["1:45:00"])
    await window.reload()
    await expect(on.total).to_have_text("1:45:00")
    await window.field("Tag").select_option(label="#mail")
    await expect(on.page.get_by_text("No entry is like this.")).to_be_visible()
    await on.page.get_by_role("link", name="Clear filters").click()
    await expect(on.total).to_have_text("4:15:00")

    # What happens elsewhere comes in by itself.
    await log(ada, 2, 15, 15, description="Called the printer")
    await expect(on.row("Called the printer")).to_have_count(1)
    await expect(on.total).to_have_text("4:30:00")
    ids = [entry["id"] for entry in await ada.get("/time-entries")]
    await ada.post("/time-entries/bulk", {"ids": ids, "edit": {"add_tags": ["told"]}})
    await expect(on.rows.locator(".tag", has_text="#told")).to_have_count(6)


async def test_an_entry_is_changed_deleted_and_brought_back(
    ada: Person, page_of: PageOf, pictures: Path
) -> None:
    """[T6] A conflict shows what is there now, and keeps what one had written."""
    _, ids = await three_days(ada)
    window = await page_of(ada, "/history")
    on = OnHistory(window)
    window.expects(rf"409 .*/api/time-entries/{ids[3]}$")
    await window.button("Edit: Plan the week").click()
    await window.field("Description").fill("Plan the month")
    await window.field("Tags").last.fill("later")
    await ada.done("PATCH", f"/time-entries/{ids[3]}", {"description": "Plan the day"})
    await window.button("Save").click()
    await expect(on.page.get_by_role("alert")).to_contain_text("changed elsewhere meanwhile")
    mine = on.page.get_by_role("group", name="Changed elsewhere meanwhile")
    await expect(mine).to_contain_text("Plan the month")
    await expect(window.field("Description")).to_have_value("Plan the day")
    await keep(window, "history-conflict", pictures)
    await window.button("Put my changes back in").click()
    await expect(window.field("Description")).to_have_value("Plan the month")
    await window.button("Save").click()
    await expect(on.row("Plan the month")).to_contain_text("#later")

    await on.more("Answer mail", "Delete")
    await expect(on.row("Answer mail")).to_have_count(0)
    await expect(on.total).to_have_text("3:45:00")
    await window.toasts.get_by_role("button", name="Undo").click()
    await expect(on.row("Answer mail")).to_have_count(1)
    await expect(on.total).to_have_text("4:15:00")
    await on.more("Answer mail", "Delete")
    await expect(on.row("Answer mail")).to_have_count(0)
    await on.page.get_by_role("link", name="Deleted entries").click()
    await expect(on.page).to_have_url(re.compile(r"deleted=true$"))
    await ada.done("DELETE", f"/time-entries/{ids[3]}")
    await window.button("Restore: Plan the month").click()
    await expect(on.rows).to_have_count(1)
    await window.button("Restore: Answer mail").click()
    await expect(on.page.get_by_text("Nothing is deleted.")).to_be_visible()
    await on.page.get_by_role("link", name="Back to the entries").click()
    await expect(on.row("Answer mail")).to_have_count(1)


async def test_entries_are_cut_copied_joined_and_changed_together(
    ada: Person, page_of: PageOf, pictures: Path
) -> None:
    """Each of it can be undone."""
    await three_days(ada)
    window = await page_of(ada, "/history")
    on = OnHistory(window)
    undo = window.toasts.get_by_role("button", name="Undo")
    await on.more("Plan the week", "Split…")
    await expect(window.dialog).to_contain_text("0:30:00 and 0:30:00")
    await window.field("Cut at").fill("2001-01-01T10:00")
    await window.button("Split").click()
    await expect(window.field("Cut at")).to_have_attribute("aria-invalid", "true")
    await window.field("Cut at").fill(f"{days_ago(1).isoformat()}T10:15")
    await window.button("Split").click()
    await expect(on.row("Plan the week").locator(".row-length")).to_have_text(
        ["0:45:00", "0:15:00"]
    )
    await undo.click()
    await expect(on.row("Plan the week").locator(".row-length")).to_have_text(["1:00:00"])
    await on.more("Plan the week", "Duplicate")
    await expect(on.row("Plan the week")).to_have_count(2)
    await undo.click()
    await expect(on.row("Plan the week")).to_have_count(1)

    await on.choose("Answer mail", "Plan the week")
    await expect(on.chosen).to_contain_text("2 selected")
    await keep(window, "history-select", pictures)
    await on.chosen.get_by_role("button", name="Merge").click()
    merge = window.dialog.get_by_role("button", name="Merge")
    await expect(merge).to_be_disabled()
    await keep(window, "history-merge", pictures)
    await window.dialog.get_by_role("switch").check()
    await merge.click()
    await expect(on.row("Plan the week")).to_have_count(0)
    merged = next(e for e in await ada.get("/time-entries") if e["description"] == "Answer mail")
    assert merged["duration_seconds"] == 26 * 3600
    await undo.click()
    await expect(on.row("Plan the week").locator(".row-length")).to_have_text(["1:00:00"])

    await on.choose("Answer mail", "Plan the week")
    await on.chosen.get_by_role("button", name="Edit").click()
    await window.dialog.get_by_role("button", name="Save").click()
    await expect(window.dialog.get_by_role("alert")).to_have_text("Choose what to change.")
    await window.dialog.get_by_label("Project").select_option(label="Atlas")
    await window.dialog.get_by_label("Add tags").fill("billed")
    await window.dialog.get_by_role("button", name="Save").click()
    await expect(on.row("Answer mail")).to_contain_text("Atlas")
    await expect(on.row("Plan the week")).to_contain_text("#billed")
    await undo.click()
    await expect(on.page.get_by_text("#billed")).to_have_count(0)
    await expect(on.row("Answer mail")).not_to_contain_text("Atlas")
    await on.choose("Answer mail", "Plan the week")
    await on.chosen.get_by_role("button", name="Delete").click()
    await expect(on.rows).to_have_count(3)
    await undo.click()
    await expect(on.rows).to_have_count(5)

    await window.button("Add entry").click()
    await window.dialog.get_by_label("Description").fill("Forgotten call")
    await window.dialog.get_by_role("button", name="Add").click()
    # Two rows in the hour after midnight, of one entry.
    await expect(on.row("Forgotten call").first).to_be_visible()
    [call] = [e for e in await ada.get("/time-entries") if e["description"] == "Forgotten call"]
    assert call["duration_seconds"] == 3600


async def test_a_report_says_what_the_list_says(
    ada: Person, page_of: PageOf, pictures: Path
) -> None:
    """[C0] Each bar leads to its own report, and the numbers to the entries behind them."""
    await three_days(ada)
    last = await ada.project("Rivers", color="#c2410c")
    await log(ada, 9, 8, 200, project_id=last, tags=["field"])
    window = await page_of(ada, f"/reports?range=month&on={days_ago(2).isoformat()}")
    page = window.page
    month = [await seconds_in(ada, days_ago(2).strftime("%Y-%m"))]
    total = page.locator(".report-total")
    await expect(total).to_have_text(clock_of(month[0]))
    await keep(window, "reports-month", pictures)
    await page.get_by_text("As a table").first.click()
    await expect(page.get_by_role("table").first).to_be_visible()
    bar = page.get_by_role("link", name=re.compile(": 2 h 15 min$"))
    await bar.press("Enter")
    await expect(page).to_have_url(re.compile(f"range=day&on={days_ago(2).isoformat()}$"))
    await expect(total).to_have_text("2:15:00")
    await expect(page.get_by_role("img", name=re.compile("^When you worked on"))).to_be_visible()
    await page.get_by_role("region", name="By project").get_by_role("link", name="Atlas").click()
    day = days_ago(2).isoformat()
    await expect(page).to_have_url(re.compile(rf"/history\?from={day}&to={day}&project=\d+$"))
    await expect(OnHistory(window).total).to_have_text("1:45:00")
    await window.field("Project").select_option(label="No project")
    await expect(page).to_have_url(re.compile(r"project=none$"))
    await expect(OnHistory(window).total).to_have_text("0:30:00")
    await page.go_back()
    await page.go_back()
    await page.get_by_role("group", name="Range").get_by_role("button", name="Week").click()
    await expect(page.get_by_role("button", name="Previous week")).to_be_visible()
    await page.get_by_role("group", name="Range").get_by_role("button", name="Year").click()
    await page.get_by_role("button", name="Previous year").click()
    await expect(page.get_by_text("No tracked time here.")).to_be_visible()
    await page.get_by_role("button", name="Next year").click()
    await log(ada, 1, 20, 60)
    await expect(total).to_have_text(clock_of(await seconds_in(ada, str(days_ago(0).year))))


async def seconds_in(person: Person, period: str) -> int:
    """Tracked seconds of a month or year, as reports have them."""
    found = await person.get("/reports/summary?group_by=day")
    return sum(g["total_seconds"] for g in found["groups"] if g["day"].startswith(period))


def toggl(lines: int, wrong: Sequence[str] = ()) -> bytes:
    """A report of Toggl Track with an entry an hour, and lines that are none."""
    begin = datetime(2025, 3, 3, tzinfo=UTC)
    rows = [HEAD]
    for n in range(lines):
        start, end = (begin + timedelta(hours=n + more) for more in (0, 0.5))
        what = f"Ada,ada@there.example,,Atlas,,Sheet {n},No"
        rows.append(f"{what},{start:%Y-%m-%d,%H:%M:%S},{end:%Y-%m-%d,%H:%M:%S},00:30:00,maps,")
    return "\n".join([*rows, *wrong, ""]).encode()


DROPPED = """(text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], "x.csv", { type: "text/csv" }));
    return transfer;
}"""


async def test_a_file_is_looked_at_and_taken_in_and_taken_out_again(
    ada: Person, page_of: PageOf, pictures: Path
) -> None:
    """The trial writes nothing; while it is taken in, events tell how far it is."""
    window = await page_of(ada, "/import")
    page = window.page
    await expect(page.get_by_role("button", name="Choose a file")).to_be_visible()
    choice = page.locator("input[type=file]")
    dropped = await page.evaluate_handle(DROPPED, "a,b\n1,2\n")
    await page.dispatch_event(".drop", "dragover", {"dataTransfer": dropped})
    await expect(page.locator(".drop")).to_have_class(re.compile("is-over"))
    await page.dispatch_event(".drop", "drop", {"dataTransfer": dropped})
    await expect(page.get_by_role("alert")).to_contain_text("We do not know this file")

    wrong = ["Ada,ada@there.example,,,,No date,No,gestern,,,,,,"]
    file = {"name": "Toggl.csv", "mimeType": "text/csv", "buffer": toggl(2000, wrong)}
    await choice.set_input_files(file)
    await expect(page.get_by_text("1 line was refused")).to_be_visible()
    await expect(page.get_by_text("The first entries")).to_be_visible()
    assert await ada.get("/time-entries") == []
    await keep(window, "import-trial", pictures)

    await page.evaluate(
        """() => {
            window.shown = [];
            const note = () => {
                const bar = document.querySelector(".import-running progress");
                if (bar?.hasAttribute("value")) window.shown.push(bar.value);
            };
            const all = {subtree: true, childList: true, attributes: true};
            new MutationObserver(note).observe(document.body, all);
        }"""
    )
    await page.get_by_role("button", name="Import 2,000 entries").click()
    await expect(page.locator(".import-done")).to_have_text("2,000 entries imported.")
    shown = await page.evaluate("[...new Set(window.shown)]")
    assert shown == sorted(shown)
    assert any(done > 0 for done in shown)
    await keep(window, "import-done", pictures)

    await page.get_by_role("link", name="See the entries").click()
    on = OnHistory(window)
    await expect(on.total).to_have_text("1000:00:00")
    await expect(on.rows).to_have_count(100)
    await window.button("Show older").click()
    await expect(on.rows).to_have_count(200)
    async with page.expect_download() as saved:
        await window.button("Export").click()
        await page.get_by_role("menuitem", name="As CSV").click()
    name = (await saved.value).suggested_filename
    assert re.fullmatch(r"focushub-time-entries_.*\.csv", name)

    await page.get_by_role("link", name="Import & export").click()
    await page.get_by_role("button", name=re.compile("^Undo the import of")).click()
    await window.dialog.get_by_role("button", name="Undo this import").click()
    await expect(page.get_by_text("undone")).to_be_visible()
    assert await ada.get("/time-entries") == []


async def test_a_whole_account_is_taken_in(ada: Person, bo: Person, page_of: PageOf) -> None:
    """What somebody took away from another server: entries, with their projects."""
    await three_days(bo)
    before = await bo.get("/time-entries")
    whole = json.dumps(await bo.get("/users/me/export")).encode()
    window = await page_of(ada, "/import")
    file = {"name": "focushub.json", "mimeType": "application/json", "buffer": whole}
    await window.page.locator("input[type=file]").set_input_files(file)
    await window.page.get_by_role("button", name=re.compile(r"^Import \d+ entries$")).click()
    await expect(window.page.locator(".import-done")).to_contain_text("imported.")
    after = await ada.get("/time-entries")
    assert [e["started_at"] for e in after] == [e["started_at"] for e in before]


async def test_the_link_of_the_calendar_is_shown_once_and_revoked(
    ada: Person, page_of: PageOf
) -> None:
    window = await page_of(ada, "/import")
    feed = window.page.get_by_role("region", name="In your calendar")
    await feed.get_by_role("button", name="Make the link").click()
    link = await feed.get_by_label("Link of the calendar").input_value()
    status, text, _ = await ada.product.request("GET", link.removeprefix(ada.product.url))
    assert (status, text[:15]) == (200, "BEGIN:VCALENDAR")
    await window.reload()
    await expect(feed).to_contain_text("There is a link since")
    await expect(feed.get_by_label("Link of the calendar")).to_have_count(0)
    await feed.get_by_role("button", name="Revoke the link").click()
    await expect(feed.get_by_role("button", name="Make the link")).to_be_visible()
    status, _, _ = await ada.product.request("GET", link.removeprefix(ada.product.url))
    assert status == 404
