"""Access tokens that do not hold, and pages that may not use cookies (docs/PROTOCOL.md)."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from tests.support.product import SECRET, Person, Product, serving
from tests.support.visitors import cookies_of, newcomer, refresh_token_of, sign_up

FRONTEND = "https://app.example.org"


def claims_of(person: Person, **changes: Any) -> dict[str, Any]:
    """The claims of the person's own token, changed; None takes one away."""
    own = jwt.decode(person.token, options={"verify_signature": False})
    return {name: value for name, value in (own | changes).items() if value is not None}


def signed(person: Person, secret: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    return jwt.encode(claims_of(person, **changes), secret, algorithm)


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(person: Person, algorithm: str) -> str:
    """A token whose head claims `algorithm`, with the signature left out."""
    return f"{part({'typ': 'JWT', 'alg': algorithm})}.{part(claims_of(person))}."


def public_key_as_secret(person: Person) -> str:
    """The secret's algorithm named RS256: what is confused when the head may choose."""
    _head, body, signature = person.token.split(".")
    return f"{part({'typ': 'JWT', 'alg': 'RS256'})}.{body}.{signature}"


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


FORGED = {
    "another issuer": lambda p: signed(p, iss="somebody"),
    "no issuer": lambda p: signed(p, iss=None),
    "another audience": lambda p: signed(p, aud="another-api"),
    "no audience": lambda p: signed(p, aud=None),
    "expired": lambda p: signed(p, exp=ago(seconds=1)),
    "without an end": lambda p: signed(p, exp=None),
    "not valid yet": lambda p: signed(p, iat=ago(hours=-1)),
    "without a login": lambda p: signed(p, sid=None),
    "a login that is no number": lambda p: signed(p, sid="first"),
    "without a user": lambda p: signed(p, sub=None),
    "a user that is no number": lambda p: signed(p, sub="ada"),
    "another secret": lambda p: signed(p, SECRET + "!"),
    "another algorithm": lambda p: signed(p, SECRET, "HS512"),
    "no algorithm": lambda p: unsigned(p, "none"),
    "no algorithm, in capitals": lambda p: unsigned(p, "NONE"),
    "no signature": lambda p: unsigned(p, "HS256"),
    "a public key's algorithm": public_key_as_secret,
    "somebody else's claims": lambda p: p.token.replace(
        p.token.split(".")[1], part(claims_of(p, sub="1"))
    ),
    "cut": lambda p: p.token[:-3],
    "garbage": lambda _: "garbage",
    "dots": lambda _: "..",
    "no text of ours": lambda _: "\U0001f525.\U0001f525.\U0001f525",
    "empty": lambda _: "",
}


@pytest.mark.filterwarnings("ignore:The HMAC key is")
@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_a_token_that_does_not_hold_is_refused(ada: Person, forge: Any) -> None:
    status, problem, headers = await ada.call_with_headers(
        "GET", "/users/me", Authorization=f"Bearer {forge(ada)}"
    )
    assert (status, problem["code"]) == (401, "unauthenticated")
    assert headers["WWW-Authenticate"] == "Bearer"


async def test_the_same_token_unforged_holds(ada: Person) -> None:
    """So that the table above fails for its reason."""
    assert (await ada.call("GET", "/users/me", Authorization=f"Bearer {signed(ada)}"))[0] == 200


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Token x", ""])
async def test_another_kind_of_authorization_is_refused(ada: Person, header: str) -> None:
    """Also where a cookie would do: the header is what the caller meant."""
    cookie = f"token={ada.token}"
    status, _ = await ada.call("GET", "/users/me", Authorization=header, Cookie=cookie)
    assert status == 401


@pytest.fixture(scope="module")
async def behind_a_proxy(shared_product: Product) -> AsyncIterator[Product]:
    """A server that believes the proxies on this machine, with pages on another origin."""
    changes = {"FRONTEND_URL": f"{FRONTEND}/", "TRUSTED_PROXIES": "127.0.0.0/8"}
    async with serving(shared_product.database_url, shared_product.redis_url, **changes) as product:
        yield product


@pytest.fixture
async def eve(behind_a_proxy: Product) -> AsyncIterator[Person]:
    yield await behind_a_proxy.person("eve")
    behind_a_proxy.people.clear()


ORIGINS = [
    ("https://evil.example.org", 403),
    ("https://app.example.org.evil.example.org", 403),
    ("http://app.example.org", 403),
    ("null", 403),
    (FRONTEND, 201),
    ("the server's own", 201),
    (None, 201),
]


@pytest.mark.parametrize("origin, expected", ORIGINS)
async def test_only_our_pages_may_change_something_by_cookie(
    eve: Person, origin: str | None, expected: int
) -> None:
    """While who shows a bearer token is no page that borrows a cookie."""
    headers = {"Cookie": f"token={eve.token}"}
    if origin is not None:
        headers["Origin"] = eve.product.url if origin == "the server's own" else origin
    body = {"name": "Atlas"}
    status, answer, _ = await eve.product.request("POST", "/api/projects", body, headers)
    assert status == expected, answer
    assert (await eve.product.request("GET", "/api/projects", None, headers))[0] == 200
    bearer = headers | {"Authorization": f"Bearer {eve.token}"}
    assert (await eve.product.request("POST", "/api/projects", body, bearer))[0] == 201


async def test_a_foreign_page_cannot_refresh_by_cookie(eve: Person) -> None:
    token = await refresh_token_of(eve)
    cookie = {"Cookie": f"refresh_token={token}"}
    foreign = cookie | {"Origin": "https://evil.example.org"}
    path = "/api/auth/refresh"
    assert (await eve.product.request("POST", path, None, foreign))[0] == 403
    assert (await eve.product.request("POST", path, None, cookie))[0] == 200, "it was not used"


async def test_cookies_are_secure_behind_https(behind_a_proxy: Product) -> None:
    """As a trusted proxy tells it; then the server's own origin is https as well."""
    forwarded = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "focus.example.org"}
    status, _, headers = await sign_up(behind_a_proxy, newcomer(), **forwarded)
    assert status == 201
    cookies = cookies_of(headers)
    assert [bool(cookies[name]["secure"]) for name in ("token", "refresh_token")] == [True, True]
    sent = {name.replace("_", "-"): value for name, value in forwarded.items()} | {
        "Cookie": f"token={cookies['token'].value}",
        "Origin": "https://focus.example.org",
    }
    body = {"name": "Atlas"}
    assert (await behind_a_proxy.request("POST", "/api/projects", body, sent))[0] == 201


async def test_a_login_remembers_the_address_that_the_proxy_was_called_from(eve: Person) -> None:
    """The last one that is no trusted proxy: what stands left of it anybody can make up."""
    token = await refresh_token_of(eve)
    sent = {
        "Cookie": f"refresh_token={token}",
        "X-Forwarded-For": "1.1.1.1, 203.0.113.7, 127.0.0.9",
    }
    assert (await eve.product.request("POST", "/api/auth/refresh", None, sent))[0] == 200
    assert (await eve.get("/auth/logins"))[0]["address"] == "203.0.113.7"


async def test_nobody_else_is_believed_what_they_forward(product: Product) -> None:
    told = {"X_Forwarded_Proto": "https", "X_Forwarded_For": "203.0.113.7"}
    _, answer, headers = await sign_up(product, newcomer(), **told)
    assert not cookies_of(headers)["token"]["secure"]
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    _, logins, _ = await product.request("GET", "/api/auth/logins", None, bearer)
    assert logins[0]["address"] == "127.0.0.1"
