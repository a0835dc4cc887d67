"""Stores of pictures that check what they are sent: one that speaks S3, one like Cloudinary.

Both check the signature by their own reading of the published schemes, and keep what they take.
"""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from aiohttp import web

KEY, SECRET, REGION = "a-key-id", "a secret that only tests know", "eu-test-1"
BUCKET, CLOUD = "pictures", "focus-cloud"


@dataclass
class Store:
    """`kept` is what was taken, by its name; `refused` why something was not; with `broken` it
    answers nothing but that it is out of order."""

    url: str = ""
    kept: dict[str, bytes] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    broken: bool = False


@asynccontextmanager
async def s3() -> AsyncIterator[Store]:
    """A bucket, by PUT, GET and DELETE with the fourth version of Amazon's signature."""
    store = Store()

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        wrong = _signature_v4_fault(request, body)
        if store.broken or wrong:
            store.refused.append(wrong or "broken")
            return web.Response(status=500 if store.broken else 403)
        name = request.path.removeprefix(f"/{BUCKET}/")
        if request.method == "PUT":
            store.kept[name] = body
            return web.Response(headers={"ETag": f'"{hashlib.md5(body).hexdigest()}"'})
        if name not in store.kept:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        if request.method == "DELETE":
            del store.kept[name]
            return web.Response(status=204)
        return web.Response(body=store.kept[name], headers={
            "ETag": '"x"', "Last-Modified": "Sat, 21 Nov 2026 12:00:00 GMT",
        })  # fmt: skip

    async with _serving(store, [("*", f"/{BUCKET}/{{name:.+}}", take)]):
        yield store


def _signature_v4_fault(request: web.Request, body: bytes) -> str:
    given = request.headers.get("Authorization", "")
    if not given.startswith("AWS4-HMAC-SHA256 "):
        return "unsigned"
    parts = dict(
        part.strip().split("=", 1) for part in given.removeprefix("AWS4-HMAC-SHA256 ").split(",")
    )
    key_id, day, region, service, last = parts["Credential"].split("/")
    if (key_id, region, service, last) != (KEY, REGION, "s3", "aws4_request"):
        return f"scope {parts['Credential']}"
    told_hash = request.headers["x-amz-content-sha256"]
    if told_hash not in (hashlib.sha256(body).hexdigest(), "UNSIGNED-PAYLOAD"):
        return "another body"
    names = parts["SignedHeaders"].split(";")
    canonical = "\n".join(
        [
            request.method,
            quote(request.path, safe="/-_.~"),
            request.query_string,
            *(f"{name}:{request.headers[name].strip()}" for name in names),
            "",
            ";".join(names),
            told_hash,
        ]
    )
    scope = f"{day}/{region}/{service}/{last}"
    to_sign = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            request.headers["x-amz-date"],
            scope,
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = f"AWS4{SECRET}".encode()
    for step in (day, region, service, last):
        key = hmac.digest(key, step.encode(), "sha256")
    made = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
    return "" if hmac.compare_digest(made, parts["Signature"]) else "another signature"


@asynccontextmanager
async def cloudinary() -> AsyncIterator[Store]:
    """Uploads and removals as Cloudinary takes them, signed."""
    store = Store()

    async def take(request: web.Request) -> web.Response:
        form = await request.post()
        signed = {
            name: str(value)
            for name, value in form.items()
            if name not in ("file", "api_key", "resource_type", "cloud_name", "signature")
        }
        told = "&".join(f"{name}={signed[name]}" for name in sorted(signed)) + SECRET
        made = hashlib.sha1(told.encode()).hexdigest()
        stale = abs(time.time() - int(signed["timestamp"])) > 3600
        if form["api_key"] != KEY or form["signature"] != made or stale:
            store.refused.append("another signature")
            return web.json_response({"error": {"message": "Invalid Signature"}}, status=401)
        if store.broken:
            return web.json_response({"error": {"message": "out of order"}}, status=500)
        public_id = signed["public_id"]
        if request.match_info["what"] == "destroy":
            found = store.kept.pop(public_id, None)
            return web.json_response({"result": "ok" if found else "not found"})
        file = form["file"]
        assert isinstance(file, web.FileField)
        store.kept[public_id] = file.file.read()
        host = "https://res.cloudinary.com"
        return web.json_response(
            {"secure_url": f"{host}/{CLOUD}/image/upload/v1312461204/{public_id}.webp"}
        )

    async with _serving(store, [("POST", f"/v1_1/{CLOUD}/image/{{what}}", take)]):
        yield store


@asynccontextmanager
async def _serving(store: Store, routes: list[tuple[str, str, Any]]) -> AsyncIterator[None]:
    app = web.Application(client_max_size=10 * 1024**2)
    for method, path, handler in routes:
        app.router.add_route(method, path, handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        store.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield
    finally:
        await runner.cleanup()
