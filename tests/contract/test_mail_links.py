"""What goes by mail: a forgotten password, an address that is confirmed, another address.

docs/PROTOCOL.md, "Accounts".
"""

import asyncio
import re
from email.message import EmailMessage
from typing import Any

import asyncpg
import pytest

from handlers.actions.identity import secret_hash
from tests.support.product import PASSWORD, Person, Product
from tests.support.smtp import Post
from tests.support.visitors import newcomer, sign_in, sign_up

NEW = "quite another one"
Mailing = tuple[Product, Post]
# By which one gets into an account, or what happens in it gets out.
WAYS_MADE = (
    "insert into identities (issuer, subject, user_id) values ('https://id.example', 'x', $1)",
    "insert into totp (user_id, secret, confirmed_at) values ($1, 'x', now())",
    "insert into recovery_codes (user_id, code_hash) values ($1, 'x')",
    "insert into webhooks (user_id, url, events, secret, seq)"
    " values ($1, 'https://example.org', '{timer:stopped}', 'x', 0)",
    "insert into calendars (user_id, secret_hash) values ($1, 'x')",
)
WAYS_LEFT = [f"select count(*) from {made.split()[2]} where user_id = $1" for made in WAYS_MADE]


def link_in(letter: EmailMessage, page: str) -> str:
    """The secret of the link in a letter; both its parts have the same one."""
    found = [
        set(re.findall(rf"https://hub\.example/{page}#([A-Za-z0-9_-]+)", part.get_content()))
        for part in letter.iter_parts()
    ]
    assert found[0] == found[1]
    (secret,) = found[0]
    return secret


async def sql(product: Product, query: str, *arguments: Any) -> Any:
    connection = await asyncpg.connect(product.database_url)
    try:
        return await connection.fetch(query, *arguments)
    finally:
        await connection.close()


async def until_no_jobs(product: Product) -> None:
    async with asyncio.timeout(15):
        while (await sql(product, "select count(*) from pgqueuer"))[0][0]:
            await asyncio.sleep(0.02)


async def ask_reset(product: Product, email: str) -> tuple[int, Any, Any]:
    return await product.request("POST", "/api/auth/password-reset", {"email": email})


async def set_password(product: Product, token: str, password: str = NEW) -> tuple[int, Any]:
    body = {"token": token, "new_password": password}
    status, answer, _ = await product.request("POST", "/api/auth/password-reset/confirm", body)
    return status, answer


async def confirm(product: Product, token: str) -> tuple[int, Any]:
    status, answer, _ = await product.request("POST", "/api/auth/verify-email", {"token": token})
    return status, answer


@pytest.fixture
async def post(mailing: Mailing) -> Post:
    return mailing[1]


@pytest.fixture
async def ada(mailing: Mailing) -> Any:
    product = mailing[0]
    yield await product.person("ada")
    for person in product.people:
        await person.close()
    product.people.clear()


async def reset_link(ada: Person, post: Post) -> str:
    assert (await ask_reset(ada.product, ada.email.upper()))[0] == 202
    return link_in(await post.letter_to(ada.email, "Set a new password"), "reset")


async def test_a_forgotten_password_is_set_anew_by_a_link_once(ada: Person, post: Post) -> None:
    """All that was signed in before ends: logins, API tokens, connections. Its owner is told."""
    product = ada.product
    api_token = (await ada.post("/auth/tokens", {"name": "a script"}))["token"]
    live = await ada.connect()
    token = await reset_link(ada, post)
    (kept,) = await sql(product, "select token_hash from mail_links where user_id = $1", ada.id)
    assert kept[0] == secret_hash(token)
    assert (await set_password(product, token, "short"))[0] == 422
    assert (await set_password(product, token))[0] == 204
    assert (await live.expect("connection:closing"))["code"] == "login_revoked"
    status, problem = await set_password(product, token, "a third one")
    assert (status, problem["errors"][0]["field"]) == (422, "token")
    assert (await ada.call("GET", "/users/me"))[0] == 401
    assert (await ada.call("GET", "/users/me", Authorization=f"Bearer {api_token}"))[0] == 401
    assert (await sign_in(product, ada.email, PASSWORD))[0] == 401
    status, answer, _ = await sign_in(product, ada.email, NEW)
    assert (status, answer["user"]["email_verified"]) == (200, True)
    told = await post.letter_to(ada.email, "Your password was set anew")
    assert "List-Unsubscribe" not in told


