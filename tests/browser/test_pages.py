"""Every page on a phone and on a desk, light and dark: it fits, and is kept as a picture.

The pictures lie in pytest's temporary folder, or in the one that `SCREENSHOTS` names.
"""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.pictures import keep
from tests.browser.windows import AWAY, SIGNED_OUT, PageOf, Windows, an_hour
from tests.support.product import Person, Product

LONG = "Compare the coastlines of the old atlas with this year's survey, sheet by sheet"


async def a_full_life(ada: Person, bo: Person) -> int:
    """Projects, a day with entries, a timer that runs, somebody else at work; the project's id."""
    project_id = await ada.project(
        "Atlas of rivers", color="#2f7fd1", description="Every river, from its source to the sea."
    )
    website = await ada.project("Website", color="#d9772b", visibility="public")
    await ada.project("Überlandleitungsgenehmigungsverfahren", color="#b0489a")
    put_away = await ada.project("Old shop")
    await ada.done("PATCH", f"/projects/{put_away}", {"archived": True})
    member = {"user_id": bo.id, "role": "contributor"}
    await ada.post(f"/projects/{project_id}/members", member)
    day = (
        (9, "Plan the week", None, []),
        (7, LONG, project_id, ["survey", "maps"]),
        (5, "Answer mail", website, ["mail"]),
        (3, "", None, []),
    )
    for hours, description, project, tags in day:
        fields = {"description": description, "project_id": project, "tags": tags}
        await ada.post("/time-entries", {**fields, **an_hour(hours)})
    begun = an_hour(1)["start_time"]
    running = {"project_id": project_id, "start_time": begun}
    await bo.post("/time-entries", {"description": "Draw the Danube", **running})
    await ada.post("/time-entries", {"description": LONG, "tags": ["survey"], **running})
    return project_id


async def test_pages_of_someone_who_is_not_signed_in(
    product: Product, windows: Windows, pictures: Path
) -> None:
    window = await windows.open(await windows.context(), product.url)
    window.expects(SIGNED_OUT)
    await expect(window.button("Create account")).to_be_visible()
    await keep(window, "welcome", pictures)
    await window.field("Username").fill("Ä")
    await window.button("Create account").click()
    await expect(window.page.locator(".error")).to_have_count(3)
    await keep(window, "welcome-problems", pictures)
    for name, path in (("login", "login"), ("signup", "signup"), ("invited", "invites/abc")):
        await window.visit(f"{product.url}/{path}")
        await expect(window.field("E-mail")).to_be_visible()
        await keep(window, name, pictures)


async def test_the_page_of_today(ada: Person, bo: Person, page_of: PageOf, pictures: Path) -> None:
    window = await page_of(ada)
    await keep(window, "today-empty", pictures)
    await a_full_life(ada, bo)
    await window.runs(LONG)
    await expect(window.rows).to_have_count(4)
    await expect(window.summary).to_contain_text("Atlas of rivers")
    await keep(window, "today", pictures)

    await window.box.press_sequentially("Write @")
    await expect(window.page.get_by_role("listbox")).to_be_visible()
    await keep(window, "today-choosing", pictures)
    await window.box.fill("")
    await window.button("Edit: Answer mail").click()
    await keep(window, "today-editing", pictures)
    await window.button("Cancel").click()
    await window.timer.get_by_role("button", name="Edit").click()
    await keep(window, "today-editing-timer", pictures)
    await window.button("Cancel").click()
    await window.button("Delete: Answer mail").click()
    await expect(window.toasts).to_be_visible()
    await keep(window, "today-deleted", pictures)
    await window.button("Keys").click()
    await keep(window, "keys", pictures)
    await window.page.keyboard.press("Escape")

    window.expects(AWAY)
    await window.page.context.set_offline(True)
    await window.stop()
    await window.is_idle()
    await expect(window.page.locator(".offline-notice")).to_be_visible()
    await keep(window, "today-away", pictures)


async def test_pages_of_projects_settings_and_nothing(
    ada: Person, bo: Person, page_of: PageOf, pictures: Path
) -> None:
    window = await page_of(ada, "/projects")
    await expect(window.page.get_by_text("No projects yet.")).to_be_visible()
    await keep(window, "projects-empty", pictures)
    project_id = await a_full_life(ada, bo)
    await expect(window.page.locator(".card")).to_have_count(3)
    await keep(window, "projects", pictures)
    await window.button("New project").click()
    await keep(window, "project-new", pictures)
    await window.page.keyboard.press("Escape")

    await window.visit(f"{ada.product.url}/projects/{project_id}")
    await expect(window.page.get_by_text("Draw the Danube")).to_be_visible()
    await window.button("Create link").click()
    await expect(window.field("Invitation link")).to_be_visible()
    await keep(window, "project", pictures)
    await window.button("Delete").click()
    await keep(window, "project-delete", pictures)
    await window.page.keyboard.press("Escape")

    await window.go_to("Settings")
    await expect(window.page.get_by_text("This device")).to_be_visible()
    await keep(window, "settings", pictures)
    window.expects(r"404 .*/api/projects/999999$", r"404 .*/nowhere$")
    for name, path, title in (
        ("invite", "invites/abc", "You are invited"),
        ("nothing", "projects/999999", "Nothing here"),
        ("nowhere", "nowhere", "Nothing here"),
    ):
        await window.visit(f"{ada.product.url}/{path}")
        await expect(window.page.get_by_role("heading", level=1)).to_have_text(title)
        await keep(window, name, pictures)
