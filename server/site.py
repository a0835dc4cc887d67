"""The web client's files, and the documents of the API."""

from pathlib import Path

import msgspec
from aiohttp import web

from handlers.http.openapi import openapi
from handlers.http.routes import BASE, OPERATIONS
from handlers.socket.asyncapi import asyncapi
from server.assets import Assets

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


def add_routes(app: web.Application) -> None:
    """Add the pages, the files and the documents."""
    assets = Assets(STATIC)
    documents = {
        "/openapi.json": msgspec.json.encode(openapi(OPERATIONS, BASE, VERSION)),
        "/asyncapi.json": msgspec.json.encode(asyncapi(VERSION)),
    }

    async def page(request: web.Request) -> web.StreamResponse:
        """The web client."""
        return await assets.answer(request, "index.html")

    async def asset(request: web.Request) -> web.StreamResponse:
        """A file of the web client; the browser asks again each time whether it has changed."""
        return await assets.answer(request, request.match_info["path"])

    async def favicon(request: web.Request) -> web.StreamResponse:
        return await assets.answer(request, "img/favicon.svg", cache_control="max-age=86400")

    async def document(request: web.Request) -> web.Response:
        """A document of the API, made from its declarations."""
        return web.Response(body=documents[request.path], content_type="application/json")

    async def api_docs(request: web.Request) -> web.StreamResponse:
        """The API document, to look at and try."""
        return await assets.answer(request, "api-docs/index.html")

    async def worker(request: web.Request) -> web.StreamResponse:
        """What shows pushed notifications; from here it stands for all pages."""
        return await assets.answer(request, "sw.js")

    for path in documents:
        app.router.add_get(path, document)
    app.router.add_get("/api-docs", api_docs)
    app.router.add_get("/static/{path:.+}", asset)
    app.router.add_get("/favicon.ico", favicon)
    app.router.add_get("/sw.js", worker)
    for path in _PAGES:
        app.router.add_get(path, page)
