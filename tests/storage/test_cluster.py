"""Redis as a Cluster: hints, boards, presence and limits find the primary concerned, and find it
again when slots move or a primary dies. A real Cluster of three primaries and a replica."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import pytest

from rooms.boards import Board, Scope
from rooms.rules.limits import Charge, Check, Rate
from rooms.rules.periods import DayRule
from storage import keys
from storage.board_rows import Guarded
from storage.boards import BoardBook, BoardsAway, pack
from storage.cache import Redis, addresses_in, connect_redis
from storage.channels import ChannelEvent
from storage.cluster import slot_of
from storage.hints import Ephemeral, Hints
from storage.limits import LimitBook, LimitsAway
from storage.presence import PresenceAway, PresenceBook, Said
from tests.support.cluster import Node, ValkeyCluster, open_cluster
from tests.support.folders import open_folder

T = TypeVar("T")
LONG_S = 30.0
LEASE = timedelta(seconds=60)
# Several in every partition.
CHANNELS = [f"room:{number}" for number in range(400)]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def cluster() -> Iterator[ValkeyCluster]:
    """The tests of this file run in their order: the last one costs it a primary."""
    with open_folder() as folder, open_cluster(folder, spare=1) as made:
        yield made


@pytest.fixture
async def client(cluster: ValkeyCluster) -> AsyncIterator[Redis]:
    made = connect_redis(cluster.url)
    yield made
    await made.aclose()


@pytest.fixture
def epoch() -> str:
    return uuid4().hex


class Pair:
    """Two instances' ends of the hints: what one says, and what the other hears."""

    def __init__(self, url: str, epoch: str) -> None:
        self.heard: set[int] = set()
        self.missed = 0
        self._clients = [connect_redis(url) for _ in range(2)]
        self.here = Hints(self._clients[0], epoch, lambda _event: None, lambda: None)
        self.there = Hints(self._clients[1], epoch, self._hear, self._miss)
        self._said = 0

    async def __aenter__(self) -> "Pair":
        self.here.start()
        self.there.start()
        for channel in CHANNELS:
            self.there.listen(channel)
        await self.whole()
        return self

    async def __aexit__(self, *_: object) -> None:
        for hints, client in zip((self.here, self.there), self._clients, strict=True):
            await hints.close()
            await client.aclose()

    def _hear(self, event: ChannelEvent | Ephemeral) -> None:
        assert isinstance(event, ChannelEvent)
        self.heard.add(event.seq)

    def _miss(self) -> None:
        self.missed += 1

    def say(self) -> set[int]:
        """An event on every channel; their numbers."""
        first = self._said + 1
        self._said += len(CHANNELS)
        numbers = range(first, self._said + 1)
        self.here.publish(
            [
                ChannelEvent(channel, seq, NOON, "entry:updated", "{}")
                for channel, seq in zip(CHANNELS, numbers, strict=True)
            ]
        )
        return set(numbers)

    async def whole(self) -> None:
        """Wait until both hear everything that there is."""
        async with asyncio.timeout(LONG_S):
            while not (self.here.connected and self.there.connected):
                await asyncio.sleep(0.02)

    async def all_heard(self) -> None:
        """Wait until everything that is said is heard: what is lost on the way is said by nobody
        again, so it may take several times."""
        async with asyncio.timeout(LONG_S):
            while True:
                said = self.say()
                for _ in range(50):
                    if said <= self.heard:
                        return
                    await asyncio.sleep(0.02)


def primaries_of(pair: Pair) -> int:
    return len(pair.there._lines)


async def test_hints_of_all_channels_are_heard_by_a_line_to_each_primary(
    cluster: ValkeyCluster, epoch: str
) -> None:
    async with Pair(cluster.url, epoch) as pair:
        assert primaries_of(pair) == 3
        held = [len(line.partitions) for line in pair.there._lines.values()]
        assert sum(held) == keys.PARTITIONS
        assert max(held) - min(held) <= 1
        await pair.all_heard()
        for channel in CHANNELS[:200]:
            pair.there.ignore(channel)
        await pair_forgets(pair, CHANNELS[:200])


