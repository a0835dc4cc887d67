"""[R1] One countdown for everybody, on machines whose clocks are wrong and whose lines are slow."""

import json
import random
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.node import run_script
from tests.support.product import Product
from tests.support.rooms import make_room
from tests.support.tcp import Delay, line_to

PAGES = 50
WRONG_BY_MS = 600_000
SETTINGS = {"work_s": 7, "short_break_s": 5, "auto_start_breaks": True, "auto_start_work": True}
ROOM_EVENTS = {"room:updated", "room:joined", "presence:updated"}
OWN_EVENTS = {
    "entry:created",
    "streak:updated",
    "badge:awarded",
    "notification:created",
    "timeline:added",
}


async def test_fifty_pages_with_wrong_clocks_and_slow_lines_show_one_countdown(
    product: Product, tmp_path: Path
) -> None:
    """Clocks are off by up to ten minutes, and each way takes 10 to 200 ms, which vary. The
    server tells transitions and who is there, and never what is left."""
    people = [await product.person() for _ in range(PAGES)]
    slug, channel = await make_room(people[0], settings=SETTINGS)
    address = urlsplit(product.url)
    dice = random.Random(7)
    async with AsyncExitStack() as stack:
        pages = []
        for number, person in enumerate(people):
            ways = (_way(dice, number == 1), _way(dice, number == 2))
            opened = line_to(host=address.hostname, port=address.port, delays=ways)
            line = await stack.enter_async_context(opened)
            skew = (-WRONG_BY_MS, WRONG_BY_MS)[number] if number < 2 else _skew(dice)
            pages.append(
                {"url": f"http://127.0.0.1:{line.port}", "token": person.token, "skew_ms": skew}
            )
        plan = tmp_path / "plan.json"
        plan.write_text(
            json.dumps({"slug": slug, "channel": channel, "settings": SETTINGS, "pages": pages})
        )
        steps = await run_script("room_clocks.mjs", str(plan))
    shown, heard = steps["shown"], steps["heard"]
    assert shown["pages"] == PAGES
    assert shown["fewest_looks"] > 50
    assert shown["off_p95_ms"] <= 250, shown
    assert shown["apart_p95_ms"] <= 250, shown
    assert shown["astray_ms"] <= 500, shown
    # By now the server has told everybody of both ends, each once.
    assert shown["told"] == [["work", 2, 4]] * PAGES
    assert {counts["room:updated"] for counts in heard["early"]} == {3}
    assert {counts["room:updated"] for counts in heard["late"]} <= {1, 2}
    _assert_no_ticks([*heard["early"], *heard["late"]])
    assert set(heard["calm"]) <= {"channel:beat"}, "while a phase runs there is nothing to tell"


def _assert_no_ticks(heard: list[dict[str, int]]) -> None:
    known = {"connection:ready", "channel:beat"} | ROOM_EVENTS | OWN_EVENTS
    for counts in heard:
        assert set(counts) <= known, counts
        assert counts["presence:updated"] <= 10, counts


def _way(dice: random.Random, slowest: bool) -> Delay:
    """One way of a line, and how long a piece is under way on it."""
    most = 0.2 if slowest else dice.uniform(0.015, 0.2)
    least = max(0.01, 0.7 * most)
    return lambda: dice.uniform(least, most)


def _skew(dice: random.Random) -> int:
    return dice.randint(-WRONG_BY_MS, WRONG_BY_MS)
