"""Connections past an instance's door, inside the test's own process, that show who is there."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from handlers.actions.identity import Principal
from handlers.actions.subscriptions import Since, read_arrival
from handlers.socket.clients import Client, Parcel
from rooms.presence import Mood
from server.instance import Instance, open_instance
from server.settings import Settings
from tests.support.presence import Sight
from tests.support.product import SECRET
from tests.support.storm import principal


@dataclass
class Eye:
    """A client's end that keeps what it shows of each channel, and when it was told."""

    sights: dict[str, Sight] = field(default_factory=dict)
    told_at: list[float] = field(default_factory=list)
    closed: bool = False

    def write(self, packet: str) -> None:
        name, data = msgspec.json.decode(packet[1:])
        if name == "presence:updated":
            self.sights[data["channel"]].apply(data["data"])
            self.told_at.append(asyncio.get_running_loop().time())

    @staticmethod
    def write_shared(wires: "Sequence[Eye]", parcel: Parcel) -> None:
        for eye in wires:
            for packet in parcel.packets:
                eye.write(packet)

    def close(self, *, reconnect: bool) -> None:
        self.closed = True


@dataclass(eq=False)
class Tab:
    """A connection to an instance, past its door."""

    instance: Instance
    client: Client
    eye: Eye
    mood: Mood = "active"

    @classmethod
    async def open(cls, instance: Instance, who: Principal) -> "Tab":
        eye = Eye()
        client = Client(eye, who)
        own = f"user:{who.user_id}"
        instance.hub.expect(client, own)
        arrival = await read_arrival(instance.services, who)
        instance.presence.arrive(client, arrival)
        instance.hub.settle(client, own, arrival.seq)
        return cls(instance, client, eye)

    async def follow(self, channel: str) -> Any:
        answer = await self.instance.hub.follow(self.client, channel, Since())
        sight = self.eye.sights.setdefault(channel, Sight())
        sight.begin(answer.snapshot and msgspec.to_builtins(answer.snapshot.presence))
        await asyncio.sleep(random.random() * 0.02)
        self.instance.hub.release(self.client, channel)
        return answer

    def set_mood(self, mood: Mood) -> None:
        self.mood = mood
        self.instance.presence.set_mood(self.client, mood)

    def close(self) -> None:
        self.instance.hub.gone(self.client)


@asynccontextmanager
async def instances(
    count: int, database_url: str, redis_url: str, **times: float
) -> AsyncIterator[list[Instance]]:
    settings = Settings(_env_file=None, rate_limits="off", test_times=times)  # type: ignore[call-arg]
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(count):
            made = await open_instance(settings, database_url, redis_url, SECRET)
            stack.push_async_callback(made.close)
            opened.append(made)
        yield opened


async def crowd(instance: Instance, count: int) -> tuple[str, list[Principal]]:
    """The channel of a project with so many members."""
    ids = [
        row["id"]
        for row in await instance.db.fetch(
            "insert into users (email, username, timezone) select n || '@x.org', 'user' || n, 'UTC'"
            " from generate_series(1, $1) n returning id",
            count,
        )
    ]
    project_id = await instance.db.fetchval(
        "insert into projects (owner_id, name, color) values ($1, 'Atlas', '#336699') returning id",
        ids[0],
    )
    await instance.db.execute(
        "insert into project_members (project_id, user_id, role)"
        " select $1, n, case when n = $3 then 'owner' else 'contributor' end"
        " from unnest($2::bigint[]) n",
        project_id, ids, ids[0],
    )  # fmt: skip
    return f"project:{project_id}", [principal(user_id) for user_id in ids]
