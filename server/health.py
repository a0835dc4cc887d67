"""/healthz, /readyz and /metrics, for whoever watches the process."""

import asyncio
from typing import Any

import msgspec
from aiohttp import web
from prometheus_async.aio.web import server_stats
from prometheus_client.exposition import choose_encoder

from server.instance import Instance
from server.summed import OWN_PATH, Collected, Summed
from server.watched import Watched
from server.workers import Passing, Worker
from storage.database import ping

INSTANCE: web.AppKey[Instance] = web.AppKey("instance")
SUMMED: web.AppKey[Summed] = web.AppKey("summed")
WATCHED: web.AppKey[Watched] = web.AppKey("watched")
_PATIENCE_S = 1.0


async def healthz(request: web.Request) -> web.Response:
    """The process is there and its event loop turns."""
    return _json(200, {"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Whether to send people here: 200 while only Redis is away, 503 without Postgres."""
    instance = request.app[INSTANCE]
    request.app[WATCHED].note()
    # A worker whose place has been taken: the machine goes on.
    draining = instance.draining and not instance.replaced
    postgres, redis = await asyncio.gather(_postgres(instance), _redis(instance))
    ready = postgres["ok"] and not draining
    status = "draining" if draining else "ok" if ready and redis["ok"] else "degraded"
    if not postgres["ok"]:
        status = "unavailable"
    body = {"status": status, "checks": {"postgres": postgres, "redis": redis}}
    return _json(200 if ready else 503, body)


async def _postgres(instance: Instance) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await ping(instance.pulse)
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
    app.router.add_get("/metrics", metrics)


async def metrics(request: web.Request) -> web.Response:
    """What can be watched, in the words that Prometheus asks for: of all workers, if several."""
    summed = request.app.get(SUMMED)
    if summed is None:
        return await server_stats(request)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    body = encode(Collected(await summed.families()))
    return web.Response(body=body, headers={"Content-Type": content_type})


def add_worker_metrics(app: web.Application, worker: Worker, passing: Passing) -> None:
    """Let this worker answer for all, and the others for themselves where only workers can ask."""
    app[SUMMED] = summed = Summed(worker, passing.link_to)

    async def own(request: web.Request) -> web.Response:
        if request.transport is None or request.transport.get_extra_info("peername"):
            raise web.HTTPNotFound
        return web.Response(body=summed.tell())

    async def last(_app: web.Application) -> None:
        summed.tell()

    app.router.add_get(OWN_PATH, own)
    app.on_cleanup.append(last)
