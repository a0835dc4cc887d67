"""A window of a real browser: what a person sees and does there, and what went wrong in it."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    WebSocket,
    expect,
)

from tests.support.product import PASSWORD, Person

PATIENCE_MS = 30_000
AWAY_PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

# A page asks who is signed in; for nobody the answer is 401, which the browser writes down.
SIGNED_OUT = r"401 .*(/api/users/me|/api/auth/refresh)$"
# What is asked for just as the login ends is answered so, too.
LOGIN_ENDED = r"401 .*/(api|socket\.io)/|WebSocket connection to"
# What a browser writes down when there is no server, or no network.
AWAY = (
    r"ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INTERNET_DISCONNECTED|ABORTED"
    r"|NETWORK_CHANGED|INCOMPLETE_CHUNKED_ENCODING|SOCKET_NOT_CONNECTED)|WebSocket connection to"
)

# What Playwright itself writes down where it keeps a worker out.
NO_WORKER = "Service Worker registration blocked by Playwright"


def an_hour(ago: int = 2) -> dict[str, str]:
    """The times of an entry of one hour that began `ago` hours ago, to the second."""
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=ago)
    end = begin + timedelta(hours=1)
    return {"start_time": begin.isoformat(), "end_time": end.isoformat()}


class Window:
    """One page. `trouble` is what the browser reported: errors, failed requests."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.trouble: list[str] = []
        self.sockets: list[WebSocket] = []
        self._expected: list[str] = []
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.trouble.append(f"uncaught: {error}"))
        page.on("requestfailed", self._note_failure)
        page.on("websocket", lambda socket: self.sockets.append(socket))

        self.box = page.get_by_role("combobox", name="What are you working on?")
        self.timer = page.get_by_role("region", name="Timer")
        self.clock = page.get_by_role("timer")
        self.toggle = self.timer.get_by_role("button", name=re.compile("^(Start|Stop) the timer$"))
        self.running = self.timer.locator("strong")
        self.summary = page.get_by_role("complementary", name="Today")
        self.total = self.summary.locator(".total")
        self.rows = page.get_by_role("region", name="Entries").get_by_role("article")
        self.badge = page.locator(".badge-text")
        self.said = page.locator("p[role=status]")
        self.toasts = page.locator(".toast:not(.toast-badge)")
        self.awards = page.locator(".toast-badge")
        self.dialog = page.get_by_role("dialog")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            path = urlsplit(message.location.get("url", "")).path
            self.trouble.append(f"{message.type}: {message.text} {path}")

    def _note_failure(self, request: Request) -> None:
        path = urlsplit(request.url).path
        self.trouble.append(f"failed: {request.method} {path} {request.failure}")

    def expects(self, *patterns: str) -> None:
        """Trouble that this test makes on purpose, as regular expressions."""
        self._expected += patterns

    def surprises(self) -> list[str]:
        known = [re.compile(pattern) for pattern in (*self._expected, NO_WORKER)]
        return [each for each in self.trouble if not any(p.search(each) for p in known)]

    def button(self, name: str, **options: Any) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True, **options)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def row(self, description: str) -> Locator:
        return self.rows.filter(has_text=description)

    async def visit(self, address: str) -> None:
        """Type an address: what the page that is left was still asking for is dropped."""
        self.expects("^failed: .* net::ERR_ABORTED$")
        await self.page.goto(address)

    async def reload(self) -> None:
        """Load the page again, as by the browser's button."""
        self.expects("^failed: .* net::ERR_ABORTED$")
        await self.page.reload()

    async def go_to(self, place: str) -> None:
        """Follow the link of the navigation."""
        places = self.page.get_by_role("navigation", name="Main")
        await places.get_by_role("link", name=place).click()

    async def log_in(self, person: Person) -> None:
        """Fill in the form that is shown, and press Enter."""
        await self.field("E-mail").fill(person.email)
        await self.field("Password").fill(PASSWORD)
        await self.field("Password").press("Enter")

    async def sign_up(self, new: dict[str, str]) -> None:
        """Fill in the three inputs, and send them by the button."""
        await self.field("E-mail").fill(new["email"])
        await self.field("Username").fill(new["username"])
        await self.field("Password").fill(new["password"])
        await self.button("Create account").click()

    async def start(self, text: str) -> None:
        """Write into the box and press Enter, as a person does."""
        await self.box.fill(text)
        await self.box.press("Enter")

    async def stop(self) -> None:
        await self.button("Stop the timer").click()

    async def is_live(self) -> None:
        """Wait until the connection stands and the day is read."""
        await expect(self.badge).to_have_text("Live", timeout=AWAY_PATIENCE_MS)

    async def runs(self, description: str) -> None:
        await expect(self.running).to_have_text(description)

    async def is_idle(self) -> None:
        await expect(self.timer).to_contain_text("Ready when you are")

    async def ticks(self) -> None:
        """Wait until the digits have moved on."""
        shown = await self.clock.inner_text()
        await expect(self.clock).not_to_have_text(shown)

    async def total_s(self) -> int:
        return seconds_of(await self.total.inner_text())


def seconds_of(clock: str) -> int:
    """1:05:09 → 3909"""
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return (hours * 60 + minutes) * 60 + seconds


def clock_of(seconds: int) -> str:
    """3909 → 1:05:09"""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


class Windows:
    """Opens windows in contexts of their own, and at the end says what went wrong in any."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.opened: list[Window] = []

    async def context(self, **options: Any) -> BrowserContext:
        """A browser profile of its own, at a place and in a language that the test knows."""
        given = {
            "locale": "en-GB",
            "timezone_id": "Europe/Berlin",
            "viewport": {"width": 1280, "height": 800},
            # Kept pages would answer in place of the server, which most tests are about.
            "service_workers": "block",
        } | options
        made = await self._browser.new_context(**given)
        made.set_default_timeout(PATIENCE_MS)
        self._contexts.append(made)
        return made

    async def open(self, context: BrowserContext, address: str) -> Window:
        """A new tab of a context."""
        window = Window(await context.new_page())
        self.opened.append(window)
        await window.page.goto(address, wait_until="domcontentloaded")
        return window

    async def of(self, person: Person, path: str = "/", **options: Any) -> Window:
        """A new device of a person, signed in there, with this page open and live."""
        context = await self.context(**options)
        await sign_in(context, person)
        window = await self.open(context, person.product.url + path)
        await window.is_live()
        return window

    async def close(self) -> None:
        surprises = [trouble for window in self.opened for trouble in window.surprises()]
        for context in self._contexts:
            await context.close()
        assert surprises == [], "the browser reported:\n" + "\n".join(surprises)


async def sign_in(context: BrowserContext, person: Person) -> None:
    """A login of this context's own, by its cookies."""
    url = f"{person.product.url}/api/auth/login"
    body = {"email": person.email, "password": PASSWORD}
    answer = await context.request.post(url, data=body)
    assert answer.ok, await answer.text()


PageOf = Callable[..., Awaitable[Window]]
