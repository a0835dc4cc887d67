"""Whatever people do, on whichever instance, the other one shows the numbers of it at once.

NUMBERS_SEED and NUMBERS_STEPS make it another story, and a longer one.
"""

import asyncio
import csv
import io
import os
import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from storage.embedded import Embedded
from tests.contract.test_two_instances import instances
from tests.support.actors import ZONES, Actor
from tests.support.mirror import Mirror
from tests.support.numbers import ALWAYS, DAY, closed, day_at, focus, report, second, streak, summed

PEOPLE, STEPS, EVERY = 4, int(os.environ.get("NUMBERS_STEPS", "18")), 6


@dataclass
class Auditor(Actor):
    """An actor who looks at everything that is derived from what they have done."""

    async def check(self) -> None:
        """All that is read on the other instance is as it should be."""
        mine = sorted(self.entries.values(), key=lambda e: (e["started_at"], e["id"]))
        listed = await self.everything()
        for entry in listed:  # a project that was deleted raises versions when it comes to it
            self.entries.get(entry["id"], {})["version"] = entry["version"]
        assert listed == mine[::-1]
        await self.check_reports(mine)
        await self.check_activity(mine)
        await self.check_exports(mine)
        await self.check_seen(mine)
        self.at = self.dice.randrange(2)
        await self.check_focus(mine)

    async def check_reports(self, mine: list[Any]) -> None:
        units = ("day", "week", "month", "project", "tag")
        asked = [(by,) for by in units] + [tuple(self.dice.sample(units, 2)) for _ in range(2)]
        begin, end = sorted(self.span())
        spans = [
            {},
            {"from": begin[:10], "to": end[:10]},
            {"from": begin.replace("+00:00", "Z"), "to": end.replace("+00:00", "Z")},
        ]
        for by in asked:
            await self.check_report(mine, by, self.dice.choice(spans))

    async def check_report(self, mine: list[Any], by: tuple[str, ...], span: Any) -> None:
        low, high = span.get("from", ""), span.get("to", "9")
        instants = "T" in low
        expected, total = report(
            mine, by, ("", "9") if instants else (low, high),
            (second(low), second(high)) if instants else ALWAYS,
        )  # fmt: skip
        query = "&".join(f"{n}={v}" for n, v in span.items())
        told = await self.far.get(f"/reports/summary?group_by={','.join(by)}&{query}")
        got = {}
        for group in told["groups"]:
            parts = [group[b] for b in by]
            got[tuple(p["id"] if isinstance(p, dict) else p for p in parts)] = group[
                "total_seconds"
            ]
        assert got == expected, (by, span)
        assert told["total_seconds"] == total

    async def check_activity(self, mine: list[Any]) -> None:
        told = await self.far.get(f"/users/{self.who.id}/activity")
        assert told["recent_entries"] == mine[::-1][:20]
        sums = summed([(e["project_id"], e["duration_seconds"]) for e in closed(mine)])
        sums.pop(None, None)
        assert {p["project_id"]: p["total_time_spent"] for p in told["projects"]} == dict(sums)
        for one in told["projects"]:
            if one["project_id"] in self.projects:
                assert one["name"] == self.projects[one["project_id"]]

    async def check_seen(self, mine: list[Any]) -> None:
        """[V2] By one who shares a project, and by one who does not."""
        private, shown = self.privacy, self.privacy["show_activity"]
        seen = [e for e in mine[::-1] if e["project_id"] in self.shared]
        if private["hide_descriptions"]:
            seen = [e | {"description": "", "tags": []} for e in seen]
        for reader, shares in zip(self.readers, (True, False), strict=True):
            there = replace(reader, product=self.far.product, _open=[])
            visible = private["profile"] in ("public", "members" if shares else "")
            for what in ("profile", "activity", "timeline"):
                status, told = await there.call("GET", f"/users/{self.who.id}/{what}")
                assert status == (200 if visible else 404), (what, private)
                if not visible:
                    continue
                if what == "profile":
                    assert (told["totals"] is not None) == shown
                    assert (told["streak"] is not None) == shown
                elif what == "activity":
                    assert told["recent_entries"] == (seen[:20] if shown else [])
                    ids = {one["project_id"] for one in told["projects"]}
                    assert ids <= set(self.shared if shown else [])
                else:
                    assert shown or not [i for i in told if i["event_type"].startswith("timer_")]

    async def check_exports(self, mine: list[Any]) -> None:
        rows = await self.far.get("/export/time-entries?format=json")
        assert [{k: v for k, v in row.items() if k != "project_name"} for row in rows] == mine
        text = await self.far.get("/export/time-entries?format=csv")
        table = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
        assert [(row["id"], row["duration_seconds"], row["started_at"]) for row in table] == [
            (str(e["id"]), str(e["duration_seconds"] if e["ended_at"] else ""), e["started_at"])
            for e in mine
        ]

    async def check_focus(self, mine: list[Any]) -> None:
        days = focus(mine)
        ends = closed(mine)
        starts = Counter(
            day_at(e["timezone"], e["day_starts_at"], second(e["started_at"])) for e in ends
        )
        today = day_at(self.zone, self.hour, int(datetime.now(UTC).timestamp()))
        heat = await self.far.get("/reports/heatmap?year=2026")
        assert {h["date"]: h["seconds"] for h in heat} == {
            d.isoformat(): s for d, s in days.items() if d.year == 2026
        }
        week = [today - back * DAY for back in range(7)]
        run, longest = streak(days, today)
        told = await self.far.get("/focus-metrics")
        assert told["dailyMetrics"] == {"sessions": starts[today], "total_time": days[today] // 60}
        assert told["weeklyMetrics"] == {
            "sessions": sum(starts[d] for d in week),
            "total_time": sum(days[d] for d in week) // 60,
        }
        assert (told["currentStreak"], told["longestStreak"]) == (run, longest), (days, today)
        logs = await self.far.get("/focus-logs")
        assert logs == [
            {"date": d.isoformat(), "totalSessions": starts[d], "totalDuration": days[d] // 60}
            for d in (today - back * DAY for back in range(10))
        ]
        profile = await self.soon(days, today, run, longest)
        monday = today - today.weekday() * DAY
        assert profile["totals"] == {
            "tracked_seconds": sum(e["duration_seconds"] for e in ends),
            "focus_seconds": days.total(),
            "today_seconds": days[today],
            "week_seconds": sum(s for d, s in days.items() if monday <= d <= today),
            "entries": len(ends),
        }

    async def follows(self) -> None:
        """[Snapshot + events = fresh snapshot] What is earned is told within five seconds."""
        for left in reversed(range(10)):
            try:
                await self.mirror.settled()
                break
            except AssertionError:
                if not left:
                    raise
                await asyncio.sleep(0.5)

    async def soon(self, days: Counter[date], today: date, run: int, longest: int) -> Any:
        """The profile, whose streak may take five seconds."""
        for _ in range(50):
            profile = await self.far.get(f"/users/{self.who.id}/profile")
            told = profile["streak"]
            if (told["current"], told["longest"]) == (run, longest):
                return profile
            await asyncio.sleep(0.1)
        raise AssertionError((profile["streak"], run, longest, today, days))


async def live_through(actor: Auditor) -> None:
    try:
        for number in range(STEPS):
            await actor.step()
            if number % EVERY == EVERY - 1:
                await actor.check()
                await actor.follows()
    except BaseException:
        print(actor.who.username, actor.log)
        raise


async def test_numbers_are_right_at_once_on_the_other_instance(
    servers: Embedded, database_url: str
) -> None:
    """[C0, C1, D0, D1, D2, D3, S1, S2] In odd zones, by every command, read back everywhere."""
    seed = int(os.environ.get("NUMBERS_SEED", "7"))
    async with instances(2, database_url, servers.redis_url) as products:
        host = await products[0].person("host")
        outsider = await products[0].person("outsider")
        shared = [await host.project("Shared", visibility="public")]
        actors = []
        for number in range(PEOPLE):
            zone = ZONES[number % len(ZONES)]
            who = await products[0].person("actor", timezone=zone)
            await who.post(f"/projects/{shared[0]}/join")
            mirror = await Mirror.of(replace(who, product=products[number % 2]), f"user:{who.id}")
            dice = random.Random(f"{seed} {number}")
            readers = host, outsider
            actors.append(Auditor(who, products, dice, shared, mirror, zone, 0, readers=readers))
        await asyncio.gather(*(live_through(actor) for actor in actors))
