"""Somebody who does at random whatever can be done to entries, and knows what they should have.

What the server chose, ids and instants, is taken from its answers; the rest is known beforehand.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.mirror import Mirror
from tests.support.numbers import DAY, SECOND, closed, second
from tests.support.product import Person, Product

ZONES = ("Pacific/Chatham", "America/St_Johns", "Africa/Casablanca", "Australia/Lord_Howe")
# Where the clocks of these zones were changed, and the last days.
PAST = ("2026-02-15", "2026-03-08", "2026-03-22", "2026-04-04", "2026-09-26", "2026-10-03",
        "2026-11-01")  # fmt: skip
OPEN = {"profile": "public", "show_activity": True, "hide_descriptions": False}


@dataclass
class Actor:
    """Somebody, what they should have, and a client that follows on the other instance."""

    who: Person
    here: list[Product]
    dice: random.Random
    shared: list[int]
    mirror: Mirror
    zone: str
    hour: int
    entries: dict[int, Any] = field(default_factory=dict)
    gone: dict[int, Any] = field(default_factory=dict)
    projects: dict[int, str] = field(default_factory=dict)
    readers: tuple[Person, ...] = ()
    privacy: dict[str, Any] = field(default_factory=lambda: dict(OPEN))
    log: list[str] = field(default_factory=list)
    at: int = 0

    @property
    def near(self) -> Person:
        return replace(self.who, product=self.here[self.at], _open=[])

    @property
    def far(self) -> Person:
        return replace(self.who, product=self.here[1 - self.at], _open=[])

    def put(self, *entries: Any) -> None:
        for entry in entries:
            self.entries[entry["id"]] = entry
            self.gone.pop(entry["id"], None)

    def drop(self, *ids: int) -> None:
        for number in ids:
            entry = self.entries.pop(number)
            if entry["ended_at"] is not None:
                self.gone[number] = entry

    def some(self, count: int = 1) -> list[Any]:
        ends = closed(list(self.entries.values()))
        return self.dice.sample(ends, min(count, len(ends)))

    def span(self) -> tuple[str, str]:
        dice, now = self.dice, datetime.now(UTC)
        base = datetime.fromisoformat(dice.choice(PAST)).replace(tzinfo=UTC)
        if dice.random() < 0.5:
            base = now - timedelta(days=dice.randint(0, 12), hours=13)
        begin = base + timedelta(milliseconds=dice.randint(-36_000_000, 36_000_000))
        end = begin + timedelta(
            milliseconds=dice.choice((0, 999, 61_000, 3_600_500, 10**8)) * dice.choice((0.5, 1))
        )
        begin, end = min(begin, now - SECOND), min(end, now - SECOND)
        return begin.isoformat(timespec="milliseconds"), end.isoformat(timespec="milliseconds")

    def fields(self) -> dict[str, Any]:
        dice = self.dice
        return {
            "project_id": dice.choice([None, *self.shared, *self.projects]),
            "description": dice.choice(("", "write", "read")),
            "tags": dice.sample(["a", "b", "c"], dice.randint(0, 3)),
        }

    async def step(self) -> None:
        self.at = self.dice.randrange(2)
        deeds = [self.log_entry, self.log_entry, self.session, self.timer, self.timer, self.edit,
                 self.delete, self.restore, self.split, self.merge, self.duplicate, self.bulk,
                 self.reopen, self.move, self.bring, self.project, self.hide]  # fmt: skip
        deed = self.dice.choice(deeds)
        self.log.append(f"{deed.__name__}@{self.at}")
        await deed()

    async def log_entry(self) -> None:
        begin, end = self.span()
        body = {"start_time": begin, "end_time": end, **self.fields()}
        made = (await self.near.post("/time-entries", body))["entry"]
        assert (made["project_id"], made["tags"]) == (body["project_id"], body["tags"])
        assert made["duration_seconds"] == second(end) - second(begin)
        assert (made["timezone"], made["day_starts_at"]) == (self.zone, self.hour)
        self.put(made)

    async def session(self) -> None:
        minutes = self.dice.choice((0.05, 1, 4.35, 25, 1440))
        end = self.span()[1]
        made = await self.near.post("/focus-session", {"duration": minutes, "timestamp": end})
        entry = made["entry"]
        length = datetime.fromisoformat(entry["ended_at"]) - datetime.fromisoformat(
            entry["started_at"]
        )
        assert length == timedelta(milliseconds=round(minutes * 60_000))
        self.put(entry)

    def running(self) -> Any:
        return next((e for e in self.entries.values() if e["ended_at"] is None), None)

    async def timer(self) -> None:
        live, run = self.mirror.live, self.running()
        if run is None or self.dice.random() < 0.3:
            ago = datetime.now(UTC) - timedelta(seconds=self.dice.randint(0, 400))
            claims = {} if run else {"started_at": ago.isoformat(timespec="milliseconds")}
            told = await live.command("timer:start", **self.fields(), **claims)
            self.put(told["entry"], *([told["stopped"]] if told["stopped"] else []))
        elif self.dice.random() < 0.2:
            await live.command("timer:discard")
            self.entries.pop(run["id"])
        elif self.dice.random() < 0.5:
            self.put((await live.command("timer:stop"))["entry"])
        else:
            self.put((await self.near.done("PUT", f"/time-entries/{run['id']}/end"))["entry"])

    async def edit(self) -> None:
        for entry in self.some():
            begin, end = self.span()
            body = self.dice.choice(({"started_at": begin, "ended_at": end}, self.fields()))
            path = f"/time-entries/{entry['id']}"
            version = f'"{entry["version"]}"'
            edited = await self.near.done("PATCH", path, body, If_Match=version)
            for name in ("project_id", "tags", "description"):
                assert edited[name] == body.get(name, entry[name])
            self.put(edited)

    async def delete(self) -> None:
        for entry in self.some():
            await self.near.done("DELETE", f"/time-entries/{entry['id']}")
            self.drop(entry["id"])

    async def restore(self) -> None:
        if self.gone:
            number = self.dice.choice(list(self.gone))
            self.put(await self.near.post(f"/time-entries/{number}/restore"))

    async def split(self) -> None:
        for entry in self.some():
            begin, end = (datetime.fromisoformat(entry[n]) for n in ("started_at", "ended_at"))
            if end - begin > SECOND:
                at = begin + (end - begin) * self.dice.random()
                at = at.replace(microsecond=at.microsecond // 1000 * 1000)
                if begin < at:
                    path = f"/time-entries/{entry['id']}/split"
                    parts = (await self.near.post(path, {"at": at.isoformat()}))["entries"]
                    lengths = [part["duration_seconds"] for part in parts]
                    assert sum(lengths) == entry["duration_seconds"]
                    self.put(*parts)

    async def merge(self) -> None:
        chosen = self.some(3)
        if len(chosen) < 2:
            return
        ids = [e["id"] for e in chosen]
        body = {"ids": ids, "gaps": "include", "project_id": None, "tags": ["m"]}
        status, told = await self.near.call("POST", "/time-entries/merge", body)
        begin = min(e["started_at"] for e in chosen)
        end = max(e["ended_at"] for e in chosen)
        if datetime.fromisoformat(end) - datetime.fromisoformat(begin) > 31 * DAY:
            assert status == 422
            return
        assert status == 200, told
        assert (told["entry"]["started_at"], told["entry"]["ended_at"]) == (begin, end)
        self.drop(*told["deleted_ids"])
        self.put(told["entry"])

    async def duplicate(self) -> None:
        for entry in self.some():
            told = await self.near.post(f"/time-entries/{entry['id']}/duplicate")
            self.put(told["entry"])
            assert told["entry"]["duration_seconds"] == entry["duration_seconds"]

    async def bulk(self) -> None:
        chosen = [e["id"] for e in self.some(4)]
        dead = list(self.gone)[:4]
        match self.dice.choice(("edit", "delete", "restore")):
            case "edit" if chosen:
                edit = {"add_tags": ["z"], "remove_tags": ["a"], "project_id": None}
                told = await self.near.post("/time-entries/bulk", {"ids": chosen, "edit": edit})
                assert all("z" in e["tags"] and "a" not in e["tags"] for e in told["entries"])
                self.put(*told["entries"])
            case "delete" if chosen:
                await self.near.post("/time-entries/bulk", {"ids": chosen, "delete": True})
                self.drop(*chosen)
            case "restore" if dead:
                body = {"ids": dead, "restore": True}
                self.put(*(await self.near.post("/time-entries/bulk", body))["entries"])

    async def reopen(self) -> None:
        late = datetime.now(UTC) - timedelta(minutes=9)
        for entry in self.entries.values():
            if entry["ended_at"] and datetime.fromisoformat(entry["ended_at"]) > late:
                path, run = f"/time-entries/{entry['id']}", self.running()
                status, told = await self.near.call("PATCH", path, {"ended_at": None})
                assert status == (409 if run else 200), told
                if not run:
                    self.put(told)
                return

    async def move(self) -> None:
        self.zone, self.hour = self.dice.choice(ZONES), self.dice.randint(0, 6)
        body = {"timezone": self.zone, "day_starts_at": self.hour}
        await self.near.done("PATCH", "/users/me", body)

    async def bring(self) -> None:
        """An import, perhaps undone; and one's own export, of which all is there already."""
        begin, end = self.span()
        text = f"started_at,ended_at,tags,timezone\n{begin},{end},a,{self.dice.choice(ZONES)}\n"
        path = "/import/time-entries?format=focushub"
        kind = {"Content_Type": "text/csv"}
        report = await self.near.post(path, text.encode(), **kind)
        assert report["refused"] == 0, report
        if report["created"] and self.dice.random() < 0.4:
            assert await self.near.done("DELETE", f"/import/{report['import_id']}")
            await self.adopt()
        elif report["created"]:
            await self.adopt()
        own = await self.far.get("/export/time-entries?format=csv")
        again = await self.near.post(path, own.encode(), **kind)
        assert again["created"] == 0, again

    async def adopt(self) -> None:
        """What an import made is known by reading it; its length was checked by its report."""
        listed = await self.everything()
        mine = {e["id"]: e for e in listed}
        assert set(self.entries) <= set(mine)
        assert len(mine) <= len(self.entries) + 1
        self.put(*listed)

    async def hide(self) -> None:
        changes = {
            "profile": self.dice.choice(("public", "members", "private")),
            "show_activity": self.dice.random() < 0.6,
            "hide_descriptions": self.dice.random() < 0.5,
        }
        await self.near.done("PATCH", "/users/me", {"privacy": changes})
        self.privacy = changes

    async def project(self) -> None:
        name = f"P{self.dice.randint(0, 99)}"
        if len(self.projects) < 3:
            self.projects[await self.near.project(name)] = name
            return
        project_id = self.dice.choice(list(self.projects))
        if self.dice.random() < 0.5:
            await self.near.done("PATCH", f"/projects/{project_id}", {"name": name})
            self.projects[project_id] = name
        else:
            await self.near.done("DELETE", f"/projects/{project_id}")
            del self.projects[project_id]
            for entry in (*self.entries.values(), *self.gone.values()):
                if entry["project_id"] == project_id:
                    entry["project_id"] = None

    async def everything(self) -> list[Any]:
        found, cursor = [], ""
        while True:
            status, page, headers = await self.far.call_with_headers(
                "GET", f"/time-entries?limit=200{cursor}"
            )
            assert status == 200
            found += page
            if "X-Next-Cursor" not in headers:
                return found
            cursor = f"&cursor={headers['X-Next-Cursor']}"
