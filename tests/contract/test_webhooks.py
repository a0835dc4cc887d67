"""Webhooks over the API: made, tested, signed, looked at, refused [N3]."""

import asyncio
import base64
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from handlers.messages.webhooks import Failure
from handlers.socket.asyncapi import SENT
from rooms.rules.webhooks import OWN_EVENTS
from storage.embedded import Embedded
from tests.support.databases import Databases
from tests.support.product import ROOT, Person, Product, serving
from tests.support.received import Receiver, receiver

TIMES = '{"job_poll": 0.1, "webhook_tick": 0.05, "webhook_backoff": 0.1}'


@pytest.fixture(scope="module")
async def sending(servers: Embedded, databases: Databases) -> AsyncIterator[Product]:
    """A server that may send into its own network, where the tests' receivers are."""
    async with serving(
        await databases.make(),
        servers.redis_url,
        WEBHOOK_ALLOW_PRIVATE="true",
        TEST_TIMES=TIMES,
    ) as product:
        yield product


@pytest.fixture
async def there() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


@pytest.fixture
async def cleo(sending: Product) -> Person:
    return await sending.person("cleo")


async def make(person: Person, there: Receiver, *events: str, **fields: Any) -> Any:
    body = {"url": f"{there.origin}/hook", "events": list(events) or ["*"], **fields}
    return await person.post("/webhooks", body)


async def ended(person: Person, webhook_id: int, count: int = 1) -> list[Any]:
    """The log, once so many deliveries in it have ended."""
    async with asyncio.timeout(15):
        while True:
            found: list[Any] = await person.get(f"/webhooks/{webhook_id}/deliveries")
            if sum(one["ended_at"] is not None for one in found) >= count:
                return found
            await asyncio.sleep(0.02)


async def test_a_stopped_timer_arrives_and_stands_in_the_log(cleo: Person, there: Receiver) -> None:
    """With the secret that is shown once, and what the contract says in its headers."""
    made = await make(cleo, there, "timer:stopped")
    assert made["active"] is True
    assert made["events"] == ["timer:stopped"]
    shown = [await cleo.get(f"/webhooks/{made['id']}"), *await cleo.get("/webhooks")]
    assert shown == [{name: made[name] for name in made if name != "secret"}] * 2
    started = await cleo.post("/time-entries", {})
    await cleo.done("PUT", f"/time-entries/{started['entry_id']}/end")
    (arrived,) = await there.until(1)
    assert arrived.event == arrived.body["event"] == "timer:stopped"
    assert arrived.is_signed_by(made["secret"])
    assert arrived.body["data"]["entry"]["id"] == started["entry_id"]
    assert arrived.body["data"]["user"] == {"id": cleo.id, "username": cleo.username}
    (delivery,) = await ended(cleo, made["id"])
    assert delivery["id"] == arrived.delivery_id == arrived.body["id"]
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 1)
    assert [tried["status"] for tried in delivery["tries"]] == [204]
    detail = await cleo.get(f"/webhooks/{made['id']}/deliveries/{delivery['id']}")
    assert detail["body"] == arrived.body
    live = await cleo.connect()
    ack = await live.do("channel:subscribe", channel=f"user:{cleo.id}")
    assert arrived.body["epoch"] == ack["epoch"]


async def test_of_a_project_those_who_manage_it_have_webhooks(
    cleo: Person, there: Receiver, sending: Product
) -> None:
    """[V1] What others do there comes, and what they do elsewhere does not."""
    outsider, member = await sending.person("out"), await sending.person("mem")
    project_id = await cleo.project("Atlas")
    role = {"user_id": member.id, "role": "contributor"}
    await cleo.post(f"/projects/{project_id}/members", role)
    body = {"url": there.origin, "events": ["*"], "project_id": project_id}
    assert (await outsider.call("POST", "/webhooks", body))[0] == 404
    assert (await member.call("POST", "/webhooks", body))[0] == 403
    status, problem = await cleo.call("POST", "/webhooks", body | {"events": ["streak:updated"]})
    assert (status, problem["errors"][0]["field"]) == (422, "events")
    await cleo.post("/webhooks", body)
    await member.post("/time-entries", {"description": "mine alone"})
    await member.post("/time-entries", {"project_id": project_id, "description": "maps"})
    (arrived, *_) = await there.until(1)
    assert arrived.body["channel"] == f"project:{project_id}"
    assert arrived.body["data"]["entry"]["description"] == "maps"
    await member.done("PATCH", "/users/me", {"privacy": {"hide_descriptions": True}})
    await there.until(2)
    await member.post("/time-entries", {"project_id": project_id, "description": "hidden"})
    await there.until(4)
    assert not any(b"mine alone" in one.raw or b"hidden" in one.raw for one in there.arrived)


