"""Logins: refreshed, listed, ended, here and on another instance (docs/PROTOCOL.md, Accounts)."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from socketio.exceptions import ConnectionError

from storage.users import lock_users, set_password
from tests.support.live import Live
from tests.support.product import PASSWORD, Person, Product, serving
from tests.support.visitors import cookies_of, refresh_token_of, sign_in

WITHIN_S = 2.0


@pytest.fixture(scope="module")
async def elsewhere(shared_product: Product) -> AsyncIterator[Product]:
    """A second instance on the same database."""
    async with serving(shared_product.database_url, shared_product.redis_url) as other:
        yield other


async def refresh(product: Product, token: str) -> tuple[int, Any, Any]:
    body = {"refresh_token": token}
    return await product.request("POST", "/api/auth/refresh", body)


async def second_login(person: Person) -> Person:
    """The same person on another device."""
    status, answer, _ = await sign_in(person.product, person.email, PASSWORD)
    assert status == 200
    logins = await person.get("/auth/logins")
    newest = max(login["id"] for login in logins)
    other = Person(
        person.product, person.id, person.username, person.email, answer["access_token"], newest
    )
    person.product.people.append(other)
    return other


async def status_of(person: Person) -> int:
    return (await person.call("GET", "/users/me"))[0]


async def expect_the_end(live: Live) -> None:
    closing = await live.expect("connection:closing")
    assert (closing["code"], closing["reconnect"]) == ("login_revoked", False)
    async with asyncio.timeout(WITHIN_S):
        await live.closed.wait()


async def test_a_refresh_by_body_gives_a_new_pair(product: Product, ada: Person) -> None:
    """Both cookies are set as well, and the old pair's access token still holds its time."""
    token = await refresh_token_of(ada)
    status, answer, headers = await refresh(product, token)
    assert status == 200
    assert answer["refresh_token"] != token
    assert answer["user"]["id"] == ada.id
    assert cookies_of(headers)["refresh_token"].value == answer["refresh_token"]
    assert (await refresh(product, answer["refresh_token"]))[0] == 200
    assert await status_of(ada) == 200


async def test_a_refresh_by_cookie_needs_no_body(product: Product, ada: Person) -> None:
    token = await refresh_token_of(ada)
    cookie = {"Cookie": f"refresh_token={token}"}
    status, answer, headers = await product.request("POST", "/api/auth/refresh", None, cookie)
    assert status == 200
    assert cookies_of(headers)["token"].value == answer["access_token"]
    assert (await refresh(product, answer["refresh_token"]))[0] == 200


@pytest.mark.parametrize("token", ["", "unknown", "x" * 200, "\U0001f525", "nul\0"])
async def test_a_refresh_token_that_is_none_is_refused(product: Product, token: str) -> None:
    status, problem, _ = await refresh(product, token)
    assert (status, problem["code"]) == (401, "unauthenticated")


async def test_a_refresh_without_any_token_is_refused(product: Product) -> None:
    assert (await product.request("POST", "/api/auth/refresh"))[0] == 401


async def test_a_token_used_twice_ends_its_whole_login(product: Product, ada: Person) -> None:
    """Also the access token and the live connection; other logins of the person go on."""
    token = await refresh_token_of(ada)
    live = await ada.connect()
    other = await product.person("ada")
    _, answer, _ = await refresh(product, token)
    assert (await refresh(product, token))[0] == 401
    await expect_the_end(live)
    assert await status_of(ada) == 401
    assert (await refresh(product, answer["refresh_token"]))[0] == 401
    assert await status_of(other) == 200


async def test_of_two_refreshes_at_once_one_wins_and_the_login_ends(
    product: Product, ada: Person
) -> None:
    """Nobody can tell the owner from the thief."""
    token = await refresh_token_of(ada)
    answers = await asyncio.gather(*(refresh(product, token) for _ in range(2)))
    assert sorted(status for status, _, _ in answers) == [200, 401]
    won = next(answer for status, answer, _ in answers if status == 200)
    assert (await refresh(product, won["refresh_token"]))[0] == 401
    assert await status_of(ada) == 401


async def test_logging_out_ends_the_login_and_takes_the_cookies_away(
    product: Product, ada: Person
) -> None:
    token, live = await refresh_token_of(ada), await ada.connect()
    status, _, headers = await ada.call_with_headers("POST", "/auth/logout")
    assert status == 204
    taken = cookies_of(headers)
    assert {name: (c.value, c["max-age"]) for name, c in taken.items()} == {
        "token": ("", "0"),
        "refresh_token": ("", "0"),
    }
    await expect_the_end(live)
    assert await status_of(ada) == 401
    assert (await refresh(product, token))[0] == 401
    with pytest.raises(ConnectionError):
        await ada.connect()


