"""Somebody who has one of everything that has an id, and those who would like to get at it."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from tests.support.product import Person, Product

# Stands in everything that is nobody else's business.
MARK = "kestrel"
# The columns by which a row belongs to the victim, and which of the ids they hold.
_OWNERS = {"user_id": "user", "owner_id": "user", "project_id": "project", "room_id": "room",
    "webhook_id": "webhook", "login_id": "login"}  # fmt: skip
_TABLES = {"users": "user", "projects": "project", "rooms": "room"}
# What the server changes by itself, whoever asks, and what it reckons from the rest.
_RESTLESS = ("channels", "instances", "dirty_users", "dirty_boards", "dirty_earnings",
    "board_pushes", "room_presence", "room_stretches", "tracked_days", "focus_days",
    "focus_project_days", "board_days", "board_scores", "user_streaks")  # fmt: skip
PATIENCE_S = 30.0


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat(timespec="milliseconds")


@dataclass
class Scene:
    """The victim, what is theirs by name, and the attackers.

    `former` and `viewer` were, and are, members of the victim's private project.
    """

    victim: Person
    stranger: Person
    former: Person
    viewer: Person
    ids: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def fill(self, value: Any) -> Any:
        """`value` with the victim's ids in place of `{entry}` and its like."""
        if isinstance(value, str):
            if value.startswith("{") and value[1:-1] in self.ids:
                return self.ids[value[1:-1]]
            return value.format(**self.ids)
        if isinstance(value, dict):
            return {name: self.fill(part) for name, part in value.items()}
        return [self.fill(part) for part in value] if isinstance(value, list) else value

    async def belongings(self) -> set[str]:
        """Every row that is the victim's, as text: nothing may be missing, and nothing be new."""
        others = {self.stranger.id, self.former.id, self.viewer.id}
        sql = await asyncpg.connect(self.victim.product.database_url)
        try:
            names = await sql.fetch(
                "select table_name as name from information_schema.tables"
                " where table_schema = 'public' and table_type = 'BASE TABLE'"
            )
            rows = set()
            for name in (row["name"] for row in names if row["name"] not in _RESTLESS):
                for (text,) in await sql.fetch(f'select to_jsonb(t)::text from "{name}" t'):
                    if self._is_theirs(name, json.loads(text), others):
                        rows.add(f"{name} {text}")
            return rows
        finally:
            await sql.close()

    def _is_theirs(self, table: str, row: dict[str, Any], others: set[int]) -> bool:
        if table in _TABLES:
            return bool(row["id"] == self.ids[_TABLES[table]])
        if table == "channel_events" or table.startswith("channel_events_"):
            return row.get("channel") in self._channels()
        theirs = any(
            column in row and row[column] == self.ids[kind] for column, kind in _OWNERS.items()
        )
        # What an attacker has in a shared project is theirs; what they put into it is not.
        return theirs and (table == "project_members" or row.get("user_id") not in others)

    def _channels(self) -> tuple[str, ...]:
        kinds = ("user", "project", "room")
        return tuple(f"{kind}:{self.ids[kind]}" for kind in kinds)


async def set_up(product: Product) -> Scene:
    """One of everything."""
    people = [await product.person(name) for name in (MARK, "stranger", "former", "viewer")]
    scene = Scene(*people)
    victim = scene.victim
    await _make_projects(scene)
    await _make_entries(scene)
    await _make_connections(scene)
    made = await victim.post(
        "/rooms", {"name": MARK, "visibility": "project", "project_id": scene.ids["project"]}
    )
    scene.ids |= {"room": made["room_id"], "slug": made["slug"]}
    live = await victim.connect()
    await live.do("room:join", room=made["slug"])
    await live.do("room:intend", room=made["slug"], text=MARK)
    await live.do("room:say", room=made["slug"], text=MARK)
    hidden = {"profile": "private", "leaderboards": False, "show_activity": False}
    await victim.done("PATCH", "/users/me", {"privacy": hidden, "name": MARK})
    await victim.done("DELETE", f"/projects/{scene.ids['project']}/members/{scene.former.id}")
    await _until_settled(scene)
    return scene


