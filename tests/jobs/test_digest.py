"""The weekly digest: on Monday morning by one's own clocks, once, for those who want it."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from handlers.jobs.digest import ask_for_digests, week_due
from handlers.jobs.mail import SmtpServer
from rooms.rules.notices import Week, digest_of
from tests.support.databases import Databases
from tests.support.queues import Shop, shop
from tests.support.smtp import Post, post_office

WEEK = date(2026, 3, 2)  # a Monday
NEXT = date(2026, 3, 9)


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    url = await databases.make()
    yield url
    await databases.drop(url)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_it_is_due_on_monday_morning_by_the_clocks_of_its_zone() -> None:
    assert week_due("UTC", at("2026-03-09 06:59")) is None
    assert week_due("UTC", at("2026-03-09 07:00")) == WEEK
    assert week_due("UTC", at("2026-03-10 23:59")) == WEEK
    assert week_due("UTC", at("2026-03-11 00:00")) is None
    assert week_due("Pacific/Auckland", at("2026-03-08 18:00")) == WEEK
    assert week_due("America/Los_Angeles", at("2026-03-09 13:59")) is None
    assert week_due("America/Los_Angeles", at("2026-03-09 14:00")) == WEEK
    assert week_due("Not/AZone", at("2026-03-09 07:00")) is None


def test_it_says_what_there_was() -> None:
    notice = digest_of(Week(WEEK, 3 * 3600 + 300, 1, 12, ("Early bird",), 4))
    assert notice.title == "Your week: 3 h 05 min of focus"
    assert notice.body.splitlines() == [
        "Focus time: 3 h 05 min on 1 day",
        "Streak: 12 days",
        "Rank on the board of everybody: 4",
        "New badges: Early bird",
    ]


def stand(here: Shop, now: datetime) -> None:
    """Let it be `now` for the queue."""
    here.services.clock.offset_s = (now - datetime.now(UTC)).total_seconds()


async def reader(here: Shop, name: str, zone: str = "UTC", wanted: bool = True) -> int:
    user_id: int = await here.sql.fetchval(
        "insert into users (email, username, timezone) values ($1 || '@example.org', $1, $2)"
        " returning id",
        name, zone,
    )  # fmt: skip
    await here.sql.execute(
        "insert into notification_choices values ($1, 'weekly_digest', 'email', $2)",
        user_id, wanted,
    )  # fmt: skip
    return user_id


def server_of(post: Post) -> SmtpServer:
    return SmtpServer("127.0.0.1", post.port, False, None, None)


async def test_who_wants_it_gets_it_once(url: str) -> None:
    async with post_office() as post, shop(url, smtp=server_of(post)) as here:
        ada = await reader(here, "ada")
        rival = await reader(here, "rival", wanted=False)
        for day, seconds in ((1, 9000), (2, 1800), (3, 3600), (9, 7200)):
            await here.sql.execute(
                "insert into focus_days (user_id, day, seconds, entries) values ($1, $2, $3, 1)",
                ada, date(2026, 3, day), seconds,
            )  # fmt: skip
        for user_id, score in ((ada, 5400), (rival, 9999)):
            await here.sql.execute(
                "insert into board_scores values ($1, 'time', 'week', $2, 'global', 0, $3, now())",
                user_id, WEEK, score,
            )  # fmt: skip
        badge_id = await here.sql.fetchval(
            "insert into badges (key, name, criteria) values ('b', 'Early bird', '{}') returning id"
        )
        await here.sql.execute(
            "insert into user_badges values ($1, $2, $3)", ada, badge_id, at("2026-03-04 12:00")
        )
        await here.sql.execute(
            "insert into user_streaks values ($1, 5, 5, 0, $2, true, now() + interval '1 day')",
            ada, NEXT,
        )  # fmt: skip
        stand(here, at("2026-03-09 07:05"))
        for _ in range(3):
            await ask_for_digests(here.work)
        letter = await post.letter()
        await here.until_rows()
        stand(here, at("2026-03-09 19:00"))
        await ask_for_digests(here.work)
        await here.until_rows()
        assert len(post.letters) == 1
        assert (
            await here.sql.fetchval(
                "select count(*) from pgqueuer_log where entrypoint = 'weekly_digest'"
                " and status = 'queued'"
            )
            == 1
        )
        assert letter["To"] == "ada@example.org"
        assert letter["Subject"] == "Your week: 1 h 30 min of focus"
        plain = next(letter.iter_parts()).get_content()
        for line in (
            "Focus time: 1 h 30 min on 2 days", "Streak: 5 days",
            "Rank on the board of everybody: 2", "New badges: Early bird",
        ):  # fmt: skip
            assert line in plain
        stand(here, at("2026-03-16 07:05"))
        await ask_for_digests(here.work)
        assert (await post.letter(1))["Subject"] == "Your week: 2 h 00 min of focus"
        assert post.letters[0]["Message-ID"] != post.letters[1]["Message-ID"]


async def test_each_zone_has_its_own_morning(url: str) -> None:
    async with post_office() as post, shop(url, smtp=server_of(post)) as here:
        await reader(here, "far.east", "Asia/Tokyo")
        await reader(here, "far.west", "America/Los_Angeles")
        stand(here, at("2026-03-09 07:05"))
        await ask_for_digests(here.work)
        assert (await post.letter())["To"] == "far.east@example.org"
        stand(here, at("2026-03-09 07:05") + timedelta(hours=8))
        await ask_for_digests(here.work)
        assert (await post.letter(1))["To"] == "far.west@example.org"


async def test_who_has_changed_their_mind_gets_none(url: str) -> None:
    async with post_office() as post, shop(url, smtp=server_of(post), running=False) as here:
        ada = await reader(here, "ada")
        stand(here, at("2026-03-09 07:05"))
        await ask_for_digests(here.work)
        assert len(await here.rows()) == 1
        await here.sql.execute(
            "update notification_choices set wanted = false where user_id = $1", ada
        )
        here.queue.start()
        await here.until_rows()
        assert post.letters == []
