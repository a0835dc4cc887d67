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


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet, also inside of another one."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(inner.is_global and not inner.is_multicast for inner in _inside(ip))


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


async def check_url(field: str, url: str, *, allow_private: bool) -> None:
    """Refuse an address that is not https or leads inside. Raises Invalid.

    A name that cannot be looked up just now is taken: it is judged when something is sent.
    With `allow_private` http and the own network are allowed.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Invalid.field(field, "is not an address") from None
    schemes = ("https", "http") if allow_private else ("https",)
    if parts.scheme not in schemes or not host or "@" in parts.netloc:
        raise Invalid.field(field, "must be an address that begins with https://")
    if allow_private:
        return
    found = [host] if is_address(host) else await _look_up(host)
    if not all(is_public(address) for address in found):
        raise Invalid.field(field, "must not lead into a private network")


async def _look_up(host: str) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_LOOK_UP_WITHIN_S):
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]
