"""One-time codes at signing in (RFC 6238), recovery codes, and what many wrong ones bring."""

import asyncio
import base64
import re
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from rooms.rules.totp import code_at, step_of
from tests.support.product import PASSWORD, Person, Product


def code_now(secret: str, drift: int = 0) -> str:
    """What an app shows that has the secret."""
    raw = base64.b32decode(secret)
    return code_at(raw, step_of(datetime.now(UTC)) + drift)


async def sign_in(person: Person, code: str | None = None) -> tuple[int, Any, Any]:
    body = {"email": person.email, "password": PASSWORD}
    if code is not None:
        body["code"] = code
    return await person.product.request("POST", "/api/auth/login", body)


async def outcome(person: Person, code: str | None = None) -> str:
    """`ok`, or the code of the refusal."""
    status, answer, _ = await sign_in(person, code)
    return "ok" if status == 200 else answer["code"]


async def turn_on(person: Person) -> tuple[str, list[str]]:
    """(secret, recovery codes)"""
    secret = (await person.post("/auth/totp", {"password": PASSWORD}))["secret"]
    answer = await person.post("/auth/totp/confirm", {"code": code_now(secret)})
    return secret, answer["recovery_codes"]


async def sql(person: Person, query: str, *arguments: Any) -> Any:
    connection = await asyncpg.connect(person.product.database_url)
    try:
        return await connection.fetch(query, *arguments)
    finally:
        await connection.close()


async def forget_steps(person: Person) -> None:
    """As half a minute does."""
    await sql(person, "update totp set last_step = 0 where user_id = $1", person.id)


async def test_codes_are_asked_for_once_one_has_been_seen(ada: Person) -> None:
    status, problem = await ada.call("POST", "/auth/totp", {"password": "a guess"})
    assert (status, problem["code"]) == (401, "invalid_credentials")
    begun = await ada.post("/auth/totp", {"password": PASSWORD})
    assert re.fullmatch(r"[A-Z2-7]{32}", begun["secret"])
    assert begun["otpauth_url"] == (
        f"otpauth://totp/FocusHub:{ada.email}?secret={begun['secret']}"
        "&issuer=FocusHub&algorithm=SHA1&digits=6&period=30"
    )
    assert await outcome(ada) == "ok", "nothing has been confirmed yet"
    again = await ada.post("/auth/totp", {"password": PASSWORD})
    status, problem = await ada.call(
        "POST", "/auth/totp/confirm", {"code": code_now(begun["secret"])}
    )
    assert (status, problem["code"]) == (401, "invalid_code"), "of the secret before"
    done = await ada.post("/auth/totp/confirm", {"code": code_now(again["secret"])})
    assert len(set(done["recovery_codes"])) == 10
    assert all(re.fullmatch(r"([a-z2-7]{4}-){3}[a-z2-7]{4}", c) for c in done["recovery_codes"])
    assert await ada.get("/auth/totp") == {"enabled": True, "recovery_codes_left": 10}
    assert (await ada.call("POST", "/auth/totp", {"password": PASSWORD}))[0] == 409
    assert (await ada.call("POST", "/auth/totp/confirm", {"code": "000000"}))[0] == 409


async def test_signing_in_takes_the_password_and_a_code_each_code_once(ada: Person) -> None:
    """A wrong password is told before anything of a code."""
    secret, _ = await turn_on(ada)
    assert await outcome(ada) == "totp_required"
    body = {"email": ada.email, "password": "a guess", "code": code_now(secret, 1)}
    status, problem, _ = await ada.product.request("POST", "/api/auth/login", body)
    assert (status, problem["code"]) == (401, "invalid_credentials")
    assert await outcome(ada, code_now(secret)) == "invalid_code", "it confirmed the secret"
    code = code_now(secret, 1)
    answers = await asyncio.gather(*(outcome(ada, code) for _ in range(3)))
    assert sorted(answers) == ["invalid_code", "invalid_code", "ok"]


