"""Signing in with a code, and by a link that came by mail."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
from playwright.async_api import expect

from handlers.actions.identity import secret_hash
from rooms.rules.totp import code_at, step_of
from storage.mail_links import Kind, MailLink, put_link
from tests.browser.windows import SIGNED_OUT, Windows
from tests.support.product import PASSWORD, Person, Product


async def link_for(person: Person, kind: Kind) -> str:
    """A link as its mail has it; the secret of it."""
    secret = f"a-{kind}-link-of-{person.username}"
    connection = await asyncpg.connect(person.product.database_url)
    link = MailLink(uuid4(), person.id, kind, person.email)
    await put_link(connection, link, secret_hash(secret), timedelta(hours=1))
    await connection.close()
    return secret


async def test_a_code_is_asked_for_where_the_account_has_them(
    product: Product, ada: Person, windows: Windows
) -> None:
    secret = (await ada.post("/auth/totp", {"password": PASSWORD}))["secret"]
    raw = base64.b32decode(secret)
    code = code_at(raw, step_of(datetime.now(UTC)))
    await ada.post("/auth/totp/confirm", {"code": code})
    window = await windows.open(await windows.context(), f"{product.url}/login")
    window.expects(SIGNED_OUT, r"401 .*/api/auth/login$")
    await expect(window.field("Code")).to_have_count(0)
    await window.log_in(ada)
    await expect(window.field("Code")).to_be_focused()
    await window.field("Code").fill(code)
    await window.field("Code").press("Enter")
    await expect(window.page.get_by_text("This code is not right")).to_be_visible()
    await window.field("Code").fill(code_at(raw, step_of(datetime.now(UTC)) + 1))
    await window.field("Code").press("Enter")
    await window.is_live()


async def test_a_forgotten_password_is_set_anew_by_a_link(
    product: Product, ada: Person, windows: Windows
) -> None:
    """The secret leaves the address at once; a link that was used says so."""
    window = await windows.open(await windows.context(), f"{product.url}/login")
    window.expects(SIGNED_OUT)
    await window.page.get_by_role("link", name="Forgotten your password?").click()
    await window.field("E-mail").fill(ada.email)
    await window.button("Send the link").click()
    await expect(window.page.get_by_text("If there is an account")).to_be_visible()
    link = f"{product.url}/reset#{await link_for(ada, 'reset')}"
    for done in (True, False):
        window = await windows.open(await windows.context(), link)
        window.expects(SIGNED_OUT, r"422 .*/api/auth/password-reset/confirm$")
        await expect(window.page).to_have_url(f"{product.url}/reset")
        await window.field("New password").fill("quite another one")
        await window.button("Set the password").click()
        text = "Your new password is set" if done else "This link does not work any more"
        await expect(window.page.get_by_text(text)).to_be_visible()


async def test_an_address_is_confirmed_by_one_click(
    product: Product, ada: Person, windows: Windows
) -> None:
    """Signed in or not."""
    window = await windows.open(
        await windows.context(), f"{product.url}/verify#{await link_for(ada, 'verify')}"
    )
    window.expects(SIGNED_OUT)
    await window.button("This is my address").click()
    await expect(window.page.get_by_text("Your e-mail address is confirmed.")).to_be_visible()
    assert (await ada.get("/users/me"))["email_verified"] is True
