"""Timers as clients meet them, by Socket.IO and by REST (docs/PROTOCOL.md, T)."""

import asyncio
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.product import Person, Product


async def test_a_timer_started_on_one_device_runs_on_the_other(ada: Person) -> None:
    """[T1] Both connections get the event, and the snapshot of a third shows it."""
    phone, desk = await ada.connect(), await ada.connect()
    started = await phone.command("timer:start", description="write")
    envelope = await desk.expect("timer:started")
    assert envelope["data"]["entry"] == started["entry"]
    third = await ada.connect()
    assert third.events[0][1]["entry"] == started["entry"]


async def test_starting_while_a_timer_runs_stops_it_at_the_same_instant(ada: Person) -> None:
    """[T2]"""
    live = await ada.connect()
    first = await live.command("timer:start", description="one")
    second = await live.command("timer:start", description="two")
    assert second["stopped"]["id"] == first["entry_id"]
    assert second["stopped"]["ended_at"] == second["entry"]["started_at"]


async def test_fifty_concurrent_starts_leave_one_open_entry(ada: Person) -> None:
    """[T1] Every caller gets a true answer, who is told to ask again when they do."""

    async def start(number: int) -> Any:
        body, key = {"description": f"n{number}"}, str(uuid.uuid4())
        while True:
            status, answer = await ada.call("POST", "/time-entries", body, Idempotency_Key=key)
            if status != 503:  # not known to have happened: the same again [T5]
                assert status == 201, answer
                return answer

    answers = await asyncio.gather(*map(start, range(50)))
    listed = await ada.get("/time-entries?limit=200")
    assert len(listed) == 50
    running = [entry for entry in listed if entry["ended_at"] is None]
    assert len(running) == 1
    stopped = {answer["stopped"]["id"] for answer in answers if answer["stopped"]}
    assert stopped == {entry["id"] for entry in listed} - {running[0]["id"]}


async def test_replaying_commands_in_any_order_changes_nothing(ada: Person) -> None:
    """[T5] 200 commands, then all of them again in another order: the same answers."""
    live = await ada.connect()
    sent = []
    for number in range(100):
        for event, fields in (
            ("timer:start", {"description": f"round {number}"}),
            ("timer:stop", {}),
        ):
            payload = {"command_id": str(uuid.uuid4()), **fields}
            sent.append((event, payload, await live.send(event, payload)))
    before = await ada.get("/time-entries?limit=200")
    random.Random(5).shuffle(sent)
    for event, payload, first in sent:
        assert await live.send(event, payload) == first
    assert await ada.get("/time-entries?limit=200") == before
    told = [name for name, _ in live.on_channel(f"user:{ada.id}") if name.startswith("timer:")]
    assert len(told) == 200


async def test_a_command_id_of_another_command_is_refused(ada: Person) -> None:
    """[T5]"""
    live = await ada.connect()
    command_id = str(uuid.uuid4())
    await live.do("timer:start", command_id=command_id, description="one")
    again = await live.refused("timer:start", command_id=command_id, description="two")
    assert again == "command_id_reused"


async def test_the_earlier_of_two_stops_counts(ada: Person) -> None:
    """[T4] A late stop never lengthens; an earlier one shortens and is told."""
    live = await ada.connect()
    began = datetime.now(UTC) - timedelta(hours=5)

    def after(hours: int) -> str:
        return (began + timedelta(hours=hours)).isoformat()

    entry = (await ada.post("/time-entries", {"start_time": after(0)}))["entry"]
    await live.command("timer:stop", entry_id=entry["id"], ended_at=after(2))
    late = await live.command("timer:stop", entry_id=entry["id"], ended_at=after(3))
    assert (late["already_stopped"], late["duration_seconds"]) == (True, 7200)
    early = await live.command("timer:stop", entry_id=entry["id"], ended_at=after(1))
    assert (early["already_stopped"], early["duration_seconds"]) == (True, 3600)
    told = await live.expect("entry:updated")
    assert told["data"]["entry"]["version"] == early["entry"]["version"]


async def test_stopping_while_nothing_runs_is_refused(product: Product, ada: Person) -> None:
    """[T4]"""
    live = await ada.connect()
    assert await live.refused("timer:stop") == "timer_not_running"
    bo = await product.person("bo")
    entry = (await bo.post("/time-entries", {}))["entry"]
    assert await live.refused("timer:stop", entry_id=entry["id"]) == "not_found"
