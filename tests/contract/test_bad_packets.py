"""What cannot be understood, is too much or too large: an answer, or the end (docs/PROTOCOL.md)."""

import asyncio
import json
import time

import pytest

from tests.support.live import PATIENCE_S
from tests.support.product import Person, Product
from tests.support.raw import Raw

KIB = 1024

REFUSED = [
    ('["no:such",{}]', "not_found"),
    ('["",{}]', "not_found"),
    ("[]", "not_found"),
    ("[{}]", "invalid"),
    ("[7,{}]", "invalid"),
    ('["timer:start",{}', "malformed"),
    ('["timer:start",{]', "malformed"),
    ('["timer:start",[]]', "invalid"),
    ('["timer:start","x"]', "invalid"),
    ('["timer:start",{},{}]', "invalid"),
    ('["timer:start",{"descripton":"x"}]', "invalid"),
    ('["timer:start",{"description":7}]', "invalid"),
    ('["timer:start",{"description":"a\\u0000b"}]', "invalid"),
    ('["timer:start",{"description":"\\ud800"}]', "malformed"),
    ('["timer:start",{"project_id":9007199254740992}]', "invalid"),
    ('["timer:start",{"project_id":1e400}]', "invalid"),
    ('["timer:start",{"started_at":"1999-12-31T23:59:59Z"}]', "invalid"),
    ('["timer:start",{"command_id":"no uuid"}]', "invalid"),
    ('["clock:sync"]', "invalid"),
    ('["clock:sync",' + "[" * 8000 + "]" * 8000 + "]", "malformed"),
    ('["timer:start",{"tags":' + "[" * 4000 + "]" * 4000 + "}]", "invalid|malformed"),
    ('["timer:start",{"description":"' + "x" * (17 * KIB) + '"}]', "too_large"),
    ('["timer:start",{"description":"' + "x" * (126 * KIB) + '"}]', "too_large"),
    ("[" * (100 * KIB), "too_large"),
]


@pytest.mark.parametrize("body, code", REFUSED, ids=[f"{n}" for n in range(len(REFUSED))])
async def test_what_cannot_be_done_is_answered_and_harms_nothing(
    product: Product, body: str, code: str
) -> None:
    ada = await product.person("ada")
    async with await Raw.signed_in(ada) as raw:
        answer = await raw.ack(f"427{body}")
        assert set(answer) == {"ok", "error"}
        assert answer["ok"] is False
        assert {"code", "message"} <= set(answer["error"]) <= {"code", "message", "errors"}
        assert answer["error"]["code"] in code.split("|"), answer
        after = await raw.ack('428["timer:current"]', 8)
        assert (after["ok"], after["data"]["entry"]) == (True, None)


async def test_who_sends_too_much_is_told_when_to_come_back(hasty: Product) -> None:
    ada = await hasty.person("ada")
    live = await ada.connect()
    answers = await asyncio.gather(*(live.send("clock:sync", {"t0": n}) for n in range(1200)))
    refused = [answer["error"] for answer in answers if not answer["ok"]]
    assert 0 < len(refused) <= 800, "a burst of 400, and then 100 a second"
    assert {error["code"] for error in refused} == {"rate_limited"}
    assert all(0 < error["retry_after_s"] < 5 for error in refused)
    unknown = await asyncio.gather(*(live.send("no:such", {}) for _ in range(1200)))
    assert "rate_limited" in {answer["error"]["code"] for answer in unknown}
    await live.close()


@pytest.mark.parametrize(
    "frames",
    [
        ["4", "4", "4"],
        ["4x", "49", "4-"],
        ["42", "42{}", "427"],
        ["4" + "[" * 50_000] * 3,
        ["hello", "9", "b!!"],
        ["451-[\"x\",{}]"] * 3,
        [b"\x00\x01", b"\x02", b""],
        ["42[\"x\",\"" + "y" * (200 * KIB) + '"]'] * 3,
        ["42" + "٣" + '["clock:sync",{"t0":1}]'] * 3,
    ],
    ids="empty types bodies deep engine binary-event binary oversize digits".split(),
)  # fmt: skip
async def test_the_third_packet_that_is_none_ends_the_connection(
    product: Product, frames: list[str | bytes]
) -> None:
    ada = await product.person("ada")
    async with await Raw.signed_in(ada) as raw:
        for frame in frames[:2]:
            await _send(raw, frame)
        assert (await raw.ack('427["clock:sync",{"t0":1}]'))["ok"], "two are borne"
        await _send(raw, frames[2])
        packets = await raw.rest()
        assert json.loads(packets[0][1:])[1]["code"] == "too_many_errors"


async def _send(raw: Raw, frame: str | bytes) -> None:
    if isinstance(frame, bytes):
        await raw.socket.send_bytes(frame)
    else:
        await raw.send(frame)


async def test_who_does_not_say_who_they_are_is_not_kept(product: Product) -> None:
    """Within ten seconds; one who floods before that, at the third packet."""
    async with await Raw.open(product) as silent, await Raw.open(product) as loud:
        for _ in range(3):
            await loud.send("4x")
        assert await loud.rest() == []
        began = time.monotonic()
        assert await asyncio.wait_for(silent.rest(), 10) == []
        assert time.monotonic() - began > 4


async def test_who_polls_no_more_is_dropped_and_nobody_else_notices(
    product: Product, ada: Person
) -> None:
    """[Slow reader] What waits for a poll is bounded as what waits for a websocket is."""
    other = await ada.connect()
    here = other.events[0][1]["channels"][0]
    for _ in range(50):
        await other.command("timer:start", description="x" * 500)
    base = f"{product.url}/socket.io/?EIO=4&transport=polling"
    async with product.http.get(base) as opened:
        url = f"{base}&sid={json.loads((await opened.text())[1:])['sid']}"

    async def post(body: str) -> int:
        async with asyncio.timeout(PATIENCE_S), product.http.post(url, data=body) as answer:
            return answer.status

    assert await post("40" + json.dumps({"token": ada.token})) == 200
    sent = 0
    async with asyncio.timeout(PATIENCE_S):
        while await post(f"42{sent}" + json.dumps(["channel:subscribe", here])) == 200:
            sent += 1
            assert (await other.do("timer:current"))["entry"]
    assert sent > 10, "a few of 40 KiB are borne"
    async with asyncio.timeout(PATIENCE_S), product.http.get(url) as polled:
        assert polled.status == 400
    assert (await other.command("timer:stop"))["duration_seconds"] >= 0
