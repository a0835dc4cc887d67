"""Every call and every event with the ids of somebody else: refused, and nothing has changed.

As a stranger, a former member, a viewer, with an API token that has too few scopes, and as nobody.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from handlers.http.operation import SAFE, Operation
from handlers.http.routes import OPERATIONS
from handlers.socket.events import EVENTS
from tests.abuse.calls import (
    ANYBODY,
    EVENT_PROBES,
    OWN,
    OWN_CHANGES,
    OWN_EVENTS,
    PROBES,
    Probe,
)  # fmt: skip
from tests.abuse.victim import MARK, Scene, ago, set_up
from tests.support.live import Live
from tests.support.product import Person, Product

CODES = {401: "unauthenticated", 403: "forbidden", 404: "not_found"}
KINDS: dict[tuple[str, str], Operation] = {(op.method, op.path): op for op in OPERATIONS}


@pytest.fixture(scope="module")
async def scene(shared_product: Product) -> AsyncIterator[Scene]:
    made = await set_up(shared_product)
    yield made
    for person in shared_product.people:
        await person.close()
    shared_product.people.clear()


def test_the_table_has_every_call_and_every_event() -> None:
    """Whoever adds one says here what strangers get of it."""
    listed = [*PROBES, *OWN, *OWN_CHANGES, *ANYBODY]
    assert sorted(listed) == sorted(KINDS)
    assert sorted([*EVENT_PROBES, *OWN_EVENTS]) == sorted(EVENTS)


def test_whatever_takes_an_id_is_asked_for_somebody_elses() -> None:
    """In the address, the query or the body: only what has none of them may count as one's own."""
    for call in (*OWN, *OWN_CHANGES):
        op = KINDS[call]
        assert not op.parameters, call
        names = {name for shape in (op.body, op.query) if shape for name in shape.__struct_fields__}
        assert not {name for name in names if name.endswith("_id")} - {"command_id"}, call


def cases() -> Iterator[tuple[str, str, Probe]]:
    for (method, _), probes in PROBES.items():
        for probe in probes:
            yield method, probe.path, probe


async def ask(scene: Scene, person: Person, method: str, probe: Probe, **headers: str) -> Any:
    """(status, answer) of a call with the victim's ids."""
    scene.ids["me"] = person.id
    body = None if method in SAFE else scene.fill(probe.body)
    return await answered(person, method, scene.fill(probe.path), body, **headers)


async def answered(person: Person, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """What is answered once the server has time for it: `unavailable` says "once more"."""
    async with asyncio.timeout(60):
        while True:
            status, answer = await person.call(method, path, body, **headers)
            if status != 503:
                return status, answer
            await asyncio.sleep(answer.get("retry_after_s", 0.2))


def faults(told: tuple[int, Any], expected: int, what: Any) -> list[Any]:
    """What is wrong with an answer: its status, its code, or that it tells of the victim."""
    status, answer = told
    right = status == expected and (status not in CODES or answer["code"] == CODES[status])
    return [] if right and MARK not in json.dumps(answer) else [(what, status, answer)]


async def own_entries(scene: Scene, person: Person) -> None:
    """Two closed entries of the attacker's, to be mixed with the victim's."""
    for name, hours in (("own", 9), ("own_too", 7)):
        body = {"start_time": ago(hours=hours), "end_time": ago(hours=hours - 1)}
        scene.ids[name] = (await person.post("/time-entries", body))["entry_id"]


@pytest.mark.parametrize("who", ["stranger", "former", "viewer"])
async def test_what_is_somebody_elses_is_refused_and_stays(scene: Scene, who: str) -> None:
    """[V1] Not found, also for who was a member; a viewer may read, and is forbidden the rest."""
    person: Person = getattr(scene, who)
    await own_entries(scene, person)
    before = await scene.belongings()
    wrong: list[Any] = []
    for method, _, probe in cases():
        expected = probe.viewer if who == "viewer" else probe.outsider
        if expected is not None:
            wrong += faults(await ask(scene, person, method, probe), expected, (method, probe))
    for method, path in OWN:
        status, answer = await answered(person, method, path)
        if status != 200 or (who != "viewer" and MARK in json.dumps(answer)):
            wrong.append((path, status, answer))
    assert not wrong, "\n".join(map(str, wrong))
    assert changes(before, await scene.belongings()) == []


async def test_nobody_gets_nothing(scene: Scene) -> None:
    before = await scene.belongings()
    wrong: list[Any] = []
    for (method, path), op in KINDS.items():
        if op.need is None:
            continue
        for probe in PROBES.get((method, path), [Probe(path)]):
            told = await ask(scene, scene.stranger, method, probe, Authorization="Bearer nobody")
            wrong += faults(told, 401, (method, probe))
    assert not wrong, "\n".join(map(str, wrong))
    assert changes(before, await scene.belongings()) == []


async def test_the_victims_own_token_does_what_its_scopes_say_and_no_more(scene: Scene) -> None:
    """A token that may only read, at all that writes; one that may only time, at all that reads."""
    before = await scene.belongings()
    wrong: list[Any] = []
    for (method, path), op in KINDS.items():
        if op.need is None:
            continue
        scope = "timer" if op.need == "read" else "read"
        for probe in PROBES.get((method, path), [Probe(path)]):
            bearer = f"Bearer {scene.tokens[scope]}"
            told = await ask(scene, scene.victim, method, probe, Authorization=bearer)
            wrong += faults(told, 403, (method, probe))
    assert not wrong, "\n".join(map(str, wrong))
    # Only that it was used was noted.
    assert without_use(changes(before, await scene.belongings())) == []


def changes(before: set[str], after: set[str]) -> list[str]:
    return sorted(before ^ after)


def without_use(rows: list[str]) -> list[str]:
    return [row for row in rows if not row.startswith("api_tokens ")]


@pytest.mark.parametrize("who", ["stranger", "former", "viewer"])
async def test_events_with_somebody_elses_ids_are_refused(scene: Scene, who: str) -> None:
    person: Person = getattr(scene, who)
    scene.ids |= {"me": person.id, "token_of_victim": scene.victim.token}
    live = await person.connect()
    before = await scene.belongings()
    wrong: list[Any] = []
    for event, probes in EVENT_PROBES.items():
        for probe in probes:
            expected = probe.viewer if who == "viewer" else probe.outsider
            if expected is None:
                continue
            ack = await live.send(event, scene.fill(probe.body))
            code = "ok" if ack["ok"] else ack["error"]["code"]
            if code != CODES.get(expected, "ok") or MARK in json.dumps(ack):
                wrong.append((probe, ack))
    assert not wrong, "\n".join(map(str, wrong))
    assert changes(before, await scene.belongings()) == []
    assert MARK not in json.dumps(live.events) or who == "viewer"


async def test_a_token_of_too_few_scopes_sends_no_event_that_needs_more(scene: Scene) -> None:
    live = await Live.open(scene.victim.product.url, scene.tokens["read"])
    before = await scene.belongings()
    wrong: list[Any] = []
    for event, probes in EVENT_PROBES.items():
        if EVENTS[event].scope == "read":
            continue
        for probe in probes:
            ack = await live.send(event, scene.fill(probe.body))
            if ack["ok"] or ack["error"]["code"] != "forbidden":
                wrong.append((probe, ack))
    assert not wrong, "\n".join(map(str, wrong))
    assert without_use(changes(before, await scene.belongings())) == []
