"""The insides of other packages that the transport rests on: a change in one of them fails here.

The pins are exact, so this can only fail when somebody upgrades; `server/engine.py`,
`server/engine_socket.py`, `server/transport.py` and `server/websocket.py` say what to compare then.
"""

import inspect
from importlib.metadata import version

import engineio
import pytest
import socketio
from aiohttp import web_protocol
from aiohttp._websocket import reader
from aiohttp.web_server import Server
from engineio.async_socket import AsyncSocket

from server.engine import EngineServer
from server.engine_socket import EngineSocket
from server.transport import SocketServer
from server.websocket import WebSocket

SIGNATURES = {
    (engineio.AsyncServer, "handle_request"): "(self, *args, **kwargs)",
    (engineio.AsyncServer, "_handle_connect"): "(self, environ, transport, jsonp_index=None)",
    (engineio.AsyncServer, "_ok"): "(self, packets=None, headers=None, jsonp_index=None)",
    (engineio.AsyncServer, "_cors_headers"): "(self, environ)",
    (engineio.AsyncServer, "generate_id"): "(self)",
    (AsyncSocket, "poll"): "(self)",
    (AsyncSocket, "send"): "(self, pkt)",
    (AsyncSocket, "close"): "(self, wait=True, abort=False, reason=None)",
    (AsyncSocket, "handle_post_request"): "(self, environ)",
    (AsyncSocket, "check_ping_timeout"): "(self)",
    (socketio.AsyncServer, "_engineio_server_class"): "(self)",
    (socketio.AsyncServer, "_handle_eio_connect"): "(self, eio_sid, environ)",
    (socketio.AsyncServer, "_handle_eio_disconnect"): "(self, eio_sid, reason)",
}
OURS = {
    engineio.AsyncServer: EngineServer,
    AsyncSocket: EngineSocket,
    socketio.AsyncServer: SocketServer,
}


@pytest.mark.parametrize(
    "owner,name,expected",
    [(owner, name, text) for (owner, name), text in SIGNATURES.items()],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_what_is_overridden_has_not_moved(owner: type, name: str, expected: str) -> None:
    assert str(inspect.signature(getattr(owner, name))) == expected


def test_every_override_of_theirs_is_listed() -> None:
    """What our classes replace of theirs, apart from making them, stands in the table above."""
    for theirs, ours in OURS.items():
        replaced = {
            name
            for name in vars(ours)
            if callable(getattr(ours, name)) and name in dir(theirs) and not name.startswith("__")
        }
        listed = {name for owner, name in SIGNATURES if owner is theirs}
        assert replaced <= listed, f"{ours.__name__} also replaces {replaced - listed}"


def test_the_packages_are_the_ones_that_were_read() -> None:
    """A new version is to be read before it is let in: then this line is changed with the pins."""
    read = {"python-socketio": "5.18.1", "python-engineio": "4.15.1", "aiohttp": "3.14.5"}
    assert {name: version(name) for name in read} == read


def test_aiohttps_connection_still_has_what_is_taken_from_it() -> None:
    taken = {"_message_tail", "_manager", "_parser", "_keepalive_handle", "_task_handler"}
    assert all(hasattr(web_protocol.RequestHandler, name) for name in taken)
    expected = "(self, handler: aiohttp.web_protocol.RequestHandler[~_Request],"
    assert str(inspect.signature(Server.connection_lost)).startswith(("(self, handler:", expected))


def test_aiohttps_reader_hands_its_messages_to_an_inbox_of_ours() -> None:
    """The compiled reader calls the overridden `feed_data` of a queue never initialised."""
    transport = _Transport()
    socket = WebSocket(transport)  # type: ignore[arg-type]
    got: list[str] = []
    socket.on_text = got.append
    masked = bytes((0x81, 0x82, 1, 2, 3, 4)) + bytes((ord("h") ^ 1, ord("i") ^ 2))
    for byte in masked:
        socket.data_received(bytes((byte,)))
    assert got == ["hi"]
    assert reader.WebSocketReader.__module__.endswith(("reader_c", "reader_py"))


class _Transport:
    """The end that this test does not look at."""

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...

    def get_extra_info(self, name: str) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0
