"""Who may do what with a project (docs/PROTOCOL.md, Roles)."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.product import Person, Product

ROLES = ("owner", "admin", "contributor", "viewer")
# The last two are outsiders, of a private project and of a public one.
CALLERS = (*ROLES, "outsider", "passer-by")


@dataclass
class Team:
    """A project with somebody in each role, `other` (a contributor), and outsiders."""

    project_id: int
    people: dict[str, Person]

    def __getitem__(self, role: str) -> Person:
        return self.people[role]

    def path(self, template: str, caller: str) -> str:
        return template.format(
            project=f"/projects/{self.project_id}",
            other=self.people["other"].id,
            new=self.people["new"].id,
            me=self.people[caller].id,
        )

    async def roles(self) -> dict[int, str]:
        members = await self.people["other"].get(f"/projects/{self.project_id}/members")
        return {member["user_id"]: member["role"] for member in members}


@pytest.fixture(scope="module")
async def people(shared_product: Product) -> dict[str, Person]:
    return {name: await shared_product.person(name) for name in (*CALLERS, "other", "new")}


async def gather(people: dict[str, Person], visibility: str) -> Team:
    owner = people["owner"]
    project_id = await owner.project("Atlas", visibility=visibility)
    for role in ("admin", "contributor", "viewer"):
        member = {"user_id": people[role].id, "role": role}
        await owner.post(f"/projects/{project_id}/members", member)
    await owner.post(f"/projects/{project_id}/members", {"user_id": people["other"].id})
    return Team(project_id, people)


@pytest.fixture
async def team(people: dict[str, Person], request: pytest.FixtureRequest) -> Team:
    """Around a private project, unless the test's caller is one who passes a public one by."""
    caller = request.node.callspec.params.get("caller") if hasattr(request.node, "callspec") else ""
    return await gather(people, "public" if caller == "passer-by" else "private")


# What the callers get: owner, admin, contributor, viewer, outsider, passer-by.
READ = (200, 200, 200, 200, 404, 200)
MANAGE = (200, 200, 403, 403, 404, 403)
CALLS: dict[str, tuple[str, str, Any, tuple[int, ...]]] = {
    "read": ("GET", "{project}", None, READ),
    "list members": ("GET", "{project}/members", None, READ),
    "rename": ("PATCH", "{project}", {"name": "New"}, MANAGE),
    "archive": ("PATCH", "{project}", {"archived": True}, MANAGE),
    "show": ("PUT", "{project}/visibility", {"visibility": "public"}, MANAGE),
    "delete": ("DELETE", "{project}", None, (204, 403, 403, 403, 404, 403)),
    "add": ("POST", "{project}/members", "new", (201, 201, 403, 403, 404, 403)),
    "promote": ("PATCH", "{project}/members/{other}", {"role": "admin"}, MANAGE),
    "hand over": (
        "PATCH", "{project}/members/{other}", {"role": "owner"}, (200, 403, 403, 403, 404, 403),
    ),
    "remove": ("DELETE", "{project}/members/{other}", None, (204, 204, 403, 403, 404, 403)),
    "leave": ("DELETE", "{project}/members/{me}", None, (409, 204, 204, 204, 404, 404)),
    "invite": ("POST", "{project}/invites", {}, (201, 201, 403, 403, 404, 403)),
    "join": ("POST", "{project}/join", None, READ),
    "track": ("POST", "/time-entries", "project", (201, 201, 201, 403, 404, 403)),
}  # fmt: skip


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("call", CALLS)
async def test_a_role_may_do_what_the_table_says(team: Team, call: str, caller: str) -> None:
    """Outsiders of a private project are told that there is none, whatever they ask."""
    method, template, body, expected = CALLS[call]
    if body == "new":
        body = {"user_id": team["new"].id}
    elif body == "project":
        body = {"project_id": team.project_id}
    before = await team.roles()
    status, answer = await team[caller].call(method, team.path(template, caller), body)
    assert status == expected[CALLERS.index(caller)], answer
    if status >= 400:
        codes = {403: "forbidden", 404: "not_found", 409: "conflict"}
        assert answer["code"] == codes[status]
        assert await team.roles() == before


async def test_a_private_project_is_not_to_be_told_from_none(team: Team) -> None:
    """The same words for both."""
    missing = "/projects/9007199254740991"
    for suffix in ("", "/members"):
        _, hidden = await team["outsider"].call("GET", f"/projects/{team.project_id}{suffix}")
        _, none = await team["outsider"].call("GET", missing + suffix)
        assert hidden | {"request_id": ""} == none | {"request_id": ""}


async def test_a_stranger_without_a_login_gets_nothing(team: Team, product: Product) -> None:
    for method, template, _, _ in CALLS.values():
        path = team.path(template, "outsider")
        assert (await product.request(method, f"/api{path}"))[0] == 401


# An admin manages everybody below the owner, admins included, and makes nobody an owner.
CHANGES = [
    ("admin", "contributor", "viewer", 200),
    ("admin", "contributor", "admin", 200),
    ("admin", "owner", "viewer", 403),
    ("admin", "admin", "viewer", 200),
    ("admin", "admin", "owner", 403),
    ("owner", "admin", "viewer", 200),
    ("owner", "owner", "admin", 403),
    ("contributor", "contributor", "admin", 403),
]


@pytest.mark.parametrize("giver, taker, role, expected", CHANGES)
async def test_roles_are_given_downwards(
    team: Team, giver: str, taker: str, role: str, expected: int
) -> None:
    path = f"/projects/{team.project_id}/members/{team[taker].id}"
    status, answer = await team[giver].call("PATCH", path, {"role": role})
    assert status == expected, answer
    roles = await team.roles()
    assert roles[team[taker].id] == (role if status == 200 else taker)


async def test_handing_over_leaves_one_owner(team: Team) -> None:
    """The giver becomes an admin, and the project names the new owner."""
    path = f"/projects/{team.project_id}"
    await team["owner"].done("PATCH", f"{path}/members/{team['viewer'].id}", {"role": "owner"})
    roles = await team.roles()
    assert [user for user, role in roles.items() if role == "owner"] == [team["viewer"].id]
    assert roles[team["owner"].id] == "admin"
    project = await team["viewer"].get(path)
    assert (project["owner_id"], project["role"]) == (team["viewer"].id, "owner")
    assert (await team["owner"].call("DELETE", path))[0] == 403
    await team["viewer"].done("DELETE", path)


async def test_nobody_is_made_an_owner_by_being_added(team: Team) -> None:
    body = {"user_id": team["new"].id, "role": "owner"}
    status, problem = await team["owner"].call("POST", f"/projects/{team.project_id}/members", body)
    assert (status, problem["errors"][0]["field"]) == (422, "role")


async def test_members_are_added_once_and_must_be_there(team: Team) -> None:
    path = f"/projects/{team.project_id}/members"
    status, problem = await team["owner"].call("POST", path, {"user_id": team["viewer"].id})
    assert (status, problem["code"]) == (409, "conflict")
    assert (await team["owner"].call("POST", path, {"user_id": 2**53 - 1}))[0] == 404
    gone = f"{path}/{team['new'].id}"
    assert (await team["owner"].call("PATCH", gone, {"role": "viewer"}))[0] == 404
    assert (await team["owner"].call("DELETE", gone))[0] == 404
