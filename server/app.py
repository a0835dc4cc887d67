"""The aiohttp application of one instance."""

from aiohttp import web
from aiohttp_cors import ResourceOptions
from aiohttp_cors import setup as set_up_cors

from handlers.http import routes
from handlers.http.call import DOOR, SERVICES
from handlers.http.limited import LIMIT_HEADERS
from server import health, metrics, site
from server.census import Bounds, Census
from server.guard import GUARD, Guard, descriptors, room_for_callers
from server.health import INSTANCE, WATCHED
from server.instance import Instance
from server.middleware import dress_streams, identify, protect, refuse_in_words
from server.proxies import trusted, trusting
from server.watched import Watched

BIGGEST_BODY = 1024 * 1024
_EXPOSED = (
    "Link", "X-Next-Cursor", "X-Unread-Count", "X-Request-ID", "ETag", "Retry-After",
    "Content-Disposition", *LIMIT_HEADERS,
)  # fmt: skip


def make_app(instance: Instance, watched: Watched | None = None) -> web.Application:
    """The application that serves `instance`; `watched` is told when /readyz is asked."""
    trust = trusting(instance.settings.trusted_proxies)
    app = web.Application(
        client_max_size=BIGGEST_BODY, middlewares=[trust, identify, protect, refuse_in_words]
    )
    app[SERVICES], app[DOOR], app[INSTANCE] = instance.services, instance.door, instance
    app[WATCHED], app[GUARD] = watched or Watched(), bound(instance)
    app.on_response_prepare.append(dress_streams)
    app.on_response_prepare.append(_end_connections)
    routes.add_routes(app)
    if instance.settings.frontend_url:
        _share(app, instance.settings.frontend_url)
    # After the CORS loop, because Socket.IO judges origins by itself.
    instance.sockets.attach(app)
    health.add_routes(app)
    site.add_routes(app)
    return app


def bound(instance: Instance) -> Guard:
    """Say how many connections there may be; the guard of those that are not live yet."""
    settings, engine = instance.settings, instance.sockets.eio
    room = room_for_callers(descriptors())
    limited = settings.rate_limits == "on"
    per_address = settings.max_connections_per_address if limited else None

    def note(why: str) -> None:
        metrics.turned_away.labels(why).inc()

    most = min(settings.max_connections or room, room)
    engine.census = Census(Bounds(most, per_address), note)
    return Guard(
        in_all=room,
        per_address=per_address,
        is_proxy=trusted(settings.trusted_proxies),
        others=lambda: len(engine.sockets) + len(engine.parting),
        note=note,
    )


async def _end_connections(request: web.Request, response: web.StreamResponse) -> None:
    """Who is answered while the server goes down makes a new connection next, elsewhere."""
    if request.app[INSTANCE].draining:
        response.force_close()
        response.headers["Connection"] = "close"


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
