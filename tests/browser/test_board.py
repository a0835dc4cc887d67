"""Leaderboards in real browsers: who stands where, and how that moves while one looks."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from playwright.async_api import Locator, expect

from rooms.boards import Row, Scope, board_on
from tests.browser.pictures import keep
from tests.browser.windows import PageOf, Window, an_hour
from tests.support.boards import NOON, put
from tests.support.product import Person, Product
from tests.support.rooms import make_room


class OnBoard:
    """What a window shows of a board."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.list = window.page.get_by_role("list", name="Ranking")
        self.rows = self.list.get_by_role("listitem")
        self.you = window.page.get_by_role("complementary", name="You")

    def row(self, person: Person) -> Locator:
        return self.rows.filter(has_text=person.username)

    async def stands(self, person: Person, rank: int) -> None:
        await expect(self.row(person).locator(".board-rank")).to_have_text(f"Rank {rank}")

    async def order(self, *people: Person) -> None:
        names = [re.compile(re.escape(person.username)) for person in people]
        await expect(self.rows).to_have_text(names)


@pytest.fixture
async def sql(product: Product) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(product.database_url)
    yield connection
    await connection.close()


async def team(ada: Person, *others: Person) -> int:
    """A project of Ada's in which all of them track time."""
    project_id = await ada.project("Atlas")
    for person in others:
        member = {"user_id": person.id, "role": "contributor"}
        await ada.post(f"/projects/{project_id}/members", member)
    return project_id


async def log(person: Person, project_id: int, minutes: int) -> None:
    """An entry of some minutes within the last hours, by hand."""
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
    times = {"start_time": (end - timedelta(minutes=minutes)).isoformat()}
    await person.post(
        "/time-entries", {**times, "end_time": end.isoformat(), "project_id": project_id}
    )


async def test_a_board_moves_while_somebody_looks_at_it(
    ada: Person, bo: Person, page_of: PageOf
) -> None:
    """[L1] [L2] One stops a timer, the other sees the rows change places."""
    project_id = await team(ada, bo)
    await log(ada, project_id, 30)
    board = OnBoard(await page_of(ada, f"/board?period=all&scope=project:{project_id}"))
    await board.order(ada)
    await expect(board.you).to_contain_text("No. 1 of 1")
    begun = an_hour(1)["start_time"]
    await bo.post("/time-entries", {"project_id": project_id, "start_time": begun})
    desk = await page_of(bo)
    await desk.stop()
    await board.order(bo, ada)
    await board.stands(bo, 1)
    await board.stands(ada, 2)
    await expect(board.row(ada)).to_have_class(re.compile("is-own"))
    await expect(board.you).to_contain_text("No. 2")
    await expect(board.you).to_contain_text("of 2")
    await expect(board.window.said).to_have_text(re.compile("^You are number 2 of 2 on the board"))


async def test_rows_glide_and_what_has_the_focus_keeps_it(
    product: Product, ada: Person, sql: Any, page_of: PageOf
) -> None:
    people = [ada, *[await product.person(f"p{n}") for n in range(5)]]
    project_id = await team(*people)
    board_of = board_on(datetime.now(UTC).date(), "time", "week", Scope("project", project_id))
    await put(sql, board_of, [Row(p.id, 900 - n, NOON + n) for n, p in enumerate(people)])
    board = OnBoard(await page_of(ada, f"/board?scope=project:{project_id}"))
    await board.order(*people)
    await board.list.evaluate(
        """list => { window.glided = 0; const of = Element.prototype.animate;
            Element.prototype.animate = function (...all) {
                window.glided += 1; return of.apply(this, all); }; }"""
    )
    last = people[-1]
    follow = board.row(last).get_by_role("button", name=f"Follow {last.username}")
    await follow.focus()
    tops = await board.list.bounding_box()
    await put(sql, board_of, [Row(last.id, 5000, NOON + 99)])
    await board.order(last, *people[:-1])
    await expect(follow).to_be_focused()
    assert await board.list.bounding_box() == tops, "the list itself has moved"
    assert await board.window.page.evaluate("window.glided") == len(people)

    await board.window.page.emulate_media(reduced_motion="reduce")
    await put(sql, board_of, [Row(people[1].id, 6000, NOON + 99)])
    await board.order(people[1], last, ada, *people[2:-1])
    assert await board.window.page.evaluate("window.glided") == len(people)


