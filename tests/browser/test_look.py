"""Colours and language of one's choice, and the navigation of a phone."""

import re

from playwright.async_api import expect

from tests.browser.pictures import SIZES
from tests.browser.windows import SIGNED_OUT, PageOf, Window, Windows
from tests.support.product import Person, Product

GROUND = "() => getComputedStyle(document.documentElement).backgroundColor"
LIGHT, DARK = "rgb(245, 242, 234)", "rgb(20, 25, 26)"


async def ground(window: Window) -> str:
    color: str = await window.page.evaluate(GROUND)
    return color


async def test_the_colours_are_the_systems_until_somebody_chooses(
    ada: Person, page_of: PageOf
) -> None:
    """The choice holds for this browser, from the first drawing on, in all its tabs."""
    window = await page_of(ada, "/settings", color_scheme="dark")
    await expect(window.button("Install the app")).to_have_count(0)
    await window.page.evaluate(
        "dispatchEvent(Object.assign(new Event('beforeinstallprompt', { cancelable: true }),"
        " { prompt: async () => { window.prompted = true; } }))"
    )
    await window.button("Install the app").click()
    assert await window.page.evaluate("window.prompted")
    await expect(window.button("Install the app")).to_have_count(0)
    assert await ground(window) == DARK
    other = Window(await window.page.context.new_page())
    await other.page.goto(ada.product.url)
    await window.button("Light").click()
    assert await ground(window) == LIGHT
    await expect(other.page.locator("html")).to_have_attribute("data-theme", "light")
    await window.reload()
    assert await ground(window) == LIGHT
    await window.button("System").click()
    assert await ground(window) == DARK


async def test_the_page_speaks_german_where_the_browser_does(
    product: Product, windows: Windows
) -> None:
    context = await windows.context(locale="de-AT")
    window = await windows.open(context, f"{product.url}/login")
    window.expects(SIGNED_OUT)
    heading = window.page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Willkommen zurück")
    await expect(window.page.locator("html")).to_have_attribute("lang", "de")


async def test_another_language_is_one_choice_away_and_is_kept(
    ada: Person, page_of: PageOf
) -> None:
    """Texts, dates and numbers change at once, in place, without losing the focus."""
    live = await ada.connect()
    window = await page_of(ada, "/settings")
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.resource_type))
    language = window.field("Language")
    await language.focus()
    await language.select_option("Deutsch")
    heading = window.page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Einstellungen")
    await expect(window.field("Sprache")).to_be_focused()
    told = await live.expect("user:updated")  # so that mails come in it
    assert told["data"]["user"]["language"] == "de"
    assert "script" in asked, "German is fetched when it is wanted"
    places = window.page.get_by_role("navigation", name="Hauptmenü")
    await places.get_by_role("link", name="Heute").click()
    weekday = "Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag"
    await expect(heading).to_have_text(re.compile(f"^({weekday}), "))
    await window.reload()
    await expect(heading).to_have_text(re.compile(f"^({weekday}), "))


async def test_a_phone_has_a_bar_of_at_most_five_and_the_rest_in_a_sheet(
    ada: Person, page_of: PageOf
) -> None:
    """By keyboard too: the sheet takes the focus, gives it back, and a place gets it."""
    window = await page_of(ada, viewport=SIZES["phone"])
    bar = window.page.get_by_role("navigation", name="Main")
    more = bar.get_by_role("button", name="More")
    links = await bar.get_by_role("link").count()
    assert 3 <= links <= 4
    await expect(more).to_be_visible()
    await more.focus()
    await more.press("Enter")
    await expect(window.dialog).to_have_accessible_name("More")
    await window.page.keyboard.press("Escape")
    await expect(more).to_be_focused()
    await more.press("Enter")
    await window.dialog.get_by_role("link", name="Board").press("Enter")
    await expect(window.dialog).to_have_count(0)
    heading = window.page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Board")
    await expect(heading).to_be_focused()
