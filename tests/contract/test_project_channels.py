"""What the channel of a project tells, and to whom (docs/PROTOCOL.md, Channels; V1, V2)."""

from typing import Any

import pytest

from tests.support.live import Live
from tests.support.product import Person


async def follow(person: Person, project_id: int) -> Live:
    live = await person.connect()
    await live.do("channel:subscribe", channel=f"project:{project_id}")
    return live


def told(live: Live, project_id: int) -> list[str]:
    return [name for name, _ in live.on_channel(f"project:{project_id}")]


async def test_every_change_of_a_project_is_told_once_and_in_order(ada: Person, bo: Person) -> None:
    project_id = await ada.project()
    path = f"/projects/{project_id}"
    live = await follow(ada, project_id)
    await ada.done("PATCH", path, {"name": "New"})
    await ada.done("PATCH", path, {"archived": True})
    await ada.done("PUT", f"{path}/visibility", {"visibility": "public"})
    await bo.post(f"{path}/join")
    await ada.done("PATCH", f"{path}/members/{bo.id}", {"role": "admin"})
    await ada.done("PATCH", f"{path}/members/{bo.id}", {"role": "owner"})
    await ada.done("DELETE", f"{path}/members/{ada.id}")
    await live.expect("channel:closed")
    assert told(live, project_id) == [
        "project:updated", "project:updated", "project:updated",
        "member:joined", "member:updated", "member:updated", "member:updated", "project:updated",
    ]  # fmt: skip
    events = [data for _, data in live.on_channel(f"project:{project_id}")]
    first = events[0]["seq"]
    assert [event["seq"] for event in events] == list(range(first, first + 8))
    assert events[0]["data"]["project"]["name"] == "New"
    assert events[1]["data"]["project"]["archived_at"] is not None
    assert events[2]["data"]["project"]["visibility"] == "public"
    joined = {
        "user_id": bo.id, "username": bo.username, "role": "contributor", "avatar_url": None
    }  # fmt: skip
    assert events[3]["data"] == {"project_id": project_id, "member": joined}
    assert [(e["data"]["member"]["user_id"], e["data"]["member"]["role"]) for e in events[4:7]] == [
        (bo.id, "admin"),
        (bo.id, "owner"),
        (ada.id, "admin"),
    ]
    assert events[7]["data"]["project"]["owner_id"] == bo.id


async def test_a_changed_membership_is_told_to_the_member_as_well(ada: Person, bo: Person) -> None:
    """On their own channel, because nobody else's is open to them before or after."""
    live = await bo.connect()
    project_id = await ada.project()
    path = f"/projects/{project_id}/members"
    await ada.post(path, {"user_id": bo.id})
    await ada.done("PATCH", f"{path}/{bo.id}", {"role": "viewer"})
    await ada.done("DELETE", f"{path}/{bo.id}")
    await live.expect("member:left")
    events = live.on_channel(f"user:{bo.id}")
    assert [name for name, _ in events] == ["member:joined", "member:updated", "member:left"]
    assert events[-1][1]["data"] == {"project_id": project_id, "user_id": bo.id}


async def test_a_private_project_is_not_found_on_its_channel(ada: Person, bo: Person) -> None:
    """Like one that does not exist."""
    project_id = await ada.project()
    live = await bo.connect()
    for channel in (f"project:{project_id}", "project:9007199254740991"):
        assert await live.refused("channel:subscribe", channel=channel) == "not_found"
    await ada.done("PATCH", f"/projects/{project_id}", {"visibility": "public"})
    answer = await live.do("channel:subscribe", channel=f"project:{project_id}")
    assert answer["snapshot"]["project"]["role"] is None


async def test_going_private_drops_outsiders_before_anything_later(
    ada: Person, bo: Person, product: Any
) -> None:
    """[V1] While members stay; nobody gets in by an old position."""
    carl = await product.person("carl")
    project_id = await ada.project(visibility="public")
    path = f"/projects/{project_id}"
    await ada.post(f"{path}/members", {"user_id": carl.id, "role": "viewer"})
    outsider, member = await follow(bo, project_id), await follow(carl, project_id)
    await ada.done("PATCH", path, {"name": "Open"})
    seen = await outsider.expect("project:updated")
    await ada.done("PUT", f"{path}/visibility", {"visibility": "private"})
    await ada.done("PATCH", path, {"name": "Secret"})
    closed = await outsider.expect("channel:closed")
    assert closed == {"channel": f"project:{project_id}", "code": "not_found"}
    await member.expect("project:updated", lambda e: e["data"]["project"]["name"] == "Secret")
    assert told(member, project_id) == ["project:updated"] * 3
    assert (await outsider.do("timer:current"))["entry"] is None, "everything before has come"
    assert told(outsider, project_id) == ["project:updated"]
    again = await outsider.refused(
        "channel:subscribe",
        channel=f"project:{project_id}",
        epoch=seen["epoch"],
        seq=seen["seq"],
    )
    assert again == "not_found"


