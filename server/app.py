"""The aiohttp application of one instance."""

from aiohttp import web
from aiohttp_cors import ResourceOptions
from aiohttp_cors import setup as set_up_cors

from handlers.http import routes
from handlers.http.call import DOOR, SERVICES
from handlers.http.limited import LIMIT_HEADERS
from server import health, site
from server.health import INSTANCE
from server.instance import Instance
from server.middleware import dress_streams, identify, protect, refuse_in_words
from server.proxies import trusting
from server.workers import Passing, Worker

BIGGEST_BODY = 1024 * 1024
_EXPOSED = (
    "Link", "X-Next-Cursor", "X-Unread-Count", "X-Request-ID", "ETag", "Retry-After",
    "Content-Disposition", *LIMIT_HEADERS,
)  # fmt: skip


def make_app(instance: Instance, worker: Worker | None = None) -> web.Application:
    """The application that serves `instance`, perhaps as one of several workers on one port."""
    trust = trusting(instance.settings.trusted_proxies)
    app = web.Application(
        client_max_size=BIGGEST_BODY, middlewares=[trust, identify, protect, refuse_in_words]
    )
    app[SERVICES], app[DOOR], app[INSTANCE] = instance.services, instance.door, instance
    app.on_response_prepare.append(dress_streams)
    routes.add_routes(app)
    if instance.settings.frontend_url:
        _share(app, instance.settings.frontend_url)
    # After the CORS loop, because Socket.IO judges origins by itself.
    instance.sockets.attach(app)
    health.add_routes(app)
    site.add_routes(app)
    if worker is not None:
        Passing(worker).add_to(app)
    return app


def _share(app: web.Application, origins: tuple[str, ...]) -> None:
    """Let the pages of these origins use the API with their users' cookies."""
    options = ResourceOptions(  # type: ignore[no-untyped-call]
        allow_credentials=True,
        expose_headers=_EXPOSED,
        allow_headers=(
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
            "X-Request-ID",
        ),
        allow_methods=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
        max_age=600,
    )
    cors = set_up_cors(app, defaults=dict.fromkeys(origins, options))
    for route in list(app.router.routes()):
        cors.add(route)
