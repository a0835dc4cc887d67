"""The web client's files, and the documents of the API."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from handlers.http.openapi import openapi
from handlers.http.routes import BASE, OPERATIONS
from handlers.socket.asyncapi import asyncapi
from server.assets import Assets
from server.pack import PLACE
from server.shell import Shells, answer_pack

VERSION = "0.1.0"
STATIC = Path(__file__).resolve().parent.parent / "static"
# Addresses inside the web client: its own router draws them.
_PAGES = (
    "/",
    "/login",
    "/signup",
    "/reset",
    "/verify",
    "/settings",
    "/admin",
    "/admin/{rest:.*}",
    "/history",
    "/reports",
    "/import",
    "/projects",
    "/projects/{rest:.*}",
    "/rooms",
    "/rooms/{rest:.*}",
    "/board",
    "/streak",
    "/badges",
    "/timeline",
    "/notifications",
    "/people/{rest:.*}",
    "/invites/{rest:.*}",
)
_DOCUMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "/openapi.json": lambda: openapi(OPERATIONS, BASE, VERSION),
    "/asyncapi.json": lambda: asyncapi(VERSION),
}
_FOR_PROGRAMS = ("/api/", "/static/", "/socket.io/")
_ASKED, _FOR_EVER = "no-cache", "public, max-age=31536000, immutable"


@cache
def _document(path: str) -> bytes:
    # Made when it is first asked for: most instances never are, and all of them start sooner.
    return msgspec.json.encode(_DOCUMENTS[path]())


def add_routes(app: web.Application) -> None:
    """Add the pages, the files and the documents."""
    assets, shells = Assets(STATIC), Shells(STATIC, _PAGES)

    async def page(request: web.Request) -> web.StreamResponse:
        """The web client, in few files; `?unpacked` as it is written, for those who work on it."""
        shell = None if "unpacked" in request.query else await shells.now()
        if shell is None:
            return await assets.answer(request, "index.html")
        return shell.page_at(request.path).answer(request, _ASKED)

    @web.middleware
    async def lead_on(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Who opens an address that does not exist gets the page, which says so and leads on."""
        if not _is_lost(request):
            return await handler(request)
        answer = await page(request)
        if answer.status == 200:
            answer.set_status(404)
        return answer

    async def pack(request: web.Request) -> web.StreamResponse:
        """A part of the packed client; its address has a digest, so that it never changes."""
        shell = await shells.now()
        found = answer_pack(shell, request.path) if shell else None
        if found is None:
            raise web.HTTPNotFound
        if isinstance(found, str):
            raise web.HTTPFound(found, headers={"Cache-Control": "no-store"})
        return found.answer(request, _FOR_EVER)

    async def asset(request: web.Request) -> web.StreamResponse:
        """A file of the web client; the browser asks again each time whether it has changed."""
        return await assets.answer(request, request.match_info["path"])

    async def favicon(request: web.Request) -> web.StreamResponse:
        return await assets.answer(request, "img/favicon.svg", cache_control="max-age=86400")

    async def document(request: web.Request) -> web.Response:
        """A document of the API, made from its declarations."""
        return web.Response(body=_document(request.path), content_type="application/json")

    async def api_docs(request: web.Request) -> web.StreamResponse:
        """The API document, to look at and try."""
        return await assets.answer(request, "api-docs/index.html")

    async def worker(request: web.Request) -> web.StreamResponse:
        """What shows the page without a connection, and notifications; from here it stands for
        all pages."""
        shell = await shells.now()
        if shell is None:
            return await assets.answer(request, "sw.js")
        return shell.worker.answer(request, _ASKED)

    for path in _DOCUMENTS:
        app.router.add_get(path, document)
    app.router.add_get("/api-docs", api_docs)
    app.router.add_get(PLACE + "{name}", pack)
    app.router.add_get("/static/{path:.+}", asset)
    app.router.add_get("/favicon.ico", favicon)
    app.router.add_get("/sw.js", worker)
    for path in _PAGES:
        app.router.add_get(path, page)
    app.middlewares.append(lead_on)


def _is_lost(request: web.Request) -> bool:
    """Whether a browser goes somewhere that is nowhere; programs are told in their own way."""
    return (
        isinstance(request.match_info.http_exception, web.HTTPNotFound)
        and request.method in ("GET", "HEAD")
        and "text/html" in request.headers.get("Accept", "")
        and not request.path.startswith(_FOR_PROGRAMS)
    )
