"""Proxies in front of the server, and what they may say about the callers behind them."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


def trusted(proxies: tuple[str, ...]) -> Callable[[str | None], bool]:
    """Whether an address is that of one of these proxies."""
    networks = [ip_network(proxy, strict=False) for proxy in proxies]

    def is_trusted(text: str | None) -> bool:
        address = _address_of(text or "")
        return address is not None and any(address in network for network in networks)

    return is_trusted


def trusting(proxies: tuple[str, ...]) -> Middleware:
    """Believe the forwarded address, scheme and host of these proxies, and of nobody else."""
    is_trusted = trusted(proxies)

    @web.middleware
    async def trust(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_trusted(request.remote):
            return await handler(request)
        # From the right: each proxy adds the address it was called from. The first one that is
        # no trusted proxy's is the caller's, and what stands left of it is only their word.
        hops = _listed(request, "X-Forwarded-For")
        while len(hops) > 1 and is_trusted(hops[-1]):
            hops.pop()
        caller = _address_of(hops[-1]) if hops else None
        scheme = _listed(request, "X-Forwarded-Proto")[:1]
        host = _listed(request, "X-Forwarded-Host")[:1]
        changed = request.clone(
            remote=str(caller) if caller is not None else request.remote or "",
            scheme=scheme[0] if scheme in (["http"], ["https"]) else request.scheme,
            host=host[0] if host else request.host,
        )
        return await handler(changed)

    return trust


def _listed(request: web.Request, name: str) -> list[str]:
    """The parts of a header that each proxy may lengthen, in as many lines as they like."""
    text = ",".join(request.headers.getall(name, ()))
    return [part.strip() for part in text.split(",") if part.strip()]


def _address_of(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket that takes both families shows an IPv4 caller like this: ::ffff:192.0.2.1
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
