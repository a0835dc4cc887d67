"""[L1, L2, L3] Leaderboards as clients meet them: REST, rights, following, live channels."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from rooms.boards import Board, Row, Scope, board_on
from tests.support.boards import NOON, put, take_off
from tests.support.product import Person, Product

TODAY = datetime.now(UTC).date()


@pytest.fixture
async def sql(product: Product) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(product.database_url)
    yield connection
    await connection.close()


async def team(product: Product, count: int, **fields: Any) -> tuple[int, list[Person]]:
    """A project, and as many people in it; the first one owns it."""
    people = [await product.person(f"p{number}") for number in range(count)]
    project_id = await people[0].project(**fields)
    for person in people[1:]:
        await people[0].post(f"/projects/{project_id}/members", {"user_id": person.id})
    return project_id, people


def week_of(project_id: int) -> Board:
    return board_on(TODAY, "time", "week", Scope("project", project_id))


def rows_of(people: Sequence[Person], scores: Sequence[int]) -> list[Row]:
    return [
        Row(p.id, score, NOON + n) for n, (p, score) in enumerate(zip(people, scores, strict=True))
    ]


async def eventually(person: Person, path: str, expected: Any) -> None:
    """Within the seconds that telling Redis may take what was written past the product."""
    until = time.monotonic() + 10
    while (answer := await person.get(path)) != expected:
        assert time.monotonic() < until, answer
        await asyncio.sleep(0.1)


def shown(person: Person, score: int, rank: int) -> dict[str, Any]:
    return {
        "user_id": person.id, "username": person.username, "name": "", "avatar_url": None,
        "score": score, "rank": rank,
    }  # fmt: skip


async def test_a_board_shows_who_did_most_and_oneself(product: Product, sql: Any) -> None:
    project_id, people = await team(product, 5)
    path = f"?period=week&scope=project:{project_id}"
    ada, bo, cy, di, eve = people
    await put(sql, week_of(project_id), rows_of(people[:4], [600, 900, 600, 60]))
    board = [shown(bo, 900, 1), shown(ada, 600, 2), shown(cy, 600, 2), shown(di, 60, 4)]
    await eventually(ada, f"/leaderboard{path}", board)
    for around, rows in ((0, board[2:3]), (1, board[1:4]), (5, board)):
        mine = await cy.get(f"/leaderboard/me{path}&around={around}")
        assert mine == {"rank": 2, "score": 600, "total": 4, "around": rows}
    nothing = {"rank": None, "score": 0, "total": 4, "around": []}
    assert await eve.get(f"/leaderboard/me{path}") == nothing
    for other in ("period=week&by=badges", "period=month"):
        other_path = f"/leaderboard?scope=project:{project_id}&{other}"
        assert await ada.get(other_path) == []
    await take_off(sql, week_of(project_id), bo.id)
    expected = [shown(ada, 600, 1), shown(cy, 600, 1), shown(di, 60, 3)]
    await eventually(ada, f"/leaderboard{path}", expected)


async def test_without_parameters_it_is_the_board_of_all_time(product: Product, sql: Any) -> None:
    ada = await product.person("ada")
    await put(sql, board_on(TODAY, "time", "all"), [Row(ada.id, 10**12, NOON)])
    row = shown(ada, 10**12, 1)
    async with asyncio.timeout(10):
        while (await ada.get("/leaderboard?limit=1")) != [row]:
            await asyncio.sleep(0.1)
    assert (await ada.get("/leaderboard/me"))["around"][0] == row
    assert (await ada.get("/leaderboard?scope=global&period=all&by=time&limit=1")) == [row]
    await take_off(sql, board_on(TODAY, "time", "all"), ada.id)


async def test_pages_lead_to_the_next(product: Product, sql: Any) -> None:
    project_id, people = await team(product, 5)
    await put(sql, week_of(project_id), rows_of(people, [50, 40, 40, 40, 10]))
    path = f"/leaderboard?period=week&scope=project:{project_id}&limit=2"
    await eventually(people[0], path, [shown(people[0], 50, 1), shown(people[1], 40, 2)])
    seen, address = [], path
    while True:
        status, rows, headers = await people[4].call_with_headers("GET", address)
        assert status == 200
        seen += [(row["user_id"], row["rank"]) for row in rows]
        if "X-Next-Cursor" not in headers:
            break
        link = headers["Link"].partition(">")[0].removeprefix("<")
        assert parse_qs(urlsplit(link).query)["cursor"] == [headers["X-Next-Cursor"]]
        address = link.removeprefix("/api")
    assert seen == [(p.id, rank) for p, rank in zip(people, (1, 2, 2, 2, 5), strict=True)]


@pytest.mark.parametrize(
    "query",
    ["period=year", "scope=team", "scope=project:0", "scope=project:007", "by=luck", "limit=0",
     "limit=201", "cursor=x", "cursor=WzEsMl0", "cursor=WzEsMSwwXQ", "scope=project:1%0a",
     "cursor=WzEsOTk5OTk5OTk5OTk5OTk5LDFd"],
)  # fmt: skip
async def test_what_is_no_board_is_refused(ada: Person, query: str) -> None:
    status, problem = await ada.call("GET", f"/leaderboard?{query}")
    assert (status, problem["code"]) == (422, "invalid")
    assert problem["errors"][0]["field"] == query.partition("=")[0]


async def test_a_projects_board_is_for_those_who_may_read_it(
    product: Product, ada: Person, bo: Person
) -> None:
    project_id = await ada.project()
    paths = [f"/leaderboard{me}?scope=project:{project_id}" for me in ("", "/me")]
    for visibility, status in (("private", 404), ("public", 200), ("private", 404)):
        await ada.done("PUT", f"/projects/{project_id}/visibility", {"visibility": visibility})
        for path in paths:
            assert (await bo.call("GET", path))[0] == status
            assert (await ada.call("GET", path))[0] == 200
    await ada.done("DELETE", f"/projects/{project_id}")
    for path in [*paths, "/leaderboard?scope=project:999999999"]:
        assert (await ada.call("GET", path))[0] == 404


async def test_a_rooms_board_is_for_those_who_may_read_it(ada: Person, bo: Person) -> None:
    for visibility, status in (("link", 404), ("public", 200)):
        made = await ada.post("/rooms", {"name": "Den", "visibility": visibility})
        path = f"/leaderboard?scope=room:{made['room']['id']}"
        assert await ada.get(path) == []
        assert (await bo.call("GET", path))[0] == status
    assert (await ada.call("GET", "/leaderboard?scope=room:999999999"))[0] == 404


async def test_who_hides_is_on_no_board_any_more(product: Product, sql: Any) -> None:
    """[L3] At once, for everybody; and is told no rank of their own."""
    project_id, people = await team(product, 3)
    ada, bo, cy = people
    path = f"?period=week&scope=project:{project_id}"
    await put(sql, week_of(project_id), rows_of(people, [30, 20, 10]))
    await put(sql, board_on(TODAY, "time", "month"), [Row(ada.id, 10**9, NOON)])
    await eventually(cy, f"/leaderboard/me{path}&around=0", {
        "rank": 3, "score": 10, "total": 3, "around": [shown(cy, 10, 3)],
    })  # fmt: skip
    await bo.get(f"/leaderboard{path}")
    await ada.done("PATCH", "/users/me", {"privacy": {"leaderboards": False}})
    assert await bo.get(f"/leaderboard{path}") == [shown(bo, 20, 1), shown(cy, 10, 2)]
    assert ada.id not in {row["user_id"] for row in await bo.get("/leaderboard?period=month")}
    mine = await ada.get(f"/leaderboard/me{path}")
    assert mine == {"rank": None, "score": 0, "total": 2, "around": []}


async def test_following_is_a_board_of_ones_own(product: Product, sql: Any) -> None:
    ada, bo, cy, di = [await product.person(name) for name in ("ada", "bo", "cy", "di")]
    await put(sql, board_on(TODAY, "time", "day"), rows_of([ada, bo, cy, di], [30, 30, 50, 90]))
    path = "period=day&scope=following"
    assert await ada.get(f"/leaderboard?{path}") == [shown(ada, 30, 1)]
    for other in (bo, cy):
        await ada.done("PUT", f"/users/{other.id}/follow")
    board = [shown(cy, 50, 1), shown(ada, 30, 2), shown(bo, 30, 2)]
    assert await ada.get(f"/leaderboard?{path}") == board
    mine = await ada.get(f"/leaderboard/me?{path}&around=1")
    assert mine == {"rank": 2, "score": 30, "total": 3, "around": board}
    _, rows, headers = await ada.call_with_headers("GET", f"/leaderboard?{path}&limit=2")
    assert rows == board[:2]
    rest = f"/leaderboard?{path}&limit=2&cursor={headers['X-Next-Cursor']}"
    assert await ada.get(rest) == board[2:]
    assert await bo.get(f"/leaderboard?{path}") == [shown(bo, 30, 1)]
    await cy.done("PATCH", "/users/me", {"privacy": {"leaderboards": False}})
    assert await ada.get(f"/leaderboard?{path}") == [shown(ada, 30, 1), shown(bo, 30, 1)]
    eve = await product.person("eve")
    await eve.done("PUT", f"/users/{bo.id}/follow")
    assert await eve.get(f"/leaderboard/me?{path}") == {
        "rank": None, "score": 0, "total": 1, "around": [],
    }  # fmt: skip


async def test_one_follows_and_follows_no_more(ada: Person, bo: Person) -> None:
    path = f"/users/{bo.id}/follow"

    def seen(following: bool, follows_you: bool, followers: int, follows: int) -> dict[str, Any]:
        return {
            "user_id": bo.id, "following": following, "follows_you": follows_you,
            "followers": followers, "follows": follows,
        }  # fmt: skip

    assert await ada.get(path) == seen(False, False, 0, 0)
    for _ in range(2):
        assert await ada.done("PUT", path) == seen(True, False, 1, 0)
    await bo.done("PUT", f"/users/{ada.id}/follow")
    assert await ada.get(path) == seen(True, True, 1, 1)
    for _ in range(2):
        assert (await ada.call("DELETE", path))[0] == 204
    assert await ada.get(path) == seen(False, True, 0, 1)
    assert (await ada.call("PUT", f"/users/{ada.id}/follow"))[0] == 422
    for method in ("GET", "PUT"):
        assert (await ada.call(method, "/users/999999999/follow"))[0] == 404


def on_board(live: Any) -> list[Any]:
    return [data for name, data in live.events if name == "leaderboard:updated"]


async def test_a_board_is_followed_live(product: Product, sql: Any) -> None:
    project_id, people = await team(product, 4)
    ada, bo, cy, _di = people
    await put(sql, week_of(project_id), rows_of(people[:3], [30, 20, 10]))
    rows = [shown(ada, 30, 1), shown(bo, 20, 2), shown(cy, 10, 3)]
    await eventually(ada, f"/leaderboard?period=week&scope=project:{project_id}", rows)
    live = await bo.connect()
    channel = f"leaderboard:week:project:{project_id}"
    answer = await live.do("channel:subscribe", channel=channel)
    start = answer["snapshot"].pop("period_start")
    version = answer["snapshot"].pop("version")
    assert (answer["recovered"], answer["events"]) == (False, [])
    assert answer["snapshot"] == {"rows": rows, "me": {"rank": 2, "score": 20, "total": 3}}
    assert start == week_of(project_id).starts_on.isoformat()
    await put(sql, week_of(project_id), [Row(cy.id, 25, NOON + 9)])
    told = await live.expect("leaderboard:updated")
    assert (told["channel"], told["seq"]) == (channel, None)
    assert (told["data"]["previous"], told["data"]["period_start"]) == (version, start)
    assert told["data"]["changes"] == [shown(cy, 25, 2), shown(bo, 20, 3)]
    version = told["data"]["version"]
    await take_off(sql, week_of(project_id), ada.id)
    told = await live.expect("leaderboard:updated", lambda e: e["data"]["previous"] == version)
    gone = shown(ada, 30, 1) | {"rank": None}
    assert told["data"]["changes"] == [shown(cy, 25, 1), shown(bo, 20, 2), gone]
    again = await live.do("channel:subscribe", channel=channel, epoch=answer["epoch"], seq=0)
    assert again["snapshot"]["version"] == told["data"]["version"]
    assert again["snapshot"]["rows"] == [shown(cy, 25, 1), shown(bo, 20, 2)]
    assert again["recovered"] is False


async def test_there_is_at_most_one_update_a_second(product: Product, sql: Any) -> None:
    project_id, people = await team(product, 3)
    board = week_of(project_id)
    await put(sql, board, rows_of(people, [1, 2, 3]))
    lives = [await person.connect() for person in people]
    state: dict[int, Any] = {}
    channel = f"leaderboard:week:project:{project_id}"
    for live in lives:
        answer = await live.do("channel:subscribe", channel=channel)
    came: list[float] = []
    lives[0].client.on("leaderboard:updated", lambda _data: came.append(time.monotonic()))
    score = 10
    until = time.monotonic() + 7
    while time.monotonic() < until:
        score += 10
        await put(sql, board, rows_of(people, [score, score + 1, score + 2]))
        await asyncio.sleep(0.05)
    await asyncio.sleep(4)
    assert len(came) >= 2
    assert min(b - a for a, b in pairwise(came)) > 0.9
    updates = on_board(lives[1])
    versions = [update["data"]["version"] for update in updates]
    assert versions == sorted(set(versions))
    assert [u["data"]["previous"] for u in updates[1:]] == versions[:-1]
    state = {row["user_id"]: row["score"] for row in answer["snapshot"]["rows"]}
    for update in on_board(lives[2]):
        state |= {row["user_id"]: row["score"] for row in update["data"]["changes"]}
    assert state == {p.id: score + n for n, p in enumerate(people)}


async def test_a_board_that_one_may_not_read_is_not_followed(
    product: Product, sql: Any, ada: Person, bo: Person
) -> None:
    project_id = await ada.project(visibility="public")
    live = await bo.connect()
    channel = f"leaderboard:day:project:{project_id}"
    await live.do("channel:subscribe", channel=channel)
    await ada.done("PUT", f"/projects/{project_id}/visibility", {"visibility": "private"})
    day = board_on(TODAY, "time", "day", Scope("project", project_id))
    await put(sql, day, [Row(ada.id, 60, NOON)])
    closed = await live.expect("channel:closed")
    assert closed == {"channel": channel, "code": "not_found"}
    assert on_board(live) == []
    assert await live.refused("channel:subscribe", channel=channel) == "not_found"
    for name in ("leaderboard:day", "leaderboard:year:global", "leaderboard:day:following",
                 "leaderboard:day:project:007", "leaderboard:day:global:1"):  # fmt: skip
        assert await live.refused("channel:subscribe", channel=name) == "not_found"
    await live.do("channel:subscribe", channel="leaderboard:day:global")


async def test_who_hides_leaves_the_live_board(product: Product, sql: Any) -> None:
    project_id, people = await team(product, 2)
    ada, bo = people
    await put(sql, week_of(project_id), rows_of(people, [30, 20]))
    live = await bo.connect()
    channel = f"leaderboard:week:project:{project_id}"
    answer = await live.do("channel:subscribe", channel=channel)
    assert len(answer["snapshot"]["rows"]) == 2
    await ada.done("PATCH", "/users/me", {"privacy": {"leaderboards": False}})
    told = await live.expect("leaderboard:updated")
    gone = shown(ada, 30, 1) | {"rank": None}
    assert told["data"]["changes"] == [shown(bo, 20, 1), gone]
