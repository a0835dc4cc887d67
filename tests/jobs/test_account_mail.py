"""Mails about accounts: when they are sent, when not, and what the log has of them."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from handlers.actions import accounts, api_tokens, mail_links
from handlers.actions.accounts import Device
from handlers.actions.identity import Principal
from handlers.actions.notifications import notify
from handlers.actions.unit import unit_of_work
from handlers.jobs.mail import SmtpServer
from handlers.messages.accounts import PasswordChange, Signin, Signup
from handlers.messages.api_tokens import NewApiToken
from handlers.messages.common import Nothing
from handlers.messages.mail_links import EmailChange, ResetAsked
from rooms.errors import EmailUnverified
from rooms.rules.account_letters import NEWS_KINDS, news_letter
from server.settings import Settings, SettingsError, load_settings
from tests.support.databases import Databases
from tests.support.product import PASSWORD
from tests.support.queues import Shop, shop
from tests.support.smtp import Post, post_office

HERE = Device("tests", "127.0.0.1")


@pytest.fixture(scope="module")
async def url(databases: Databases) -> AsyncIterator[str]:
    url = await databases.make()
    yield url
    await databases.drop(url)


def server_of(post: Post) -> SmtpServer:
    return SmtpServer("127.0.0.1", post.port, False, None, None)


async def join(here: Shop, name: str) -> Principal:
    """A new account, with its first login."""
    new = Signup(email=f"{name}@example.org", username=name, password=PASSWORD)
    signed_in = await accounts.sign_up(here.services, new, HERE)
    return here.services.tokens.check(signed_in.access_token)


def secret_in(letter: Any) -> str:
    found = re.search(r"https://hub\.example/\w+#(\S+)", letter.get_body(("plain",)).get_content())
    assert found is not None
    return found[1]


async def test_where_it_is_required_only_a_confirmed_address_lets_in(url: str) -> None:
    """Signing up lets in for one access token; the link is sent again to who signs in."""
    async with post_office() as post, shop(url, smtp=server_of(post)) as here:
        here.work.services.verified_only = True
        here.work.services.limits_on = False
        new = Signup(email="vera@example.org", username="vera", password=PASSWORD)
        signed_in = await accounts.sign_up(here.services, new, HERE)
        vera = here.services.tokens.check(signed_in.access_token)
        await post.letter()
        asked = Signin(email=new.email, password=PASSWORD)
        for refused in (
            accounts.sign_in(here.services, asked, HERE),
            accounts.refresh(here.services, signed_in.refresh_token, HERE),
            api_tokens.make_api_token(here.services, vera, NewApiToken(name="x"), None),
        ):
            with pytest.raises(EmailUnverified):
                await refused
        await mail_links.confirm_email(here.services, secret_in(await post.letter(1)))
        await accounts.sign_in(here.services, asked, HERE)
        await accounts.refresh(here.services, signed_in.refresh_token, HERE)


async def test_links_are_sent_once_a_minute_and_five_times_an_hour(url: str) -> None:
    async with post_office() as post, shop(url, smtp=server_of(post)) as here:
        here.work.services.limits_on = True
        lea = await join(here, "lea")
        for _ in range(3):
            await mail_links.resend_verification(here.services, lea)
            await mail_links.ask_reset(here.services, ResetAsked(email="LEA@example.org"))
            await here.until_rows()
        assert sorted(letter["Subject"] for letter in post.letters) == [
            "Confirm your e-mail address", "Set a new password"
        ]  # fmt: skip
        age = "update mail_links set created_at = created_at - interval '2 minutes'"
        for _ in range(7):
            await here.sql.execute(age)
            await mail_links.ask_reset(here.services, ResetAsked(email="lea@example.org"))
            await here.until_rows()
        assert len(post.letters) == 6


async def test_a_link_whose_password_was_changed_before_it_was_written_is_not_sent(
    url: str,
) -> None:
    """Somebody who sits at another's login cannot take the account along by their own address."""
    async with post_office() as post, shop(url, smtp=server_of(post), running=False) as here:
        kim = await join(here, "kim")
        mallory = EmailChange(email="mallory@example.org", password=PASSWORD)
        await mail_links.change_email(here.services, kim, mallory)
        change = PasswordChange(current_password=PASSWORD, new_password="quite another one")
        await accounts.change_password(here.services, kim, change, None)
        here.queue.start()
        await here.until_rows()
        assert {letter["To"] for letter in post.letters} == {"kim@example.org"}


