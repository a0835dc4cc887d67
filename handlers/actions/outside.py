"""Addresses that others give us to send to: only what is reachable for everybody.

Otherwise whoever may name an address could have the server ask its own network. What is looked up
here is looked up again when something is sent, by the connection itself (`handlers/jobs/outside`).
"""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from rooms.errors import Invalid

_LOOK_UP_WITHIN_S = 2.0
_NAT64 = ip_network("64:ff9b::/96")
# All of IPv6 that has been given out to anybody; what lies beside it is of no use to us.
_GLOBAL_UNICAST = ip_network("2000::/3")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet, also inside of another one."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_open(inner) for inner in _inside(ip))


def _is_open(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address) and ip not in _GLOBAL_UNICAST:
        return False
    return ip.is_global and not ip.is_multicast


def _inside(ip: IPv4Address | IPv6Address) -> Iterable[IPv4Address | IPv6Address]:
    """The address, or the older ones that it stands for."""
    if isinstance(ip, IPv4Address):
        return [ip]
    if ip in _NAT64:
        return [IPv4Address(int(ip) & 0xFFFFFFFF)]
    found = [inner for inner in (ip.ipv4_mapped, ip.sixtofour) if inner is not None]
    return [*found, *(ip.teredo or ())] or [ip]


def is_address(host: str) -> bool:
    """Whether a host is an IP address and no name."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def schemes(*, plain: bool) -> tuple[str, ...]:
    """How an address may begin."""
    return ("https", "http") if plain else ("https",)


async def check_url(field: str, url: str, *, allow_private: bool, plain: bool = False) -> None:
    """Refuse an address that is not https or leads inside. Raises Invalid.

    A name that cannot be looked up just now is taken: it is judged when something is sent.
    `plain` allows http, `allow_private` both http and the own network.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Invalid.field(field, "is not an address") from None
    allowed = schemes(plain=plain or allow_private)
    if parts.scheme not in allowed or not host or "@" in parts.netloc:
        how = " or ".join(f"{scheme}://" for scheme in allowed)
        raise Invalid.field(field, f"must be an address that begins with {how}")
    if allow_private:
        return
    found = [host] if is_address(host) else await _look_up(host)
    if _is_own_name(host) or not all(is_public(address) for address in found):
        raise Invalid.field(field, "must not lead into a private network")


def _is_own_name(host: str) -> bool:
    """Whether it is this machine's name, whatever a resolver says (RFC 6761)."""
    return host.lower().rstrip(".").rpartition(".")[2] == "localhost"


async def _look_up(host: str) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_LOOK_UP_WITHIN_S):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]
