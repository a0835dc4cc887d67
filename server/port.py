"""The port of several workers: a listening socket for each, all of them on the same addresses.

The kernel spreads connections over the sockets. They are the supervisor's, who hands each worker
its own: what connects while a worker is being replaced waits in its socket for the next one.
"""

import contextlib
import socket

from server.settings import SettingsError

BACKLOG = 4096


class Port:
    """The addresses that HOST and PORT mean, held without listening from making it to `close`.

    So that port 0 is one port for all, and that nobody takes it between two workers. Raises
    SettingsError.
    """

    def __init__(self, host: str, port: int) -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            self._held: list[socket.socket] = []
            for family, *_, address in dict.fromkeys(found):
                self._hold(family, str(address[0]), self.number if self._held else port)
        except OSError as error:
            raise cannot_listen(host, port, error) from None

    def _hold(self, family: int, address: str, port: int) -> None:
        # Who shares the port by agreement shares it with strangers, too, that agree: so look
        # whether it is free.
        with _bound(family, (address, port), shared=False) as free:
            port = free.getsockname()[1]
        self._held.append(_bound(family, (address, port), shared=True))

    @property
    def number(self) -> int:
        number: int = self._held[0].getsockname()[1]
        return number

    def listen(self) -> list[socket.socket]:
        """Sockets that listen, one an address; what comes is shared with those made before."""
        made = []
        for held in self._held:
            made.append(_bound(held.family, held.getsockname()[:2], shared=True))
            made[-1].listen(BACKLOG)
        return made

    def close(self) -> None:
        close_all(self._held)


def _bound(family: int, address: tuple[str, int], *, shared: bool) -> socket.socket:
    made = socket.socket(family)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


def close_all(sockets: list[socket.socket]) -> None:
    while sockets:
        with contextlib.suppress(OSError):
            sockets.pop().close()


def cannot_listen(host: str, port: int, error: OSError) -> SettingsError:
    return SettingsError(f"HOST, PORT: cannot listen on {host}:{port}: {error.strerror}")