async def test_a_secret_is_made_once_and_remembered_by_nobody(
    cleo: Person, there: Receiver, sending: Product
) -> None:
    """[T5] The same command has the same answer, which is not kept in clear."""
    key = str(uuid4())
    body = {"url": there.origin, "events": ["*"], "command_id": key}
    first, second = [await cleo.post("/webhooks", body) for _ in range(2)]
    assert first == second
    connection = await asyncpg.connect(sending.database_url)
    kept = await connection.fetchval(
        "select result::text from command_results where command_id = $1", key
    )
    await connection.close()
    assert first["secret"] not in kept
    again = await cleo.post(f"/webhooks/{first['id']}/secret", Idempotency_Key=str(uuid4()))
    assert again["secret"] != first["secret"]
    await cleo.post(f"/webhooks/{first['id']}/test")
    (arrived,) = await there.until(1)
    assert arrived.is_signed_by(first["secret"])
    assert arrived.is_signed_by(again["secret"])


async def test_a_test_is_sent_once_and_a_delivery_again(cleo: Person, there: Receiver) -> None:
    """The one also while the webhook is off; the other under its own id."""
    there.statuses = [500]
    made = await make(cleo, there)
    path = f"/webhooks/{made['id']}"
    await cleo.done("PATCH", path, {"active": False})
    status, asked = await cleo.call("POST", f"{path}/test")
    assert (status, asked["event"], asked["state"]) == (202, "ping", "waiting")
    (failed,) = await ended(cleo, made["id"])
    assert (failed["id"], failed["state"], failed["attempts"]) == (asked["id"], "failed", 1)
    again = f"{path}/deliveries/{asked['id']}/redeliver"
    assert (await cleo.call("POST", again))[0] == 409
    await cleo.done("PATCH", path, {"active": True})
    status, waits = await cleo.call("POST", again)
    assert (status, waits["state"], waits["attempts"]) == (202, "waiting", 0)
    await there.until(2)
    (delivered,) = await ended(cleo, made["id"])
    assert [tried["status"] for tried in delivered["tries"]] == [500, 204]
    first, second = there.arrived
    assert first.body["data"] == {"webhook_id": made["id"]}
    assert (first.delivery_id, first.raw) == (second.delivery_id, second.raw)


async def test_what_came_while_it_was_off_is_not_sent(cleo: Person, there: Receiver) -> None:
    made = await make(cleo, there, "timer:started")
    path = f"/webhooks/{made['id']}"
    await cleo.done("PATCH", path, {"active": False})
    await cleo.post("/time-entries", {"description": "off"})
    edited = await cleo.done("PATCH", path, {"active": True, "url": f"{there.origin}/other"})
    assert (edited["active"], edited["url"]) == (True, f"{there.origin}/other")
    await cleo.post("/time-entries", {"description": "on"})
    (arrived,) = await there.until(1)
    assert arrived.body["data"]["entry"]["description"] == "on"
    assert arrived.path == "/other"
    await cleo.done("DELETE", path)
    await cleo.post("/time-entries", {"description": "deleted"})
    assert (await cleo.call("GET", path))[0] == 404
    assert await cleo.get("/webhooks") == []


async def test_a_webhook_is_its_owners(cleo: Person, there: Receiver, sending: Product) -> None:
    """To everybody else it does not exist."""
    made = await make(cleo, there)
    delivery = await cleo.post(f"/webhooks/{made['id']}/test")
    other, path = await sending.person("other"), f"/webhooks/{made['id']}"
    for method, address, body in (
        ("GET", path, None),
        ("PATCH", path, {"active": False}),
        ("DELETE", path, None),
        ("POST", f"{path}/test", None),
        ("POST", f"{path}/secret", None),
        ("GET", f"{path}/deliveries", None),
        ("GET", f"{path}/deliveries/{delivery['id']}", None),
        ("POST", f"{path}/deliveries/{delivery['id']}/redeliver", None),
    ):
        assert (await other.call(method, address, body))[0] == 404, (method, address)
    assert await other.get("/webhooks") == []


async def test_the_log_has_pages(cleo: Person, there: Receiver) -> None:
    made = await make(cleo, there)
    path = f"/webhooks/{made['id']}/deliveries"
    ids = [(await cleo.post(f"/webhooks/{made['id']}/test"))["id"] for _ in range(5)]
    await ended(cleo, made["id"], 5)
    found, cursor = [], ""
    while cursor is not None:
        _, page, headers = await cleo.call_with_headers("GET", f"{path}?limit=2{cursor}")
        found += [one["id"] for one in page]
        given = headers.get("X-Next-Cursor")
        cursor = None if given is None else f"&cursor={given}"
    assert found == ids[::-1]
    assert await cleo.get(f"{path}?state=failed") == []


