"""/healthz, /readyz and /metrics, for whoever watches the process."""

import asyncio
from typing import Any

import msgspec
from aiohttp import web
from prometheus_async.aio.web import server_stats

from server.instance import Instance
from storage.database import ping

INSTANCE: web.AppKey[Instance] = web.AppKey("instance")
_PATIENCE_S = 1.0


async def healthz(request: web.Request) -> web.Response:
    """The process is there and its event loop turns."""
    return _json(200, {"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Whether to send people here: 200 while only Redis is away, 503 without Postgres."""
    instance = request.app[INSTANCE]
    postgres, redis = await asyncio.gather(_postgres(instance), _redis(instance))
    ready = postgres["ok"] and not instance.draining
    status = "draining" if instance.draining else "ok" if ready and redis["ok"] else "degraded"
    if not postgres["ok"]:
        status = "unavailable"
    body = {"status": status, "checks": {"postgres": postgres, "redis": redis}}
    return _json(200 if ready else 503, body)


async def _postgres(instance: Instance) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await ping(instance.db)
    except Exception:  # whatever the reason, it does not serve
        return {"ok": False}
    return {"ok": True}


async def _redis(instance: Instance) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await instance.redis.ping()
    except Exception:
        return {"ok": False}
    return {"ok": True}


def _json(status: int, body: Any) -> web.Response:
    response = web.Response(
        status=status, body=msgspec.json.encode(body), content_type="application/json"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def add_routes(app: web.Application) -> None:
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", server_stats)
