"""What administrators do: look after accounts, make badges, and look at the server."""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Locator, expect

from tests.browser.pictures import fits, keep
from tests.browser.windows import LOGIN_ENDED, PageOf, Window
from tests.support.instants import midday_zone
from tests.support.product import Person, Product


@pytest.fixture
async def root(product: Product) -> Person:
    """An administrator."""
    return await product.person("root", role="admin", timezone=midday_zone())


def in_dialog(window: Window, name: str) -> Locator:
    return window.dialog.get_by_role("button", name=name, exact=True)


async def test_only_administrators_find_their_pages(ada: Person, page_of: PageOf) -> None:
    """For others there is no entry in the navigation, and nothing at the address."""
    window = await page_of(ada, "/admin")
    await expect(window.page.get_by_role("heading", level=1)).to_have_text("Nothing here")
    await expect(window.page.get_by_role("link", name="Admin")).to_have_count(0)


async def test_somebody_is_found_suspended_with_a_reason_restored_and_deleted(
    root: Person, bo: Person, page_of: PageOf, pictures: Path
) -> None:
    """Whoever is suspended is signed out at once; the log says what was done, and why."""
    lost, window = await page_of(bo), await page_of(root)
    lost.expects(LOGIN_ENDED, "403 ")
    window.expects(r"404 .*/api/admin/users/\d+$")
    await window.go_to("Admin")
    rows = window.page.locator(".account")
    await window.page.get_by_role("searchbox").fill(bo.email)
    await expect(rows).to_have_count(1)
    await keep(window, "admin-users", pictures, whole=False)
    await rows.get_by_role("link", name=bo.username).click()
    await expect(window.page.get_by_role("heading", level=1)).to_have_text(bo.username)
    await window.button("Suspend").click()
    await window.dialog.get_by_label("Reason").fill("Sends spam to rooms")
    await in_dialog(window, "Suspend").click()
    await expect(window.page.locator(".note-bad")).to_contain_text("Sends spam to rooms")
    await expect(lost.button("Create account")).to_be_visible()
    await expect(window.page.locator(".log li")).to_contain_text(
        f"{root.username} suspended {bo.username} Sends spam to rooms"
    )
    await keep(window, "admin-user", pictures, whole=False)
    await window.button("Restore").click()
    await in_dialog(window, "Restore").click()
    await expect(window.button("Suspend")).to_be_visible()
    await window.button("Make administrator").click()
    await in_dialog(window, "Make administrator").click()
    await expect(window.page.locator(".log li").first).to_contain_text("Administrator")

    await window.button("Delete").click()
    await expect(in_dialog(window, "Delete for ever")).to_be_disabled()
    await window.dialog.get_by_label("Type the username").fill(bo.username)
    await in_dialog(window, "Delete for ever").click()
    await expect(window.toasts).to_contain_text("is deleted")
    await window.page.get_by_role("searchbox").fill(bo.email)
    await expect(window.page.get_by_text("Nobody fits that.")).to_be_visible()


async def test_a_badge_is_made_by_a_form_and_by_json_that_is_judged_as_it_is_written(
    root: Person, page_of: PageOf, pictures: Path
) -> None:
    """[B1] What is wrong is named with its place before anything is sent."""
    window = await page_of(root, "/admin/badges")
    key = f"deep_week_{root.id}"
    await window.button("New badge").click()
    await window.dialog.get_by_label("Name", exact=True).fill("A deep week")
    await window.dialog.get_by_label("Key", exact=True).fill(key)
    await window.dialog.get_by_label("At least, in seconds").fill("90000")
    told = window.dialog.locator(".criteria-told")
    await expect(told).to_contain_text("focus time: 25 h 00 min")
    await window.dialog.get_by_role("button", name="JSON").click()
    written = window.dialog.get_by_label("Criteria as JSON")
    await written.fill('{"all": [{"metric": "streak_days", "gte": 0}, {"metric": "tea"}]}')
    await expect(told).to_contain_text("criteria.all[0].gte must be a whole number")
    await expect(told).to_contain_text("criteria.all[1].metric is no metric")
    await keep(window, "admin-badge", pictures, whole=False)
    await in_dialog(window, "Create badge").click()
    await expect(written).to_be_focused()
    await written.fill(
        '{"all": [{"metric": "streak_days", "gte": 7}, {"metric": "entries", "gte": 9}]}'
    )
    await expect(told).to_contain_text("days in a row: 7 and entries: 9")
    await in_dialog(window, "Create badge").click()
    await expect(window.dialog.get_by_text("Choose a picture")).to_be_visible()
    file = io.BytesIO()
    Image.new("RGB", (200, 200), "gold").save(file, "PNG")
    await window.page.locator("input[type=file]").set_input_files(
        {"name": "medal.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    await expect(window.dialog.locator("img.art")).to_be_visible()
    await window.dialog.get_by_label("Name", exact=True).fill("A deep fortnight")
    await in_dialog(window, "Save").click()
    row = window.page.locator(".admin-badge").filter(has_text=key)
    await expect(row).to_contain_text("A deep fortnight")
    await expect(row.locator("img")).to_be_visible()
    await keep(window, "admin-badges", pictures, whole=False)
    await row.get_by_role("button").click()
    await window.page.get_by_role("menuitem", name="Delete").click()
    await in_dialog(window, "Delete").click()
    await expect(row).to_have_count(0)


async def test_the_state_of_the_server_and_the_log(
    root: Person, page_of: PageOf, pictures: Path
) -> None:
    window = await page_of(root, "/admin/server")
    needs = window.page.get_by_role("region", name="What it needs").get_by_role("listitem")
    await expect(needs).to_have_count(2)
    await expect(needs.filter(has_text="works")).to_have_count(2)
    await expect(window.page.locator(".facts")).to_contain_text("Version")
    await keep(window, "admin-server", pictures, whole=False)
    await window.page.get_by_role("link", name="Log", exact=True).click()
    await expect(window.page.get_by_text("What administrators did")).to_be_visible()
    await fits(window.page, "the log")