async def pair_forgets(pair: Pair, channels: list[str]) -> None:
    """Wait until nothing is heard of these channels any more."""
    async with asyncio.timeout(LONG_S):
        while True:
            said = sorted(pair.say())
            kept = {seq for channel, seq in zip(CHANNELS, said, strict=True)
                    if channel not in channels}  # fmt: skip
            async with asyncio.timeout(LONG_S):
                while not kept <= pair.heard:
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.1)
            if set(said) & pair.heard == kept:
                return


async def test_any_node_may_be_named_and_several(cluster: ValkeyCluster, epoch: str) -> None:
    """A replica too; and who is named first may be away."""
    nowhere = Node(cluster.nodes[0].folder, 1, 1)
    for nodes in ([cluster.nodes[3]], [nowhere, cluster.nodes[2]]):
        client = connect_redis(cluster.url_of(*nodes))
        names = [keys.cached_key(epoch, f"n{number}") for number in range(20)]
        for name in names:
            await client.set(name, name, ex=60)
        assert [await client.get(name) for name in names] == [name.encode() for name in names]
        assert await client.ping()
        await client.aclose()


def test_several_addresses_share_login_and_database() -> None:
    assert addresses_in("rediss://u:p%40@a:1,b:2/0?x=y") == [
        "rediss://u:p%40@a:1/0?x=y", "rediss://u:p%40@b:2/0?x=y"
    ]  # fmt: skip
    assert addresses_in("unix:///run/a,b.sock?db=0") == ["unix:///run/a,b.sock?db=0"]


def some_boards() -> list[Board]:
    return [Board("time", "all", date(2000, 1, 1), Scope("project", n)) for n in range(1, 31)]


async def test_scores_of_boards_on_all_primaries_are_written_in_one_go(
    client: Redis, epoch: str
) -> None:
    book = BoardBook(client, epoch, DayRule("UTC"), limit_s=LONG_S)
    boards = some_boards()
    assert {await owner(client, keys.board_keys(epoch, b.name)[0]) for b in boards} == await all_of(
        client
    )
    rows = {board: [Guarded(7, 1, 600 + n, 1), Guarded(8, 1, 60, 2)]
            for n, board in enumerate(boards)}  # fmt: skip
    assert await book.write(rows) == set(boards)
    for board in boards:
        filling = await book.begin_filling(board)
        assert filling is not None
        assert await book.fill(filling, pack(rows[board]))
        assert await book.complete(filling)
    assert await book.incomplete(boards) == []
    for n, board in enumerate(boards):
        page = await book.read_page(board, None, 5)
        assert page is not None
        assert [(p.user_id, p.score) for p in page.places or ()] == [(7, 600 + n), (8, 60)]


async def owner(client: Redis, key: str) -> Any:
    cluster = await client.find_cluster()
    assert cluster is not None
    return cluster.owner_of(slot_of(key))


async def all_of(client: Redis) -> set[Any]:
    cluster = await client.find_cluster()
    assert cluster is not None
    return set(cluster.owners(keys.SLOTS))


async def test_presence_is_said_and_heard_on_all_primaries(client: Redis, epoch: str) -> None:
    """Scripts that nobody has loaded there, too."""
    await client.execute_command("SCRIPT LOAD", "return 1")
    here, there = PresenceBook(client, epoch), PresenceBook(client, epoch)
    assert await here.say([Said(name, "1", f'["{name}"]') for name in CHANNELS], LEASE) == set()
    heard = await there.hear(dict.fromkeys(CHANNELS, ""))
    assert {name: one.words[here.instance][1].decode() for name, one in heard.items()} == {
        name: f'["{name}"]' for name in CHANNELS
    }
    known = {name: one.version for name, one in heard.items()}
    await here.say([Said(CHANNELS[5])], LEASE)
    assert set(await there.hear(known)) == {CHANNELS[5]}


def spending(count: int, cost: int = 1) -> Check:
    return Check((Charge("user", "1", Rate(count, 100_000), cost),
                  Charge("address", "a", Rate(2 * count, 100_000), cost)), owed=False)  # fmt: skip


