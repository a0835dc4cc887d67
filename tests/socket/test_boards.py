"""The live channels of boards, step by step: periods that end, outages, who is told what."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from handlers.actions.identity import Principal
from handlers.jobs.boards import fill_board, push_scores
from handlers.socket.boards import LiveBoards
from handlers.socket.clients import Client
from rooms.boards import EVERYBODY, Board, Row
from server.instance import Instance
from storage.hints import Ephemeral
from tests.support.boards import NOON, make_users, put


class Ears:
    """Followers as the hub would have them; `told` is what they heard."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.followers: dict[str, list[Client]] = {}

    def follows(self, name: str) -> bool:
        return name in self.followers

    def followers_of(self, name: str) -> list[Client]:
        return list(self.followers.get(name, ()))

    def leave(self, client: Client, name: str) -> None:
        self.followers[name].remove(client)

    def tell(self, event: Ephemeral, *, members_only: bool) -> None:
        self.told.append((event.channel, msgspec.json.decode(event.data)))


class Wire:
    closed = False

    def __init__(self) -> None:
        self.packets: list[str] = []

    def write(self, packet: str) -> None:
        self.packets.append(packet)

    @staticmethod
    def write_shared(wires: Sequence[Any], parcel: Any) -> None: ...

    def close(self, *, reconnect: bool) -> None: ...


@pytest.fixture
async def sql(instance: Instance, database_url: str) -> AsyncIterator[Any]:
    """Nothing is done by the loops: each test says when."""
    await instance.loops.close()
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def live(instance: Instance, ears: Ears, monkeypatch: pytest.MonkeyPatch) -> LiveBoards:
    made = LiveBoards(instance.services, ears)
    monkeypatch.setattr(made, "_every_s", 0)
    return made


def day(instance: Instance) -> Board:
    services = instance.services
    return services.boards.board(services.clock.now(), "time", "day", EVERYBODY)


async def follow(live: LiveBoards, ears: Ears, name: str) -> Any:
    ears.followers.setdefault(name, [])
    told = await live.picture(name)
    assert told is not None
    return told


def ranks(changes: list[Any]) -> list[tuple[int, int, int | None]]:
    return [(row["user_id"], row["score"], row["rank"]) for row in changes]


async def test_only_what_moved_is_told(
    instance: Instance, sql: Any, live: LiveBoards, ears: Ears
) -> None:
    a, b, c = await make_users(sql, 3)
    await fill_board(instance.services, day(instance))
    told = await follow(live, ears, "leaderboard:day:global")
    assert told.rows == ()
    version = told.version
    for scores, changes in (
        ([(a, 30), (b, 20), (c, 10)], [(a, 30, 1), (b, 20, 2), (c, 10, 3)]),
        ([(c, 15)], [(c, 15, 3)]),
        ([(a, 30)], None),
        ([(c, 20)], [(c, 20, 2)]),
        ([(b, 40)], [(b, 40, 1), (a, 30, 2), (c, 20, 3)]),
    ):
        await put(sql, day(instance), [Row(user, score, NOON) for user, score in scores])
        await push_scores(instance.services, [a, b, c])
        await live.tick()
        await live.tick()
        if changes is None:
            assert ears.told == []
            continue
        [(channel, data)] = ears.told
        ears.told.clear()
        assert (channel, data["previous"]) == ("leaderboard:day:global", version)
        assert ranks(data["changes"]) == changes
        assert data["version"] > version
        version = data["version"]
        assert (await follow(live, ears, channel)).version == version


