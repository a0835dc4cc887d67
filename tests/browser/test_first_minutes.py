"""Somebody new: from the start page to a running timer."""

import re

from playwright.async_api import Route, expect

from tests.browser.windows import SIGNED_OUT, Windows
from tests.support.product import PASSWORD, Person, Product
from tests.support.visitors import newcomer


async def test_a_new_user_is_three_inputs_and_one_enter_from_a_running_timer(
    product: Product, windows: Windows
) -> None:
    """E-mail, username and password; then what one does. The zone comes from the browser."""
    context = await windows.context(timezone_id="Asia/Kolkata")
    window = await windows.open(context, product.url)
    window.expects(SIGNED_OUT)
    inputs = window.page.locator("input:visible")
    await expect(inputs).to_have_count(3)
    await window.sign_up(newcomer())

    await expect(inputs).to_have_count(1)
    await window.start("Learn FocusHub")
    await window.runs("Learn FocusHub")
    await window.is_live()
    await window.ticks()
    await expect(window.page).to_have_title(re.compile(r"^0:00:\d\d · Learn FocusHub$"))

    answer = await context.request.get(f"{product.url}/api/users/me")
    assert (await answer.json())["timezone"] in ("Asia/Kolkata", "Asia/Calcutta")


async def test_a_sign_up_whose_answer_was_lost_is_not_refused_the_second_time(
    product: Product, windows: Windows
) -> None:
    """The account is there already; what was typed opens it."""
    window = await windows.open(await windows.context(), f"{product.url}/signup")
    window.expects(SIGNED_OUT, r"409 .*/api/auth/signup$", "ERR_FAILED")

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await window.page.route("**/api/auth/signup", lose, times=1)
    await window.sign_up(newcomer())
    await expect(window.page.get_by_role("alert")).to_contain_text("No answer from the server")
    await window.button("Create account").click()
    await window.is_live()
    await window.is_idle()


async def test_what_is_wrong_with_a_sign_up_is_said_at_its_field(
    product: Product, ada: Person, windows: Windows
) -> None:
    """First by the page, then by the server; the focus goes to the first field to mend."""
    window = await windows.open(await windows.context(), f"{product.url}/signup")
    window.expects(SIGNED_OUT, r"409 .*/api/auth/signup$", r"401 .*/api/auth/login$")
    email, username = window.field("E-mail"), window.field("Username")
    password, send = window.field("Password"), window.button("Create account")

    await email.fill("not an address")
    await username.fill("ab")
    await password.fill("short")
    await send.click()
    await expect(email).to_have_accessible_description("This does not look like an e-mail address.")
    await expect(username).to_have_accessible_description(re.compile("At least 3 characters"))
    await expect(password).to_have_accessible_description(re.compile("At least 8 characters, pl"))
    await expect(email).to_be_focused()
    await expect(email).to_have_attribute("aria-invalid", "true")

    new = newcomer()
    await email.fill(new["email"])
    await username.fill(ada.username.upper())
    await password.fill(f"{PASSWORD}, another")
    await send.click()
    await expect(username).to_have_accessible_description(re.compile("This username is taken"))
    await expect(username).to_be_focused()

    await username.fill(new["username"])
    await email.fill(ada.email)
    await send.click()
    await expect(email).to_have_accessible_description(re.compile("already an account"))
    await expect(password).to_have_value(f"{PASSWORD}, another")

    await email.fill(new["email"])
    await send.click()
    await window.is_idle()
    await expect(window.page).to_have_url(f"{product.url}/")


async def test_a_wrong_password_is_said_without_telling_who_has_an_account(
    product: Product, ada: Person, windows: Windows
) -> None:
    window = await windows.open(await windows.context(), f"{product.url}/projects")
    window.expects(SIGNED_OUT, r"401 .*/api/auth/login$")
    password, send = window.field("Password"), window.button("Log in")
    for address in (ada.email, "nobody@example.org"):
        await window.field("E-mail").fill(address)
        await password.fill("not the password")
        await send.click()
        await expect(password).to_have_accessible_description("E-mail and password do not match.")

    await window.log_in(ada)
    heading = window.page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Projects")