async def _until_settled(scene: Scene) -> None:
    """Wait for what follows from the victim's entries: badges, timeline, notifications."""
    sql = await asyncpg.connect(scene.victim.product.database_url)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while await sql.fetchval(
                "select exists (select from dirty_users where user_id = $1)"
                " or exists (select from dirty_earnings where user_id = $1)",
                scene.victim.id,
            ):
                await asyncio.sleep(0.05)
    finally:
        await sql.close()


async def _make_projects(scene: Scene) -> None:
    victim = scene.victim
    project = await victim.project(MARK, description=MARK)
    invite = await victim.post(f"/projects/{project}/invites", {"role": "admin"})
    # The address of an invite is good for who has it, but not for who has a part of it.
    scene.ids |= {"user": victim.id, "project": project, "code": invite["code"][:-1]}
    for person, role in ((scene.former, "admin"), (scene.viewer, "viewer")):
        body = {"user_id": person.id, "role": role}
        await victim.post(f"/projects/{project}/members", body)


async def _make_entries(scene: Scene) -> None:
    victim, made = scene.victim, {}
    for name, hours in (("entry", 9), ("other", 7), ("deleted", 5)):
        body = {
            "start_time": ago(hours=hours), "end_time": ago(hours=hours - 1), "tags": [MARK],
            "description": MARK, "project_id": None if name == "other" else scene.ids["project"],
        }  # fmt: skip
        made[name] = (await victim.post("/time-entries", body))["entry_id"]
    await victim.done("DELETE", f"/time-entries/{made['deleted']}")
    running = await victim.post("/time-entries", {"description": MARK})
    file = f"started_at,ended_at,description\n{ago(hours=30)},{ago(hours=29)},{MARK}\n"
    report = await victim.post(
        "/import/time-entries?format=focushub", file.encode(), Content_Type="text/csv"
    )
    scene.ids |= made | {"running": running["entry_id"], "import": report["import_id"]}
    scene.ids["half_past"] = ago(hours=8.5)


async def _make_connections(scene: Scene) -> None:
    """Tokens, links, addresses: what somebody is reached by."""
    victim, ids = scene.victim, scene.ids
    hook = await victim.post("/webhooks", {"url": f"https://{MARK}.example", "events": ["*"]})
    await victim.done("PATCH", f"/webhooks/{hook['id']}", {"active": False})
    for scope in ("read", "timer", "write"):
        token = await victim.post("/auth/tokens", {"name": MARK, "scopes": [scope]})
        scene.tokens[scope], ids["token"] = token["token"], token["id"]
    ids |= {"login": victim.login_id, "webhook": hook["id"]}
    calendar = await victim.post("/calendar", {})
    # As with the invite.
    ids["calendar"] = calendar["url"].rsplit("/", 1)[1].removesuffix(".ics")[:-1]
    sql = await asyncpg.connect(victim.product.database_url)
    ids["delivery"] = await sql.fetchval(
        "insert into webhook_deliveries (webhook_id, event, at, data, state, ended_at)"
        " values ($1, 'timer:stopped', now(), $2, 'failed', now()) returning id",
        hook["id"], json.dumps({"text": MARK}),
    )  # fmt: skip
    ids["notification"] = await sql.fetchval(
        "insert into notifications (user_id, kind, key, data)"
        " values ($1, 'badge_earned', $2, $3) returning id",
        victim.id, MARK, json.dumps({"text": MARK}),
    )  # fmt: skip
    ids["endpoint"] = f"https://push.example.org/{MARK}"
    ids["subscription"] = await sql.fetchval(
        "insert into push_subscriptions (user_id, login_id, endpoint, p256dh, auth)"
        " values ($1, $2, $3, '\\x00', '\\x00') returning id",
        victim.id, victim.login_id, ids["endpoint"],
    )  # fmt: skip
    await sql.close()