async def test_while_slots_move_calls_and_hints_follow_them(
    cluster: ValkeyCluster, client: Redis, epoch: str
) -> None:
    """Step by step, as a resharding does, while they are connected; what was spent stays spent."""
    book = LimitBook(client, epoch, LONG_S)
    limited = slot_of(keys.limit_key(epoch, "x"))
    assert [d.allowed for d in await book.spend([spending(4)] * 3)] == [True] * 3
    async with Pair(cluster.url, epoch) as pair:
        await pair.all_heard()
        missed, target = pair.missed, cluster.nodes[2]
        slots = [*keys.SLOTS.values()][:4]
        for slot in (*slots, limited):
            await asyncio.to_thread(cluster.move, slot, target)
            pair.say()
        # The first of the two that tried the fourth one has it.
        assert [d.allowed for d in await book.spend([spending(4)] * 2)] == [True, False]
        await pair.whole()
        await pair.all_heard()
        assert pair.missed > missed
        assert primaries_of(pair) == 3


async def test_a_call_is_sent_on_while_its_slot_is_being_handed_over(
    cluster: ValkeyCluster, client: Redis, epoch: str
) -> None:
    """What the old primary has not got any more is asked of the new one (ASK); scripts, which take
    several keys, are made when the slot has arrived."""
    key, limits = keys.cached_key(epoch, "kept"), LimitBook(client, epoch, LONG_S)
    for slot in (slot_of(key), slot_of(keys.limit_key(epoch, ""))):
        target = next(n for n in cluster.nodes[:3] if cluster.owner_of(slot, n) is not n)
        source = cluster.owner_of(slot, target)
        assert source is not None
        target.ask("CLUSTER SETSLOT", slot, "IMPORTING", source.id)
        source.ask("CLUSTER SETSLOT", slot, "MIGRATING", target.id)
        if slot == slot_of(key):
            await client.set(key, "1")
            # Of earlier tests there may be something else in this slot.
            assert key.encode() not in source.ask("CLUSTER GETKEYSINSLOT", slot, 100)
            assert await client.get(key) == b"1"
        else:
            with pytest.raises(LimitsAway):
                await limits.spend([spending(2)])
        await asyncio.to_thread(cluster.move, slot, target)
    assert await client.get(key) == b"1"
    assert [d.allowed for d in await limits.spend([spending(2)] * 3)] == [True, True, False]


async def test_a_primary_that_dies_is_replaced_by_its_replica_for_all_that_are_connected(
    cluster: ValkeyCluster, client: Redis, epoch: str
) -> None:
    dying, replica = cluster.nodes[0], cluster.nodes[3]
    await asyncio.to_thread(cluster.replicate, replica, dying)
    presence, board_book = PresenceBook(client, epoch), BoardBook(client, epoch, DayRule("UTC"))
    await presence.say([Said(name, "1", "[1]") for name in CHANNELS], LEASE)
    async with Pair(cluster.url, epoch) as pair:
        await pair.all_heard()
        missed = pair.missed
        await asyncio.to_thread(dying.kill)
        async with asyncio.timeout(LONG_S):
            while pair.there.connected:
                await asyncio.sleep(0.02)
        await pair.whole()
        assert replica.port in {address[1] for address in pair.there._lines if address}
        await pair.all_heard()
        assert pair.missed > missed
    # The replica has never seen these scripts, and this client has asked for nothing meanwhile.
    heard = await sooner_or_later(lambda: presence.hear(dict.fromkeys(CHANNELS, "")))
    assert set(heard) == set(CHANNELS)
    boards = some_boards()
    assert await sooner_or_later(lambda: board_book.incomplete(boards)) == boards
    assert await client.ping()


async def sooner_or_later(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, once a call of this client has found out where the others are."""
    async with asyncio.timeout(LONG_S):
        while True:
            try:
                return await ask()
            except (PresenceAway, BoardsAway):
                await asyncio.sleep(0.05)
