"""What every answer carries, pages and API alike, and the files (docs/PROTOCOL.md, Operations)."""

import gzip
import json
import re
from typing import Any

import pytest

from tests.support.product import ROOT, Person, Product
from tests.support.tcp import exchange

EVERYWHERE = [
    "/", "/login", "/projects/7", "/invites/x", "/api/users/me", "/api-docs", "/openapi.json",
    "/asyncapi.json", "/healthz", "/nowhere", "/favicon.ico",
]  # fmt: skip


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_every_answer_protects_whoever_looks_at_it(product: Product, path: str) -> None:
    """No sniffing, no framing, and no script but our own files."""
    _, _, headers = await product.request("GET", path)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Request-ID"]
    policy = {
        name: sources
        for name, *sources in (
            part.split() for part in headers["Content-Security-Policy"].split(";")
        )
    }
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]


@pytest.mark.parametrize("path", ["/", "/api-docs"])
async def test_a_page_has_no_script_that_its_policy_forbids(product: Product, path: str) -> None:
    status, html, headers = await product.request("GET", path)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL)
    assert scripts
    assert all("src=" in attributes and not body.strip() for attributes, body in scripts)
    assert not re.search(r"\son\w+=|javascript:", html)


@pytest.mark.parametrize("path", ["/", "/login", "/signup", "/settings", "/projects", "/invites/x"])
async def test_the_addresses_of_the_client_are_all_its_page(product: Product, path: str) -> None:
    _, page, _ = await product.request("GET", "/")
    status, same, _ = await product.request("GET", path)
    # What one may load ahead differs.
    preload = re.compile(r' *<link rel="modulepreload" href="[^"]+" />\n')
    assert (status, preload.sub("", same)) == (200, preload.sub("", page))


async def test_answers_of_the_api_are_kept_by_their_reader_alone_if_at_all(ada: Person) -> None:
    """And asked for anew each time; what says who is signed in where is kept nowhere."""
    for path, kept in (
        ("/users/me", "private, no-cache"),
        ("/auth/logins", "no-store"),
        ("/nowhere", "no-store"),
    ):
        _, _, headers = await ada.call_with_headers("GET", path)
        assert headers["Cache-Control"] == kept
        assert "Origin" in headers["Vary"]


TEXTS = ["/", "/openapi.json", "/static/index.html", "/metrics"]


@pytest.mark.parametrize("path", TEXTS)
@pytest.mark.parametrize("coding", ["gzip", "gzip, deflate, br", "identity", "gzip;q=0"])
async def test_texts_are_compressed_for_whoever_takes_it(
    product: Product, path: str, coding: str
) -> None:
    """And caches are told that it depends."""
    async with product.http.get(
        product.url + path, headers={"Accept-Encoding": coding}, auto_decompress=False
    ) as response:
        raw = await response.read()
    assert "Accept-Encoding" in response.headers["Vary"]
    packed = coding.startswith("gzip") and "q=0" not in coding
    assert response.headers.get("Content-Encoding") == ("gzip" if packed else None)
    text = gzip.decompress(raw) if packed else raw
    assert int(response.headers.get("Content-Length", len(raw))) == len(raw)
    assert text.lstrip()[:1] in (b"<", b"{", b"#")


async def test_lists_of_the_api_are_compressed(ada: Person) -> None:
    for n in range(5):
        await ada.post("/time-entries", {"description": f"n{n}" * 20})
    options = {"Authorization": f"Bearer {ada.token}", "Accept-Encoding": "gzip"}
    url = f"{ada.product.url}/api/time-entries"
    async with ada.product.http.get(url, headers=options, auto_decompress=False) as response:
        raw = await response.read()
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(raw))) == 5


async def test_a_short_answer_is_sent_as_it_is(ada: Person) -> None:
    _, _, headers = await ada.call_with_headers("GET", "/tags", Accept_Encoding="gzip")
    assert "Content-Encoding" not in headers
    assert "Accept-Encoding" in headers["Vary"]


@pytest.mark.parametrize("path", ["/", "/static/img/favicon.svg", "/static/js/app.js"])
async def test_a_file_that_the_browser_has_is_not_sent_again(product: Product, path: str) -> None:
    """It asks each time, and the tag of the packed file is not that of the plain one."""
    _, _, headers = await product.request("GET", path)
    again = {"If-None-Match": headers["ETag"]}
    status, body, told = await product.request("GET", path, None, again)
    assert (status, body, told["ETag"]) == (304, "", headers["ETag"])
    assert told["X-Content-Type-Options"] == "nosniff"
    assert (await product.request("GET", path, None, {"If-None-Match": '"other"'}))[0] == 200
    if headers.get("Content-Encoding") == "gzip":
        plain = again | {"Accept-Encoding": "identity"}
        assert (await product.request("GET", path, None, plain))[0] == 200


KINDS = {
    ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png",
    ".webmanifest": "application/manifest+json", ".html": "text/html",
}  # fmt: skip


async def test_every_file_is_served_as_what_it_is(product: Product) -> None:
    for path in (ROOT / "static").rglob("*"):
        if path.suffix not in KINDS:
            continue
        name = path.relative_to(ROOT).as_posix()
        async with product.http.get(f"{product.url}/{name}") as response:
            assert response.status == 200, name
            assert response.content_type == KINDS[path.suffix], name
            assert await response.read() == path.read_bytes(), name


OUTSIDE = [
    b"/static/../run.py",
    b"/static/..%2frun.py",
    b"/static/%2e%2e/run.py",
    b"/static/js/../../run.py",
    b"/static/..%5crun.py",
    b"/static//etc/passwd",
    b"/static/%2fetc/passwd",
    b"/static/%252e%252e/run.py",
    b"/static/%00",
    b"/static/index.html%00.js",
    b"/static/" + b"x" * 4000,
    b"/static/js",
    b"/static/",
    b"/static/.",
    b"/static/~root",
]


@pytest.mark.parametrize("path", OUTSIDE)
async def test_nothing_outside_the_folder_is_served(product: Product, path: bytes) -> None:
    """Sent as bytes, because clients tidy their paths up."""
    request = b"GET " + path + b" HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
    answer = await exchange(product.url, request)
    assert answer.split()[1] == b"404"
    assert b"not_found" in answer
    assert b"argparse" not in answer
    assert b"root:" not in answer


@pytest.mark.parametrize("path", ["/", "/api/users/me", "/openapi.json", "/healthz", "/nowhere"])
async def test_head_is_get_without_the_body(product: Product, ada: Person, path: str) -> None:
    bearer = {"Authorization": f"Bearer {ada.token}", "Accept-Encoding": "identity"}
    status, body, headers = await product.request("GET", path, None, bearer)
    head_status, nothing, head_headers = await product.request("HEAD", path, None, bearer)
    assert body
    assert (head_status, nothing) == (status, "")
    for name in ("Content-Type", "Content-Length", "X-Content-Type-Options"):
        assert head_headers[name] == headers[name]


async def test_the_documents_describe_what_is_served(product: Product) -> None:
    """Each call of the API stands in the document, and the page shows it."""
    _, openapi, _ = await product.request("GET", "/openapi.json")
    assert openapi["openapi"].startswith("3.1")
    assert "/api/time-entries/{entry_id}" in openapi["paths"]
    _, asyncapi, _ = await product.request("GET", "/asyncapi.json")
    assert asyncapi["asyncapi"]
    names: list[Any] = [op["operationId"] for p in openapi["paths"].values() for op in p.values()]
    assert len(names) == len(set(names))