async def test_a_thousand_rows_by_pages_and_oneself_far_below(
    product: Product, ada: Person, sql: Any, page_of: PageOf
) -> None:
    """Who is not among the first is shown with those around them; a change is drawn in a moment."""
    project_id = await ada.project("Crowd")
    first = await sql.fetchval("select coalesce(max(id), 0) from users")
    await sql.execute(
        "insert into users (email, username) select 'crowd' || $1::bigint || '.' || n ||"
        " '@example.org', 'c' || $1::bigint || '.' || n from generate_series(1, 999) n",
        first,
    )
    ids = [r[0] for r in await sql.fetch("select id from users where id > $1 order by id", first)]
    week = board_on(datetime.now(UTC).date(), "time", "week", Scope("project", project_id))
    rows = [Row(user_id, 100_000 - n * 60, NOON) for n, user_id in enumerate(ids)]
    await put(sql, week, [*rows, Row(ada.id, 50_001, NOON)])
    board = OnBoard(await page_of(ada, f"/board?scope=project:{project_id}"))
    await expect(board.rows).to_have_count(200)
    around = board.you.get_by_role("list", name="Around you").get_by_role("listitem")
    await expect(around).to_have_count(7)
    await expect(board.you).to_contain_text("of 1,000")
    for count in (400, 600, 800, 1000):
        await board.window.button("Show more").click()
        await expect(board.rows).to_have_count(count)
    await expect(board.window.button("Show more")).to_have_count(0)
    await expect(board.row(ada)).to_have_count(1)
    await expect(around).to_have_count(0)

    page = board.window.page
    await page.evaluate(
        """() => { window.shift = 0; new PerformanceObserver(list => {
            for (const entry of list.getEntries())
                if (!entry.hadRecentInput) window.shift += entry.value;
        }).observe({ entryTypes: ["layout-shift"] }); }"""
    )
    for turn, place in enumerate((150, 149, 600)):
        moved = ids[place]
        await put(sql, week, [Row(moved, 200_000 + turn, NOON)])
        await expect(board.rows.first).to_have_attribute("class", re.compile("board-row"))
        name = await sql.fetchval("select username from users where id = $1", moved)
        await expect(board.rows.first).to_contain_text(name)
        await expect(board.rows).to_have_count(1000)
    assert await page.evaluate("window.shift") < 0.01, "what one reads moves away"


async def test_one_follows_from_a_row_and_sees_only_those(
    ada: Person, bo: Person, product: Product, page_of: PageOf
) -> None:
    cy = await product.person("cy")
    project_id = await team(ada, bo, cy)
    for person, minutes in ((ada, 10), (bo, 30), (cy, 20)):
        await log(person, project_id, minutes)
    board = OnBoard(await page_of(ada, f"/board?period=all&scope=project:{project_id}"))
    await board.order(bo, cy, ada)
    follow = board.row(bo).get_by_role("button", name=f"Follow {bo.username}")
    await follow.click()
    await expect(follow).to_have_attribute("aria-pressed", "true")
    await board.window.field("Among").select_option(label="Those I follow")
    await expect(board.window.page).to_have_url(re.compile(r"scope=following"))
    await board.order(bo, ada)
    await board.row(bo).get_by_role("button", name=f"Follow {bo.username}").click()
    await board.order(ada)
    await board.window.page.go_back()
    await board.order(bo, cy, ada)
    await expect(follow).to_have_attribute("aria-pressed", "false")


async def test_who_is_hidden_is_told_so_and_why(ada: Person, page_of: PageOf) -> None:
    """[L3]"""
    await ada.done("PATCH", "/users/me", {"privacy": {"leaderboards": False}})
    board = OnBoard(await page_of(ada, "/board"))
    await expect(board.you).to_contain_text("You are hidden")
    await board.you.get_by_role("link", name="Change in settings").click()
    await expect(
        board.window.page.get_by_role("switch", name="Show me on lead")
    ).not_to_be_checked()


async def test_a_room_has_its_own_board(ada: Person, sql: Any, page_of: PageOf) -> None:
    slug, channel = await make_room(ada)
    room_id = int(channel.removeprefix("room:"))
    all_time = board_on(datetime.now(UTC).date(), "time", "all", Scope("room", room_id))
    await put(sql, all_time, [Row(ada.id, 3600, NOON)])
    window = await page_of(ada, f"/rooms/{slug}")
    board = window.page.get_by_role("region", name="Most time in this room")
    await expect(board.get_by_role("listitem")).to_contain_text("1 h 00 min")
    await board.get_by_role("link", name="Whole board").click()
    await expect(window.field("Among")).to_have_value(f"room:{room_id}")


async def test_pictures_of_boards(
    product: Product, ada: Person, bo: Person, sql: Any, page_of: PageOf, pictures: Path
) -> None:
    names = (
        "Grace Hopper",
        "Alan",
        "Katherine Johnson",
        "Linus",
        "",
        "Margaret Hamilton",
        "Dennis",
    )
    people = [await product.person(f"n{n}", name=name) for n, name in enumerate(names)]
    people += [await product.person(f"m{n}") for n in range(12)]
    project_id = await team(ada, bo, *people)
    window = await page_of(ada, f"/board?scope=project:{project_id}")
    board = OnBoard(window)
    await expect(window.page.get_by_text("Nobody is on this board yet.")).to_be_visible()
    await keep(window, "board-empty", pictures)
    week = board_on(datetime.now(UTC).date(), "time", "week", Scope("project", project_id))
    all_of = [*people[:4], bo, *people[4:13], ada, *people[13:]]
    scores = [Row(p.id, 90_000 - n * n * 150 - n * 700, NOON + n) for n, p in enumerate(all_of)]
    await put(sql, week, scores)
    await expect(board.rows).to_have_count(len(all_of))
    await ada.done("PUT", f"/users/{bo.id}/follow")
    await keep(window, "board", pictures)
    await ada.done("PATCH", "/users/me", {"privacy": {"leaderboards": False}})
    await window.reload()
    await expect(board.you).to_contain_text("You are hidden")
    await keep(window, "board-hidden", pictures)
