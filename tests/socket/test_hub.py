"""Followers converge whatever becomes of the hints: seeded disorder, the real log.

Hints are lost, doubled, delayed and reordered; followers come, ask again, leave, lose their right
and get it back. Each one must be told consecutive numbers from where it was told that it stands.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from handlers.actions import projects as actions
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.subscriptions import Since
from handlers.messages.projects import NewMember, NewProject
from handlers.socket.clients import Client, Parcel
from handlers.socket.hub import Hub
from rooms.errors import DomainError, NotFound, Unavailable
from server.instance import Instance
from storage.channels import ChannelEvent, Draft, append
from storage.database import connect_pool
from storage.users import NewUser, insert_user

PROJECTS, PEOPLE, ROUNDS = 3, 6, 50


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

    def write_shared(self, parcel: Parcel) -> None:
        for packet in parcel.packets:
            self.write(packet)

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


async def live(made: Storm, client: Client, ear: Ear) -> None:
    """Somebody who comes and goes; one thing after the other, as a connection's events are."""
    for _ in range(ROUNDS):
        channel = f"project:{made.dice.choice(made.projects)}"
        what = made.dice.random()
        if what < 0.6:
            await follow(made, client, ear, channel)
        elif what < 0.7:
            made.hub.leave(client, channel)
            ear.note(channel, "left")
        elif what < 0.75:
            made.hub.gone(client)
            for name in ear.told:
                ear.note(name, "left")
        await asyncio.sleep(made.dice.choice((0, 0.001, 0.01)))


async def write(made: Storm, instance: Instance, rights: bool) -> None:
    """Events, a few at a time; with `rights` also people who are removed and come back."""
    for number in range(ROUNDS):
        project_id = made.dice.choice(made.projects)
        if rights and made.dice.random() < 0.3:
            await turn(made, project_id, made.dice.choice(made.clients)[0].user_id)
            continue
        drafts = [
            Draft(
                f"project:{made.dice.choice(made.projects)}", "timer:updated", f'{{"n":{number}}}'
            )
            for _ in range(made.dice.choice((1, 1, 3, 12)))
        ]
        async with instance.db.acquire() as connection, connection.transaction():
            events = await append(connection, drafts)
        made.announce(events)


async def turn(made: Storm, project_id: int, user_id: int) -> None:
    """Remove a member, or make one again; two writers may want the same."""
    assert made.owner is not None
    with suppress(DomainError):
        await actions.remove_member(made.services, made.owner, project_id, user_id, None)
        return
    with suppress(DomainError):
        await add(made, project_id, user_id)


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


@pytest.mark.parametrize("rights", [False, True], ids=["steady", "rights"])
@pytest.mark.parametrize("seed", range(5))
async def test_followers_get_consecutive_numbers(
    instance: Instance, seed: int, rights: bool
) -> None:
    async with storm(instance, seed) as made:
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(write(made, instance, rights))
            for client, ear in made.clients:
                group.create_task(live(made, client, ear))
        await calm(made)
        log = await read_log(instance)
        for client, ear in made.clients:
            for channel, told in ear.told.items():
                assert_consecutive(told)
                followed = channel in client.channels
                assert_entitled(told, log[channel], client.user_id, followed)
            made.hub.gone(client)
        assert made.hub.channel_count == 0
        assert made.listening == set()
        assert made.hub._gaps._lagging == set()


def assert_consecutive(told: list[tuple[Any, ...]]) -> None:
    """From where it stands, one after the other; nothing after it was closed or left."""
    at: int | None = None
    for what, *seq in told:
        if what == "at":
            at = seq[0]
        elif what in ("closed", "left", "refused"):
            at = None
        else:
            assert at is not None, f"{seq} came unasked in {told}"
            at += 1 if what == "event" else 0
            assert seq == [at], f"{seq} came instead of {at} in {told}"


Log = list[tuple[int, str, dict[str, Any]]]


async def read_log(instance: Instance) -> dict[str, Log]:
    rows = await instance.db.fetch(
        "select channel, seq, type, data from channel_events order by 1, 2"
    )
    log: dict[str, Log] = {}
    for row in rows:
        log.setdefault(row["channel"], []).append(
            (row["seq"], row["type"], msgspec.json.decode(row["data"]))
        )
    return log


def assert_entitled(told: list[tuple[Any, ...]], log: Log, user_id: int, followed: bool) -> None:
    """[V1] No event came that was written while its reader was no member, nor any state."""
    member, out = False, set()
    for seq, kind, data in log:
        if kind == "member:joined" and data["member"]["user_id"] == user_id:
            member = True
        elif kind == "member:left" and data["user_id"] == user_id:
            member = False
        if not member:
            out.add(seq)
    heard = {what[1] for what in told if what[0] == "event"}
    assert not heard & out
    assert not {what[1] for what in told if what[0] == "at"} & out
    if followed:
        assert [w for w in told if w[0] in ("at", "event")][-1][1] == log[-1][0]
        assert member


async def test_asking_again_in_vain_changes_nothing(instance: Instance, database_url: str) -> None:
    """A follower stays one when its question finds no database, and misses nothing of meanwhile."""
    async with storm(instance, 1) as made:
        pool = await connect_pool(database_url)
        services = replace(made.services, db=pool)
        made.hub = Hub(services, made)
        client, ear = made.clients[0]
        channel = f"project:{made.projects[0]}"
        await follow(made, client, ear, channel)
        pool.terminate()
        asking = asyncio.create_task(made.hub.follow(client, channel, Since()))
        await asyncio.sleep(0)
        async with instance.db.acquire() as connection, connection.transaction():
            (event,) = await append(connection, [Draft(channel, "timer:updated", "{}")])
        made.hub.receive(event)
        with pytest.raises(Unavailable):
            await asking
        assert ear.told[channel][-1] == ("event", event.seq)
        assert_consecutive(ear.told[channel])
        other, other_ear = made.clients[1]
        with pytest.raises(Unavailable):
            await follow(made, other, other_ear, f"project:{made.projects[1]}")
        made.hub.gone(client)
        assert (made.hub.channel_count, made.listening) == (0, set())
