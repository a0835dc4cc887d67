"""Making an account, signing in with its password, and editing it (docs/PROTOCOL.md, Accounts)."""

import asyncio
from typing import Any

import bcrypt
import pytest

from handlers.actions import accounts
from handlers.actions.accounts import Device
from handlers.messages.accounts import Signin, Signup
from rooms.errors import InvalidCredentials
from server.instance import Instance
from tests.support.product import PASSWORD, Person, Product
from tests.support.visitors import cookies_of, newcomer, sign_in, sign_up


async def test_signing_up_answers_a_token_that_works(product: Product) -> None:
    new = newcomer(name="  Ada Lovelace ", timezone="Europe/Berlin")
    status, answer, headers = await sign_up(product, new)
    assert status == 201
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] > 0
    assert "=" not in answer["refresh_token"]
    assert headers["Cache-Control"] == "no-store"
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    _, me, _ = await product.request("GET", "/api/users/me", None, bearer)
    assert me == answer["user"]
    assert (me["name"], me["timezone"], me["role"]) == ("Ada Lovelace", "Europe/Berlin", "user")
    assert (me["email"], me["username"]) == (new["email"], new["username"])
    assert new["password"] not in str(me)


INVALID = [
    ("email", "nobody"),
    ("email", "a b@example.org"),
    ("email", "two@at@example.org"),
    ("email", "line@example.org\n"),
    ("email", "nul\0@example.org"),
    ("email", "x" * 250 + "@e.org"),
    ("email", None),
    ("password", "7 chars"),
    ("password", "x" * 129),
    ("password", 12345678),
    ("username", "ab"),
    ("username", "a" * 33),
    ("username", "with space"),
    ("username", "ünïcode"),
    ("username", "line\n"),
    ("name", "x" * 81),
    ("name", "tab\t"),
    ("timezone", "Mars/Olympus"),
    ("timezone", "europe/berlin"),
    ("timezone", ""),
    ("nickname", "an unknown field"),
]


@pytest.mark.parametrize("field, value", INVALID)
async def test_a_field_that_is_not_valid_is_named(product: Product, field: str, value: Any) -> None:
    """One 422 that says which field, and no account."""
    new = newcomer(**{field: value})
    status, problem, _ = await sign_up(product, new)
    assert (status, problem["code"]) == (422, "invalid")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert problem["errors"][0]["message"]