async def test_a_period_that_ends_is_told_with_the_new_one(
    instance: Instance, sql: Any, live: LiveBoards, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = await make_users(sql, 2)
    old = day(instance)
    await put(sql, old, [Row(a, 30, NOON)])
    told = await follow(live, ears, "leaderboard:day:global")
    later = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr(instance.services.clock, "now", lambda: later)
    await live.tick()
    [(_, data)] = ears.told
    new = day(instance)
    assert new.starts_on == old.starts_on + timedelta(days=1)
    assert (data["period_start"], data["changes"]) == (new.starts_on.isoformat(), [])
    assert data["previous"] == told.version
    await put(sql, new, [Row(b, 5, NOON)])
    await live.tick()
    assert ranks(ears.told[1][1]["changes"]) == [(b, 5, 1)]
    assert ears.told[1][1]["previous"] == data["version"]


async def test_it_goes_on_while_redis_is_away_or_empty(
    instance: Instance, sql: Any, live: LiveBoards, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Versions only rise, from wherever the rows come; nothing is told twice."""
    [a] = await make_users(sql, 1)
    await fill_board(instance.services, day(instance))
    versions = [(await follow(live, ears, "leaderboard:day:global")).version]

    async def score(points: int) -> None:
        await put(sql, day(instance), [Row(a, points, NOON)])
        await push_scores(instance.services, [a])
        await live.tick()
        await live.tick()
        [(_, data)] = ears.told
        ears.told.clear()
        assert ranks(data["changes"]) == [(a, points, 1)]
        assert data["previous"] == versions[-1]
        versions.append(data["version"])

    await score(1)
    with monkeypatch.context() as patched:
        patched.setattr(instance.services.boards.book, "_redis", None)
        await score(2)
        await score(3)
    await score(4)
    await instance.redis.flushall()
    await score(5)
    await fill_board(instance.services, day(instance))
    await score(6)
    assert versions == sorted(set(versions))


async def test_two_hundred_rows_are_followed(
    instance: Instance, sql: Any, live: LiveBoards, ears: Ears
) -> None:
    """Who is pushed out of them is told without a rank; what moves below is not told."""
    users = await make_users(sql, 203)
    await put(sql, day(instance), [Row(u, 1000 - n, NOON) for n, u in enumerate(users[:202])])
    await fill_board(instance.services, day(instance))
    told = await follow(live, ears, "leaderboard:day:global")
    assert [row.user_id for row in told.rows] == users[:200]
    for user, points in ((users[201], 1), (users[202], 801)):
        await put(sql, day(instance), [Row(user, points, NOON + 5)])
        await push_scores(instance.services, [user])
        await live.tick()
    assert ears.told == []
    await put(sql, day(instance), [Row(users[202], 802, NOON)])
    await push_scores(instance.services, [users[202]])
    await live.tick()
    [(_, data)] = ears.told
    assert ranks(data["changes"]) == [(users[202], 802, 199), (users[199], 801, None)]


async def test_who_may_read_it_no_more_is_dropped_before_anything_is_told(
    instance: Instance, sql: Any, live: LiveBoards, ears: Ears
) -> None:
    a, b = await make_users(sql, 2)
    project_id = await sql.fetchval(
        "insert into projects (owner_id, name, color, visibility)"
        " values ($1, 'p', '#336699', 'public') returning id",
        a,
    )
    await sql.execute("insert into project_members values ($1, $2, 'owner')", project_id, a)
    name = f"leaderboard:week:project:{project_id}"
    wires = {user: Wire() for user in (a, b)}
    until = datetime.now(UTC) + timedelta(hours=1)
    ears.followers[name] = [
        Client(wires[user], Principal(user, 1, "user", until)) for user in (a, b)
    ]
    await follow(live, ears, name)
    await live.tick()
    assert len(ears.followers[name]) == 2
    await sql.execute("update projects set visibility = 'private'")
    await live.tick()
    assert [client.user_id for client in ears.followers[name]] == [a]
    assert wires[a].packets == []
    assert "channel:closed" in wires[b].packets[0]


async def test_what_nobody_follows_is_forgotten(
    instance: Instance, sql: Any, live: LiveBoards, ears: Ears
) -> None:
    await follow(live, ears, "leaderboard:day:global")
    ears.followers.clear()
    await live.tick()
    assert live._channels == {}
