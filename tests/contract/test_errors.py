"""Every error, from every layer, is application/problem+json with its code (docs/PROTOCOL.md)."""

import gzip
import json
from typing import Any

import asyncpg
import pytest

from tests.support.product import Person, Product, serving
from tests.support.tcp import exchange

MIB = 1024 * 1024


def is_problem(answer: Any, headers: Any, status: int, code: str) -> None:
    """The whole shape of RFC 9457 as the contract has it."""
    assert headers["Content-Type"].startswith("application/problem+json")
    assert (answer["status"], answer["code"]) == (status, code)
    assert set(answer) >= {"type", "title", "status", "code", "detail", "request_id", "errors"}
    assert answer["title"]
    assert answer["detail"]
    assert answer["request_id"] == headers["X-Request-ID"]


NOWHERE = [
    ("GET", "/nowhere", 404, "not_found"),
    ("GET", "/api", 404, "not_found"),
    ("GET", "/api/nowhere", 404, "not_found"),
    ("POST", "/api/nowhere", 404, "not_found"),
    ("GET", "/api/projects/one", 404, "not_found"),
    ("GET", "/api/projects/0", 404, "not_found"),
    ("GET", "/api/projects/-1", 404, "not_found"),
    ("GET", "/api/projects/9007199254740992", 404, "not_found"),
    ("GET", "/api/projects/" + "9" * 400, 404, "not_found"),
    ("GET", "/api/projects/१", 404, "not_found"),
    ("GET", "/api/projects/", 404, "not_found"),
    ("GET", "/static/nothing.js", 404, "not_found"),
    ("PUT", "/api/projects", 405, "method_not_allowed"),
    ("PATCH", "/api/users/me/", 404, "not_found"),
    ("TRACE", "/api/users/me", 405, "method_not_allowed"),
    ("OPTIONS", "/api/users/me", 405, "method_not_allowed"),
    ("POST", "/healthz", 405, "method_not_allowed"),
    ("DELETE", "/", 405, "method_not_allowed"),
]


@pytest.mark.parametrize("method, path, status, code", NOWHERE)
async def test_what_is_not_there_says_so(
    product: Product, ada: Person, method: str, path: str, status: int, code: str
) -> None:
    bearer = {"Authorization": f"Bearer {ada.token}"}
    got, answer, headers = await product.request(method, path, None, bearer)
    assert got == status
    is_problem(answer, headers, status, code)
    if status == 405:
        assert "GET" in headers["Allow"]


async def test_a_browser_that_goes_nowhere_gets_the_page_that_says_so(product: Product) -> None:
    """Programs are told in their own way, also by a browser that opens their addresses."""
    seen = {}
    for path in ("/nowhere", "/deep/down?x=1", "/api/nowhere", "/static/nowhere.js"):
        asked = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
        async with product.http.get(product.url + path, headers=asked) as answer:
            seen[path] = answer.status, answer.content_type
            assert "Content-Security-Policy" in answer.headers
    page, problem = (404, "text/html"), (404, "application/problem+json")
    assert seen == {
        "/nowhere": page, "/deep/down?x=1": page,
        "/api/nowhere": problem, "/static/nowhere.js": problem,
    }  # fmt: skip


MALFORMED = {
    "empty": b"",
    "half": b'{"name": ',
    "two": b'{"name": "a"} {}',
    "no UTF-8": b'{"name": "\xff"}',
    "a lone surrogate": b'{"name": "\\ud800"}',
    "not a number": b'{"name": NaN}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_what_is_no_json_is_malformed(ada: Person, body: bytes) -> None:
    status, answer, headers = await ada.call_with_headers(
        "POST", "/projects", body, Content_Type="application/json"
    )
    assert status == 400
    is_problem(answer, headers, 400, "malformed")


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"null", b"true", b"[" * 100_000])
async def test_json_that_is_no_object_is_invalid(ada: Person, body: bytes) -> None:
    status, answer, headers = await ada.call_with_headers(
        "POST", "/projects", body, Content_Type="application/json"
    )
    assert status == 422
    is_problem(answer, headers, 422, "invalid")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "x", ""])
async def test_another_kind_of_body_is_not_taken(ada: Person, kind: str) -> None:
    """Also because a form of another site may send those, and nothing else."""
    status, answer, headers = await ada.call_with_headers(
        "POST", "/projects", b'{"name": "Atlas"}', Content_Type=kind
    )
    assert status == 415
    is_problem(answer, headers, 415, "unsupported_media_type")


async def test_an_unknown_field_or_parameter_is_refused(ada: Person) -> None:
    """So that a typo is never silently ignored."""
    for method, path, body, field in [
        ("POST", "/projects", {"name": "A", "colour": "#000000"}, "colour"),
        ("GET", "/projects?archive=true", None, "archive"),
        ("GET", "/projects?limit=1&limit=2", None, "limit"),
    ]:
        status, answer, headers = await ada.call_with_headers(method, path, body)
        assert (status, [error["field"] for error in answer["errors"]]) == (422, [field])
        is_problem(answer, headers, 422, "invalid")


