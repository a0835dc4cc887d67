"""Focus rooms in real browsers: one countdown for several people, and what they do around it."""

import asyncio
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Locator, WebSocketRoute, expect

from tests.browser.pictures import keep
from tests.browser.windows import AWAY, PATIENCE_MS, SIGNED_OUT, PageOf, Window, Windows, sign_in
from tests.support.product import Person, Product

# Long enough for hands of a browser, short enough to wait for.
SHORT = {"work_s": 4, "short_break_s": 6, "auto_start_breaks": True, "auto_start_work": True}
# A browser that is allowed to notify, and whose person looks at something else.
NOTIFICATIONS = """
    window.Notification = class {
        static permission = "granted";
        static requestPermission = async () => "granted";
        constructor(title, { body }) { window.told(`${title}: ${body}`); }
    };
    Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
"""
# Locks are granted in the order of asking: after this one, a tab knows of all that it asked for.
GRANTED = "() => navigator.locks.request('any', () => {})"
CONTROLS = ("Pause", "Skip", "+5 min", "End round")


class InRoom:
    """What a person sees and does in a room that a window shows."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.stage = window.page.get_by_role("region", name="Shared timer")
        self.phase = self.stage.locator(".phase-name")
        self.digits = self.stage.get_by_role("timer")
        self.word = self.stage.locator(".stage-word")
        self.controls = self.stage.get_by_role("group", name="Control the timer")
        self.people = window.page.get_by_role("region", name="People")
        self.chat = window.page.get_by_role("region", name="Chat")
        self.own = window.page.get_by_role("region", name=re.compile("^What you do"))
        self.heading = window.page.get_by_role("heading", level=1)

    def member(self, person: Person) -> Locator:
        return self.people.get_by_role("listitem").filter(has_text=person.username)

    async def is_in(self, phase: str) -> None:
        await expect(self.phase).to_have_text(phase)

    async def press(self, name: str) -> None:
        await self.controls.get_by_role("button", name=name, exact=True).click()

    async def choose(self, person: Person, act: str) -> None:
        """Open the menu of a member, and take what it offers."""
        await self.member(person).get_by_role("button", name="What to do with").click()
        await self.window.page.get_by_role("menuitem", name=act, exact=True).click()

    async def intend(self, text: str) -> None:
        await self.own.get_by_role("textbox").fill(text)
        await self.own.get_by_role("textbox").press("Enter")

    async def say(self, text: str) -> None:
        await self.chat.get_by_role("textbox").fill(text)
        await self.chat.get_by_role("textbox").press("Enter")

    async def counts(self) -> None:
        shown = await self.digits.inner_text()
        await expect(self.digits).not_to_have_text(shown)


async def a_room(person: Person, name: str = "Library", **fields: Any) -> str:
    """A room of this person's; its slug."""
    made = await person.post("/rooms", {"name": name, **fields})
    slug: str = made["slug"]
    return slug


async def enter(page_of: PageOf, slug: str, *people: Person, **options: Any) -> list[InRoom]:
    """Each of them in the room, in a window of their own."""
    rooms = []
    for person in people:
        room = InRoom(await page_of(person, f"/rooms/{slug}", **options))
        await expect(room.stage).to_be_visible()
        rooms.append(room)
    return rooms


