"""Where somebody calls from, as far as it tells one household from another."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

_HOUSEHOLD = 64  # bits of an IPv6 address: the rest is the household's to choose


@lru_cache(maxsize=4096)
def place_of(address: str) -> str:
    """The IPv4 address, or the /64 of an IPv6 one; `nowhere` for what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return "nowhere"
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> _HOUSEHOLD << _HOUSEHOLD)}/{_HOUSEHOLD}"