async def test_a_recovery_code_stands_for_one_code(ada: Person) -> None:
    """However it is written; of two who send it at once one is let in."""
    _, codes = await turn_on(ada)
    written = codes[0].upper().replace("-", " ")
    answers = await asyncio.gather(outcome(ada, codes[0]), outcome(ada, written))
    assert sorted(answers) == ["invalid_code", "ok"]
    assert (await ada.get("/auth/totp"))["recovery_codes_left"] == 9
    renewed = {"password": PASSWORD, "code": codes[1]}
    new = (await ada.post("/auth/totp/recovery-codes", renewed))["recovery_codes"]
    assert await outcome(ada, codes[2]) == "invalid_code"
    assert await outcome(ada, new[0]) == "ok"


async def test_turning_codes_off_takes_both(ada: Person) -> None:
    _, codes = await turn_on(ada)
    for password, code, expected in (
        ("a guess", codes[0], "invalid_credentials"),
        (PASSWORD, "000000", "invalid_code"),
    ):
        body = {"password": password, "code": code}
        status, problem = await ada.call("DELETE", "/auth/totp", body)
        assert (status, problem["code"]) == (401, expected)
    await ada.done("DELETE", "/auth/totp", {"password": PASSWORD, "code": codes[0]})
    assert await outcome(ada) == "ok"
    assert await ada.get("/auth/totp") == {"enabled": False, "recovery_codes_left": 0}
    body = {"password": PASSWORD, "code": codes[1]}
    assert (await ada.call("DELETE", "/auth/totp", body))[0] == 409


async def test_the_database_alone_gives_no_codes(ada: Person) -> None:
    """And where its key was changed, recovery codes still let in."""
    secret, codes = await turn_on(ada)
    raw = base64.b32decode(secret)
    (row,) = await sql(ada, "select secret from totp where user_id = $1", ada.id)
    assert raw not in row["secret"]
    kept = await sql(ada, "select code_hash from recovery_codes where user_id = $1", ada.id)
    assert not any(code.replace("-", "").encode() in hashed[0] for code in codes for hashed in kept)
    bo = await ada.product.person("bo")
    await sql(
        ada,
        "insert into totp (user_id, secret, confirmed_at) select $1, secret, now() from totp"
        " where user_id = $2",
        bo.id,
        ada.id,
    )
    assert await outcome(bo, code_now(secret)) == "invalid_code", "sealed for somebody else"
    await sql(ada, "update totp set secret = $2 where user_id = $1", ada.id, bytes(48))
    assert await outcome(ada, code_now(secret, 1)) == "invalid_code"
    assert await outcome(ada, codes[0]) == "ok"


async def test_five_wrong_codes_make_even_the_right_one_wait(hasty: Product) -> None:
    """By what the database keeps, so that no restart helps."""
    ada = await hasty.person("ada")
    secret, codes = await turn_on(ada)
    await forget_steps(ada)
    wrong = [await outcome(ada, f"{n:06}") for n in range(4)]
    assert await outcome(ada, code_now(secret)) == "ok"
    await forget_steps(ada)
    wrong += [await outcome(ada, f"{n:06}") for n in range(5)]
    assert set(wrong) == {"invalid_code"}
    for code in (code_now(secret), codes[0]):
        status, problem, headers = await sign_in(ada, code)
        assert (status, problem["code"]) == (429, "rate_limited")
        assert 0 < int(headers["Retry-After"]) <= 60
    rows = await sql(ada, "select failures, locked_until from totp where user_id = $1", ada.id)
    assert rows[0]["failures"] == 5
    await sql(ada, "update totp set locked_until = now() where user_id = $1", ada.id)
    assert await outcome(ada, codes[0]) == "ok"
    hasty.people.clear()


@pytest.mark.parametrize(
    "code",
    ["", " ", "12345", "1234567", "\u0661\u0662\u0663\u0664\u0665\u0666", "\u00e9", "x" * 64],
)
async def test_what_is_no_code_is_refused(ada: Person, code: str) -> None:
    await turn_on(ada)
    assert await outcome(ada, code) == "invalid_code"
