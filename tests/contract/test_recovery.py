"""kill -9 under load: nothing acknowledged is lost, nothing is done twice (docs/RELIABILITY.md)."""

import asyncio
import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import socketio

from storage.embedded import Embedded
from tests.support.live import Live
from tests.support.product import Person, Product, serving

KILLS = 3
BETWEEN_KILLS_S = 0.8
PEOPLE = 6


@dataclass
class Diary:
    """A client that survives its server: what it sent, what was acked, what it was told."""

    person: Person
    acked: dict[str, tuple[str, Any]] = field(default_factory=dict)
    unacked: tuple[str, dict[str, Any]] | None = None
    settled: int = 0
    epoch: str | None = None
    told: list[tuple[int, str]] = field(default_factory=list)
    first_seq: int = 0

    @property
    def channel(self) -> str:
        return f"user:{self.person.id}"

    @property
    def seq(self) -> int:
        return self.told[-1][0] if self.told else self.first_seq

    async def come_back(self) -> Live:
        """Connect, and ask for what was missed since the last event."""
        live = await self.person.connect()
        if self.epoch is None:
            here = live.events[0][1]["channels"][0]
            self.epoch, self.first_seq = here["epoch"], here["seq"]
            return live
        answer = await live.do(
            "channel:subscribe", channel=self.channel, epoch=self.epoch, seq=self.seq
        )
        assert answer["recovered"] is True
        assert answer["epoch"] == self.epoch
        self.told += [(event["seq"], event["event"]) for event in answer["events"]]
        assert answer["seq"] == self.seq
        return live

    async def settle(self, live: Live) -> None:
        """Send again what was not acknowledged, under its own id."""
        if self.unacked is not None:
            self.settled += 1
            await self._send(live, *self.unacked)

    async def work(self, live: Live) -> None:
        """Start and stop, as fast as it is acked, until the connection ends."""
        await self.settle(live)
        while not live.closed.is_set():
            event = "timer:stop" if len(self.acked) % 2 else "timer:start"
            await self._send(live, event, {"command_id": str(uuid.uuid4())})

    async def _send(self, live: Live, event: str, payload: dict[str, Any]) -> None:
        self.unacked = (event, payload)
        sending = asyncio.create_task(live.send(event, payload))
        ending = asyncio.create_task(live.closed.wait())
        await asyncio.wait({sending, ending}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done() and not sending.exception():
            assert sending.result()["ok"], sending.result()
            self.acked[payload["command_id"]] = (event, sending.result())
            self.unacked = None
        for task in (sending, ending):
            task.cancel()
        await asyncio.gather(sending, ending, return_exceptions=True)

    def note(self, live: Live) -> None:
        """Take down what this connection was told after where it began."""
        events = [(data["seq"], name) for name, data in live.on_channel(self.channel)]
        self.told += [event for event in events if event[0] > self.seq]


async def work_until_killed(product: Product, diaries: list[Diary]) -> None:
    lives = []
    for diary in diaries:
        diary.person.product = product
        lives.append(await diary.come_back())
    work = [asyncio.create_task(d.work(live)) for d, live in zip(diaries, lives, strict=True)]
    await asyncio.sleep(BETWEEN_KILLS_S)
    product.kill()
    for done in await asyncio.gather(*work, return_exceptions=True):
        assert done is None or isinstance(done, socketio.exceptions.SocketIOError), done
    for diary, live in zip(diaries, lives, strict=True):
        diary.note(live)


async def test_a_killed_server_loses_nothing_that_it_acknowledged(
    servers: Embedded, database_url: str
) -> None:
    """[T5] Commands under way when it died are settled by sending them again."""
    diaries: list[Diary] = []
    for _ in range(KILLS):
        async with serving(database_url, servers.redis_url) as product:
            while len(diaries) < PEOPLE:
                diaries.append(Diary(await product.person("ada")))
            await work_until_killed(product, diaries)
    async with serving(database_url, servers.redis_url) as product:
        for diary in diaries:
            diary.person.product = product
            live = await diary.come_back()
            await diary.settle(live)
            for command_id, (event, ack) in diary.acked.items():
                assert await live.send(event, {"command_id": command_id}) == ack
            diary.note(live)
            await live.close()
    assert sum(len(diary.acked) for diary in diaries) > 100
    assert sum(diary.settled for diary in diaries) > 0, "no command was under way at any kill"
    for diary in diaries:
        await compare(database_url, diary)


async def compare(database_url: str, diary: Diary) -> None:
    """What the client knows is what the database has: each command once, each event once."""
    connection = await asyncpg.connect(database_url)
    try:
        entries = await connection.fetch(
            "select id, ended_at from time_entries where user_id = $1 order by id", diary.person.id
        )
        log = await connection.fetch(
            "select seq, type from channel_events where channel = $1 order by seq", diary.channel
        )
    finally:
        await connection.close()
    starts = [ack["data"]["entry_id"] for event, ack in diary.acked.values() if "start" in event]
    assert [row["id"] for row in entries] == sorted(starts)
    assert sum(row["ended_at"] is None for row in entries) == len(diary.acked) % 2
    # What was earned besides may be told after the diary has been closed.
    assert diary.told == [(row["seq"], row["type"]) for row in log][: len(diary.told)]
    timers = [row for row in log if row["type"].startswith("timer:")]
    assert {row["seq"] for row in timers} <= {seq for seq, _ in diary.told}
    assert len(timers) == len(diary.acked), "each command has told one event"
    seqs = [seq for seq, _ in diary.told]
    assert all(later == seq + 1 for seq, later in itertools.pairwise(seqs))