async def test_a_link_is_made_anew_for_each_attempt_and_is_in_no_queue(url: str) -> None:
    async with post_office() as post, shop(url, smtp=server_of(post)) as here:
        await join(here, "una")
        await here.until_rows()
        post.answers = ["451 try again later"]
        await mail_links.ask_reset(here.services, ResetAsked(email="una@example.org"))
        await here.until_tried()
        hashes = "select token_hash from mail_links where kind = 'reset'"
        first = await here.sql.fetchval(hashes + " order by created_at desc limit 1")
        letter = await post.letter_to("una@example.org", "Set a new password")
        await here.until_rows()
        assert first != await here.sql.fetchval(hashes + " order by created_at desc limit 1")
        assert secret_in(letter)


async def test_nobody_is_sent_what_they_do_not_wait_for_any_more(url: str) -> None:
    async with post_office() as post, shop(url, smtp=server_of(post), running=False) as here:
        await join(here, "otto")
        await mail_links.ask_reset(here.services, ResetAsked(email="otto@example.org"))
        later = replace(here.services.terms, reset_link=here.services.terms.reset_link * 0)
        here.work.services.terms = later
        here.queue.start()
        await here.until_rows()
        assert [letter["Subject"] for letter in post.letters] == ["Confirm your e-mail address"]


@pytest.mark.parametrize(
    "changes, whole",
    [
        ({"host": "127.0.0.1"}, True),
        ({"host": "localhost", "public_url": "http://localhost:4000"}, True),
        ({"host": "::1"}, True),
        ({}, False),
        ({"host": "192.168.1.2"}, False),
        ({"host": "127.0.0.1", "public_url": "https://hub.example"}, False),
        ({"host": "127.0.0.1", "trusted_proxies": ("127.0.0.1",)}, False),
        ({"host": "127.0.0.1", "frontend_url": ("https://app.example",)}, False),
    ],
    ids=str,
)
def test_the_log_has_whole_mails_only_where_nobody_else_comes(changes: Any, whole: bool) -> None:
    settings = Settings(_env_file=None, **changes)
    assert settings.in_development is whole


@pytest.mark.parametrize("whole", [True, False])
async def test_without_a_server_the_link_is_in_the_log_in_development_alone(
    url: str, whole: bool
) -> None:
    with capture_logs() as logs:
        async with shop(url, logs_text=whole) as here:
            name = f"log{whole}".lower()
            await join(here, name)
            await here.until_rows()
    (told,) = [entry for entry in logs if "SMTP_URL" in entry["event"]]
    assert (told["to"], told["subject"]) == (f"{name}@example.org", "Confirm your e-mail address")
    assert ("/verify#" in str(logs)) is whole


def test_confirming_cannot_be_required_where_no_mail_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EMAIL_VERIFICATION", "Required")
    with pytest.raises(SettingsError, match=r"^SMTP_URL: "):
        load_settings(_env_file=None)


async def test_links_and_news_are_in_the_language_of_the_account(url: str) -> None:
    async with post_office() as post, shop(url, smtp=server_of(post)) as here:
        new = Signup(email="uta@example.org", username="uta", password=PASSWORD, language="de")
        signed_in = await accounts.sign_up(here.services, new, HERE)
        uta = here.services.tokens.check(signed_in.access_token)
        letter = await post.letter()
        assert letter["Subject"] == "Bestätige deine E-Mail-Adresse"
        assert "In dieser Mail geht es um das Konto" in str(letter.get_body(("plain",)))
        change = PasswordChange(current_password=PASSWORD, new_password="another horse")
        await accounts.change_password(here.services, uta, change, None)
        assert (await post.letter(1))["Subject"] == "Dein Passwort wurde geändert"


def test_there_are_words_for_all_news() -> None:
    for kind in NEWS_KINDS:
        notice = news_letter(kind, "{x}@example.org")
        assert "{detail}" not in notice.body
        assert "\n" not in notice.title


async def test_a_users_data_are_not_mailed_to_an_address_that_nobody_confirmed(url: str) -> None:
    """Where confirming is required: notifications wait in the application."""
    async with post_office() as post, shop(url, smtp=server_of(post), running=False) as here:
        here.work.services.verified_only = True
        zoe = await join(here, "zoe")
        async with unit_of_work(here.services) as unit:
            await notify(unit, zoe.user_id, "timer_forgotten", "k", Nothing())
        here.queue.start()
        await here.until_rows()
        assert [letter["Subject"] for letter in post.letters] == ["Confirm your e-mail address"]
