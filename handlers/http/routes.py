"""All calls of the API."""

from aiohttp import web

from handlers.http import (
    accounts,
    admin,
    api_tokens,
    boards,
    calendars,
    deletion,
    earned,
    entries,
    mail_links,
    notices,
    oidc,
    people,
    pictures,
    projects,
    promodoro,
    reports,
    reshaping,
    rooms,
    totp,
    transfer,
    webhooks,
)
from handlers.http.operation import Operation

BASE = "/api"
# In the order of the document.
_MODULES = (
    accounts,
    mail_links,
    totp,
    api_tokens,
    oidc,
    deletion,
    projects,
    entries,
    reshaping,
    reports,
    transfer,
    calendars,
    rooms,
    boards,
    earned,
    notices,
    webhooks,
    people,
    pictures,
    promodoro,
    admin,
)
OPERATIONS: list[Operation] = [op for module in _MODULES for op in module.api.operations]


def add_routes(app: web.Application) -> list[web.AbstractRoute]:
    """Add them to the application."""
    pictures.add_media(app)
    return [route for module in _MODULES for route in module.api.add_routes(app, BASE)]