async def test_two_people_go_through_work_a_break_and_work_again(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    """[R1] [R4] By themselves, at the same seconds, in the tab's title too."""
    slug = await a_room(ada, settings=SHORT)
    desk, phone = await enter(page_of, slug, ada, bo)
    for room in (desk, phone):
        await room.is_in("Ready")
        await expect(room.people.get_by_role("listitem")).to_have_count(2)
    await desk.press("Start the round")
    for room in (desk, phone):
        await room.is_in("Focus")
        await expect(room.window.page).to_have_title(re.compile(r"^00:0\d · Focus — Library$"))
        await expect(room.chat).to_contain_text("Quiet while the room focuses.")
        await expect(room.chat.get_by_role("textbox")).to_have_count(0)
        await room.counts()

    for room in (desk, phone):
        await room.is_in("Short break")
    await desk.say("<b>Tea</b> & cake?")
    await expect(phone.chat.locator(".message-text")).to_have_text("<b>Tea</b> & cake?")
    await expect(phone.window.page).to_have_title(re.compile(r"^00:0\d · Short break — Library$"))
    for room in (desk, phone):
        await room.is_in("Focus")
        await expect(room.stage.get_by_role("img", name="Focus 2 of 4")).to_be_visible()
        await expect(room.window.said).to_contain_text("Focus, ")


async def test_the_host_controls_and_the_others_are_told_who_does(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    """[R5]"""
    slug = await a_room(ada)
    desk, phone = await enter(page_of, slug, ada, bo)
    await expect(phone.word).to_have_text(f"{ada.username} hosts and starts the round.")
    await expect(phone.controls).to_have_count(0)
    await desk.press("Start the round")
    await expect(desk.word).to_have_text("Next: Short break, 5 min")
    await desk.press("Pause")
    await expect(phone.word).to_have_text(f"Paused for everyone. {ada.username} hosts and goes on.")
    stands = await phone.digits.inner_text()
    await expect(desk.digits).to_have_text(stands)
    await desk.press("+5 min")
    await expect(phone.digits).to_have_text(re.compile(r"^(30:00|29:5\d)$"))
    await desk.press("Go on")
    await phone.counts()
    await desk.press("Skip")
    await phone.is_in("Short break")
    await desk.press("Skip")
    await expect(phone.word).to_have_text(f"Focus is next. {ada.username} hosts and starts it.")
    await expect(phone.window.page).to_have_title("Focus waits · Library")

    await desk.choose(bo, "Make co-host")
    await phone.press("Start focus")
    for room in (desk, phone):
        await room.is_in("Focus")
        for name in CONTROLS:
            await expect(room.controls.get_by_role("button", name=name)).to_be_enabled()
    await phone.press("End round")
    await desk.is_in("Ready")


async def test_what_one_means_to_do_and_how_it_went_is_seen_by_the_others(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    """[R8] Before the round, in it, and when it has ended; the history keeps it."""
    slug = await a_room(ada)
    desk, phone = await enter(page_of, slug, ada, bo)
    await phone.intend("Draw the Danube")
    await expect(desk.member(bo)).to_contain_text("Draw the Danube")
    await desk.press("Start the round")
    await expect(phone.own.get_by_role("textbox")).to_have_value("Draw the Danube")
    await desk.press("Skip")
    await phone.own.get_by_role("button", name="Partly").click()
    await expect(desk.member(bo)).to_contain_text("Partly")

    await desk.press("End round")
    await expect(desk.member(bo)).not_to_contain_text("Draw the Danube")
    asked = phone.own.get_by_role("group", name="How did it go? “Draw the Danube”")
    await asked.get_by_role("button", name="Done").click()
    await expect(asked.get_by_role("button", name="Done")).to_have_attribute("aria-pressed", "true")
    await phone.window.reload()
    await expect(asked.get_by_role("button", name="Done")).to_have_attribute("aria-pressed", "true")

    history = desk.window.page.get_by_role("region", name="Rounds so far")
    await history.get_by_role("button", name="Show").click()
    row = history.get_by_role("listitem").filter(has_text=bo.username).last
    await expect(row).to_contain_text("Draw the Danube")
    await expect(row).to_contain_text("Done")


async def test_who_was_quicker_is_shown_and_said(
    ada: Person, bo: Person, windows: Windows, page_of: PageOf
) -> None:
    """[R3] A command for a room that has changed does nothing; the page shows what there is."""
    slug = await a_room(ada)
    held = []

    def relay(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if isinstance(message, str) and '"paused"' in message and "room:updated" in message:
                held.append(message)
            else:
                route.send(message)

        server.on_message(pass_on)

    window = await page_of(ada)
    await window.page.route_web_socket(re.compile("/socket.io/"), relay)
    await window.visit(f"{ada.product.url}/rooms/{slug}")
    desk = InRoom(window)
    await desk.press("Start the round")
    await desk.is_in("Focus")
    live = await ada.connect()
    await live.command("room:pause", room=slug)
    await desk.press("Skip")
    await expect(desk.word).to_have_text("Paused for everyone.")
    await expect(window.toasts).to_contain_text("Somebody was quicker.")
    await desk.is_in("Focus")
    assert held  # more of them where a slow machine has asked again


async def test_who_is_removed_is_sent_out_at_once_and_told_so(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    """[R7]"""
    slug = await a_room(ada)
    desk, phone = await enter(page_of, slug, ada, bo)
    await desk.press("Start the round")
    await desk.choose(bo, "Remove")
    await desk.window.dialog.get_by_role("button", name="Remove").click()
    await expect(phone.heading).to_have_text("You have been sent out")
    await expect(desk.member(bo)).to_have_count(0)
    await expect(desk.people).to_contain_text("1 of 1 here")

    await phone.window.button("Try again").click()
    await expect(phone.heading).to_have_text("Not yet")
    await desk.press("End round")
    await phone.window.button("Try again").click()
    await phone.is_in("Ready")
    await expect(desk.member(bo)).to_have_count(1)


async def test_the_link_of_a_room_leads_through_signing_in_into_it(
    product: Product, ada: Person, bo: Person, windows: Windows, page_of: PageOf
) -> None:
    slug = await a_room(ada)
    [desk] = await enter(page_of, slug, ada, permissions=["clipboard-read", "clipboard-write"])
    await desk.window.button("Copy link").click()
    await expect(desk.window.button("Copied.")).to_be_visible()
    link = await desk.window.page.evaluate("navigator.clipboard.readText()")
    assert link == f"{product.url}/rooms/{slug}"

    phone = InRoom(await windows.open(await windows.context(), link))
    phone.window.expects(SIGNED_OUT)
    await expect(phone.window.page.get_by_text("This link leads to a focus room.")).to_be_visible()
    await phone.window.log_in(bo)
    await expect(phone.heading).to_have_text("Library")
    await expect(desk.member(bo)).to_be_visible()
    assert phone.window.page.url == link


async def test_a_room_is_made_found_used_elsewhere_and_deleted(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    """One stays in it on other pages; the header leads back."""
    desk, phone = InRoom(await page_of(ada, "/rooms")), InRoom(await page_of(bo, "/rooms"))
    await expect(desk.window.page.get_by_text("one timer for several people")).to_be_visible()
    await desk.window.button("New room").click()
    await desk.window.field("Name").fill("Reading room")
    await desk.window.dialog.get_by_label("Focus", exact=True).fill("50")
    await desk.window.field("Who can come in").select_option("public")
    await desk.window.button("Create room").click()
    await expect(desk.heading).to_have_text("Reading room")
    await desk.press("Start the round")
    await expect(desk.digits).to_have_text(re.compile("^(50:00|49:5)"))
    link = desk.window.page.url

    await phone.window.reload()
    card = phone.window.page.get_by_role("link", name=re.compile("Reading room"))
    await expect(card).to_contain_text(re.compile(r"Focus\s*(50:00|49:\d\d)"))
    await phone.window.field("Have a link?").fill(link)
    await phone.window.button("Go in").click()
    await phone.is_in("Focus")
    await phone.window.go_to("Today")
    await expect(phone.window.page).to_have_title(re.compile("Focus — Reading room$"))
    await phone.window.reload()
    await phone.window.page.get_by_role("link", name="Reading room, Focus, to the room").click()
    await expect(desk.people).to_contain_text("2 of 2 here")
    await phone.is_in("Focus")

    await desk.window.button("Settings").click()
    await desk.window.field("Name").fill("Quiet room")
    await desk.window.dialog.get_by_label("Focus", exact=True).fill("20")
    await desk.window.dialog.get_by_role("radio", name="Now").check()
    await desk.window.button("Save").click()
    await expect(phone.heading).to_have_text("Quiet room")
    await expect(phone.digits).to_have_text(re.compile("^(20:00|19:)"))
    await desk.window.button("Settings").click()
    await desk.window.button("Delete room").click()
    await desk.window.button("Delete room").click()
    await expect(desk.heading).to_have_text("Rooms")
    await expect(phone.heading).to_have_text("This room is closed")
    await phone.window.page.get_by_role("link", name="All rooms").click()
    await expect(phone.window.page.get_by_text("one timer for several people")).to_be_visible()


async def test_without_a_connection_the_countdown_goes_on_into_the_next_phase(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    """[R4] As the settings say it will; the buttons wait, and what was missed is read later."""
    slug = await a_room(ada, settings=SHORT | {"work_s": 8, "short_break_s": 600})
    desk, phone = await enter(page_of, slug, ada, bo)
    await desk.press("Start the round")
    await phone.is_in("Focus")
    desk.window.expects(AWAY)
    await desk.window.page.context.set_offline(True)
    await expect(desk.stage).to_contain_text("the buttons wait until you are back")
    await expect(desk.controls.get_by_role("button", name="Pause")).to_be_disabled()
    await desk.is_in("Short break")
    await phone.is_in("Short break")
    await phone.say("Where are you?")
    await desk.window.page.context.set_offline(False)
    await desk.window.is_live()
    await expect(desk.chat).to_contain_text("Where are you?")
    await expect(desk.controls.get_by_role("button", name="Pause")).to_be_enabled()
    await expect(desk.people).to_contain_text("2 of 2 here")
    await expect(desk.member(bo).locator(".status-break")).to_be_visible()


async def test_the_host_leaves_and_the_owner_becomes_host_again(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    """[R5] Somebody always hosts."""
    slug = await a_room(ada)
    desk, phone = await enter(page_of, slug, ada, bo)
    await desk.choose(bo, "Make host")
    await expect(phone.controls).to_be_visible()
    await expect(desk.member(bo)).to_contain_text("Host")
    await phone.choose(bo, "Show me as away")
    await expect(desk.member(bo).locator(".status-away")).to_be_visible()
    await desk.choose(ada, "Become host again")
    await expect(phone.word).to_have_text("Start when everyone is here.")  # a co-host now
    [tab] = await enter(page_of, slug, ada)
    await desk.window.button("Leave").click()
    await desk.window.dialog.get_by_role("button", name="Leave").click()
    await expect(desk.heading).to_have_text("Rooms")
    await expect(tab.heading).to_have_text("You have left this room")
    await expect(phone.member(ada)).to_have_count(0)
    await expect(phone.member(bo).locator(".role-badge")).to_have_text("Host")


async def test_a_room_that_is_full_or_unknown_says_so_and_leads_on(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    """[R7]"""
    slug = await a_room(ada, settings={"capacity": 1})
    await enter(page_of, slug, ada)
    window = await page_of(bo, f"/rooms/{slug}")
    heading = window.page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("The room is full")
    window.expects(r"404 .*/api/rooms/nowhere$")
    await window.visit(f"{ada.product.url}/rooms/nowhere")
    await expect(heading).to_have_text("No such room")
    await window.page.get_by_role("link", name="All rooms").click()
    await expect(heading).to_have_text("Rooms")


async def test_the_menu_of_a_member_is_worked_by_keys(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    slug = await a_room(ada)
    desk, _ = await enter(page_of, slug, ada, bo)
    button = desk.member(bo).get_by_role("button", name="What to do with")
    keys = desk.window.page.keyboard
    await button.focus()
    await keys.press("Enter")
    await expect(desk.window.page.get_by_role("menuitem", name="Make co-host")).to_be_focused()
    await keys.press("ArrowUp")
    await expect(desk.window.page.get_by_role("menuitem", name="Remove")).to_be_focused()
    await keys.press("Escape")
    await expect(button).to_be_focused()
    await keys.press("Enter")
    await expect(desk.window.page.get_by_role("menuitem", name="Make co-host")).to_be_focused()
    await keys.press("Enter")
    await expect(desk.member(bo).locator(".role-badge")).to_have_text("Co-host")


async def test_reactions_float_for_a_moment_and_sound_is_remembered(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    slug = await a_room(ada)
    desk, phone = await enter(page_of, slug, ada, bo)
    await desk.window.button("Applause").click()
    await expect(phone.stage.locator(".float")).to_contain_text("👏")
    await expect(phone.stage.locator(".float")).to_have_count(0)
    sound = phone.window.button("Sound")
    await expect(sound).to_have_attribute("aria-pressed", "false")
    await sound.click()
    await phone.window.reload()
    await expect(sound).to_have_attribute("aria-pressed", "true")


async def test_the_end_of_a_phase_is_notified_once_when_asked_for(
    ada: Person, windows: Windows, page_of: PageOf
) -> None:
    """Of two tabs of one browser, while one looks at something else."""
    told: list[str] = []
    all_told = asyncio.Event()

    def tell(words: str) -> None:
        told.append(words)
        if "Focus waits" in words:
            all_told.set()

    context = await windows.context()
    await context.expose_function("told", tell)
    await context.add_init_script(NOTIFICATIONS)
    await sign_in(context, ada)
    settings = SHORT | {"work_s": 3, "short_break_s": 3, "auto_start_work": False}
    link = f"{ada.product.url}/rooms/{await a_room(ada, settings=settings)}"
    tabs = [InRoom(await windows.open(context, link)) for _ in range(2)]
    notify = tabs[0].window.button("Notify")
    await notify.click()
    await expect(notify).to_have_attribute("aria-pressed", "true")
    await tabs[1].window.reload()
    await expect(tabs[1].window.button("Notify")).to_have_attribute("aria-pressed", "true")
    await tabs[0].press("Start the round")
    for tab in tabs:
        await expect(tab.word).to_have_text("Focus is next. Start it when everyone is ready.")
        await expect(tab.window.said).to_have_text("Focus is next and waits for its start")
        await tab.window.page.evaluate(GRANTED)
    async with asyncio.timeout(PATIENCE_MS / 1000):
        await all_told.wait()
    assert told == [
        "Focus is over · Library: Short break has begun, 00:03.",
        "The break is over · Library: Focus waits for its start.",
    ]


async def test_pages_of_rooms(
    product: Product, ada: Person, bo: Person, page_of: PageOf, pictures: Path
) -> None:
    """The list, the room in its states, and its dialogs."""
    [window] = [await page_of(ada, "/rooms")]
    await expect(window.page.get_by_text("one timer for several people")).to_be_visible()
    await keep(window, "rooms-empty", pictures)
    await window.button("New room").click()
    await keep(window, "room-new", pictures)
    await window.page.keyboard.press("Escape")
    project_id = await ada.project("Atlas of rivers", color="#2f7fd1")
    slug = await a_room(ada, "Morning pages", project_id=project_id)
    other = await a_room(bo, "Überlandleitungsgenehmigungsverfahren", visibility="public")
    await a_room(ada, "Deep work on Thursdays", visibility="project", project_id=project_id)
    guest = await bo.connect()
    await guest.do("room:join", room=other)
    await guest.command("room:start", room=other)
    await guest.do("room:join", room=slug)
    third = await product.person("konstantina.papadopou")
    away = await third.connect()
    await away.do("room:join", room=slug)
    await window.visit(f"{product.url}/rooms")
    for name in (
        "Morning pages",
        "Überlandleitungsgenehmigungsverfahren",
        "Deep work on Thursdays",
    ):
        await expect(window.page.locator(".card").filter(has_text=name)).to_have_count(1)
    await keep(window, "rooms", pictures)

    await window.visit(f"{product.url}/rooms/{slug}")
    room = InRoom(window)
    await room.is_in("Ready")
    await keep(window, "room-ready", pictures)
    await guest.command("room:intend", room=slug, text="Draw the Danube from source to sea")
    text = "Answer all the mail that has been lying about since Monday, and then nothing else"
    await away.command("room:intend", room=slug, text=text)
    await room.intend("Write three pages")
    await room.press("Start the round")
    await room.is_in("Focus")
    await expect(room.member(bo).locator(".status-focusing")).to_be_visible()
    await keep(window, "room-focus", pictures)
    await room.press("Pause")
    await room.choose(bo, "Make co-host")
    await keep(window, "room-paused", pictures)
    await room.press("Skip")
    await room.is_in("Short break")
    await guest.command("room:outcome", room=slug, outcome="done")
    await guest.command(
        "room:say", room=slug, text="That went well. The Danube is longer than I thought."
    )
    await away.command("room:say", room=slug, text="Tea?")
    await room.say("In a minute! " + "pling" * 20)
    await away.client.disconnect()
    await expect(room.chat.locator(".message")).to_have_count(3)
    await room.own.get_by_role("button", name="Partly").click()
    history = window.page.get_by_role("region", name="Rounds so far")
    await history.get_by_role("button", name="Show").click()
    await expect(history.get_by_role("img")).to_be_visible()
    await keep(window, "room-break", pictures)
    await room.member(bo).get_by_role("button", name="What to do with").click()
    await keep(window, "room-menu", pictures)
    await window.page.keyboard.press("Escape")
    await window.button("Settings").click()
    await keep(window, "room-settings", pictures)
    await window.page.keyboard.press("Escape")
    await ada.post("/time-entries", {"description": "Something of my own"})
    await window.go_to("Projects")
    await expect(window.page.locator(".mini-room, .mini-timer")).to_have_count(2)
    await keep(window, "room-elsewhere", pictures)
    await window.page.go_back()
    window.expects(AWAY)
    await window.page.context.set_offline(True)
    await expect(room.stage).to_contain_text("the buttons wait")
    await keep(window, "room-away", pictures)
    await window.page.context.set_offline(False)
    await window.is_live()
    await room.press("End round")
    await room.is_in("Ready")
    await expect(room.member(bo).locator(".status-focusing")).to_be_visible()
    await keep(window, "room-ended", pictures)
    window.expects(r"404 .*/api/rooms/nowhere$")
    await window.visit(f"{product.url}/rooms/nowhere")
    await expect(room.heading).to_have_text("No such room")
    await keep(window, "room-gone", pictures)
