"""Web push over the API: a browser subscribes, and reads what is pushed to it [N2]."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from storage.embedded import Embedded
from tests.support.databases import Databases
from tests.support.product import Person, Product, serving
from tests.support.pushed import Browser, PushService, decoded, push_service

TIMES = '{"job_backoff": 0.1, "job_poll": 0.2, "settle": 0.1}'


@pytest.fixture(scope="module")
async def service() -> AsyncIterator[PushService]:
    async with push_service() as service:
        yield service


@pytest.fixture(scope="module")
async def pushing(servers: Embedded, databases: Databases) -> AsyncIterator[Product]:
    """A server that may push into its own network, where the test's service is."""
    async with serving(
        await databases.make(),
        servers.redis_url,
        WEBHOOK_ALLOW_PRIVATE="true",
        TEST_TIMES=TIMES,
    ) as product:
        yield product


@pytest.fixture
async def cleo(pushing: Product, service: PushService) -> Person:
    service.arrived.clear()
    service.statuses.clear()
    return await pushing.person("cleo")


async def follower_of(person: Person) -> Person:
    """Somebody who makes a public project whenever `person` is to be told something."""
    maker = await person.product.person("maker")
    await person.done("PUT", f"/users/{maker.id}/follow")
    return maker


async def test_a_browser_reads_what_is_pushed_to_it(cleo: Person, service: PushService) -> None:
    browser = service.browser("one")
    as_json = browser.subscription | {"expirationTime": None}
    made = await cleo.post("/push/subscriptions", as_json)
    assert made["subscription_id"]
    maker = await follower_of(cleo)
    project_id = await maker.project("Open sea", visibility="public")
    (arrived, *_) = await service.until(1)
    assert arrived.path == "/push/one"
    assert arrived.headers["Content-Encoding"] == "aes128gcm"
    assert arrived.headers["TTL"] == "86400"
    assert arrived.headers["Urgency"] == "normal"
    assert len(arrived.headers["Topic"]) <= 32
    assert b"Open sea" not in arrived.body
    message = service.message(browser, 0)
    assert message["kind"] == "project_created"
    assert message["title"] == f"{maker.username} has made the project “Open sea”"
    assert message["url"] == f"/projects/{project_id}"
    listed = await cleo.get("/notifications")
    assert [n["id"] for n in listed] == [message["id"]]


async def test_the_key_is_made_once_and_signs_what_is_pushed(
    cleo: Person, service: PushService
) -> None:
    """Whoever asks at once gets the same."""
    keys = await asyncio.gather(*(cleo.get("/push/key") for _ in range(10)))
    (key,) = {answer["public_key"] for answer in keys}
    assert decoded(key)[0] == 4
    assert len(decoded(key)) == 65
    await cleo.post("/push/subscriptions", service.browser("two").subscription)
    maker = await follower_of(cleo)
    await maker.project("Signed", visibility="public")
    (arrived, *_) = await service.until(1)
    claims = arrived.claims(service.origin)
    assert claims["k"] == key
    assert claims["sub"].startswith("mailto:")


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_forgotten(
    cleo: Person, service: PushService, status: int
) -> None:
    browser = service.browser("gone")
    await cleo.post("/push/subscriptions", browser.subscription)
    maker = await follower_of(cleo)
    service.statuses = [status]
    await maker.project("First", visibility="public")
    await service.until(1)
    async with asyncio.timeout(10):
        while (await by_kind(cleo))["project_created"]["push"]:
            await asyncio.sleep(0.05)
    answer = await cleo.call("DELETE", "/push/subscriptions", {"endpoint": browser.endpoint})
    assert answer[0] == 404


async def by_kind(person: Person) -> dict[str, Any]:
    return {p["kind"]: p for p in await person.get("/notifications/preferences")}


async def test_what_a_service_puts_off_comes_again(cleo: Person, service: PushService) -> None:
    """A redirection is not followed, and counts as a failure."""
    browser = service.browser("busy")
    await cleo.post("/push/subscriptions", browser.subscription)
    maker = await follower_of(cleo)
    service.statuses = [503, 429, 307]
    await maker.project("Again", visibility="public")
    arrived = await service.until(4)
    assert {one.path for one in arrived} == {"/push/busy"}
    assert len({one.headers["Topic"] for one in arrived}) == 1
    assert service.message(browser, 3)["kind"] == "project_created"


async def test_each_browser_gets_its_own_and_none_after_it_has_gone(
    cleo: Person, service: PushService
) -> None:
    first, second = service.browser("first"), service.browser("second")
    for browser in (first, second):
        made = await cleo.post("/push/subscriptions", browser.subscription)
    maker = await follower_of(cleo)
    await maker.project("Both", visibility="public")
    await service.until(2)
    by_path = {one.path: one for one in service.arrived}
    for browser, name in ((first, "first"), (second, "second")):
        assert b"Both" in browser.read(by_path[f"/push/{name}"].body)
    await cleo.done("DELETE", f"/push/subscriptions/{made['subscription_id']}")
    await maker.project("One", visibility="public")
    await service.until(3)
    await asyncio.sleep(0.5)
    assert len(service.arrived) == 3
    assert service.arrived[2].path == "/push/first"


