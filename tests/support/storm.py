"""A hub whose hints fare badly: lost, doubled, late and out of order, by a seed."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from handlers.actions import projects as actions
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.subscriptions import Since
from handlers.messages.projects import NewMember, NewProject
from handlers.socket.clients import Client, Parcel
from handlers.socket.hub import Hub
from rooms.errors import NotFound
from server.instance import Instance
from storage.channels import ChannelEvent
from storage.users import NewUser, insert_user

PROJECTS, PEOPLE = 3, 6


class Ear:
    """A client's end that takes down what it is told: ("at", seq), ("event", seq), ("closed",)."""

    def __init__(self) -> None:
        self.told: dict[str, list[tuple[Any, ...]]] = {}
        self.closed = False

    def write(self, packet: str) -> None:
        name, data = msgspec.json.decode(packet[1:])
        if name == "channel:closed":
            self.note(data["channel"], "closed")
        elif name == "channel:beat":
            self.note(data["channel"], "beat", data["seq"])
        else:
            self.note(data["channel"], "event", data["seq"])

    @staticmethod
    def write_shared(wires: "Sequence[Ear]", parcel: Parcel) -> None:
        for ear in wires:
            for packet in parcel.packets:
                ear.write(packet)

    def close(self, *, reconnect: bool) -> None:
        self.closed = True

    def note(self, channel: str, *what: Any) -> None:
        self.told.setdefault(channel, []).append(what)


@dataclass
class Storm:
    """A hub whose hints fare badly, and the people who follow its channels."""

    dice: random.Random
    hub: Hub
    services: Services
    listening: set[str] = field(default_factory=set)
    clients: list[tuple[Client, Ear]] = field(default_factory=list)
    owner: Principal | None = None
    projects: list[int] = field(default_factory=list)
    on_way: int = 0

    # What the hub asks of its hints.
    def listen(self, channel: str) -> None:
        self.listening.add(channel)

    def ignore(self, channel: str) -> None:
        self.listening.discard(channel)

    def announce(self, events: Sequence[ChannelEvent]) -> None:
        """Committed events set out: lost, doubled or late, each by its own luck."""
        for event in events:
            for _ in range(self.dice.choice((0, 1, 1, 1, 2))):
                self.on_way += 1
                delay = self.dice.choice((0, 0, self.dice.uniform(0, 0.02)))
                asyncio.get_running_loop().call_later(delay, self._arrive, event)

    def _arrive(self, event: ChannelEvent) -> None:
        self.on_way -= 1
        if event.channel in self.listening:
            self.hub.receive(event)


def principal(user_id: int) -> Principal:
    return Principal(user_id, user_id, "user", datetime.now(UTC) + timedelta(hours=1))


@asynccontextmanager
async def storm(instance: Instance, seed: int) -> AsyncIterator[Storm]:
    """People and projects of their own, and a hub that fills its gaps."""
    dice = random.Random(seed)
    made: Storm
    services = replace(instance.services, announce=lambda events: made.announce(events))
    made = Storm(dice, None, services)  # type: ignore[arg-type]
    made.hub = Hub(services, made)
    async with instance.db.acquire() as connection:
        people = [
            await insert_user(
                connection, NewUser(f"p{seed}.{n}@x.org", f"p{seed}.{n}", "", "", "UTC")
            )
            for n in range(PEOPLE + 1)
        ]
    made.owner = principal(people[0].id)
    for number in range(PROJECTS):
        project = await actions.make_project(
            services, made.owner, NewProject(name=f"P{number}"), None
        )
        made.projects.append(project.project_id)
        for person in people[1:]:
            await add(made, project.project_id, person.id)
    made.clients = [(Client(ear, principal(p.id)), ear) for p in people[1:] for ear in (Ear(),)]
    tasks = [asyncio.create_task(made.hub.catch_up_for_ever()), asyncio.create_task(check(made))]
    try:
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def check(made: Storm) -> None:
    while True:
        await asyncio.sleep(0.05)
        await made.hub.check_positions()


async def add(made: Storm, project_id: int, user_id: int) -> None:
    assert made.owner is not None
    await actions.add_member(
        made.services, made.owner, project_id, NewMember(user_id=user_id), None
    )


async def follow(made: Storm, client: Client, ear: Ear, channel: str) -> None:
    """Subscribe, perhaps from an old position, and take down the answer as the ack would go out."""
    mine = [what[1] for what in ear.told.get(channel, ()) if what[0] in ("at", "event")]
    since = Since(made.services.epoch, mine[-1]) if mine and made.dice.random() < 0.7 else Since()
    try:
        answer = await made.hub.follow(client, channel, since)
    except NotFound:
        ear.note(channel, "refused")
        return
    if answer.recovered:
        assert [e.seq for e in answer.events] == list(range((since.seq or 0) + 1, answer.seq + 1))
    ear.note(channel, "at", answer.seq)
    # Sometimes the ack is written at once, sometimes something comes between.
    if made.dice.random() < 0.3:
        await asyncio.sleep(made.dice.uniform(0, 0.01))
    made.hub.release(client, channel)


async def calm(made: Storm) -> None:
    """Wait until nothing is on its way, and everybody stands at the end of the log."""
    async with asyncio.timeout(10):
        while made.on_way:
            await asyncio.sleep(0.005)
        await made.hub.check_positions()
        while not all(stands_at_the_end(made, channel) for channel in list(made.hub._channels)):
            await asyncio.sleep(0.01)
            await made.hub.check_positions()


def stands_at_the_end(made: Storm, name: str) -> bool:
    channel = made.hub._channels[name]
    return (
        name not in made.hub._gaps._lagging
        and not channel.waiting
        and not channel.unflushed
        and all(f.seq == channel.seq for f in channel.followers.values())
    )