async def test_who_comes_later_is_not_told_what_was_public(ada: Person, bo: Person) -> None:
    """The log before going private is served no more: a snapshot stands for it."""
    project_id = await ada.project(visibility="public")
    path = f"/projects/{project_id}"
    live = await follow(ada, project_id)
    position = await live.do("channel:subscribe", channel=f"project:{project_id}")
    await ada.done("PATCH", path, {"name": "Open"})
    await ada.done("PUT", f"{path}/visibility", {"visibility": "private"})
    since = {"epoch": position["epoch"], "seq": position["seq"]}
    answer = await live.do("channel:subscribe", channel=f"project:{project_id}", **since)
    assert (answer["recovered"], answer["events"]) == (False, [])
    assert answer["snapshot"]["project"]["visibility"] == "private"


@pytest.mark.parametrize("leaving", [True, False])
async def test_whoever_leaves_hears_nothing_more(ada: Person, bo: Person, leaving: bool) -> None:
    """[V1] Whether they left or were removed."""
    project_id = await ada.project()
    path = f"/projects/{project_id}"
    await ada.post(f"{path}/members", {"user_id": bo.id})
    live = await follow(bo, project_id)
    await (bo if leaving else ada).done("DELETE", f"{path}/members/{bo.id}")
    await ada.done("PATCH", path, {"name": "Later"})
    closed = await live.expect("channel:closed")
    assert closed["channel"] == f"project:{project_id}"
    assert (await live.do("timer:current"))["entry"] is None
    assert "project:updated" not in told(live, project_id)
    refused = await live.refused("channel:subscribe", channel=f"project:{project_id}")
    assert refused == "not_found"


async def test_a_deleted_project_closes_its_channel(ada: Person, bo: Person) -> None:
    """Its members hear of it on their own channels, too."""
    project_id = await ada.project()
    await ada.post(f"/projects/{project_id}/members", {"user_id": bo.id})
    there, own = await follow(bo, project_id), await bo.connect()
    await ada.done("DELETE", f"/projects/{project_id}")
    await there.expect("channel:closed")
    assert told(there, project_id) == ["project:deleted"]
    gone = await own.expect("project:deleted")
    assert (gone["channel"], gone["data"]) == (f"user:{bo.id}", {"project": {"id": project_id}})


async def test_a_project_made_on_one_device_shows_on_the_other(ada: Person) -> None:
    live = await ada.connect()
    project_id = await ada.project("Atlas")
    event = await live.expect("project:updated")
    assert (event["channel"], event["data"]["project"]["id"]) == (f"user:{ada.id}", project_id)


async def test_a_command_sent_again_is_told_once(ada: Person) -> None:
    """[T5]"""
    project_id = await ada.project()
    live = await follow(ada, project_id)
    key = {"Idempotency_Key": "c0a8012e-7f51-4c0e-9a5e-9f0a1c9f7e01"}
    for _ in range(2):
        await ada.done("PATCH", f"/projects/{project_id}", {"name": "New"}, **key)
    await ada.done("PATCH", f"/projects/{project_id}", {"name": "Newer"})
    await live.expect("project:updated", lambda e: e["data"]["project"]["name"] == "Newer")
    assert told(live, project_id) == ["project:updated"] * 2


async def test_who_comes_back_replays_nothing_of_their_absence(ada: Person, bo: Person) -> None:
    """[V1] The position of somebody who was away leads to a snapshot, not to what they missed."""
    project_id = await ada.project()
    channel = f"project:{project_id}"
    await ada.post(f"/projects/{project_id}/members", {"user_id": bo.id})
    live = await bo.connect()
    before = await live.do("channel:subscribe", channel=channel)
    await ada.done("DELETE", f"/projects/{project_id}/members/{bo.id}")
    await live.expect("channel:closed", lambda data: data["channel"] == channel)
    await ada.post("/time-entries", {"project_id": project_id, "description": "not for bo"})
    await ada.post(f"/projects/{project_id}/members", {"user_id": bo.id})
    again = await live.do(
        "channel:subscribe", channel=channel, epoch=before["epoch"], seq=before["seq"]
    )
    assert (again["recovered"], again["events"]) == (False, [])
    assert again["snapshot"]["project"]["id"] == project_id
