"""The stock JavaScript client, with its defaults, against the server (docs/PROTOCOL.md)."""

import pytest

from tests.support.node import run_script
from tests.support.product import PASSWORD, Person, Product


@pytest.mark.parametrize(
    "client,way",
    [
        ("socket.io-client", "token"),
        ("socket.io-client", "cookie"),
        ("socket.io-client-middle", "token"),
        ("socket.io-client-oldest", "cookie"),
    ],
)
async def test_a_day_with_the_stock_client(
    product: Product, ada: Person, client: str, way: str
) -> None:
    """Long-polling first and then the upgrade; a lost connection comes back by itself.

    With the newest 4.x release, one of the middle, and the oldest.
    """
    steps = await run_script("session.mjs", product.url, ada.email, PASSWORD, way, client=client)
    ready = steps["ready"]
    assert (ready["first"], ready["before"]) == ("connection:ready", "polling")
    assert ready["after"] == "websocket"
    assert ready["ready"]["user"]["id"] == ada.id
    channel = f"user:{ada.id}"
    started = steps["started"]
    assert started["ack"]["ok"] is True
    assert set(started["event"]) == {"channel", "epoch", "seq", "at", "data"}
    assert started["event"]["channel"] == channel
    assert started["event"]["data"]["entry"] == started["ack"]["data"]["entry"]
    assert steps["again"]["ack"] == started["ack"], "the same command id, the same answer"

    recovered = steps["recovered"]
    assert (steps["gone"]["reason"], recovered["missed"]) == ("transport close", 200)
    answer, mine = recovered["ack"]["data"], recovered["mine"]
    assert (answer["recovered"], answer["snapshot"]) == (True, None)
    missed = answer["events"]  # and perhaps what was earned by it
    assert (missed[0]["event"], missed[0]["seq"]) == ("timer:stopped", mine["seq"] + 1)
    assert set(missed[0]) == {"event", "seq", "at", "data"}
    assert answer["seq"] == missed[-1]["seq"]

    stopped = steps["stopped"]
    assert stopped["event"]["data"]["entry"] == stopped["ack"]["data"]["entry"]
    assert steps["refused"]["ack"]["error"]["code"] == "timer_not_running"
    heard = [one for one in steps["all"]["seen"] if one.get("channel") == channel]
    told = {one["seq"]: one["event"] for one in [*missed, *heard] if one.get("seq")}
    assert sorted(told) == [*range(mine["seq"], max(told) + 1)], "nothing is missing"
    timers = [told[seq] for seq in sorted(told) if told[seq].startswith("timer:")]
    assert timers == ["timer:started", "timer:stopped"] * 2


async def test_the_stock_client_can_poll_for_ever(product: Product, ada: Person) -> None:
    """Many connections at once, none of which ever gets a websocket."""
    steps = await run_script("crowd.mjs", product.url, ada.token, "8", "polling")
    assert set(steps["connected"]["names"]) == {"polling"}
    heard = steps["heard"]
    assert (heard["heard"], heard["errors"]) == ([heard["entries"]] * 8, 0)
