"""Focus rooms over REST and live: make, join, control, leave."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.product import Person, Product
from tests.support.rooms import SHORT, join, make_room, told


async def test_a_new_room_has_the_usual_settings_and_its_maker_hosts_it(ada: Person) -> None:
    """[R2] [R7]"""
    made = await ada.post("/rooms", {"name": "Überstunden & more"})
    room = made["room"]
    assert made["slug"].startswith("uberstunden-more-")
    assert len(made["slug"].rsplit("-", 1)[1]) == 16
    assert room["id"] == made["room_id"]
    assert room["slug"] == made["slug"]
    assert (room["owner_id"], room["host_id"], room["member_count"]) == (ada.id, ada.id, 1)
    assert room["visibility"] == "link"
    assert room["version"] == 1
    assert room["settings"] == {
        "work_s": 1500, "short_break_s": 300, "long_break_s": 900, "cycles": 4,
        "auto_start_breaks": True, "auto_start_work": False, "capacity": 50, "chat": "breaks",
    }  # fmt: skip
    assert room["timer"] == {
        "state": "idle", "phase": None, "cycle": 0, "started_at": None, "ends_at": None,
        "remaining_s": None,
    }  # fmt: skip
    assert [m["role"] for m in room["members"]] == ["host"]


async def test_a_room_is_made_live_once_for_each_command_id(ada: Person) -> None:
    """[T5]"""
    live = await ada.connect()
    command_id = str(uuid.uuid4())
    first = await live.do("room:create", name="Once", command_id=command_id)
    again = await live.do("room:create", name="Once", command_id=command_id)
    assert first == again
    assert first["room"]["name"] == "Once"


async def test_who_joins_is_told_the_room_and_the_others_are_told_of_them(
    ada: Person, bo: Person
) -> None:
    """[R7]"""
    slug, channel = await make_room(ada)
    host, snapshot = await join(ada, slug)
    assert snapshot["slug"] == slug
    assert [m["user_id"] for m in snapshot["members"]] == [ada.id]
    _, seen = await join(bo, slug)
    assert [m["user_id"] for m in seen["members"]] == [ada.id, bo.id]
    assert seen["member_count"] == 2
    joined = await told(host, channel, "room:joined")
    assert joined["member"]["user_id"] == bo.id
    assert joined["member"]["role"] == "member"


async def test_a_phase_runs_until_its_deadline_and_the_break_begins_there(
    ada: Person, bo: Person
) -> None:
    """[R1] [R4]"""
    slug, channel = await make_room(ada, settings=SHORT | {"auto_start_work": False})
    host, _ = await join(ada, slug)
    other, _ = await join(bo, slug)
    started = (await host.do("room:start", room=slug))["room"]["timer"]
    assert started["state"] == "running"
    assert started["phase"] == "work"
    assert started["cycle"] == 1
    first = await told(other, channel, "room:updated")
    assert first["cause"] == "started"
    assert first["by"] == ada.id
    assert first["room"]["timer"] == started
    assert "members" not in first["room"]
    rest = await told(
        other, channel, "room:updated", lambda e: e["room"]["timer"]["phase"] == "short_break"
    )
    assert rest["cause"] == "phase_ended"
    assert rest["by"] is None
    assert rest["room"]["timer"]["started_at"] == started["ends_at"]
    waits = await told(
        other, channel, "room:updated", lambda e: e["room"]["timer"]["state"] == "idle"
    )
    assert waits["room"]["timer"] == {
        "state": "idle", "phase": "work", "cycle": 2, "started_at": None, "ends_at": None,
        "remaining_s": 1.0,
    }  # fmt: skip
    assert waits["room"]["version"] == 4


async def test_of_two_controls_at_once_one_wins_and_the_other_gets_the_room(
    ada: Person, bo: Person
) -> None:
    """[R3]"""
    slug, _ = await make_room(ada)
    host, _ = await join(ada, slug)
    other, _ = await join(bo, slug)
    await host.do("room:promote", room=slug, user_id=bo.id, role="cohost")
    version = (await host.do("room:start", room=slug))["room"]["version"]
    acks = await asyncio.gather(
        *(live.send("room:pause", {"room": slug, "version": version}) for live in (host, other))
    )
    won = [ack["data"]["room"] for ack in acks if ack["ok"]]
    lost = [ack["error"] for ack in acks if not ack["ok"]]
    assert len(won) == 1
    assert won[0]["version"] == version + 1
    assert [e["code"] for e in lost] == ["version_conflict"]
    assert lost[0]["current"] == won[0]


async def test_pause_resume_extend_and_stop(ada: Person) -> None:
    """[R1]"""
    slug, _ = await make_room(ada)
    host, _ = await join(ada, slug)
    assert await host.refused("room:pause", room=slug) == "not_running"
    assert await host.refused("room:stop", room=slug) == "not_running"
    await host.do("room:start", room=slug)
    assert await host.refused("room:start", room=slug) == "already_running"
    paused = (await host.do("room:pause", room=slug))["room"]["timer"]
    assert paused["state"] == "paused"
    assert 1490 < paused["remaining_s"] < 1500
    longer = (await host.do("room:extend", room=slug, seconds=60))["room"]["timer"]
    assert longer["remaining_s"] == pytest.approx(paused["remaining_s"] + 60)
    resumed = (await host.do("room:resume", room=slug))["room"]["timer"]
    ends_at = datetime.fromisoformat(resumed["ends_at"])
    left = ends_at - datetime.now(UTC)
    assert abs(left - timedelta(seconds=longer["remaining_s"])) < timedelta(seconds=2)
    stopped = (await host.do("room:stop", room=slug))["room"]
    assert stopped["timer"]["state"] == "idle"
    assert stopped["timer"]["phase"] is None


async def test_only_host_and_cohosts_control(ada: Person, bo: Person) -> None:
    """[R5]"""
    slug, _ = await make_room(ada)
    host, _ = await join(ada, slug)
    other, _ = await join(bo, slug)
    assert await other.refused("room:start", room=slug) == "forbidden"
    assert await other.refused("room:kick", room=slug, user_id=ada.id) == "forbidden"
    assert await other.refused("room:configure", room=slug, settings={}) == "forbidden"
    await host.do("room:transfer", room=slug, user_id=bo.id)
    await other.do("room:start", room=slug)
    # Who was the host before is a co-host, and the owner takes the room back.
    await host.do("room:pause", room=slug)
    taken = await host.do("room:transfer", room=slug, user_id=ada.id)
    assert taken["room"]["host_id"] == ada.id


async def test_settings_apply_from_the_next_phase_on_or_at_once(ada: Person) -> None:
    """[R6]"""
    slug, _ = await make_room(ada)
    host, _ = await join(ada, slug)
    started = (await host.do("room:start", room=slug))["room"]["timer"]
    later = await host.do("room:configure", room=slug, settings={"work_s": 60}, apply="next")
    assert later["room"]["timer"]["ends_at"] == started["ends_at"]
    now = await host.do("room:configure", room=slug, settings={"work_s": 120}, apply="now")
    ends_at = datetime.fromisoformat(now["room"]["timer"]["ends_at"])
    began = datetime.fromisoformat(started["started_at"])
    assert ends_at - began == timedelta(seconds=120)


async def test_a_full_room_lets_nobody_in(ada: Person, bo: Person) -> None:
    """[R7]"""
    slug, _ = await make_room(ada, settings={"capacity": 1})
    await join(ada, slug)
    other = await bo.connect()
    assert await other.refused("room:join", room=slug) == "room_full"


async def test_of_many_at_once_only_as_many_come_in_as_there_are_places(product: Product) -> None:
    """[R7]"""
    host = await product.person()
    slug, _ = await make_room(host, settings={"capacity": 5})
    people = [await product.person() for _ in range(12)]
    lives = [await person.connect() for person in people]
    acks = await asyncio.gather(*(live.send("room:join", {"room": slug}) for live in lives))
    assert [ack["ok"] for ack in acks].count(True) == 4
    assert {ack["error"]["code"] for ack in acks if not ack["ok"]} == {"room_full"}
    assert (await host.get(f"/rooms/{slug}"))["member_count"] == 5


async def test_who_is_sent_out_stays_out_until_the_round_has_ended(ada: Person, bo: Person) -> None:
    """[R7]"""
    slug, channel = await make_room(ada)
    host, _ = await join(ada, slug)
    other, _ = await join(bo, slug)
    await host.do("room:start", room=slug)
    await host.do("room:kick", room=slug, user_id=bo.id)
    closed = await other.expect("channel:closed")
    assert closed == {"channel": channel, "code": "forbidden"}
    left = await told(host, channel, "room:left")
    assert left["user_id"] == bo.id
    assert await other.refused("room:join", room=slug) == "forbidden"
    assert await other.refused("channel:subscribe", channel=channel) == "forbidden"
    await host.do("room:stop", room=slug)
    await other.do("room:join", room=slug)


async def test_who_is_sent_out_while_nothing_runs_stays_out_for_the_next_round(
    ada: Person, bo: Person
) -> None:
    """[R7]"""
    slug, _ = await make_room(ada)
    host, _ = await join(ada, slug)
    other, _ = await join(bo, slug)
    await host.do("room:kick", room=slug, user_id=bo.id)
    assert await other.refused("room:join", room=slug) == "forbidden"
    await host.do("room:start", room=slug)
    assert await other.refused("room:join", room=slug) == "forbidden"
    await host.do("room:stop", room=slug)
    await other.do("room:join", room=slug)


async def test_leaving_ends_the_right_on_all_devices(ada: Person, bo: Person) -> None:
    """[R7]"""
    slug, channel = await make_room(ada)
    host, _ = await join(ada, slug)
    phone, _ = await join(bo, slug)
    desk, _ = await join(bo, slug)
    assert await phone.do("room:leave", room=slug) == {}
    assert await desk.expect("channel:closed") == {"channel": channel, "code": "left"}
    assert (await told(host, channel, "room:left"))["user_id"] == bo.id
    assert await phone.refused("channel:subscribe", channel=channel) == "not_found"
    assert await phone.do("room:leave", room=slug) == {}


async def test_a_host_who_leaves_is_followed_by_a_cohost_before_others(
    ada: Person, bo: Person, product: Product
) -> None:
    """[R5]"""
    cy = await product.person("cy")
    slug, channel = await make_room(ada)
    host, _ = await join(ada, slug)
    longest, _ = await join(bo, slug)
    await join(cy, slug)
    await host.do("room:promote", room=slug, user_id=cy.id, role="cohost")
    await host.do("room:leave", room=slug)
    changed = await told(longest, channel, "room:updated", lambda e: e["cause"] == "host_changed")
    assert changed["room"]["host_id"] == cy.id
    assert changed["user_id"] == cy.id


async def test_intentions_and_outcomes_belong_to_their_round(ada: Person, bo: Person) -> None:
    """[R8] An intention made before the round belongs to it; an outcome after it, too."""
    slug, channel = await make_room(ada)
    host, _ = await join(ada, slug)
    other, _ = await join(bo, slug)
    assert await host.refused("room:outcome", room=slug, outcome="done") == "not_running"
    await other.do("room:intend", room=slug, text="Write the report")
    meant = await told(host, channel, "room:intended")
    assert meant["intention"] == "Write the report"
    assert meant["round"] == 1
    assert meant["user"] == {"id": bo.id, "username": bo.username}
    assert meant["outcome"] is None
    await host.do("room:start", room=slug)
    members = (await host.do("room:join", room=slug))["snapshot"]["members"]
    assert [m["intention"] for m in members] == [None, "Write the report"]
    await host.do("room:stop", room=slug)
    await other.do("room:outcome", room=slug, outcome="partly")
    history = await ada.get(f"/rooms/{slug}/history")
    mine = next(m for m in history[0]["members"] if m["user_id"] == bo.id)
    assert (mine["intention"], mine["outcome"]) == ("Write the report", "partly")
    assert history[0]["round"] == 1
    assert history[0]["ended_at"] is not None
    assert [p["phase"] for p in history[0]["phases"]] == ["work"]


async def test_chat_is_closed_while_a_work_phase_is_on(ada: Person, bo: Person) -> None:
    """[R2]"""
    slug, channel = await make_room(ada)
    host, _ = await join(ada, slug)
    other, _ = await join(bo, slug)
    await other.do("room:say", room=slug, text="  Ready?  ")
    said = (await told(host, channel, "room:message"))["message"]
    assert said["text"] == "Ready?"
    assert said["user"]["id"] == bo.id
    await host.do("room:start", room=slug)
    assert await other.refused("room:say", room=slug, text="Psst") == "chat_closed"
    await host.do("room:pause", room=slug)
    assert await other.refused("room:say", room=slug, text="Psst") == "chat_closed"
    await host.do("room:skip", room=slug)
    await other.do("room:say", room=slug, text="Coffee")
    room = (await other.do("room:join", room=slug))["snapshot"]
    assert [m["text"] for m in room["messages"]] == ["Ready?", "Coffee"]
    for bad in ("", "   ", "x" * 501, "nul \x00"):
        assert await other.refused("room:say", room=slug, text=bad) == "invalid"


async def test_reactions_are_seen_and_not_kept(ada: Person, bo: Person) -> None:
    """[R5]"""
    slug, channel = await make_room(ada)
    host, _ = await join(ada, slug)
    other, _ = await join(bo, slug)
    assert await other.do("room:react", room=slug, emoji="🎉") == {}
    event = await host.expect("room:reacted")
    assert event["channel"] == channel
    assert event["seq"] is None
    assert event["data"] == {"user": {"id": bo.id, "username": bo.username}, "emoji": "🎉"}
    assert await other.refused("room:react", room=slug, emoji="hello") == "invalid"


async def test_outsiders_may_do_nothing_in_a_room(ada: Person, bo: Person) -> None:
    """[R7] [V1]"""
    slug, channel = await make_room(ada)
    await join(ada, slug)
    other = await bo.connect()
    for event, fields in (
        ("room:start", {}),
        ("room:intend", {"text": "x"}),
        ("room:outcome", {"outcome": "done"}),
        ("room:say", {"text": "x"}),
        ("room:react", {"emoji": "🎉"}),
        ("room:kick", {"user_id": ada.id}),
        ("room:transfer", {"user_id": bo.id}),
        ("room:promote", {"user_id": bo.id, "role": "cohost"}),
    ):
        assert await other.refused(event, room=slug, **fields) == "forbidden", event
    assert await other.refused("channel:subscribe", channel=channel) == "not_found"
    assert await other.refused("room:start", room="no-such-room") == "not_found"
    shown = await bo.get(f"/rooms/{slug}")
    assert "members" not in shown
    assert "messages" not in shown


async def test_a_public_room_is_listed_and_read_by_anyone(ada: Person, bo: Person) -> None:
    """[R7]"""
    slug, channel = await make_room(ada, visibility="public")
    hidden, _ = await make_room(ada)
    found = [room["slug"] for room in await bo.get("/rooms")]
    assert slug in found
    assert hidden not in found
    reader = await bo.connect()
    answer = await reader.do("channel:subscribe", channel=channel)
    assert answer["snapshot"]["slug"] == slug
    await ada.done("PATCH", f"/rooms/{slug}", {"visibility": "link"})
    assert (await reader.expect("channel:closed"))["code"] == "not_found"


async def test_a_room_of_a_project_is_for_its_members(ada: Person, bo: Person) -> None:
    """[R7]"""
    project_id = await ada.project()
    status, problem = await ada.call("POST", "/rooms", {"name": "x", "visibility": "project"})
    assert (status, problem["code"]) == (422, "invalid")
    slug, channel = await make_room(ada, visibility="project", project_id=project_id)
    other = await bo.connect()
    assert await other.refused("room:join", room=slug) == "not_found"
    assert (await bo.call("GET", f"/rooms/{slug}"))[0] == 404
    await ada.post(f"/projects/{project_id}/members", {"user_id": bo.id})
    await other.do("room:join", room=slug)
    assert slug in [room["slug"] for room in await bo.get("/rooms")]
    await ada.done("DELETE", f"/projects/{project_id}/members/{bo.id}")
    assert (await other.expect("channel:closed"))["channel"] == channel
    assert await other.refused("room:join", room=slug) == "not_found"


async def test_the_owner_edits_and_deletes(ada: Person, bo: Person) -> None:
    """[R7]"""
    slug, channel = await make_room(ada)
    host, _ = await join(ada, slug)
    other, _ = await join(bo, slug)
    assert (await bo.call("PATCH", f"/rooms/{slug}", {"name": "Mine"}))[0] == 403
    assert (await bo.call("DELETE", f"/rooms/{slug}"))[0] == 403
    edited = await ada.done("PATCH", f"/rooms/{slug}", {"name": "Ours", "settings": {"work_s": 60}})
    assert edited["name"] == "Ours"
    assert edited["settings"]["work_s"] == 60
    stale = await ada.call("PATCH", f"/rooms/{slug}", {"name": "Late", "version": 1})
    assert (stale[0], stale[1]["code"]) == (409, "version_conflict")
    assert stale[1]["current"]["name"] == "Ours"
    await host.do("room:start", room=slug)
    assert (await ada.call("DELETE", f"/rooms/{slug}"))[0] == 204
    assert (await told(other, channel, "room:closed")) == {"reason": "deleted"}
    assert (await other.expect("channel:closed"))["code"] == "room_closed"
    assert await other.refused("room:join", room=slug) == "room_closed"
    assert (await ada.call("GET", f"/rooms/{slug}"))[0] == 404


async def test_a_project_that_goes_takes_its_own_rooms_with_it(ada: Person) -> None:
    """[R7]"""
    project_id = await ada.project()
    slug, channel = await make_room(ada, visibility="project", project_id=project_id)
    shared, _ = await make_room(ada, project_id=project_id)
    host, _ = await join(ada, slug)
    await ada.done("DELETE", f"/projects/{project_id}")
    assert (await told(host, channel, "room:closed")) == {"reason": "project_deleted"}
    assert (await ada.get(f"/rooms/{shared}"))["project_id"] is None


async def test_coming_back_with_a_position_brings_what_was_missed(ada: Person, bo: Person) -> None:
    slug, _channel = await make_room(ada)
    host, _ = await join(ada, slug)
    other = await bo.connect()
    first = await other.do("room:join", room=slug)
    await other.close()
    await host.do("room:start", room=slug)
    await host.do("room:pause", room=slug)
    back = await bo.connect()
    again = await back.do("room:join", room=slug, epoch=first["epoch"], seq=first["seq"])
    assert again["recovered"] is True
    assert again["snapshot"] is None
    assert [e["data"]["cause"] for e in again["events"] if e["event"] == "room:updated"] == [
        "started", "paused",
    ]  # fmt: skip


async def test_lists_of_rooms_and_rounds_have_pages(ada: Person) -> None:
    slugs = [(await make_room(ada, settings=SHORT))[0] for _ in range(3)]
    status, page, headers = await ada.call_with_headers("GET", "/rooms?mine=true&limit=2")
    assert status == 200
    assert [r["slug"] for r in page] == [slugs[2], slugs[1]]
    rest = await ada.get(f"/rooms?mine=true&limit=2&cursor={headers['X-Next-Cursor']}")
    assert slugs[0] in [r["slug"] for r in rest]
    host, _ = await join(ada, slugs[0])
    for _ in range(3):
        await host.do("room:start", room=slugs[0])
        await host.do("room:stop", room=slugs[0])
    _, page, headers = await ada.call_with_headers("GET", f"/rooms/{slugs[0]}/history?limit=2")
    assert [r["round"] for r in page] == [3, 2]
    cursor = headers["X-Next-Cursor"]
    rest = await ada.get(f"/rooms/{slugs[0]}/history?limit=2&cursor={cursor}")
    assert [r["round"] for r in rest] == [1]
