"""The settings: a picture, codes, tokens, webhooks, devices and leaving, by a person's hands."""

import base64
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from playwright.async_api import Locator, expect

from rooms.rules.totp import code_at, step_of
from tests.browser.pictures import keep
from tests.browser.windows import LOGIN_ENDED, SIGNED_OUT, PageOf, Window, Windows, sign_in
from tests.support.product import PASSWORD, Person, Product


def a_picture(width: int, height: int) -> bytes:
    """Green in the middle, red where a square leaves it out."""
    image = Image.new("RGB", (width, height), "red")
    side = min(width, height)
    image.paste("green", ((width - side) // 2, 0, (width + side) // 2, side))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def code_of(secret: str, steps: int = 0) -> str:
    """What an app would show for the secret, in so many steps of 30 s from now."""
    plain = secret.replace(" ", "")
    raw = base64.b32decode(plain + "=" * (-len(plain) % 8))
    return code_at(raw, step_of(datetime.now(UTC)) + steps)


def part(window: Window, name: str) -> Locator:
    return window.page.get_by_role("region", name=name, exact=True)


def in_dialog(window: Window, name: str) -> Locator:
    return window.dialog.get_by_role("button", name=name, exact=True)


async def test_a_picture_is_looked_at_before_it_is_used_and_shown_everywhere(
    ada: Person, page_of: PageOf, pictures: Path
) -> None:
    window = await page_of(ada, "/settings")
    picture = window.page.get_by_role("group", name="Picture")
    chooser = window.page.locator("input[type=file]")
    await chooser.set_input_files(
        {"name": "me.txt", "mimeType": "image/png", "buffer": b"no picture at all"}
    )
    await expect(picture.get_by_role("alert")).to_contain_text("not a picture")
    await chooser.set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": a_picture(900, 300)}
    )
    preview = picture.get_by_alt_text("Your new picture")
    await expect(preview).to_be_visible()
    corner = await preview.evaluate(
        """async node => {
            await node.decode();
            const canvas = new OffscreenCanvas(node.naturalWidth, node.naturalHeight);
            const context = canvas.getContext("2d");
            context.drawImage(node, 0, 0);
            const [red, green] = context.getImageData(3, 3, 1, 1).data;
            return [red, green, canvas.width, canvas.height];
        }"""
    )
    red, green, *size = corner
    assert (red < 40 < green, size) == (True, [512, 512]), "the middle becomes a square"
    await window.button("Use this picture").click()
    await expect(window.toasts).to_contain_text("shown everywhere")
    shown = picture.locator("img")
    await expect(shown).to_have_attribute("src", re.compile(r"^/media/.+/512\.webp$"))

    await window.visit(f"{ada.product.url}/people/{ada.id}")
    small = window.page.locator(".person-title img")
    await expect(small).to_have_attribute("src", re.compile(r"^/media/.+/128\.webp$"))
    assert await small.evaluate("async node => (await node.decode(), node.naturalWidth)") == 128
    await window.go_to("Settings")
    await picture.get_by_role("button", name="Remove").click()
    await expect(shown).to_have_count(0)
    await expect(picture.locator(".avatar")).to_have_text("A")


async def test_names_and_the_address_are_changed_where_they_stand(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    """A name that is taken is said at its field; a new address waits for its link."""
    window = await page_of(ada, "/settings")
    window.expects(r"409 .*/api/users/me$", r"401 .*/api/users/me/email$")
    profile = part(window, "You and your day")
    await profile.get_by_label("Username").fill(bo.username)
    await profile.get_by_role("button", name="Save").click()
    await expect(profile.locator("#profile-username-error")).to_have_text("This username is taken.")
    await profile.get_by_label("Username").fill(f"{ada.username}.x")
    await profile.get_by_role("button", name="Save").click()
    await expect(window.page.locator(".page-head p")).to_contain_text(f"{ada.username}.x")

    email = part(window, "E-mail")
    await expect(email).to_contain_text("not confirmed")
    await email.get_by_role("button", name="Send the link again").click()
    await expect(email).to_contain_text("A new link is on its way")
    await email.get_by_role("button", name="Change the address").click()
    await email.get_by_label("New e-mail").fill(f"new.{ada.email}")
    await email.get_by_label("Current password").fill("wrong")
    await email.get_by_role("button", name="Send the link", exact=True).click()
    await expect(email.locator(".error")).to_have_text("This is not your current password.")
    await email.get_by_label("Current password").fill(PASSWORD)
    await email.get_by_role("button", name="Send the link", exact=True).click()
    await expect(email).to_contain_text(f"on its way to new.{ada.email}")
    await expect(email.locator("b")).to_have_text(ada.email)


async def test_codes_are_turned_on_asked_for_and_turned_off(
    ada: Person, page_of: PageOf, windows: Windows, pictures: Path
) -> None:
    window = await page_of(ada, "/settings#security")
    window.expects(r"401 .*/api/auth/totp/confirm$")
    codes = part(window, "Two-step login")
    await codes.get_by_role("button", name="Turn on").click()
    await window.dialog.get_by_label("Current password").fill(PASSWORD)
    await window.page.keyboard.press("Enter")
    code = window.dialog.get_by_label("Code from the app")
    await expect(code).to_be_focused()
    await keep(window, "settings-totp", pictures, whole=False)
    await window.dialog.get_by_text("You cannot scan it?").click()
    secret = await window.dialog.get_by_label("Secret", exact=True).input_value()
    wrong = "000000" if code_of(secret) != "000000" else "111111"
    await code.fill(wrong)
    await window.page.keyboard.press("Enter")
    await expect(window.dialog.locator(".error")).to_contain_text("not right")
    await code.fill(code_of(secret))
    await window.page.keyboard.press("Enter")
    listed = window.dialog.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    await expect(listed).to_have_count(10)
    recovery = await listed.all_inner_texts()
    await keep(window, "settings-recovery", pictures, whole=False)
    await window.page.keyboard.press("Escape")
    await expect(window.dialog.get_by_role("alert")).to_contain_text("Keep them first")
    async with window.page.expect_download() as saving:
        await window.button("Save as a file").click()
    saved = Path(await (await saving.value).path()).read_text()
    assert [code for code in recovery if code in saved] == recovery
    await window.dialog.get_by_label("I have kept them").check()
    await in_dialog(window, "Done").click()
    await expect(codes).to_contain_text("10 recovery codes left.")

    other = await windows.open(await windows.context(), f"{ada.product.url}/login")
    other.expects(SIGNED_OUT, r"401 .*/api/auth/login$")
    await other.log_in(ada)
    await other.field("Code").fill(recovery[0])
    await other.field("Code").press("Enter")
    await other.is_live()
    await codes.get_by_role("button", name="Turn off").click()
    await window.dialog.get_by_label("Current password").fill(PASSWORD)
    await window.dialog.get_by_label("Code", exact=True).fill(recovery[1])
    await in_dialog(window, "Turn off").click()
    await expect(codes.get_by_role("button", name="Turn on")).to_be_visible()


async def test_a_token_is_made_with_what_it_may_shown_once_used_and_deleted(
    ada: Person, page_of: PageOf, pictures: Path
) -> None:
    window = await page_of(ada, "/settings#devices")
    tokens = part(window, "API tokens")
    await tokens.get_by_role("button", name="New token").click()
    await in_dialog(window, "Create token").click()
    await expect(window.dialog.locator(".error")).to_have_text("Please give it a name.")
    await window.dialog.get_by_label("Name").fill("Stream deck")
    await window.dialog.get_by_label(re.compile("^Timer")).uncheck()
    await window.dialog.get_by_label("Valid for").select_option("7")
    await keep(window, "settings-token", pictures, whole=False)
    await in_dialog(window, "Create token").click()
    secret = await tokens.get_by_label("API token").input_value()
    headers = {"Authorization": f"Bearer {secret}"}
    read, _, _ = await ada.product.request("GET", "/api/time-entries/current", None, headers)
    write, _, _ = await ada.product.request("POST", "/api/time-entries", {}, headers)
    assert (read, write) == (200, 403)
    row = tokens.get_by_role("listitem").filter(has_text="Stream deck")
    await expect(row).to_contain_text("Read")
    await expect(row).not_to_contain_text("Timer")
    await tokens.get_by_role("button", name="I have copied it").click()
    await expect(tokens.get_by_label("API token")).to_have_count(0)
    await row.get_by_role("button", name="Delete").click()
    await in_dialog(window, "Delete").click()
    await expect(row).to_have_count(0)
    read, _, _ = await ada.product.request("GET", "/api/time-entries/current", None, headers)
    assert read == 401


async def test_a_webhook_is_made_tried_looked_after_and_deleted(
    ada: Person, page_of: PageOf, pictures: Path
) -> None:
    """An address that is refused is told at its field; a test says what became of it."""
    window = await page_of(ada, "/settings#integrations")
    window.expects(r"422 .*/api/webhooks$")
    webhooks = part(window, "Webhooks")
    await webhooks.get_by_role("button", name="New webhook").click()
    await window.dialog.get_by_label("Address").fill("http://127.0.0.1/hook")
    await window.dialog.get_by_label("entry:created").check()
    await keep(window, "settings-webhook", pictures, whole=False)
    await in_dialog(window, "Create webhook").click()
    await expect(window.dialog.locator("#webhook-url-error")).to_be_visible()
    await window.dialog.get_by_label("Address").fill("https://hooks.example.org/focushub")
    await in_dialog(window, "Create webhook").click()
    await expect(webhooks.get_by_label("Secret of the webhook")).to_have_value(
        re.compile("^whsec_")
    )
    row = webhooks.get_by_role("listitem").filter(has_text="hooks.example.org")
    await expect(row).to_contain_text("3 events")
    menu = row.get_by_role("button", name="What to do with the webhook")
    item = window.page.get_by_role("menuitem")
    await menu.click()
    await item.filter(has_text="Send a test").click()
    sent = window.dialog.get_by_role("listitem").filter(has_text="ping")
    await expect(sent).to_contain_text("failed", timeout=20_000)
    await sent.locator("summary").click()
    await expect(sent.locator("pre")).to_contain_text('"webhook_id"')
    await keep(window, "settings-deliveries", pictures, whole=False)
    await sent.get_by_role("button", name="Send again").click()
    await expect(sent.locator(".pill")).to_have_text(re.compile("waiting|failed"))
    await window.page.keyboard.press("Escape")
    await menu.click()
    await item.filter(has_text="Switch off").click()
    await expect(row.locator(".pill")).to_have_text("off")
    await menu.click()
    await item.filter(has_text="Delete").click()
    await in_dialog(window, "Delete").click()
    await expect(row).to_have_count(0)


async def test_all_other_devices_are_logged_out_and_the_data_is_taken_away(
    ada: Person, page_of: PageOf
) -> None:
    lost, window = await page_of(ada), await page_of(ada, "/settings#devices")
    lost.expects(LOGIN_ENDED)
    await window.button("Log out all other devices").click()
    await in_dialog(window, "Log out all other devices").click()
    await expect(lost.button("Create account")).to_be_visible()
    await expect(part(window, "Devices").get_by_role("listitem")).to_have_count(1)
    await window.is_live()
    async with window.page.expect_download() as saving:
        await window.button("Download my data").click()
    saved = json.loads(Path(await (await saving.value).path()).read_text())
    assert saved["profile"]["username"] == ada.username


async def test_an_account_is_deleted_by_its_name_and_password(
    product: Product, windows: Windows, ada: Person, pictures: Path
) -> None:
    """[V3] What happens is said first; the button waits for both."""
    context = await windows.context()
    await sign_in(context, ada)
    window = await windows.open(context, f"{product.url}/settings#data")
    window.expects(LOGIN_ENDED, SIGNED_OUT)
    await window.button("Delete my account…").click()
    send = in_dialog(window, "Delete for ever")
    await expect(send).to_be_disabled()
    await window.dialog.get_by_label("Type the username").fill(ada.username)
    await expect(send).to_be_disabled()
    await window.dialog.get_by_label("Current password").fill("wrong")
    await send.click()
    await expect(window.dialog.locator(".error")).to_have_text("This is not your current password.")
    await keep(window, "settings-leave", pictures, whole=False)
    await window.dialog.get_by_label("Current password").fill(PASSWORD)
    await send.click()
    await expect(window.button("Create account")).to_be_visible()
    status, _ = await ada.call("GET", "/users/me")
    assert status == 401