async def test_the_devices_are_listed_and_the_present_one_is_marked(ada: Person) -> None:
    phone = await second_login(ada)
    listed = await ada.get("/auth/logins")
    assert [(login["id"], login["current"]) for login in listed] == [
        (phone.login_id, False),
        (ada.login_id, True),
    ]
    assert all({"user_agent", "created_at", "last_seen_at"} <= set(login) for login in listed)


async def test_revoking_a_login_closes_its_connections_and_no_others(ada: Person) -> None:
    phone = await second_login(ada)
    desk, lost = await ada.connect(), await phone.connect()
    await ada.done("DELETE", f"/auth/logins/{phone.login_id}")
    await expect_the_end(lost)
    assert await status_of(phone) == 401
    assert (await desk.do("timer:current"))["entry"] is None
    assert [login["id"] for login in await ada.get("/auth/logins")] == [ada.login_id]


async def test_a_login_that_is_not_ones_own_is_not_found(ada: Person, bo: Person) -> None:
    assert (await ada.call("DELETE", f"/auth/logins/{bo.login_id}"))[0] == 404
    assert await status_of(bo) == 200


async def test_a_revocation_sent_again_answers_the_same(ada: Person) -> None:
    """[T5] While without its command id the login is simply not there any more."""
    phone = await second_login(ada)
    path, command_id = f"/auth/logins/{phone.login_id}", "6b6f1f0e-2f5c-4b58-a1c1-0c4c4e0a3b11"
    for _ in range(2):
        assert (await ada.call("DELETE", path, Idempotency_Key=command_id))[0] == 204
    assert (await ada.call("DELETE", path))[0] == 404


@pytest.mark.parametrize("connected", [True, False])
async def test_a_revocation_reaches_other_instances_within_two_seconds(
    ada: Person, elsewhere: Product, connected: bool
) -> None:
    """The connections there, and the access token whether there are connections or not."""
    there = Person(elsewhere, ada.id, ada.username, ada.email, ada.token, ada.login_id)
    elsewhere.people.append(there)
    live = await there.connect() if connected else None
    assert await status_of(there) == 200
    began = time.monotonic()
    await ada.post("/auth/logout")
    if live is not None:
        await expect_the_end(live)
    while await status_of(there) != 401:
        assert time.monotonic() - began < WITHIN_S
        await asyncio.sleep(0.05)
    assert time.monotonic() - began < WITHIN_S


async def test_a_new_password_ends_the_other_logins_only(product: Product, ada: Person) -> None:
    phone = await second_login(ada)
    lost, kept = await phone.connect(), await ada.connect()
    body = {"current_password": PASSWORD, "new_password": "quite another one"}
    await ada.post("/auth/password", body)
    await expect_the_end(lost)
    assert await status_of(phone) == 401
    assert await status_of(ada) == 200
    assert (await kept.do("timer:current"))["entry"] is None
    assert (await sign_in(product, ada.email, PASSWORD))[0] == 401
    assert (await sign_in(product, ada.email, "quite another one"))[0] == 200


async def test_a_change_of_password_sent_again_answers_the_same(ada: Person) -> None:
    """[T5] Though the present password is another one by then."""
    command_id = "0b9b6c2e-6a39-4a51-8e0c-5b9c7e0d4f10"
    body = {"current_password": PASSWORD, "new_password": "quite another one"}
    for _ in range(2):
        status, _ = await ada.call("POST", "/auth/password", body, Idempotency_Key=command_id)
        assert status == 204
    body["new_password"] = "a third one"
    status, problem = await ada.call("POST", "/auth/password", {"command_id": command_id} | body)
    assert (status, problem["code"]) == (409, "command_id_reused")


async def test_an_old_password_does_not_outlive_its_change_by_a_race(
    product: Product, ada: Person
) -> None:
    """Who was let in by it, but has no login yet, gets none."""
    connection = await asyncpg.connect(product.database_url)
    async with connection.transaction():
        await lock_users(connection, [ada.id])
        entering = asyncio.create_task(sign_in(product, ada.email, PASSWORD))
        while not await connection.fetchval(
            "select exists (select from pg_stat_activity where datname = current_database()"
            " and cardinality(pg_blocking_pids(pid)) > 0)"
        ):
            assert not entering.done()
            await asyncio.sleep(0.01)
        await set_password(connection, ada.id, "$2b$04$" + "x" * 53)
    await connection.close()
    status, problem, _ = await entering
    assert (status, problem["code"]) == (401, "invalid_credentials")
    assert len(await ada.get("/auth/logins")) == 1


async def test_a_wrong_present_password_changes_nothing(product: Product, ada: Person) -> None:
    body = {"current_password": "a guess", "new_password": "quite another one"}
    status, problem = await ada.call("POST", "/auth/password", body)
    assert (status, problem["code"]) == (401, "invalid_credentials")
    assert (await sign_in(product, ada.email, PASSWORD))[0] == 200
