"""Projects that change hands: leaving, handing over, and who is told."""

from tests.support.product import Person, Product


async def _joined(project_id: int, *people: Person) -> None:
    for person in people:
        await person.post(f"/projects/{project_id}/join")


async def test_an_owner_leaves_only_after_handing_the_project_over(ada: Person, bo: Person) -> None:
    """Roles: the owner transfers, and stays as an admin."""
    project_id = await ada.project(visibility="public")
    await _joined(project_id, bo)
    status, problem = await ada.call("POST", f"/projects/{project_id}/leave")
    assert (status, problem["code"]) == (409, "conflict")
    assert "Hand it over" in problem["detail"]

    at_ada, at_bo = await ada.connect(), await bo.connect()
    await at_bo.do("channel:subscribe", channel=f"project:{project_id}")
    body = {"user_id": bo.id, "command_id": "7b1c8f8e-7f05-4d3c-a7ba-8f2f8a8e6f01"}
    for _ in range(2):  # sent again, it is the same [T5]
        project = await ada.post(f"/projects/{project_id}/transfer", body)
        assert (project["owner_id"], project["role"]) == (bo.id, "admin")
    for live, channel in ((at_ada, f"user:{ada.id}"), (at_bo, f"project:{project_id}")):
        told = await live.expect(
            "project:updated", lambda e, channel=channel: e["channel"] == channel
        )
        assert told["data"]["project"]["owner_id"] == bo.id
    await at_bo.expect("member:updated", lambda e: e["data"]["member"]["role"] == "owner")

    await ada.post(f"/projects/{project_id}/leave")
    await at_bo.expect("member:left", lambda e: e["data"]["user_id"] == ada.id)
    members = await bo.get(f"/projects/{project_id}/members")
    assert [(m["user_id"], m["role"]) for m in members] == [(bo.id, "owner")]


async def test_only_the_owner_hands_over_and_only_to_a_member(ada: Person, bo: Person) -> None:
    project_id = await ada.project(visibility="public")
    path = f"/projects/{project_id}/transfer"
    assert (await ada.call("POST", path, {"user_id": bo.id}))[0] == 404
    assert (await ada.call("POST", path, {"user_id": ada.id}))[0] == 422
    await _joined(project_id, bo)
    assert (await bo.call("POST", path, {"user_id": bo.id}))[0] == 403
    assert (await bo.call("POST", f"/projects/{project_id + 10**6}/leave"))[0] == 404


async def test_nobody_hands_a_project_over_to_who_is_suspended(product: Product) -> None:
    """By neither call: nobody could delete it then, or hand it over again."""
    ada, bo = [await product.person(name) for name in ("ada", "bo")]
    admin = await product.person("admin", role="admin")
    project_id = await ada.project(visibility="public")
    await _joined(project_id, bo)
    await admin.post(f"/admin/users/{bo.id}/suspend")
    for method, path, body in (
        ("PATCH", f"/projects/{project_id}/members/{bo.id}", {"role": "owner"}),
        ("POST", f"/projects/{project_id}/transfer", {"user_id": bo.id}),
    ):
        status, problem = await ada.call(method, path, body)
        assert (status, problem["code"]) == (404, "not_found")
    assert (await ada.get(f"/projects/{project_id}"))["owner_id"] == ada.id
