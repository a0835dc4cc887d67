"""What the page costs its user: `python -m benchmarks.page [--rounds 5]`.

Chromium as a phone on a slow network: 150 ms round trip, 1.6 Mbit/s down, 750 kbit/s up, and a
processor four times slower. "Interactive" is when the first field can be written in and the page
has time for it. Then the same processor, but a quick network: a board of 1,000 rows and a year's
heatmap, with the longest task and the layout shift that one sees.
"""

import argparse
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import asyncpg
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright

from benchmarks import report
from benchmarks.report import Rows, table
from benchmarks.world import Target, database, target
from rooms.boards import board_on
from rooms.rules.boards import PERIODS
from storage.embedded import Embedded
from storage.migrations import migrate

PEOPLE = 1000
READER, MOVER = 1, 500  # the users, by their ids
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "en-GB",
}
NETWORK = {
    "offline": False, "latency": 150,
    "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8,
}  # fmt: skip
SLOWDOWN = 4
# In the page before anything else: shifts, long tasks, and when somebody can begin to write.
WATCH = """
(() => {
  const seen = (globalThis.seen = { shift: 0, longest: 0, ready: null });
  const look = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
  look("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
  look("longtask", (entry) => { seen.longest = Math.max(seen.longest, entry.duration); });
  const field = () => {
    const box = document.querySelector("#start-box, main form input");
    if (!box || box.disabled || box.getClientRects().length === 0) return void requestAnimationFrame(field);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { seen.ready = performance.now(); };
    port2.postMessage(null);
  };
  requestAnimationFrame(field);
})();
"""  # noqa: E501
# Of this password, at the lowest cost.
_PASSWORD = "correct horse battery"
_HASH = "$2b$04$9Ffqc6QG0uhXX1CO4H2h8OvG.oL2HmoVGIof22hvLLm0VgM.ILOQC"
_PEOPLE = f"""
    insert into users (email, username, password_hash)
    select 'u' || n || '@example.org', 'user' || n, '{_HASH}' from generate_series(1, {PEOPLE}) n;
    insert into logins (user_id, expires_at)
    select id, now() + interval '2 days' from users order by id;
    insert into focus_days (user_id, day, seconds, entries)
    select {READER}, current_date - n, 600 + n * 37 % 20000, 1 + n % 5
    from generate_series(1, 365) n;
"""
_SCORES = f"""
    insert into board_scores
    select n, 'time', $1, $2, 'global', 0, 30 * n, now() from generate_series(1, {PEOPLE}) n
"""


async def prepare(embedded: Embedded) -> None:
    """The database: people with a score each, and one of them with a year of focus."""
    connection = await asyncpg.connect(embedded.database_url)
    await connection.execute("create database focushub")
    await connection.close()
    url = database(embedded, "focushub")
    await migrate(url)
    connection = await asyncpg.connect(url)
    await connection.execute(_PEOPLE)
    for period in PERIODS:
        board = board_on(datetime.now(UTC).date(), "time", period)
        await connection.execute(_SCORES, board.period, board.starts_on)
    await connection.close()


async def phone(browser: Browser, server: Target, user_id: int | None) -> BrowserContext:
    """A profile of its own, signed in as this user, or as nobody."""
    context = await browser.new_context(**PHONE)
    await context.add_init_script(WATCH)
    if user_id is not None:
        body = {"email": f"u{user_id}@example.org", "password": _PASSWORD}
        answer = await context.request.post(f"{server.url}/api/auth/login", data=body)
        assert answer.ok, await answer.text()
    return context


async def slowed(context: BrowserContext, page: Page, *, network: bool) -> CDPSession:
    devtools = await context.new_cdp_session(page)
    await devtools.send("Network.enable")
    if network:
        await devtools.send("Network.emulateNetworkConditions", NETWORK)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    return devtools


class Wire:
    """What a page has asked for, and how much of it was script; without the API and the socket."""

    def __init__(self, devtools: CDPSession) -> None:
        self._addresses: dict[str, str] = {}
        self._bytes: dict[str, int] = {}
        devtools.on("Network.requestWillBeSent", self._asked)
        devtools.on("Network.loadingFinished", self._came)

    def _asked(self, event: dict[str, Any]) -> None:
        self._addresses[event["requestId"]] = event["request"]["url"]

    def _came(self, event: dict[str, Any]) -> None:
        self._bytes[event["requestId"]] = event["encodedDataLength"]

    @property
    def requests(self) -> int:
        return len(self._addresses)

    @property
    def script_kib(self) -> float:
        scripts = (key for key, url in self._addresses.items() if url.endswith(".js"))
        return sum(self._bytes.get(key, 0) for key in scripts) / 1024