@pytest.mark.parametrize("field", ["email", "password", "username"])
async def test_a_field_that_is_missing_is_named(product: Product, field: str) -> None:
    new = newcomer()
    del new[field]
    status, problem, _ = await sign_up(product, new)
    assert (status, problem["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize("field, code", [("email", "email_taken"), ("username", "username_taken")])
async def test_emails_and_usernames_compare_without_case(
    product: Product, ada: Person, field: str, code: str
) -> None:
    status, problem, _ = await sign_up(product, newcomer(**{field: getattr(ada, field).upper()}))
    assert (status, problem["code"]) == (409, code)


async def test_of_many_signups_with_one_email_one_makes_the_account(product: Product) -> None:
    """The index decides, not a look before the insert."""
    email = newcomer()["email"]
    answers = await asyncio.gather(*(sign_up(product, newcomer(email=email)) for _ in range(4)))
    assert sorted(status for status, _, _ in answers) == [201, 409, 409, 409]
    assert {answer.get("code") for _, answer, _ in answers} == {None, "email_taken"}


async def test_both_cookies_are_out_of_reach_for_scripts_and_other_sites(product: Product) -> None:
    """HttpOnly, SameSite=Lax, with an age; the refresh token goes to the API only."""
    _, answer, headers = await sign_up(product, newcomer())
    cookies = cookies_of(headers)
    assert cookies["token"].value == answer["access_token"]
    assert cookies["refresh_token"].value == answer["refresh_token"]
    assert int(cookies["token"]["max-age"]) == answer["expires_in"]
    assert int(cookies["refresh_token"]["max-age"]) > answer["expires_in"]
    assert cookies["refresh_token"]["path"] == "/api"
    for cookie in cookies.values():
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
        assert not cookie["secure"], "plain http here"


async def test_the_cookie_alone_signs_in(product: Product) -> None:
    _, answer, headers = await sign_up(product, newcomer())
    cookie = {"Cookie": f"token={cookies_of(headers)['token'].value}"}
    status, me, _ = await product.request("GET", "/api/users/me", None, cookie)
    assert (status, me) == (200, answer["user"])


async def test_a_wrong_password_and_an_unknown_email_look_the_same(
    product: Product, ada: Person
) -> None:
    wrong = await sign_in(product, ada.email, "not the password")
    unknown = await sign_in(product, "nobody@example.org", "not the password")
    assert (wrong[0], wrong[1]["code"]) == (401, "invalid_credentials")
    for _, problem, _ in (wrong, unknown):
        del problem["request_id"]
    assert wrong[:2] == unknown[:2]


@pytest.mark.parametrize("email", ["nul\0@example.org", "x" * 255])
async def test_an_email_that_nobody_can_have_is_invalid(product: Product, email: str) -> None:
    status, problem, _ = await sign_in(product, email, PASSWORD)
    assert (status, problem["errors"][0]["field"]) == (422, "email")


async def test_an_unknown_email_costs_as_much_as_a_wrong_password(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both run bcrypt once, with the same work factor: no list of accounts by stopwatch."""
    factors: list[bytes] = []
    check = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        factors.append(hashed[:7])
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    known = Signup(email="ada@example.org", username="ada", password=PASSWORD)
    await accounts.sign_up(instance.services, known, Device())
    for email in ("ada@example.org", "nobody@example.org"):
        with pytest.raises(InvalidCredentials):
            await accounts.sign_in(instance.services, Signin(email=email, password="x"), Device())
    assert factors == [b"$2b$12$", b"$2b$12$"]


PASSWORDS = {
    "eight characters": "8 chars!",
    "a hundred and twenty-eight": "x" * 128,
    "beyond 72 bytes": "long " * 20,
    "with NUL": "before\0after",
    "emoji": "🔥🔥🔥🔥🔥🔥🔥🔥",
}


@pytest.mark.parametrize("password", PASSWORDS.values(), ids=PASSWORDS)
async def test_every_character_of_a_password_counts(product: Product, password: str) -> None:
    """bcrypt reads 72 bytes and up to a NUL: whatever it would not read is hashed before."""
    new = newcomer(password=password)
    assert (await sign_up(product, new))[0] == 201
    assert (await sign_in(product, new["email"].upper(), password))[0] == 200
    assert (await sign_in(product, new["email"], password[:-1] + "?"))[0] == 401


RHYTHM = {
    "work_s": 1500, "short_break_s": 300, "long_break_s": 900, "cycles": 4,
    "auto_start_breaks": True, "auto_start_work": False,
}  # fmt: skip
EDITS = [
    ({"name": "Grace"}, {"name": "Grace"}),
    ({"timezone": "America/New_York"}, {"timezone": "America/New_York"}),
    ({"day_starts_at": 6}, {"day_starts_at": 6}),
    ({"name": ""}, {"name": ""}),
    ({"language": "de"}, {"language": "de"}),
    ({"daily_goal_seconds": 0}, {"daily_goal_seconds": 0}),
    ({"daily_goal_seconds": 86_400}, {"daily_goal_seconds": 86_400}),
    ({"pomodoro": {"work_s": 3000}}, {"pomodoro": RHYTHM | {"work_s": 3000}}),
    ({"pomodoro": RHYTHM | {"cycles": 2}}, {"pomodoro": RHYTHM | {"cycles": 2}}),
    ({}, {}),
]


@pytest.mark.parametrize("edit, changed", EDITS)
async def test_only_the_fields_given_change(ada: Person, edit: Any, changed: Any) -> None:
    before = await ada.get("/users/me")
    assert await ada.done("PATCH", "/users/me", edit) == before | changed
    assert await ada.get("/users/me") == before | changed


async def test_what_one_prefers_is_with_the_account_and_told_to_ones_devices(
    product: Product, ada: Person
) -> None:
    before = await ada.get("/users/me")
    assert (before["has_password"], before["language"]) == (True, None)
    assert (before["daily_goal_seconds"], before["pomodoro"]) == (None, None)
    phone = await ada.connect()
    await ada.done("PATCH", "/users/me", {"daily_goal_seconds": 7200, "pomodoro": {"cycles": 3}})
    told = (await phone.expect("user:updated"))["data"]["user"]
    assert (told["daily_goal_seconds"], told["pomodoro"]) == (7200, RHYTHM | {"cycles": 3})
    # Who arrives later is told as much.
    arrived = await (await ada.connect()).expect("connection:ready")
    assert arrived["user"] == told
    _, answer, _ = await sign_up(product, newcomer(language="de"))
    assert answer["user"]["language"] == "de"


async def test_privacy_is_edited_switch_by_switch(ada: Person) -> None:
    before = (await ada.get("/users/me"))["privacy"]
    assert before == {
        "leaderboards": True,
        "profile": "public",
        "show_activity": True,
        "hide_descriptions": False,
    }
    for name, value in (("leaderboards", False), ("profile", "private"), ("show_activity", False)):
        after = await ada.done("PATCH", "/users/me", {"privacy": {name: value}})
        before[name] = value
        assert after["privacy"] == before


@pytest.mark.parametrize(
    "edit, field",
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"day_starts_at": 7}, "day_starts_at"),
        ({"day_starts_at": -1}, "day_starts_at"),
        ({"privacy": {"profile": "secret"}}, "privacy.profile"),
        ({"privacy": {"leaderboard": False}}, "privacy.leaderboard"),
        ({"email": "new@example.org"}, "email"),
        ({"role": "admin"}, "role"),
        ({"language": "fr"}, "language"),
        ({"daily_goal_seconds": -1}, "daily_goal_seconds"),
        ({"daily_goal_seconds": 86_401}, "daily_goal_seconds"),
        ({"pomodoro": {"work_s": 0}}, "pomodoro.work_s"),
        ({"pomodoro": {"cycles": 101}}, "pomodoro.cycles"),
        ({"pomodoro": {"run": None}}, "pomodoro.run"),
    ],
)
async def test_an_edit_that_is_not_valid_changes_nothing(
    ada: Person, edit: Any, field: str
) -> None:
    before = await ada.get("/users/me")
    status, problem = await ada.call("PATCH", "/users/me", {"name": "Grace"} | edit)
    assert (status, problem["errors"][0]["field"]) == (422, field)
    assert await ada.get("/users/me") == before


@pytest.mark.parametrize(
    "email",
    ["ada<bo@example.org>", "ada,bo@example.org", "ada(x)@example.org", '"ada"@example.org'],
)
async def test_an_address_is_one_mailbox_and_means_nothing_more_in_a_mail(
    product: Product, email: str
) -> None:
    """Or what is sent to it would come to somebody else's, as often as one signs up."""
    status, problem, _ = await sign_up(product, newcomer(email=email))
    assert (status, problem["errors"][0]["field"]) == (422, "email")


async def test_a_new_zone_moves_no_past_day(ada: Person) -> None:
    """[D3] An entry keeps the zone and the day start that it was made with."""
    await ada.done("PATCH", "/users/me", {"timezone": "Asia/Tokyo", "day_starts_at": 4})
    made = (await ada.post("/time-entries", {}))["entry"]
    await ada.done("PATCH", "/users/me", {"timezone": "America/Lima", "day_starts_at": 0})
    kept = await ada.get(f"/time-entries/{made['id']}")
    assert (kept["timezone"], kept["day_starts_at"]) == ("Asia/Tokyo", 4)
    new = (await ada.post("/time-entries", {}))["entry"]
    assert (new["timezone"], new["day_starts_at"]) == ("America/Lima", 0)
