"""Errors to Sentry, when SENTRY_DSN is set."""

from typing import Any

import sentry_sdk

from server.middleware import without_secrets
from server.site import VERSION


def set_up_sentry(dsn: str | None) -> None:
    """Report unhandled and logged errors; a live connection is no transaction of its own."""
    if not dsn:
        return
    sentry_sdk.init(
        dsn=dsn,
        release=f"focushub@{VERSION}",
        send_default_pii=False,
        traces_sampler=_sample,
        before_send=_disguise,
        before_send_transaction=_disguise,
        max_request_body_size="never",
        include_local_variables=False,  # they may hold tokens and passwords
    )


def _disguise(event: Any, _hint: Any) -> Any:
    """An event as it is sent: the address of its request may be a secret."""
    request = event.get("request")
    if request and "url" in request:
        request["url"] = without_secrets(request["url"])
    return event


def _sample(context: dict[str, Any]) -> float:
    # A websocket would be one transaction that lasts for hours.
    request = context.get("aiohttp_request")
    return 0.0 if request is not None and request.path.startswith("/socket.io/") else 0.05