async def first_load(browser: Browser, server: Target, user_id: int | None) -> dict[str, float]:
    """One cold load: no cache, no worker."""
    context = await phone(browser, server, user_id)
    page = await context.new_page()
    wire = Wire(await slowed(context, page, network=True))
    await page.goto(server.url, wait_until="commit")
    ready = await when(page, "seen.ready")
    figures = {
        "interactive, ms": ready,
        "requests until then": float(wire.requests),
        "script until then, KiB": wire.script_kib,
        "first paint, ms": await page.evaluate(
            "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        ),
    }
    if user_id is not None:
        await page.wait_for_selector(".badge-live", state="attached")
        figures["live, ms"] = await page.evaluate("performance.now()")
    figures["layout shift"] = await page.evaluate("seen.shift")
    await context.close()
    return figures


async def load_again(browser: Browser, server: Target) -> dict[str, float]:
    """A load after the first: the page comes from what the worker keeps."""
    context = await phone(browser, server, READER)
    page = await context.new_page()
    await page.goto(server.url)
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await slowed(context, page, network=True)
    await page.reload(wait_until="commit")
    figures = {"interactive, ms": await when(page, "seen.ready")}
    await context.close()
    return figures


async def when(page: Page, value: str) -> float:
    """The value, as soon as there is one."""
    found: float = await page.evaluate(
        f"new Promise((done) => {{ const look = () => {value} === null ? setTimeout(look, 20) "
        f": done({value}); look(); }})"
    )
    return found


async def board(browser: Browser, server: Target, http: aiohttp.ClientSession) -> Rows:
    """All 1,000 rows, and then somebody in the middle who goes to the top."""
    context = await phone(browser, server, READER)
    page = await context.new_page()
    await page.goto(f"{server.url}/board?period=all")
    await page.wait_for_selector(".board-rows li")
    await slowed(context, page, network=False)
    rows = page.locator(".board-panel > .board-rows").first.locator("li")
    for count in range(200, PEOPLE + 1, 200):
        await rows.nth(count - 1).wait_for(state="attached")
        if count < PEOPLE:
            await page.locator(".board-more").click()
    drawn = await taken(page)
    end = datetime.now(UTC) - timedelta(minutes=1)
    entry = {"start_time": (end - timedelta(hours=10)).isoformat(), "end_time": end.isoformat()}
    headers = {"Authorization": f"Bearer {server.token(MOVER)}"}
    async with http.post(f"{server.url}/api/time-entries", json=entry, headers=headers) as answer:
        assert answer.status == 201, await answer.text()
    await rows.first.filter(has_text=f"user{MOVER}").wait_for()
    await page.wait_for_timeout(1500)  # the rows glide
    moved = await taken(page)
    await context.close()
    return [
        ("1,000 rows of a board, read by 200", "longest task, ms", drawn["longest"]),
        ("a row moves among 1,000", "longest task, ms", moved["longest"]),
        ("a row moves among 1,000", "layout shift", moved["shift"]),
    ]


async def heatmap(browser: Browser, server: Target) -> Rows:
    context = await phone(browser, server, READER)
    page = await context.new_page()
    await page.goto(server.url)
    await page.wait_for_selector(".badge-live", state="attached")
    await page.wait_for_timeout(2000)  # the other pages are fetched
    await slowed(context, page, network=False)
    await taken(page)
    await page.evaluate(
        f"() => {{ const link = document.createElement('a'); link.href = '/people/{READER}';"
        " document.body.append(link); link.click(); link.remove(); }"
    )
    await page.wait_for_selector(".heat-halves", state="attached")
    await page.wait_for_timeout(1500)
    seen = await taken(page)
    await context.close()
    return [
        ("a profile with a year's heatmap", "longest task, ms", seen["longest"]),
        ("a profile with a year's heatmap", "layout shift", seen["shift"]),
    ]


async def taken(page: Page) -> dict[str, float]:
    """What was seen since the last time."""
    seen: dict[str, float] = await page.evaluate(
        "() => { const was = { ...seen }; seen.shift = seen.longest = 0; return was; }"
    )
    return seen


async def measure(server: Target, rounds: int) -> Rows:
    rows: Rows = []
    async with async_playwright() as playwright, aiohttp.ClientSession() as http:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, user_id in (("first load, a visitor", None), ("first load, signed in", READER)):
            loads = [await first_load(browser, server, user_id) for _ in range(rounds)]
            rows += [(name, key, median(load[key] for load in loads)) for key in loads[0]]
        again = [await load_again(browser, server) for _ in range(rounds)]
        rows.append(
            ("loaded again", "interactive, ms", median(a["interactive, ms"] for a in again))
        )
        rows += await board(browser, server, http)
        rows += await heatmap(browser, server)
        await browser.close()
    return rows


async def main(rounds: int, path: Path, folder: Path) -> None:
    with report.embedded_in(folder) as embedded:
        await prepare(embedded)
        async with target("focushub", embedded) as server:
            rows = await measure(server, rounds)
    print(table(rows))
    report.write_report(path, rows=rows)


def run() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, default=report.results_of("page"))
    arguments = parser.parse_args()
    with report.folder_for("page") as folder:
        report.run(main(arguments.rounds, arguments.json, folder))


if __name__ == "__main__":
    run()