async def test_what_was_set_up_before_the_address_was_confirmed_ends_with_a_reset(
    ada: Person, post: Post
) -> None:
    """Somebody else may have signed up with it. Whoever has confirmed theirs keeps all that."""
    product = ada.product
    for confirmed in (False, True):
        post.letters.clear()
        for made in WAYS_MADE:
            await sql(product, made, ada.id)
        assert (await set_password(product, await reset_link(ada, post)))[0] == 204
        for count in WAYS_LEFT:
            left = (await sql(product, count, ada.id))[0][0]
            assert bool(left) is confirmed, count


async def test_nobody_learns_from_a_reset_whether_there_is_an_account(
    ada: Person, post: Post
) -> None:
    """The same answer, and the same work: one job, which looks."""
    product = ada.product
    known = await ask_reset(product, ada.email)
    unknown = await ask_reset(product, "nobody@example.org")
    changing = {"Date", "X-Request-ID"}
    assert known[:2] == unknown[:2] == (202, {})
    assert [(n, v) for n, v in known[2].items() if n not in changing] == [
        (n, v) for n, v in unknown[2].items() if n not in changing
    ]
    await post.letter_to(ada.email, "Set a new password")
    await until_no_jobs(product)
    assert not [letter for letter in post.letters if letter["To"] == "nobody@example.org"]


async def test_of_two_who_open_a_link_at_once_one_sets_the_password(
    ada: Person, post: Post
) -> None:
    token = await reset_link(ada, post)
    answers = await asyncio.gather(*(set_password(ada.product, token, f"{NEW} {n}") for n in "ab"))
    assert sorted(status for status, _ in answers) == [204, 422]
    won = "ab"[[status for status, _ in answers].index(204)]
    assert (await sign_in(ada.product, ada.email, f"{NEW} {won}"))[0] == 200


async def test_a_link_ends_with_its_time_and_with_the_password(ada: Person, post: Post) -> None:
    """Also the one that was sent to another address, by whoever was signed in before."""
    product = ada.product
    new_address = f"elsewhere.{ada.email}"
    token = await reset_link(ada, post)
    await sql(product, "update mail_links set expires_at = now() where user_id = $1", ada.id)
    assert (await set_password(product, token))[0] == 422
    token = await reset_link(ada, post)
    await ada.post("/users/me/email", {"email": new_address, "password": PASSWORD})
    letter = await post.letter_to(new_address, "Confirm your new e-mail address")
    await ada.post("/auth/password", {"current_password": PASSWORD, "new_password": NEW})
    await post.letter_to(ada.email, "Your password was changed")
    assert (await set_password(product, token))[0] == 422
    assert (await confirm(product, link_in(letter, "verify")))[0] == 422


@pytest.mark.parametrize("token", ["x", "\U0001f525", "nul\0", "a" * 200])
async def test_a_link_that_is_none_does_nothing(ada: Person, token: str) -> None:
    assert (await set_password(ada.product, token))[0] == 422
    assert (await confirm(ada.product, token))[0] == 422


async def test_who_signs_up_is_asked_to_confirm_the_address(mailing: Mailing) -> None:
    """By their username: a name of up to 80 characters would be somebody's message."""
    product, post = mailing
    new = newcomer(name="Visit https://evil.example and win")
    _, answer, _ = await sign_up(product, new)
    assert answer["user"]["email_verified"] is False
    letter = await post.letter_to(new["email"], "Confirm your e-mail address")
    assert "evil.example" not in letter.as_string()
    me = Person(
        product, answer["user"]["id"], new["username"], new["email"], answer["access_token"], 0
    )
    product.people.append(me)
    live = await me.connect()
    token = link_in(letter, "verify")
    assert (await set_password(product, token))[0] == 422, "it sets no password"
    assert await confirm(product, token) == (204, "")
    told = await live.expect("user:updated")
    assert told["channel"] == f"user:{me.id}"
    assert told["data"]["user"]["email_verified"] is True
    assert (await me.get("/users/me"))["email_verified"] is True
    assert (await confirm(product, token))[0] == 422
    assert await me.post("/auth/verify-email/resend") == {}
    await until_no_jobs(product)
    assert len([letter for letter in post.letters if letter["To"] == me.email]) == 1
    await me.close()