def post(person: Person, *headers: str) -> bytes:
    lines = [
        "POST /api/projects HTTP/1.1", "Host: here", f"Authorization: Bearer {person.token}",
        "Content-Type: application/json", "Connection: close", *headers, "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


def parsed(raw: bytes) -> tuple[int, dict[str, str], Any]:
    """(status, headers, body) of an answer."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, json.loads(body)


@pytest.mark.parametrize("size", [MIB + 1, 32 * MIB])
@pytest.mark.parametrize("way", ["with its length", "in chunks", "after asking"])
async def test_a_body_over_one_mib_still_gets_its_answer(ada: Person, size: int, way: str) -> None:
    """Even the client that sends everything before it reads, however it sends."""
    body = b'{"name": "' + b"x" * (size - 12) + b'"}'
    match way:
        case "in chunks":
            chunks = [f"{size:x}\r\n".encode(), body, b"\r\n0\r\n\r\n"]
            raw = await exchange(ada.product.url, post(ada, "Transfer-Encoding: chunked"), *chunks)
        case _:
            expect = ["Expect: 100-continue"] if way == "after asking" else []
            head = post(ada, f"Content-Length: {size}", *expect)
            raw = await exchange(ada.product.url, head, body)
    status, headers, answer = parsed(raw)
    assert status == 413
    is_problem(answer, headers, 413, "too_large")


async def test_a_body_of_one_mib_is_read(ada: Person) -> None:
    status, answer = await ada.call("POST", "/projects", {"name": "x" * (MIB - 12)})
    assert (status, answer["errors"][0]["field"]) == (422, "name")


async def test_a_small_body_that_unpacks_to_a_large_one_is_too_large(ada: Person) -> None:
    status, answer, headers = await ada.call_with_headers(
        "POST", "/projects", gzip.compress(b" " * 32 * MIB),
        Content_Type="application/json", Content_Encoding="gzip",
    )  # fmt: skip
    assert status == 413
    is_problem(answer, headers, 413, "too_large")


UNREADABLE = {
    "no gzip": (["Content-Encoding: gzip", "Content-Length: 9"], b'{"a": 12}'),
    "no chunk": (["Transfer-Encoding: chunked"], b"zzz\r\n{}\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize("headers, body", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_body_that_cannot_be_read_is_malformed(
    ada: Person, headers: list[str], body: bytes
) -> None:
    """Their fault, not ours: no 500, and nothing in the log."""
    status, answered, answer = parsed(await exchange(ada.product.url, post(ada, *headers), body))
    assert status == 400
    is_problem(answer, answered, 400, "malformed")


NO_HTTP = [
    b"POST /api/invites/top-secret\xff/accept HTTP/1.1\r\nHost: here\r\n\r\n",
    b"GET /api/time-entries?tag=\xff HTTP/1.1\r\nHost: here\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: here\r\nCookie: token=top-secret\x01\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: here\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: -1\r\n\r\n",
    b"hello\r\n\r\n",
]


@pytest.mark.parametrize("raw", NO_HTTP)
async def test_what_is_no_http_is_answered_like_everything(product: Product, raw: bytes) -> None:
    """With a problem that does not repeat what it was sent."""
    status, headers, answer = parsed(await exchange(product.url, raw))
    assert status == 400
    is_problem(answer, headers, 400, "malformed")
    assert "top-secret" not in json.dumps(answer)
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_a_header_that_is_no_text_does_no_harm(ada: Person) -> None:
    """A cookie that is none of ours, a browser with a strange name."""
    head = b"POST /api/auth/refresh HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
    odd = b"Cookie: refresh_token=\xff\xfe\r\nUser-Agent: \xff\xfe\r\nX-Request-ID: \xff\r\n\r\n"
    status, headers, answer = parsed(await exchange(ada.product.url, head + odd))
    assert status == 401
    is_problem(answer, headers, 401, "unauthenticated")


async def test_what_goes_wrong_on_our_side_tells_nothing_of_it(
    product: Product, database_url: str
) -> None:
    """A 500 has an id to find it by in the log, and no more."""
    async with serving(database_url, product.redis_url, LOG_LEVEL="error") as broken:
        ada = await broken.person("ada")
        connection = await asyncpg.connect(database_url)
        await connection.execute("alter table tags rename to labels")
        await connection.close()
        status, answer, headers = await ada.call_with_headers("GET", "/tags")
    assert status == 500
    is_problem(answer, headers, 500, "internal")
    told = json.dumps(answer).lower()
    assert not any(word in told for word in ("tags", "relation", "sql", "traceback", "postgres"))


@pytest.mark.parametrize("given", ["abc-123", "A.b_c"])
async def test_a_sane_request_id_is_kept(ada: Person, given: str) -> None:
    _, _, headers = await ada.call_with_headers("GET", "/users/me", X_Request_ID=given)
    assert headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "<script>", "ünïcode"])
async def test_another_request_id_is_replaced(ada: Person, given: str) -> None:
    _, answer, headers = await ada.call_with_headers("GET", "/nowhere", X_Request_ID=given)
    assert headers["X-Request-ID"] not in ("", given)
    assert answer["request_id"] == headers["X-Request-ID"]
