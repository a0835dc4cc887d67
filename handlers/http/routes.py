"""All calls of the API."""

from aiohttp import web

from handlers.http import (
    accounts,
    boards,
    earned,
    entries,
    notices,
    people,
    projects,
    promodoro,
    rooms,
)
from handlers.http.operation import Operation

BASE = "/api"
# In the order of the document.
_MODULES = (
    accounts,
    projects,
    entries,
    rooms,
    boards,
    earned,
    notices,
    people,
    promodoro,
)
OPERATIONS: list[Operation] = [op for module in _MODULES for op in module.api.operations]


def add_routes(app: web.Application) -> list[web.AbstractRoute]:
    """Add them to the application."""
    return [route for module in _MODULES for route in module.api.add_routes(app, BASE)]
