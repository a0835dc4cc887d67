"""Requests that a proxy and a server might read differently, bombs of headers, and false lines."""

import asyncio
import json

from storage.embedded import Embedded
from tests.abuse.attackers import PATIENCE_S, Attacker
from tests.contract.test_webhooks import INSIDE
from tests.support.databases import Databases
from tests.support.product import Person, Product, serving
from tests.support.pushed import Browser
from tests.support.tcp import exchange

_POST = b"POST /api/auth/login HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
_GET = b"GET /healthz HTTP/1.1\r\nHost: here\r\n"
_CHUNKED = b"Transfer-Encoding: chunked\r\n"
# What would be a request of its own, if the one before it ended where somebody else thinks.
_SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"
TRICKS = {
    "both lengths": _POST + b"Content-Length: 6\r\n" + _CHUNKED + b"\r\n0\r\n\r\n" + _SMUGGLED,
    "both lengths, turned": _POST + _CHUNKED + b"Content-Length: 4\r\n\r\n0\r\n\r\n" + _SMUGGLED,
    "two lengths": _POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}" + _SMUGGLED,
    "a list of lengths": _POST + b"Content-Length: 2, 2\r\n\r\n{}" + _SMUGGLED,
    "a length with a sign": _POST + b"Content-Length: +2\r\n\r\n{}",
    "a length below nought": _POST + b"Content-Length: -2\r\n\r\n{}",
    "a length with a line": _POST + b"Content-Length: 0_2\r\n\r\n{}",
    "an encoding that is none": _POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked, and then not": _POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a space before the colon": _POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": _POST + _CHUNKED + _CHUNKED + b"\r\n0\r\n\r\n",
    "chunks in HTTP 1.0": _POST.replace(b"1.1", b"1.0") + _CHUNKED + b"\r\n0\r\n\r\n",
    "a chunk's size with 0x": _POST + _CHUNKED + b"\r\n0x2\r\n{}\r\n0\r\n\r\n",
    "a line feed in an extension": _POST + _CHUNKED + b"\r\n2;\n{}\r\n0\r\n\r\n",
    "lines without a return": b"GET /healthz HTTP/1.1\nHost: here\n\n",
    "a folded header": _GET + b"X: a\r\n b\r\n\r\n",
    "two hosts": _GET + b"Host: there\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "a return within a header": _GET + b"A: b\rc\r\n\r\n",
    "an escape within a header": _GET + b"User-Agent: \x1b[31m\r\n\r\n",
    "two hundred headers": _GET + b"A: b\r\n" * 200 + b"\r\n",
    "a long header": _GET + b"A: " + b"b" * 20_000 + b"\r\n\r\n",
    "a long address": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: here\r\n\r\n",
}


async def test_what_could_be_read_in_two_ways_is_not_read(product: Product) -> None:
    """One answer, which is a refusal, and then the end."""
    for name, trick in TRICKS.items():
        attacker = await Attacker.connect(product)
        await attacker.say(trick)
        heard = await attacker.hear_all()
        assert heard.partition(b" ")[2][:4] == b"400 ", (name, heard[:200])
        assert heard.count(b"HTTP/1.") == 1, (name, heard)
        assert attacker.problem["code"] == "malformed", name
        attacker.close()


async def test_a_body_without_an_end_is_refused_at_its_limit(product: Product) -> None:
    """Chunk after chunk, to calls that read JSON, a file, a poll, or nothing at all."""
    ada = await product.person("ada")
    bearer = f"Authorization: Bearer {ada.token}\r\n".encode()
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    picture = b"PUT /api/users/me/avatar HTTP/1.1\r\nHost: here\r\n" + bearer
    endless = [
        _POST,
        picture + b"Content-Type: multipart/form-data; boundary=b\r\n",
        b"POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: here\r\n",
        b"POST /nowhere HTTP/1.1\r\nHost: here\r\n",
    ]
    attackers = [await Attacker.connect(product) for _ in endless]
    floods = []
    for attacker, head in zip(attackers, endless, strict=True):
        await attacker.say(head + _CHUNKED + b"\r\n")
        floods.append(asyncio.create_task(attacker.flood(chunk)))
    async with asyncio.timeout(PATIENCE_S):
        lines = [await attacker.reader.readline() for attacker in attackers]
    for attacker in attackers:
        attacker.close()
    await asyncio.gather(*floods)
    statuses = [line.split()[1] for line in lines]
    assert statuses[0] == b"413"
    assert statuses[1] in (b"413", b"400")
    assert statuses[2:] == [b"400", b"404"]


async def test_no_page_of_others_reads_with_a_script_element(product: Product, ada: Person) -> None:
    """JSONP would be such a way: the cookie goes along, and no Origin."""
    cookie = {"Cookie": f"token={ada.token}"}
    path = "/socket.io/?EIO=4&transport=polling"
    status, _, headers = await product.request("GET", f"{path}&j=0", None, cookie)
    assert status == 400
    status, opening, headers = await product.request("GET", path, None, cookie)
    assert status == 200
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"].startswith("text/plain")
    sid = json.loads(opening[1:])["sid"]
    assert (await product.request("GET", f"{path}&sid={sid}&j=0", None, cookie))[0] == 400


async def test_answers_do_not_say_what_the_server_is_made_of(product: Product) -> None:
    for path in ("/", "/healthz", "/api/users/me", "/nowhere", "/static/nothing.js"):
        _, _, headers = await product.request("GET", path)
        assert headers["Server"] == "FocusHub", path
    assert b"Server: FocusHub" in await exchange(product.url, b"no HTTP\r\n\r\n")


async def test_nobody_writes_lines_of_their_own_into_the_log(
    servers: Embedded, databases: Databases
) -> None:
    """Neither new lines nor what a terminal obeys, whatever is asked for or said. (The log for
    people; one of JSON objects has no such way in, and `test_logs.py` reads it.)"""
    url, changes = await databases.make(), {"LOG_FORMAT": "console", "LOG_LEVEL": "debug"}
    async with serving(url, servers.redis_url, **changes) as product:
        process = product.process
        assert process is not None
        assert process.stdout is not None
        printed = asyncio.create_task(asyncio.to_thread(process.stdout.read))
        forged = "%0a%0d%1b[2J%1b]0;x%07%c2%9b31m%e2%80%a8forged"
        for path in (f"/{forged}", f"/api/{forged}?a={forged}", f"/socket.io/?sid={forged}"):
            await product.request("GET", path)
        ada = await product.person("ada")
        text = "a\n\x1b[2Jforged\r\u2028\x9b31m"
        await ada.call("POST", "/time-entries", {"description": text})
        await ada.call("PATCH", "/users/me", {"name": text})
        await (await ada.connect()).send("no:such\n\x1b[2Jforged", {"text": text})
        await ada.close()
        process.kill()
        lines = (await printed).splitlines()
    assert [line for line in lines if "forged" in line], "it was logged"
    assert [line for line in lines if line.lstrip().startswith("forged")] == []
    # Colours are the log's own; clearing the screen, titles and the one-byte form are nobody's.
    assert [line for line in lines if any(x in line for x in ("\x1b[2J", "\x1b]", "\x9b"))] == []


async def test_pushes_go_nowhere_inside_either(ada: Person) -> None:
    """The addresses that webhooks refuse, as endpoints of browsers."""
    taken = []
    for address in INSIDE:
        given = Browser(address.replace("http://", "https://", 1)).subscription
        status, _ = await ada.call("POST", "/push/subscriptions", given)
        if status != 422:
            taken.append((address, status))
    assert taken == []