async def test_who_signs_in_on_a_browser_last_gets_what_it_is_pushed(
    cleo: Person, pushing: Product, service: PushService
) -> None:
    browser = service.browser("shared")
    await cleo.post("/push/subscriptions", browser.subscription)
    dora = await pushing.person("dora")
    await dora.post("/push/subscriptions", browser.subscription)
    maker = await follower_of(cleo)
    await dora.done("PUT", f"/users/{maker.id}/follow")
    await maker.project("Shared", visibility="public")
    await service.until(1)
    await asyncio.sleep(0.5)
    (mine,) = await dora.get("/notifications")
    assert [service.message(browser, n)["id"] for n in range(len(service.arrived))] == [mine["id"]]


async def test_private_projects_and_hidden_people_are_nobodys_news(
    cleo: Person, service: PushService
) -> None:
    """[V2]"""
    await cleo.post("/push/subscriptions", service.browser("hush").subscription)
    maker = await follower_of(cleo)
    await maker.project("Mine")
    await maker.done("PATCH", "/users/me", {"privacy": {"show_activity": False}})
    await maker.project("Hidden", visibility="public")
    await asyncio.sleep(0.7)
    assert service.arrived == []
    assert await cleo.get("/notifications") == []


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("endpoint", {"endpoint": "https://127.0.0.1/x"}),
    ("endpoint", {"endpoint": "https://10.0.0.1:8443/x"}),
    ("endpoint", {"endpoint": "https://[::ffff:192.168.0.1]/x"}),
    ("endpoint", {"endpoint": "https://169.254.169.254/latest"}),
    ("endpoint", {"endpoint": "https://localhost/x"}),
    ("endpoint", {"endpoint": "http://push.example.org/x"}),
    ("endpoint", {"endpoint": "https://user@push.example.org/x"}),
    ("keys.p256dh", {"keys": {"p256dh": "AAAA", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}),
    ("keys.auth", {"auth": "AAAA"}),
]


@pytest.mark.parametrize("field, change", WRONG)
async def test_what_cannot_be_pushed_to_is_refused(
    ada: Person, field: str, change: dict[str, Any]
) -> None:
    """By a server that may not push into its own network."""
    given = Browser("https://93.184.216.34/push").subscription
    if "auth" in change:
        given["keys"] |= change
    else:
        given |= change
    status, problem = await ada.call("POST", "/push/subscriptions", given)
    assert (status, problem["code"]) == (422, "invalid"), problem
    assert [error["field"] for error in problem["errors"]] == [field]


async def test_an_address_of_the_open_internet_is_taken(ada: Person) -> None:
    browser = Browser("https://93.184.216.34/push")
    assert (await ada.post("/push/subscriptions", browser.subscription))["subscription_id"]
    await ada.done("DELETE", "/push/subscriptions", {"endpoint": browser.endpoint})


async def test_preferences_are_told_and_changed(ada: Person) -> None:
    """[N2]"""
    before = {p["kind"]: p for p in await ada.get("/notifications/preferences")}
    assert all(p["in_app"] for kind, p in before.items() if kind != "weekly_digest")
    mailed = {kind for kind, p in before.items() if p["email"]}
    assert mailed == {"timer_forgotten", "webhook_disabled"}
    assert [kind for kind, p in before.items() if p["push"]] == []
    await ada.post("/push/subscriptions", Browser("https://93.184.216.34/x").subscription)
    pushed = await ada.get("/notifications/preferences")
    assert {p["kind"] for p in pushed if not p["push"]} == {"weekly_digest"}
    change = {"kind": "badge_awarded", "email": True, "push": False}
    after = {p["kind"]: p for p in await ada.done("PATCH", "/notifications/preferences", change)}
    assert after["badge_awarded"] == {**change, "in_app": True}
    many = {
        "preferences": [
            {"kind": "weekly_digest", "email": True},
            {"kind": "badge_awarded", "in_app": False},
        ]
    }
    after = {p["kind"]: p for p in await ada.done("PUT", "/notifications/preferences", many)}
    assert after["weekly_digest"]["email"] is True
    assert after["badge_awarded"]["in_app"] is False
    assert after["badge_awarded"]["email"] is True
    assert list(after.values()) == await ada.get("/notifications/preferences")


@pytest.mark.parametrize(
    "change", [{"kind": "luck", "email": True}, {"kind": "weekly_digest", "push": True}]
)
async def test_what_there_is_not_cannot_be_chosen(ada: Person, change: dict[str, Any]) -> None:
    status, problem = await ada.call("PATCH", "/notifications/preferences", change)
    assert (status, problem["code"]) == (422, "invalid")
