"""The web client's files, and the documents of the API."""

import mimetypes
from pathlib import Path

import msgspec
from aiohttp import web

from handlers.http.openapi import openapi
from handlers.http.routes import BASE, OPERATIONS
from handlers.socket.asyncapi import asyncapi

VERSION = "0.1.0"
STATIC = Path(__file__).resolve().parent.parent / "static"
# Addresses inside the web client: its own router draws them.
_PAGES = (
    "/",
    "/login",
    "/signup",
    "/settings",
    "/projects",
    "/projects/{rest:.*}",
    "/invites/{rest:.*}",
)
_ASK_AGAIN = {"Cache-Control": "no-cache"}

mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("text/javascript", ".mjs")


async def page(request: web.Request) -> web.StreamResponse:
    """The web client."""
    return web.FileResponse(STATIC / "index.html", headers=_ASK_AGAIN)


async def asset(request: web.Request) -> web.StreamResponse:
    """A file of the web client; the browser asks again each time whether it has changed."""
    path = (STATIC / request.match_info["path"]).resolve()
    if not path.is_relative_to(STATIC) or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=_ASK_AGAIN)


async def favicon(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(
        STATIC / "img" / "favicon.svg", headers={"Cache-Control": "max-age=86400"}
    )


def add_routes(app: web.Application) -> None:
    documents = {
        "/openapi.json": msgspec.json.encode(openapi(OPERATIONS, BASE, VERSION)),
        "/asyncapi.json": msgspec.json.encode(asyncapi(VERSION)),
    }

    async def document(request: web.Request) -> web.Response:
        """A document of the API, made from its declarations."""
        return web.Response(body=documents[request.path], content_type="application/json")

    async def api_docs(request: web.Request) -> web.StreamResponse:
        """The API document, to look at and try."""
        return web.FileResponse(STATIC / "api-docs" / "index.html", headers=_ASK_AGAIN)

    for path in documents:
        app.router.add_get(path, document)
    app.router.add_get("/api-docs", api_docs)
    app.router.add_get("/static/{path:.+}", asset)
    app.router.add_get("/favicon.ico", favicon)
    for path in _PAGES:
        app.router.add_get(path, page)