INSIDE = """
    http://127.0.0.1/ http://localhost/ http://2130706433/ http://0x7f000001/ http://0177.0.0.1/
    http://127.1/ http://0/ http://0.0.0.0/ http://10.0.0.1/ http://172.16.3.4/ http://192.168.1.1/
    http://169.254.169.254/latest/meta-data/ http://100.64.0.1/ http://198.18.0.1/ http://224.0.0.1/
    http://255.255.255.255/ http://[::1]/ http://[::]/ http://[::ffff:127.0.0.1]/
    http://[::ffff:7f00:1]/ http://[::127.0.0.1]/ http://[64:ff9b::7f00:1]/ http://[64:ff9b::a00:1]/
    http://[64:ff9b:1::a00:1]/ http://[2002:7f00:1::]/ http://[2001:0:7f00:1::]/ http://[fc00::1]/
    http://[fd00::1]/ http://[fe80::1]/ http://[fe80::1%25eth0]/ http://[fec0::1]/ http://[ff02::1]/
    http://[2001:db8::1]/ https://127.0.0.1:8443/ https://localhost./ http://user@93.184.216.34/
    http://93.184.216.34@127.0.0.1/ http://127.0.0.1\\@93.184.216.34/ ftp://93.184.216.34/
    file:///etc/passwd gopher://93.184.216.34/ javascript:alert(1) //93.184.216.34/ nonsense http://
    http:///x http://93.184.216.34:99999/ http://[::1
""".split()


async def test_addresses_inside_are_refused(ada: Person) -> None:
    """However they are written; when it is made, and when it is edited."""
    made = await ada.post("/webhooks", {"url": "http://93.184.216.34/x", "events": ["*"]})
    taken = []
    for url in INSIDE:
        for method, path in (("POST", "/webhooks"), ("PATCH", f"/webhooks/{made['id']}")):
            body = {"url": url} | ({"events": ["*"]} if method == "POST" else {})
            status, problem = await ada.call(method, path, body)
            if status != 422 or problem["errors"][0]["field"] != "url":
                taken.append((method, url, status))
    assert taken == []
    assert (await ada.get(f"/webhooks/{made['id']}"))["url"] == "http://93.184.216.34/x"


async def test_events_are_chosen_from_those_that_there_are(ada: Person) -> None:
    assert set(OWN_EVENTS) <= set(SENT)
    for events in ([], ["timer:exploded"], ["ping"], ["login:revoked"], ["*"] * 51):
        body = {"url": "https://93.184.216.34/", "events": events}
        status, problem = await ada.call("POST", "/webhooks", body)
        assert (status, problem["errors"][0]["field"]) == (422, "events"), events
    body = {"url": "https://93.184.216.34/", "events": ["timer:stopped", "timer:stopped"]}
    assert (await ada.post("/webhooks", body))["events"] == ["timer:stopped"]


async def test_nobody_has_more_than_ten(hasty: Product) -> None:
    person = await hasty.person("many")
    body = {"url": "https://93.184.216.34/", "events": ["*"]}
    for _ in range(10):
        await person.post("/webhooks", body)
    assert (await person.call("POST", "/webhooks", body))[0] == 409


@pytest.mark.parametrize("language", ["python", "js"])
async def test_the_samples_of_the_document_know_the_sender(
    cleo: Person, there: Receiver, language: str
) -> None:
    made = await make(cleo, there)
    await cleo.post(f"/webhooks/{made['id']}/secret")
    await cleo.post(f"/webhooks/{made['id']}/test")
    (arrived,) = await there.until(1)
    text = (ROOT / "docs/PROTOCOL.md").read_text("utf-8").partition("### Webhooks")[2]
    code = text.partition(f"```{language}\n")[2].partition("```")[0]
    know = _in_python if language == "python" else _in_node
    signature = arrived.headers["FocusHub-Signature"]
    assert know(code, made["secret"], signature, arrived.raw)
    assert not know(code, made["secret"] + "x", signature, arrived.raw)
    assert not know(code, made["secret"], signature, arrived.raw + b" ")
    assert not know(code, made["secret"], signature.replace("t=1", "t=2"), arrived.raw)


def _in_python(code: str, secret: str, signature: str, body: bytes) -> bool:
    names: dict[str, Any] = {}
    exec(code, names)
    answer: bool = names["is_from_focushub"](secret, signature, body)
    return answer


def _in_node(code: str, secret: str, signature: str, body: bytes) -> bool:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    script = f"{code}\nconst [secret, signature, body] = process.argv.slice(1);\n" + (
        "console.log(isFromFocusHub(secret, signature, Buffer.from(body, 'base64')));"
    )
    given = [secret, signature, base64.b64encode(body).decode()]
    done = subprocess.run(
        [node, "--input-type=module", "-e", script, "--", *given],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip() == "true"


async def test_the_documents_have_what_is_sent(product: Product) -> None:
    """The reasons of failures and the body, for whoever writes a receiver."""
    _, document, _ = await product.request("GET", "/openapi.json")
    text = json.dumps(document)
    assert all(reason in text for reason in Failure.__args__)  # type: ignore[attr-defined]
