"""Channels: where a subscriber begins, and that it misses nothing after (docs/PROTOCOL.md)."""

import asyncio
import itertools
from typing import Any

from tests.support.live import Live
from tests.support.product import Person, Product

SERVED = 300  # events at most; past them a snapshot is cheaper


async def open_channel(person: Person) -> tuple[Live, dict[str, Any]]:
    """A connection that follows a new project, on whose channel nothing else is told, and where it
    stands: {channel, epoch, seq}."""
    live = await person.connect()
    channel = f"project:{await person.project()}"
    answer = await live.do("channel:subscribe", channel=channel)
    return live, {key: answer[key] for key in ("channel", "epoch", "seq")}


async def write(live: Live, channel: str, count: int) -> None:
    """That many events on a project's channel."""
    project_id = int(channel.removeprefix("project:"))
    for number in range(count // 2):
        await live.command("timer:start", description=f"n{number}", project_id=project_id)
        await live.command("timer:stop")


def numbers(live: Live, channel: str) -> list[int]:
    return [data["seq"] for _, data in live.on_channel(channel)]


async def test_ones_own_channel_is_joined_by_itself(ada: Person) -> None:
    live = await ada.connect()
    position = live.events[0][1]["channels"][0]
    other = await ada.connect()
    await other.command("timer:start")
    name, envelope = await live.expect("timer:started"), live.on_channel(f"user:{ada.id}")[0][1]
    assert name == envelope
    assert set(envelope) == {"channel", "epoch", "seq", "at", "data"}
    assert (envelope["channel"], envelope["epoch"]) == (f"user:{ada.id}", position["epoch"])
    assert envelope["seq"] == position["seq"] + 1
    assert set(envelope["data"]) == {"entry", "user"}
    assert envelope["data"]["user"] == {"id": ada.id, "username": ada.username}


async def test_without_a_position_comes_a_snapshot(ada: Person) -> None:
    live = await ada.connect()
    project_id = await ada.project("Atlas")
    entry = (await live.command("timer:start", project_id=project_id, description="x"))["entry"]
    own = await live.do("channel:subscribe", channel=f"user:{ada.id}")
    assert set(own) == {"channel", "epoch", "seq", "recovered", "events", "snapshot"}
    assert (own["recovered"], own["events"]) == (False, [])
    streak = {"current": 0, "longest": 0, "today_done": False, "expires_at": None, "freezes": 0}
    assert own["snapshot"] == {"entry": entry, "streak": streak, "unread_count": 0}
    shared = await live.do("channel:subscribe", channel=f"project:{project_id}")
    assert set(shared["snapshot"]) == {"project", "running", "presence"}
    assert shared["snapshot"]["project"] == await ada.get(f"/projects/{project_id}")
    user = {"id": ada.id, "username": ada.username}
    assert shared["snapshot"]["running"] == [{"entry": entry, "user": user}]


async def test_a_position_gets_exactly_the_missing_events(ada: Person) -> None:
    """The same that were delivered live, in order, each once."""
    live, start = await open_channel(ada)
    channel = start["channel"]
    await write(live, channel, 8)
    await live.expect_seq(channel, start["seq"] + 8)
    heard = [
        {"event": name} | {key: data[key] for key in ("seq", "at", "data")}
        for name, data in live.on_channel(channel)
    ]
    for missed in (0, 1, 8):
        position = {"epoch": start["epoch"], "seq": start["seq"] + 8 - missed}
        other = await ada.connect()
        answer = await other.do("channel:subscribe", channel=channel, **position)
        assert (answer["recovered"], answer["snapshot"]) == (True, None)
        assert answer["events"] == heard[8 - missed :]
        assert answer["seq"] == start["seq"] + 8


async def test_what_cannot_be_served_is_a_snapshot(ada: Person) -> None:
    """Ahead of the log, another epoch, half a position: never silence, never a gap."""
    live, start = await open_channel(ada)
    channel = start["channel"]
    await write(live, channel, 2)
    here = await live.do("channel:subscribe", channel=channel)
    for position in (
        {"epoch": here["epoch"], "seq": here["seq"] + 1},
        {"epoch": here["epoch"], "seq": 2**53 - 1},
        {"epoch": "of-another-life", "seq": here["seq"]},
        {"epoch": here["epoch"]},
        {"seq": here["seq"]},
    ):
        answer = await live.do("channel:subscribe", channel=channel, **position)
        assert (answer["recovered"], answer["events"]) == (False, []), position
        assert {**answer["snapshot"], "presence": None} == {**here["snapshot"], "presence": None}
        assert (answer["seq"], answer["epoch"]) == (here["seq"], here["epoch"])
    for seq in (-1, 2**53, "1", 1.5):
        assert await live.refused("channel:subscribe", channel=channel, seq=seq) == "invalid"


async def test_no_more_than_some_hundreds_are_served(ada: Person) -> None:
    live, start = await open_channel(ada)
    channel = start["channel"]
    await write(live, channel, SERVED + 2)
    end = start["seq"] + SERVED + 2
    for missed, recovered in ((SERVED, True), (SERVED + 1, False)):
        position = {"epoch": start["epoch"], "seq": end - missed}
        answer = await live.do("channel:subscribe", channel=channel, **position)
        assert answer["recovered"] is recovered
        assert (answer["seq"], len(answer["events"])) == (end, missed if recovered else 0)
        assert (answer["snapshot"] is None) is recovered


async def test_subscribing_again_doubles_nothing(ada: Person) -> None:
    """Also while events come: each is in an answer or delivered, and delivered once."""
    live, start = await open_channel(ada)
    other = await ada.connect()
    channel, told = start["channel"], start["seq"]
    writing = asyncio.create_task(write(other, channel, 60))
    while not writing.done():
        answer = await live.do("channel:subscribe", **start)
        seqs = [event["seq"] for event in answer["events"]]
        assert seqs == list(range(start["seq"] + 1, answer["seq"] + 1))
        told = answer["seq"]
    await writing
    end = start["seq"] + 60
    if told < end:
        await live.expect_seq(channel, end)
    heard = numbers(live, channel)
    assert heard == sorted(set(heard))
    assert set(range(told + 1, end + 1)) <= set(heard)


async def test_who_leaves_a_channel_hears_it_no_more(ada: Person) -> None:
    """One's own stays: the end of a login is told there."""
    live = await ada.connect()
    project_id = await ada.project()
    channel = f"project:{project_id}"
    await live.do("channel:subscribe", channel=channel)
    assert await live.do("channel:unsubscribe", channel=channel) == {}
    assert await live.do("channel:unsubscribe", channel="project:1234567") == {}
    assert await live.do("channel:unsubscribe", channel=f"user:{ada.id}") == {}
    await live.command("timer:start", project_id=project_id)
    await live.expect("timer:started", lambda data: data["channel"] == f"user:{ada.id}")
    await live.do("clock:sync", t0=0)
    assert live.on_channel(channel) == []


async def test_channels_that_are_not_ones_own_business(ada: Person, bo: Person) -> None:
    live = await ada.connect()
    private = await bo.project()
    public = await bo.project("Open", visibility="public")
    for channel, code in {
        f"user:{bo.id}": "forbidden",
        "user:me": "forbidden",
        f"project:{private}": "not_found",
        "project:9007199254740991": "not_found",
        "project:99999999999999999999": "not_found",
        "project:-1": "not_found",
        "project:\u0663": "not_found",
        "project:": "not_found",
        f"project:0{public}": "not_found",
        f"project:{public} ": "not_found",
        "nothing:1": "not_found",
        "": "invalid",
        "x" * 101: "invalid",
        "a\0b": "not_found",
    }.items():
        assert await live.refused("channel:subscribe", channel=channel) == code, channel
    assert (await live.do("channel:subscribe", channel=f"project:{public}"))["snapshot"]


async def test_a_channel_in_use_tells_its_position_again_and_again(hasty: Product) -> None:
    """`channel:beat`, shortened from 12 s."""
    ada = await hasty.person("ada")
    live = await ada.connect()
    project_id = await ada.project()
    shared = await live.do("channel:subscribe", channel=f"project:{project_id}")
    started = await live.command("timer:start", project_id=project_id)
    assert started["entry"]["project_id"] == project_id
    for channel in (f"user:{ada.id}", f"project:{project_id}"):
        last = (await live.expect("timer:started", on(channel)))["seq"]
        for _ in range(2):
            beat = await live.expect("channel:beat", on(channel, last))
            assert beat == {"channel": channel, "epoch": shared["epoch"], "seq": last}
            live.events.remove(("channel:beat", beat))
    await live.close()


def on(channel: str, seq: int | None = None) -> Any:
    return lambda data: data["channel"] == channel and seq in (None, data["seq"])


async def test_all_connections_see_one_order(ada: Person) -> None:
    """Commands of five connections at once: consecutive numbers, the same for everybody."""
    lives = [await ada.connect() for _ in range(5)]
    channel = f"user:{ada.id}"
    away = f"project:{await ada.project()}"
    await asyncio.gather(*(write(live, away, 20) for live in lives), return_exceptions=True)
    end = (await lives[0].do("channel:subscribe", channel=channel))["seq"]
    for live in lives:
        await live.expect_seq(channel, end)
    heard = [
        [event for event in live.on_channel(channel) if event[1]["seq"] <= end] for live in lives
    ]
    assert all(one == heard[0] for one in heard[1:])
    seqs = [data["seq"] for _, data in heard[0]]
    assert all(b == a + 1 for a, b in itertools.pairwise(seqs))
    assert seqs[-1] == end
