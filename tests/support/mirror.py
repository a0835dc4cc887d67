"""A client that keeps the state of a channel by its snapshot and the events after it."""

import copy
from typing import Any

from tests.support.live import Live
from tests.support.product import Person

State = dict[str, Any]


class Mirror:
    """One channel as a careful client sees it; `settled` compares it with a fresh snapshot.

    `story` is what came, for other clients to be measured by: the events of each time, and the
    snapshot that they must make.
    """

    def __init__(self, person: Person, live: Live, channel: str, answer: State) -> None:
        self.person = person
        self.live = live
        self.channel = channel
        self.seq: int = answer["seq"]
        self.state: State = answer["snapshot"]
        self.seen: list[str] = []
        self.story: list[State] = [{"events": [], "fresh": copy.deepcopy(self.state)}]

    @classmethod
    async def of(cls, person: Person, channel: str) -> "Mirror":
        """A new connection that follows the channel from its present state on."""
        live = await person.connect()
        return cls(person, live, channel, await live.do("channel:subscribe", channel=channel))

    async def settled(self) -> None:
        """[Snapshot + events = fresh snapshot] Fails where the two differ."""
        fresh = await self.person.connect()
        answer = await fresh.do("channel:subscribe", channel=self.channel)
        await fresh.close()
        if answer["seq"] > self.seq:
            await self.live.expect_seq(self.channel, answer["seq"])
        events = self._take(answer["seq"])
        self.story.append({"events": events, "fresh": answer["snapshot"]})
        assert self.seq == answer["seq"], self.channel
        assert _in_order(self.state) == _in_order(answer["snapshot"]), (
            f"{self.channel} after {self.seen}"
        )

    def _take(self, until: int) -> list[tuple[str, Any]]:
        """Apply what is new up to that number; answers it."""
        taken = []
        for name, data in self.live.on_channel(self.channel):
            if self.seq < data["seq"] <= until:
                assert data["seq"] == self.seq + 1, f"a gap after {self.seq}: {data}"
                self.seq = data["seq"]
                self.seen.append(name)
                taken.append((name, copy.deepcopy(data["data"])))
                if self.channel.startswith("user:"):
                    apply_to_user(self.state, name, data["data"])
                elif self.channel.startswith("room:"):
                    apply_to_room(self.state, name, data["data"])
                else:
                    apply_to_project(self.state, name, data["data"], self.person.id)
        return taken


def _in_order(state: State) -> State:
    ordered = copy.deepcopy(state)
    # Told by ephemeral events, which tests of their own follow.
    ordered.pop("presence", None)
    if "running" in ordered:
        ordered["running"].sort(key=lambda one: one["entry"]["id"])
        ordered["project"]["members"].sort(key=lambda member: member["user_id"])
    for member in ordered.get("members", ()):
        del member["status"]
    return ordered


def apply_to_user(state: State, name: str, data: Any) -> None:
    """What an event on one's own channel changes in `{entry, streak, unread_count}`."""
    running = state["entry"] or {"id": None}
    if name == "streak:updated":
        state["streak"] = data
    elif name.startswith("notification:"):
        state["unread_count"] = data["unread_count"]
    elif name in ("timer:started", "timer:updated"):
        state["entry"] = data["entry"]
    elif name == "project:deleted" and running.get("project_id") == data["project"]["id"]:
        state["entry"] = running | {"project_id": None}
    elif name.startswith("timer:") and running["id"] == data["entry"]["id"]:
        state["entry"] = None


def apply_to_project(state: State, name: str, data: Any, own_id: int) -> None:
    """What an event on a project's channel changes in `{project, running}`."""
    project = state["project"]
    if name == "project:updated":
        state["project"] = data["project"] | {"role": project["role"]}
    elif name in ("member:joined", "member:updated"):
        member = data["member"]
        others = [m for m in project["members"] if m["user_id"] != member["user_id"]]
        project["members"] = [*others, member]
        if member["role"] == "owner":
            project["owner_id"] = member["user_id"]
        if member["user_id"] == own_id:
            project["role"] = member["role"]
    elif name == "member:left":
        project["members"] = [m for m in project["members"] if m["user_id"] != data["user_id"]]
    elif name.startswith("timer:"):
        others = [r for r in state["running"] if r["entry"]["id"] != data["entry"]["id"]]
        shown = name in ("timer:started", "timer:updated")
        state["running"] = [*others, data] if shown else others


def apply_to_room(state: State, name: str, data: Any) -> None:
    """What an event on a room's channel changes in the room with its members and messages."""
    members = state["members"]
    if name == "room:updated":
        _update_room(state, data)
    elif name == "room:joined":
        state["members"] = [*members, data["member"]]
        state["member_count"] += 1
    elif name == "room:left":
        state["members"] = [m for m in members if m["user_id"] != data["user_id"]]
        state["member_count"] -= len(members) - len(state["members"])
    elif name == "room:intended" and data["round"] == _round_meant(state):
        for member in members:
            if member["user_id"] == data["user"]["id"]:
                member |= {key: data[key] for key in ("intention", "outcome")}
    elif name == "room:message":
        state["messages"] = [*state["messages"], data["message"]][-50:]


def _update_room(state: State, data: Any) -> None:
    before, who = _round_meant(state), data["user_id"]
    state |= data["room"]
    if data["cause"] == "kicked":
        state["members"] = [m for m in state["members"] if m["user_id"] != who]
    for member in state["members"]:
        if member["user_id"] == state["host_id"]:
            member["role"] = "host"
        elif member["role"] == "host":
            member["role"] = "cohost"
        elif data["cause"] == "role_changed" and member["user_id"] == who:
            member["role"] = data["role"]
        if _round_meant(state) != before:
            member |= {"intention": None, "outcome": None}


def _round_meant(room: State) -> int:
    """The round that members' intentions are for: the one under way, or else the next."""
    number: int = room["round"]
    return number if room["timer"]["phase"] else number + 1
