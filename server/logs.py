"""Structured logs: one JSON object a line, or readable lines on a terminal.

Nothing that identifies a secret is logged: whatever goes by such a name is masked.
"""

import logging
import sys
from collections.abc import MutableMapping
from functools import partial
from typing import Any

import structlog

_SECRET = ("password", "token", "secret", "authorization", "cookie", "code", "dsn")
_NOT_SECRET = ("code_name", "status_code")


def _mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in event:
        if name not in _NOT_SECRET and any(part in name.lower() for part in _SECRET):
            event[name] = "***"
    return event


def _one_line(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """What packages say may quote what clients sent: in such a sentence nothing ends a line, and
    nothing is an order to a terminal. Values are quoted by the renderers."""
    said = event.get("event")
    if isinstance(said, str) and not said.isprintable():
        event["event"] = repr(said)[1:-1]
    return event


def _name_worker(
    number: int, _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    event.setdefault("worker", number)
    return event


def set_up_logs(level: str, style: str, worker: int | None = None) -> None:
    """Send everything that is logged to stderr; `style` is auto, json or console.

    Each line of one of several workers has its number.
    """
    as_json = style == "json" or (style == "auto" and not sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _mask,
        _one_line,
    ]
    if worker is not None:
        shared.insert(0, partial(_name_worker, worker))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        cache_logger_on_first_use=True,
    )
    rendered: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        # Not rich's tracebacks, which show what the variables held.
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("socketio", "engineio", "aiohttp.access", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # While the database is away it tells, with a traceback each time, what the loops say in a line.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
