"""Mails as they arrive at a real SMTP server."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from handlers.actions.notifications import notify
from handlers.actions.unit import unit_of_work
from handlers.jobs.mail import SmtpServer, parse_smtp
from handlers.messages.common import View
from rooms.rules.notices import KINDS, duration, notice_of
from tests.support.databases import Databases
from tests.support.queues import Shop, shop
from tests.support.smtp import Certificate, Post, post_office

MAIL = "notification_mail"


class News(View, frozen=True, kw_only=True):
    """What a notification may tell."""

    name: str = "Early bird"
    description: str = ""


@pytest.fixture(scope="module")
async def url(databases: Databases) -> AsyncIterator[str]:
    url = await databases.make()
    yield url
    await databases.drop(url)


def server_of(post: Post, **changes: Any) -> SmtpServer:
    return replace(SmtpServer("127.0.0.1", post.port, False, None, None), **changes)


async def user(here: Shop, name: str) -> int:
    user_id: int = await here.sql.fetchval(
        "insert into users (email, username, name) values ($1 || '@example.org', $1, 'Ada <L>')"
        " returning id",
        name,
    )
    return user_id


async def choose(here: Shop, user_id: int, kind: str, channel: str, wanted: bool = True) -> None:
    await here.sql.execute(
        "insert into notification_choices values ($1, $2, $3, $4)"
        " on conflict (user_id, kind, channel) do update set wanted = excluded.wanted",
        user_id, kind, channel, wanted,
    )  # fmt: skip


async def tell(
    here: Shop, user_id: int, kind: str = "badge_awarded", key: str = "k", news: View | None = None
) -> bool:
    async with unit_of_work(here.services) as unit:
        return await notify(unit, user_id, kind, key, news or News())


async def test_a_notification_is_mailed_to_who_wants_it(url: str) -> None:
    """[N2]"""
    async with post_office() as post, shop(url, smtp=server_of(post)) as here:
        ada = await user(here, "ada")
        await choose(here, ada, "badge_awarded", "email")
        await tell(here, ada)
        letter = await post.letter()
        assert letter["To"] == "ada@example.org"
        assert letter["From"] == "FocusHub <focus@hub.example>"
        assert letter["Subject"] == "You have earned the badge “Early bird”"
        assert letter["List-Unsubscribe"] == "<https://hub.example/settings#notifications>"
        assert re.fullmatch(r"<badge-awarded\.[0-9a-f]{24}@hub\.example>", letter["Message-ID"])
        plain, html = (part.get_content().replace("\r\n", "\n") for part in letter.iter_parts())
        assert "Hello Ada <L>,\n\nYou have earned the badge “Early bird”" in plain
        assert "Hello Ada &lt;L&gt;," in html
        assert '<a href="https://hub.example/badges">' in html
        await here.until_rows()


async def test_mails_are_in_the_language_of_their_reader(url: str) -> None:
    async with post_office() as post, shop(url, smtp=server_of(post)) as here:
        eve = await user(here, "eve")
        await here.sql.execute("update users set language = 'de' where id = $1", eve)
        await choose(here, eve, "badge_awarded", "email")
        await tell(here, eve)
        letter = await post.letter()
        assert letter["Subject"] == "Du hast das Abzeichen „Early bird“ verdient"
        plain, html = (part.get_content().replace("\r\n", "\n") for part in letter.iter_parts())
        assert plain.startswith("Hallo Ada <L>,\n\nDu hast")
        assert "Welche Mails du bekommst, entscheidest du: https://hub.example/settings" in plain
        assert '<html lang="de">' in html
        assert ">FocusHub öffnen</a>" in html
        await here.until_rows()


async def test_by_default_only_what_waits_for_an_answer_is_mailed(url: str) -> None:
    async with post_office() as post, shop(url, smtp=server_of(post)) as here:
        bo = await user(here, "bob")
        for kind in (*KINDS, "a_kind_of_tomorrow"):
            await tell(here, bo, kind, kind, News(description="a talk\r\nBcc: all@example.org"))
        letter = await post.letter()
        await here.until_rows()
        assert {letter["Subject"] for letter in post.letters} == {
            "Is your timer still running? “a talk Bcc: all@example.org”",
            "A webhook was switched off",
        }
        assert letter["Bcc"] is None


async def test_a_mail_is_for_whoever_is_not_told_in_the_application_too(url: str) -> None:
    async with post_office() as post, shop(url, smtp=server_of(post)) as here:
        cy = await user(here, "cyd")
        await choose(here, cy, "badge_awarded", "email")
        await choose(here, cy, "badge_awarded", "in_app", wanted=False)
        await tell(here, cy)
        await post.letter()
        assert await here.sql.fetchval("select muted from notifications where user_id = $1", cy)


async def test_a_fact_that_is_noticed_twice_is_mailed_once(url: str) -> None:
    """Also when its job comes a second time."""
    async with post_office() as post, shop(url, smtp=server_of(post)) as here:
        di = await user(here, "dia")
        await choose(here, di, "badge_awarded", "email")
        assert await tell(here, di)
        assert not await tell(here, di)
        await post.letter()
        await here.until_rows()
        notification_id = await here.sql.fetchval(
            "select id from notifications where user_id = $1", di
        )
        await here.enqueue(MAIL, {"user_id": di, "notification_id": notification_id})
        await here.until_rows()
        assert len(post.letters) == 1


async def test_what_the_server_puts_off_is_sent_again_under_the_same_name(url: str) -> None:
    async with post_office() as post, shop(url, smtp=server_of(post)) as here:
        ed = await user(here, "edd")
        await choose(here, ed, "badge_awarded", "email")
        post.recipient_answers = ["450 try again later"]
        post.answers = ["451 try again later"]
        await tell(here, ed)
        letter = await post.letter()
        await here.until_rows()
        assert letter["Message-ID"]
        # Sent once more, as after a crash between sending and noting it.
        await here.sql.execute("delete from job_effects")
        await here.enqueue(
            MAIL,
            {
                "user_id": ed,
                "notification_id": await here.sql.fetchval(
                    "select id from notifications where user_id = $1", ed
                ),
            },
        )
        assert (await post.letter(1))["Message-ID"] == letter["Message-ID"]


@pytest.mark.parametrize("where", ["recipient_answers", "answers"])
async def test_what_the_server_refuses_is_a_dead_letter(
    url: str, where: str, databases: Databases
) -> None:
    """Whose log says neither to whom it was nor what."""
    own = await databases.make()
    with capture_logs() as logs:
        async with post_office() as post, shop(own, smtp=server_of(post)) as here:
            ada = await user(here, "ada")
            await choose(here, ada, "badge_awarded", "email")
            setattr(post, where, ["550 no ada@example.org here"])
            await tell(here, ada)
            await here.until_rows((MAIL, "failed"))
    await databases.drop(own)
    errors = [entry["error"] for entry in logs if entry["log_level"] == "error"]
    assert len(errors) == 1
    assert errors[0].endswith("is refused: 550")
    assert "ada@" not in str(logs)


async def test_a_server_that_is_away_is_waited_for(databases: Databases) -> None:
    own = await databases.make()
    nowhere = SmtpServer("127.0.0.1", 1, False, None, None)
    async with shop(own, smtp=nowhere, job_backoff=60) as here:
        ada = await user(here, "ada")
        await choose(here, ada, "badge_awarded", "email")
        await tell(here, ada)
        await here.until_tried()
    await databases.drop(own)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_it_signs_in_where_it_must(url: str) -> None:
    async with post_office(needs_password=True) as post:
        server = server_of(post, user="focus", password="geheim")
        async with shop(url, smtp=server) as here:
            fay = await user(here, "fay")
            await choose(here, fay, "badge_awarded", "email")
            await tell(here, fay)
            await post.letter()
            assert post.users == [(b"focus", b"geheim")]


async def test_without_a_server_a_mail_is_only_told_of_in_the_log(url: str) -> None:
    with capture_logs() as logs:
        async with shop(url) as here:
            gus = await user(here, "gus")
            await choose(here, gus, "badge_awarded", "email")
            await tell(here, gus)
            await here.until_rows()
    (told,) = [entry for entry in logs if "SMTP_URL" in entry["event"]]
    assert told["to"] == "gus@example.org"
    assert told["subject"] == "You have earned the badge “Early bird”"


async def test_nobody_who_is_gone_is_written_to(url: str) -> None:
    async with post_office() as post, shop(url, smtp=server_of(post)) as here:
        ivy = await user(here, "ivy")
        await here.sql.execute("update users set deleted_at = now() where id = $1", ivy)
        await here.enqueue(MAIL, {"user_id": ivy, "notification_id": 1})
        await here.until_rows()
        assert post.letters == []


def test_addresses_of_servers() -> None:
    assert parse_smtp("smtp://mail.example") == SmtpServer("mail.example", 587, False, None, None)
    full = parse_smtp("smtps://me%40x.org:p%2Fw@mail.example:4650")
    assert full == SmtpServer("mail.example", 4650, True, "me@x.org", "p/w")
    for wrong in ("http://x", "smtp://", "smtp://x:port", "smtp://x/path", "smtp://x?a=b"):
        with pytest.raises(ValueError, match=r"^(is not|must be)"):
            parse_smtp(wrong)


def test_a_password_goes_nowhere_in_the_clear() -> None:
    assert parse_smtp("smtp://u:p@mail.example").starttls is True
    assert parse_smtp("smtp://mail.example").starttls is None
    assert parse_smtp("smtps://u:p@mail.example").starttls is False
    assert parse_smtp("smtp://u:p@localhost").starttls is False


def test_every_kind_has_words_whatever_its_data() -> None:
    for kind in (*KINDS, "a_kind_of_tomorrow"):
        for data in ({}, {"name": "x" * 500, "days": 7, "description": "a\nb", "project_id": 3}):
            notice = notice_of(kind, data)
            assert 5 < len(notice.title) <= 150
            assert "\n" not in notice.title
            assert notice.body


def test_durations_in_words() -> None:
    assert [duration(s) for s in (0, 59, 60, 3600, 36_000 + 300)] == [
        "0 min", "0 min", "1 min", "1 h 00 min", "10 h 05 min"
    ]  # fmt: skip


@pytest.mark.parametrize("tls", [True, False], ids=["smtps", "STARTTLS"])
async def test_a_server_of_whom_nobody_vouches_gets_no_password(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tls: bool
) -> None:
    """And one of whom somebody does gets it under TLS."""
    monkeypatch.setattr("handlers.jobs.mail._is_here", lambda host: False)
    own, certificate = await databases.make(), Certificate.on("localhost", tmp_path)
    async with post_office(certificate=certificate, tls=tls) as post:
        server = server_of(post, host="localhost", user="focus", password="geheim", tls=tls)
        async with shop(own, smtp=server, job_backoff=30) as here:
            ada = await user(here, "ada")
            await choose(here, ada, "badge_awarded", "email")
            await tell(here, ada)
            await here.until_rows((MAIL, "queued"))
            await here.until_tried()
            assert (post.letters, post.users) == ([], [])
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
            await tell(here, ada, key="again")
            await post.letter()
            assert post.users == [(b"focus", b"geheim")]
    await databases.drop(own)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_a_server_without_tls_gets_no_password(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.jobs.mail._is_here", lambda host: False)
    own = await databases.make()
    async with post_office(needs_password=True) as post:
        server = server_of(post, user="focus", password="geheim")
        async with shop(own, smtp=server, job_backoff=30) as here:
            ada = await user(here, "ada")
            await choose(here, ada, "badge_awarded", "email")
            await tell(here, ada)
            await here.until_tried()
            assert (post.letters, post.users) == ([], [])
    await databases.drop(own)
