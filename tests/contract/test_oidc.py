"""Signing in by OpenID Connect, at a provider that runs as a process of its own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import asyncpg
import pytest

from handlers.actions.identity import secret_hash
from storage.embedded import Embedded
from tests.support import schemas
from tests.support.databases import Databases
from tests.support.openid import CLIENT_ID, CLIENT_SECRET, PERSON, OpenId, openid_provider
from tests.support.product import PASSWORD, Product, serving

START = "/api/auth/oidc"
CALLBACK = "/api/auth/oidc/callback"


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[OpenId]:
    async with openid_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
async def hub(servers: Embedded, databases: Databases, provider: OpenId) -> AsyncIterator[Product]:
    async with serving(
        await databases.make(),
        servers.redis_url,
        OIDC_ISSUER=provider.issuer,
        OIDC_CLIENT_ID=CLIENT_ID,
        OIDC_CLIENT_SECRET=CLIENT_SECRET,
        OIDC_NAME="Our Company",
    ) as product:
        await provider.tell(redirect_uris=[product.url + CALLBACK])
        yield product


@dataclass
class Browser:
    """Keeps cookies, and goes where it is sent only when the test says so."""

    hub: Product
    http: aiohttp.ClientSession

    async def open(self, url: str, accept: str = "text/html") -> tuple[int, str, Any]:
        """(status, where it is sent, decoded problem if any)."""
        url = url if url.startswith("http") else self.hub.url + url
        async with self.http.get(
            url, allow_redirects=False, headers={"Accept": accept}
        ) as response:
            is_json = "json" in response.headers.get("Content-Type", "")
            body = await response.json(content_type=None) if is_json else None
            if url.startswith(self.hub.url):
                path = url.removeprefix(self.hub.url)
                schemas.check_answer("GET", path, response.status, body or "")
            return response.status, response.headers.get("Location", ""), body

    async def back(self, next_page: str = "/") -> str:
        """Go to the provider; the address with which it sends the browser back."""
        status, url, _ = await self.open(f"{START}?next={next_page}")
        assert status == 303, url
        status, url, _ = await self.open(url)
        assert status == 302, url
        return url

    async def sign_in(self, next_page: str = "/") -> str:
        """Where the browser ends up."""
        status, url, _ = await self.open(await self.back(next_page))
        assert status == 303
        return url

    async def me(self) -> Any:
        async with self.http.get(self.hub.url + "/api/users/me") as response:
            return await response.json() if response.status == 200 else None

    async def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        async with self.http.post(f"{self.hub.url}/api{path}", json=body or {}) as response:
            answer = await response.json()
            schemas.check_answer("POST", f"/api{path}", response.status, answer)
            return response.status, answer


@pytest.fixture
async def browser(hub: Product, provider: OpenId) -> AsyncIterator[Browser]:
    await provider.behave()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Browser(hub, http)


def _person(name: str, **more: Any) -> dict[str, Any]:
    return {**PERSON, "sub": name, "email": f"{name}@example.org", "preferred_username": name,
        **more}  # fmt: skip


async def _sql(hub: Product, query: str, *arguments: Any) -> Any:
    connection = await asyncpg.connect(hub.database_url)
    try:
        return await connection.fetchval(query, *arguments)
    finally:
        await connection.close()


async def test_the_first_time_makes_an_account_and_the_next_one_finds_it(
    hub: Product, browser: Browser, provider: OpenId
) -> None:
    _, methods, _ = await hub.request("GET", "/api/auth/methods")
    assert methods == {"password": True, "oidc": {"name": "Our Company"}}
    assert await browser.sign_in("/projects") == "/projects"
    me = await browser.me()
    assert (me["email"], me["username"], me["name"]) == (PERSON["email"], "ada.l", PERSON["name"])
    assert (me["timezone"], me["email_verified"]) == ("Europe/London", True)
    assert me["has_password"] is False

    # What the provider says of them may change; who they are does not. Userinfo says the rest.
    await provider.tell(person={**PERSON, "email": "new@example.org"}, only_userinfo=True)
    browser.http.cookie_jar.clear()
    assert await browser.sign_in() == "/"
    assert (await browser.me())["id"] == me["id"]
    assert {c.key for c in browser.http.cookie_jar} == {"token", "refresh_token"}


async def test_one_of_the_same_name_gets_another_username(
    browser: Browser, provider: OpenId
) -> None:
    await provider.tell(person=_person("twin", preferred_username="ada.l"))
    await browser.sign_in()
    assert (await browser.me())["username"].startswith("ada.l-")


@pytest.mark.parametrize(
    "fault",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"foreign_key": True},
        {"claims": {"aud": "somebody-else"}},
        {"claims": {"aud": [CLIENT_ID, "other"]}},
        {"claims": {"azp": "somebody-else"}},
        {"claims": {"exp": 1_700_000_000}},
        {"claims": {"exp": None}},
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"nonce": "of another browser"}},
        {"claims": {"nonce": None}},
        {"claims": {"sub": ""}},
    ],
    ids=str,
)
async def test_an_id_token_that_is_not_right_lets_nobody_in(
    browser: Browser, provider: OpenId, fault: dict[str, Any]
) -> None:
    await provider.tell(person=_person("mallory"), **fault)
    assert await browser.sign_in() == "/login?error=signin_failed"
    assert await browser.me() is None


async def test_an_answer_of_another_browser_lets_nobody_in(
    hub: Product, browser: Browser, provider: OpenId
) -> None:
    """`state` is bound to a cookie, works once, and so does the code."""
    url = await browser.back()
    parts = parse_qs(urlsplit(url).query)
    for wrong in (
        url.replace(parts["state"][0], "0" * 64),
        url.replace(f"state={parts['state'][0]}", ""),
    ):
        assert (await browser.open(wrong))[1] == "/login?error=signin_expired"
    # Without the cookie, which the first failure has taken away, the right one is none either.
    assert (await browser.open(url))[1] == "/login?error=signin_expired"

    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        other = Browser(hub, http)
        theirs = await other.back()
        url = await browser.back()
        # A code of mine with a state of theirs: PKCE's verifier and the nonce are of another trip.
        mine = parse_qs(urlsplit(url).query)["code"][0]
        mixed = theirs.replace(parse_qs(urlsplit(theirs).query)["code"][0], mine)
        assert (await other.open(mixed))[1] == "/login?error=signin_failed"
        assert await other.me() is None
    url = await browser.back()
    status, problem = (await browser.open(f"{url}&iss=x".replace("iss=http", "iss=ftp")))[::2]
    assert status in (303, 422), problem
    status, _, problem = await browser.open(f"{CALLBACK}?state=x", accept="application/json")
    assert (status, problem["code"]) == (401, "signin_expired")


async def test_keys_that_were_rotated_are_looked_for(browser: Browser, provider: OpenId) -> None:
    await provider.tell(person=_person("rota"))
    await browser.sign_in()
    await provider.tell(rotate=True)
    browser.http.cookie_jar.clear()
    assert await browser.sign_in() == "/"


async def test_a_provider_that_is_down_is_said_to_be(
    servers: Embedded, databases: Databases, hub: Product, browser: Browser, provider: OpenId
) -> None:
    """On a page for who wants one, and 503 for others."""
    url = await browser.back()
    await provider.tell(down=True)
    assert (await browser.open(url))[1] == "/login?error=unavailable"
    async with serving(
        hub.database_url, servers.redis_url, OIDC_ISSUER=provider.issuer, OIDC_CLIENT_ID=CLIENT_ID
    ) as cold:
        status, problem, headers = await cold.request("GET", START)
        assert (status, problem["code"]) == (503, "unavailable")
        assert "OpenID Connect does not answer" in problem["detail"]
        assert headers["Retry-After"]


async def test_who_does_not_agree_is_told_so(browser: Browser, provider: OpenId) -> None:
    await provider.tell(deny=True)
    assert await browser.sign_in() == "/login?error=signin_denied"


async def test_one_is_sent_to_pages_of_this_server_only(browser: Browser) -> None:
    for elsewhere in ("https://evil.example", "//evil.example", "/%5Cevil.example", "/api/export"):
        assert await browser.sign_in(elsewhere) == "/"


async def test_an_address_that_is_not_confirmed_makes_and_opens_no_account(
    hub: Product, browser: Browser, provider: OpenId
) -> None:
    """Or whoever can write an address at the provider would have the account of that address."""
    ada = await hub.person("ada")
    await provider.tell(person=_person("sly", email=ada.email, email_verified=False))
    assert await browser.sign_in() == "/login?error=email_unverified"
    await provider.tell(person=_person("sly", email=None))
    assert await browser.sign_in() == "/login?error=email_unverified"
    # Confirmed there, but not here: somebody may have signed up with this address before.
    await provider.tell(person=_person("sly", email=ada.email.upper()))
    assert await browser.sign_in() == "/login?error=email_taken"
    assert await browser.me() is None
    # Confirmed on both sides it is theirs, unless more than a password is asked of them.
    await _sql(hub, "update users set email_verified_at = now() where id = $1", ada.id)
    totp = "insert into totp (user_id, secret, confirmed_at) values ($1, $2, now())"
    await _sql(hub, totp, ada.id, b"x")
    assert await browser.sign_in() == "/login?error=email_taken"
    await _sql(hub, "delete from totp where user_id = $1", ada.id)
    assert await browser.sign_in() == "/"
    assert (await browser.me())["id"] == ada.id


async def test_an_account_is_linked_by_who_is_signed_in_and_unlinked(
    hub: Product, browser: Browser, provider: OpenId
) -> None:
    bo = await hub.person("bo")
    await provider.tell(person=_person("bo.at.work"))
    assert (await browser.post("/auth/login", {"email": bo.email, "password": PASSWORD}))[0] == 200
    status, made = await browser.post("/auth/oidc/link")
    assert status == 200
    _, back, _ = await browser.open(made["url"])
    assert (await browser.open(back))[1] == "/settings?linked=1"
    assert (await bo.get("/auth/oidc/link"))["linked"]

    browser.http.cookie_jar.clear()
    assert await browser.sign_in() == "/"
    assert (await browser.me())["id"] == bo.id
    # Somebody else cannot have the same identity.
    cy = await hub.person("cy")
    await browser.post("/auth/login", {"email": cy.email, "password": PASSWORD})
    _, made = await browser.post("/auth/oidc/link")
    _, back, _ = await browser.open(made["url"])
    assert (await browser.open(back))[1] == "/settings?error=identity_taken"
    # What was begun for one account is not ended by another's.
    _, made = await browser.post("/auth/oidc/link")
    _, back, _ = await browser.open(made["url"])
    await browser.post("/auth/login", {"email": bo.email, "password": PASSWORD})
    assert (await browser.open(back))[1] == "/settings?error=unauthenticated"

    assert (await bo.call("DELETE", "/auth/oidc/link"))[0] == 204
    assert (await bo.call("DELETE", "/auth/oidc/link"))[0] == 404
    await _sql(hub, "update users set password_hash = null where id = $1", bo.id)
    assert (await bo.call("DELETE", "/auth/oidc/link"))[0] == 409


async def test_who_links_an_account_made_of_somebody_elses_address_loses_it_by_the_reset(
    hub: Product, browser: Browser, provider: OpenId
) -> None:
    """Or whoever signs up with an address first would be let in for ever, past any password."""
    victim = await hub.person("victim")
    await provider.tell(person=_person("mallory.at.work"))
    await browser.post("/auth/login", {"email": victim.email, "password": PASSWORD})
    _, made = await browser.post("/auth/oidc/link")
    _, back, _ = await browser.open(made["url"])
    assert (await browser.open(back))[1] == "/settings?linked=1"
    # Whose account it is hears of it.
    told = "select count(*) from pgqueuer_log where entrypoint = 'account_news'"
    async with asyncio.timeout(15):
        while not await _sql(hub, told):
            await asyncio.sleep(0.02)

    place = """insert into mail_links (id, user_id, kind, email, token_hash, expires_at)
        values (gen_random_uuid(), $1, 'reset', $2, $3, now() + interval '1 hour')"""
    await _sql(hub, place, victim.id, victim.email, secret_hash("the link"))
    body = {"token": "the link", "new_password": "of the victim's own"}
    assert (await hub.request("POST", "/api/auth/password-reset/confirm", body))[0] == 204
    browser.http.cookie_jar.clear()
    await browser.sign_in()
    assert (await browser.me())["id"] != victim.id


@pytest.mark.parametrize("cookie", [b"\xff\xfe", b"%ff", b"e30", b""])
async def test_a_cookie_that_is_none_of_ours_has_expired(hub: Product, cookie: bytes) -> None:
    address = urlsplit(hub.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = (
        f"GET {CALLBACK}?state=x&code=y HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: oidc="
    )
    writer.write(head.encode() + cookie + b"\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"signin_expired" in answer


async def test_who_is_suspended_is_not_let_in(
    hub: Product, browser: Browser, provider: OpenId
) -> None:
    await provider.tell(person=_person("dora"))
    await browser.sign_in()
    user_id = (await browser.me())["id"]
    await _sql(hub, "update users set suspended_at = now() where id = $1", user_id)
    browser.http.cookie_jar.clear()
    assert await browser.sign_in() == "/login?error=account_suspended"


async def test_without_a_provider_there_is_none(product: Product) -> None:
    _, methods, _ = await product.request("GET", "/api/auth/methods")
    assert methods == {"password": True, "oidc": None}
    for path in (START, f"{CALLBACK}?state=x"):
        status, problem, _ = await product.request("GET", path)
        assert (status, problem["code"]) in ((404, "not_found"), (401, "signin_expired"))