async def test_another_address_holds_once_its_link_was_opened(ada: Person, post: Post) -> None:
    """The former one is told before and after, and links to it hold no more."""
    product, old, new = ada.product, ada.email, f"new.{ada.email}"
    old_link = await reset_link(ada, post)
    refused = await ada.call("POST", "/users/me/email", {"email": new, "password": "a guess"})
    assert (refused[0], refused[1]["code"]) == (401, "invalid_credentials")
    assert await ada.post("/users/me/email", {"email": new, "password": PASSWORD}) == {}
    assert new in (await post.letter_to(old, "is to be changed")).as_string()
    letter = await post.letter_to(new, "Confirm your new e-mail address")
    assert (await ada.get("/users/me"))["email"] == old
    live = await ada.connect()
    assert (await confirm(product, link_in(letter, "verify")))[0] == 204
    told = await live.expect("user:updated")
    user = told["data"]["user"]
    assert (user["email"], user["email_verified"]) == (new, True)
    await post.letter_to(old, "Your e-mail address was changed")
    assert (await sign_in(product, old, PASSWORD))[0] == 401
    assert (await sign_in(product, new, PASSWORD))[0] == 200
    assert (await set_password(product, old_link))[0] == 422


async def test_an_address_that_is_taken_is_not_told_apart_before_its_link(
    ada: Person, post: Post
) -> None:
    """And if it is taken meanwhile, whoever opens the link has shown that it is theirs."""
    product, other = ada.product, await ada.product.person("other")
    assert await ada.post("/users/me/email", {"email": other.email, "password": PASSWORD}) == {}
    await post.letter_to(ada.email, "is to be changed")
    await until_no_jobs(product)
    assert not [letter for letter in post.letters if letter["To"] == other.email]
    wanted = f"wanted.{ada.email}"
    await ada.post("/users/me/email", {"email": wanted, "password": PASSWORD})
    token = link_in(await post.letter_to(wanted, "Confirm your new"), "verify")
    await sql(product, "update users set email = upper($1) where id = $2", wanted, other.id)
    status, problem = await confirm(product, token)
    assert (status, problem["code"]) == (409, "email_taken")
    assert (await ada.get("/users/me"))["email"] == ada.email


async def test_a_new_username_is_seen_everywhere(ada: Person) -> None:
    """By oneself at once, by the members of one's projects, in lists, and in who is there."""
    bo = await ada.product.person("bo")
    project_id = await ada.project()
    await ada.post(f"/projects/{project_id}/members", {"user_id": bo.id})
    watching, own = await bo.connect(), await ada.connect()
    for live in (watching, own):
        await live.do("channel:subscribe", channel=f"project:{project_id}")
    await watching.expect(
        "presence:updated", lambda e: ada.id in [u["user_id"] for u in e["data"]["joined"]]
    )
    taken = await ada.call("PATCH", "/users/me", {"username": bo.username.upper()})
    assert (taken[0], taken[1]["code"]) == (409, "username_taken")
    wrong = await ada.call("PATCH", "/users/me", {"username": "a b"})
    assert (wrong[0], wrong[1]["code"]) == (422, "invalid")
    name = f"The.{ada.username}"
    assert (await ada.done("PATCH", "/users/me", {"username": name}))["username"] == name
    assert (await own.expect("user:updated"))["data"]["user"]["username"] == name
    member = (await watching.expect("member:updated"))["data"]["member"]
    assert member == {
        "user_id": ada.id, "username": name, "role": "owner", "avatar_url": None
    }  # fmt: skip
    assert not [event for event, _ in watching.events if event == "user:updated"]
    await watching.expect(
        "presence:updated", lambda e: name in [u["username"] for u in e["data"]["changed"]]
    )
    await own.command("timer:start", project_id=project_id)
    started = await watching.expect("timer:started")
    assert started["data"]["user"] == {"id": ada.id, "username": name}
    assert (await bo.get(f"/users/{ada.id}/profile"))["username"] == name
