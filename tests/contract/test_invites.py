"""Invites: links that let whoever has them join a project (docs/PROTOCOL.md, Projects)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tests.support.product import Person, Product

Crowd = Callable[[int], Awaitable[list[Person]]]


@pytest.fixture
def crowd(product: Product) -> Crowd:
    async def make(count: int) -> list[Person]:
        return [await product.person("guest") for _ in range(count)]

    return make


async def invite(owner: Person, project_id: int, **fields: Any) -> str:
    made = await owner.post(f"/projects/{project_id}/invites", fields)
    code: str = made["code"]
    return code


async def accept(person: Person, code: str) -> tuple[int, Any]:
    return await person.call("POST", f"/invites/{code}/accept")


async def members_of(owner: Person, project_id: int) -> dict[int, str]:
    members = await owner.get(f"/projects/{project_id}/members")
    return {member["user_id"]: member["role"] for member in members}


async def test_an_invite_is_a_link_with_a_code_and_an_end(ada: Person, product: Product) -> None:
    """A week, unless it is said otherwise; a body is not needed."""
    project_id = await ada.project()
    made = await ada.post(f"/projects/{project_id}/invites")
    assert made["url"] == f"{product.url}/invites/{made['code']}"
    ends_at = datetime.fromisoformat(made["expires_at"])
    assert abs(ends_at - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=1)


@pytest.mark.parametrize("role", ["viewer", "contributor", "admin"])
async def test_whoever_accepts_has_the_invites_role(ada: Person, bo: Person, role: str) -> None:
    project_id = await ada.project()
    status, project = await accept(bo, await invite(ada, project_id, role=role))
    assert (status, project["id"], project["role"]) == (200, project_id, role)
    assert (await members_of(ada, project_id))[bo.id] == role


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"role": "owner"}, "role"),
        ({"expires_in_seconds": 59}, "expires_in_seconds"),
        ({"expires_in_seconds": 31_536_001}, "expires_in_seconds"),
        ({"max_uses": 0}, "max_uses"),
        ({"uses": 1}, "uses"),
    ],
)
async def test_a_field_that_is_not_valid_is_named(ada: Person, fields: Any, field: str) -> None:
    path = f"/projects/{await ada.project()}/invites"
    status, problem = await ada.call("POST", path, fields)
    assert (status, problem["errors"][0]["field"]) == (422, field)


async def test_of_twenty_who_accept_at_once_one_gets_the_only_place(
    ada: Person, crowd: Crowd
) -> None:
    project_id = await ada.project()
    code = await invite(ada, project_id, max_uses=1)
    guests = await crowd(20)
    statuses = [status for status, _ in await asyncio.gather(*(accept(g, code) for g in guests))]
    assert sorted(statuses) == [200] + [404] * 19
    won = guests[statuses.index(200)]
    assert await members_of(ada, project_id) == {ada.id: "owner", won.id: "contributor"}


async def test_an_invite_for_three_takes_three(ada: Person, crowd: Crowd) -> None:
    project_id = await ada.project()
    code = await invite(ada, project_id, max_uses=3)
    guests = await crowd(8)
    answers = await asyncio.gather(*(accept(guest, code) for guest in guests))
    assert sorted(status for status, _ in answers) == [200] * 3 + [404] * 5
    assert len(await members_of(ada, project_id)) == 4


async def test_an_invite_without_a_number_takes_all(ada: Person, crowd: Crowd) -> None:
    project_id = await ada.project()
    code = await invite(ada, project_id)
    guests = await crowd(8)
    answers = await asyncio.gather(*(accept(guest, code) for guest in guests))
    assert [status for status, _ in answers] == [200] * 8


async def test_a_member_uses_up_no_place(ada: Person, bo: Person) -> None:
    project_id = await ada.project()
    code = await invite(ada, project_id, max_uses=1, role="viewer")
    status, project = await accept(ada, code)
    assert (status, project["role"]) == (200, "owner")
    assert (await accept(bo, code))[0] == 200
    assert (await accept(bo, code))[0] == 200, "a second click is no mistake"
    assert (await members_of(ada, project_id))[bo.id] == "viewer"


async def test_an_expired_invite_is_not_found(ada: Person, bo: Person) -> None:
    project_id = await ada.project()
    code = await invite(ada, project_id)
    connection = await asyncpg.connect(ada.product.database_url)
    await connection.execute(
        "update project_invites set expires_at = now() where project_id = $1", project_id
    )
    await connection.close()
    assert (await accept(bo, code))[0] == 404
    assert bo.id not in await members_of(ada, project_id)


@pytest.mark.parametrize("code", ["unknown", "x" * 500, "%00", "%F0%9F%94%A5", "%FF", "a%2Fb"])
async def test_a_code_that_is_none_is_not_found(ada: Person, code: str) -> None:
    status, problem = await accept(ada, code)
    assert (status, problem["code"]) == (404, "not_found")


async def test_the_invite_of_a_deleted_project_is_not_found(ada: Person, bo: Person) -> None:
    project_id = await ada.project()
    code = await invite(ada, project_id)
    await ada.done("DELETE", f"/projects/{project_id}")
    assert (await accept(bo, code))[0] == 404


async def test_only_a_hash_of_the_code_is_kept(ada: Person) -> None:
    project_id = await ada.project()
    code = await invite(ada, project_id)
    connection = await asyncpg.connect(ada.product.database_url)
    kept = await connection.fetchval(
        "select i::text from project_invites i where project_id = $1", project_id
    )
    await connection.close()
    assert code not in kept
    assert code.encode().hex() not in kept


async def test_an_acceptance_sent_again_answers_the_same(ada: Person, bo: Person) -> None:
    """[T5] Also after the invite has been used up by it."""
    project_id = await ada.project()
    code = await invite(ada, project_id, max_uses=1)
    body = {"command_id": "5b1d2c60-0d7e-4c6f-9a57-3b6f6f4d2a10"}
    first = await bo.post(f"/invites/{code}/accept", body)
    assert await bo.post(f"/invites/{code}/accept", body) == first
    assert (await members_of(ada, project_id))[bo.id] == "contributor"
