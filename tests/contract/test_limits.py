"""Limits of calls and of signing in (docs/PROTOCOL.md, "Limits"; SECURITY.md, "Signing in")."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest

from storage.embedded import Embedded
from tests.support.databases import Databases
from tests.support.link import link_to
from tests.support.product import PASSWORD, Person, Product, serving
from tests.support.visitors import cookies_of, newcomer, refresh_token_of

# Nothing comes back while a test runs.
RATES = "read=5/9000,read.address=12/90000,write=2/9000,costly=1/9000,sign_in.address=500/9000"
SETTINGS = {
    "RATE_LIMITS": "on",
    "RATES": RATES,
    "TRUSTED_PROXIES": "127.0.0.1",
    # A busy machine may take its time; what is judged is asked here, not how soon.
    "TEST_TIMES": json.dumps({"limit_answer": 1.0}),
}
places = itertools.count(1)


@pytest.fixture(scope="module")
async def pair(servers: Embedded, databases: Databases) -> AsyncIterator[list[Product]]:
    """Two instances on one database and one Redis, behind a proxy that says where callers are."""
    url = await databases.make()
    async with AsyncExitStack() as stack:
        starting = [
            stack.enter_async_context(serving(url, servers.redis_url, **SETTINGS)) for _ in "ab"
        ]
        both = await asyncio.gather(*starting)
        await until_shared(both)
        yield both


async def until_shared(both: list[Product]) -> None:
    """Wait until both count in Redis: while a busy machine starts them, they may do without."""
    async with asyncio.timeout(20):
        while True:
            person = await both[0].person()
            told = [(await read(product, person, place()))[2] for product in both]
            if [headers["RateLimit-Remaining"] for headers in told] == ["4", "3"]:
                return


@pytest.fixture
def limited(pair: list[Product]) -> Product:
    return pair[0]


def place() -> str:
    """An address from which nobody has called yet."""
    number = next(places)
    return f"198.51.{number // 250}.{number % 250 + 1}"


async def read(product: Product, person: Person | None, at: str, path: str = "/users/me") -> Any:
    """(status, answer, headers) of a GET by somebody from an address."""
    headers = {"X-Forwarded-For": at}
    if person is not None:
        headers["Authorization"] = f"Bearer {person.token}"
    return await product.request("GET", f"/api{path}", None, headers)


async def sign_in(product: Product, email: str, password: str, at: str, cookie: str = "") -> Any:
    """(status, answer, headers) of a login from an address."""
    headers = {"X-Forwarded-For": at} | ({"Cookie": cookie} if cookie else {})
    body = {"email": email, "password": password}
    return await product.request("POST", "/api/auth/login", body, headers)


async def test_a_user_has_one_limit_on_all_instances_and_is_told_of_it(
    pair: list[Product],
) -> None:
    ada, bo = await pair[0].person("ada"), await pair[0].person("bo")
    left = []
    for number in range(5):
        path = "/users/me" if number % 2 else "/projects/987654321"
        status, _, headers = await read(pair[number % 2], ada, place(), path)
        assert status == (200 if number % 2 else 404), "refusals have the headers as well"
        assert headers["RateLimit-Limit"] == "5"
        assert headers["RateLimit-Policy"] == '"read";q=5;w=9000'
        assert 0 < int(headers["RateLimit-Reset"]) <= 9000
        left.append(headers["RateLimit-Remaining"])
    assert left == ["4", "3", "2", "1", "0"]
    for product in pair:
        status, problem, headers = await read(product, ada, place())
        assert (status, problem["code"]) == (429, "rate_limited")
        assert headers["Content-Type"].startswith("application/problem+json")
        assert problem["retry_after_s"] <= int(headers["Retry-After"]) <= 1800
        assert headers["RateLimit-Remaining"] == "0"
        assert (await read(product, bo, place()))[0] == 200, "others are others"
    made = await ada.call_with_headers("POST", "/projects", {"name": "Atlas"})
    assert (made[0], made[2]["RateLimit-Remaining"]) == (201, "1"), "other calls have other limits"


async def test_files_and_reports_cost_more(limited: Product) -> None:
    ada = await limited.person("ada")
    for expected in (415, 429):
        status, _ = await ada.call("PUT", "/users/me/avatar", {"no": "picture"})
        assert status == expected


async def test_an_address_has_a_limit_of_its_own(limited: Product) -> None:
    """However many sign in from it; and of IPv6 a household has one address."""
    households = [place(), "2001:db8:7:1::"]
    for household in households:
        people = [await limited.person() for _ in range(4)]
        answers = []
        for number, person in enumerate(people * 4):
            at = household if ":" not in household else f"{household}{number + 1:x}"
            answers.append(await read(limited, person, at))
        assert [answer[0] for answer in answers] == [200] * 12 + [429] * 4
        assert "read.address" in answers[-1][2]["RateLimit-Policy"]
        assert (await read(limited, people[0], place()))[0] == 200
    assert (await read(limited, await limited.person(), "2001:db8:7:2::1"))[0] == 200


async def test_who_is_nobody_may_not_ask_for_ever(limited: Product) -> None:
    at = place()
    assert [(await read(limited, None, at))[0] for _ in range(14)] == [401] * 12 + [429] * 2


async def test_without_limits_nothing_is_told_of_any(ada: Person) -> None:
    """RATE_LIMITS=off"""
    _, _, headers = await ada.call_with_headers("GET", "/users/me")
    assert not [name for name in headers if name.startswith("RateLimit")]


async def test_without_redis_each_instance_keeps_the_limits_by_itself(
    servers: Embedded, databases: Databases
) -> None:
    """Half open, the worst of all ways to be away: still an answer, and no 5xx."""
    async with link_to(servers.redis_url) as link:
        async with serving(await databases.make(), link.url, **SETTINGS) as product:
            ada, bo, cy = [await product.person() for _ in range(3)]
            assert (await read(product, bo, place()))[0] == 200
            link.freeze()
            statuses = [(await read(product, ada, place()))[0] for _ in range(8)]
            assert statuses == [200] * 5 + [429] * 3
            wrong = [(await sign_in(product, cy.email, "no", "198.51.100.9"))[0] for _ in range(7)]
            assert wrong == [401] * 5 + [429] * 2
            link.mend()


# -- signing in


async def test_guessing_is_slowed_and_never_said_to_be_about_an_account(limited: Product) -> None:
    """An e-mail that nobody has is answered like one that somebody has, from the first try on. The
    last three at once: a second begins with the fifth, and judging that one may take longer."""
    ada = await limited.person("ada")
    told = []
    for email in (ada.email, ada.email.upper(), f"{uuid4()}@example.org"):
        at = place()
        answers = [await sign_in(limited, email, f"guess {n}", at) for n in range(4)]
        last = (sign_in(limited, email, f"guess {n}", at) for n in range(4, 7))
        answers += sorted(await asyncio.gather(*last), key=lambda answer: answer[0])
        told.append([(a[0], a[1]["code"], a[1]["detail"]) for a in answers])
        assert [a[0] for a in answers] == [401] * 5 + [429] * 2
        assert answers[-1][2]["Retry-After"] == "1"
    assert told[0] == told[1] == told[2]


async def test_a_right_password_waits_like_a_wrong_one(limited: Product) -> None:
    """Otherwise waiting would tell that it was right."""
    ada, at = await limited.person("ada"), place()
    for _ in range(5):
        await sign_in(limited, ada.email, "wrong", at)
    assert (await sign_in(limited, ada.email, PASSWORD, at))[0] == 429


async def test_tries_at_once_gain_nothing(pair: list[Product]) -> None:
    """On two instances, all before the first is answered."""
    ada, at = await pair[0].person("ada"), place()
    tries = (sign_in(pair[number % 2], ada.email, "wrong", at) for number in range(20))
    statuses = sorted([answer[0] for answer in await asyncio.gather(*tries)])
    assert statuses == [401] * 5 + [429] * 15


async def test_nobody_is_locked_out_by_others(limited: Product) -> None:
    """Forty strangers guess at one account: its owner comes in where they have come in before, and
    with the device that they have; another stranger does not."""
    ada, device = await limited.person("ada"), place()
    home = place()
    first = await sign_in(limited, ada.email, PASSWORD, home)
    assert first[0] == 200
    guesses = (sign_in(limited, ada.email, "wrong", place()) for _ in range(40))
    statuses = [answer[0] for answer in await asyncio.gather(*guesses)]
    assert sorted(statuses) == [401] * 30 + [429] * 10
    assert (await sign_in(limited, ada.email, PASSWORD, place()))[0] == 429
    assert (await sign_in(limited, ada.email, PASSWORD, home))[0] == 200
    cookie = f"refresh_token={cookies_of(first[2])['refresh_token'].value}"
    assert (await sign_in(limited, ada.email, PASSWORD, device, cookie))[0] == 200
    bo = await limited.person("bo")
    foreign = f"refresh_token={await refresh_token_of(bo)}"
    refused = await sign_in(limited, ada.email, PASSWORD, place(), foreign)
    assert refused[0] == 429, "the device of somebody else is a stranger's"


async def test_who_comes_in_has_not_failed(limited: Product) -> None:
    """Ten right passwords and four wrong ones in turn are no reason to wait."""
    ada, at = await limited.person("ada"), place()
    for _ in range(4):
        assert (await sign_in(limited, ada.email, PASSWORD, at))[0] == 200
        for _ in range(4):
            assert (await sign_in(limited, ada.email, "wrong", at))[0] == 401


async def test_the_password_asked_for_once_more_is_slowed_too(limited: Product) -> None:
    """A stolen login must not be enough to find the password."""
    status, answer, _ = await limited.request(
        "POST", "/api/auth/signup", newcomer(), {"X-Forwarded-For": place()}
    )
    assert status == 201
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    body = {"current_password": "wrong", "new_password": "another password"}
    tries = (limited.request("POST", "/api/auth/password", body, bearer) for _ in range(3))
    # Changing things has its own limit here; within it each try is judged.
    assert sorted([a[0] for a in await asyncio.gather(*tries)]) == [401, 401, 429]
