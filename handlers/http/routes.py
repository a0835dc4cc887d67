"""All calls of the API."""

from aiohttp import web

from handlers.http import accounts, boards, earned, entries, notices, people, projects, rooms
from handlers.http.operation import Operation

BASE = "/api"
_APIS = (
    accounts.api, projects.api, entries.api, rooms.api, boards.api, earned.api, notices.api,
    people.api,
)  # fmt: skip
OPERATIONS: list[Operation] = [op for api in _APIS for op in api.operations]


def add_routes(app: web.Application) -> list[web.AbstractRoute]:
    """Add them to the application."""
    return [route for api in _APIS for route in api.add_routes(app, BASE)]
