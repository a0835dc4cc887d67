"""Connections: who may come in, one ack for every event, and the way out.

Knows Socket.IO's packets as text and nothing of the server that carries them.
"""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from types import CoroutineType
from typing import Any

import msgspec
import structlog

from handlers.actions.api_tokens import authenticate
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.subscriptions import read_arrival
from handlers.messages.channels import ChannelPosition, ConnectionReady
from handlers.messages.common import instant_text, refusal_of
from handlers.messages.errors import ErrorView, error_view
from handlers.socket.attendance import Attendance
from handlers.socket.clients import Client, Wire
from handlers.socket.deadlines import Deadlines
from handlers.socket.desk import Desk, EventType
from handlers.socket.events import EVENTS
from handlers.socket.hub import Hub
from handlers.socket.limits import Bucket, EventLimits
from handlers.socket.turns import Turns
from rooms.errors import DomainError, Internal, Invalid, NotFound, TooLarge, Unauthenticated

log = structlog.get_logger(__name__)

PROTOCOL = 1
NO_GRACE = timedelta(0)
BIGGEST_EVENT = 16 * 1024  # bytes; larger ones are answered `too_large`
_EVENT = re.compile(r"2([0-9]{0,15})(\[.*)", re.DOTALL)
# What a handler answers that has to wait for something.
_LATER = (asyncio.Future, CoroutineType)
_arguments = msgspec.json.Decoder(list[msgspec.Raw])
_name = msgspec.json.Decoder(str)


class Refused(msgspec.Struct, frozen=True):
    ok: bool
    error: ErrorView


class MalformedPacket(Exception):
    """What came is no event packet at all, so that there is nothing to answer."""


class WentAway(Exception):
    """The connection ended while it was being let in; nobody is there to be told."""


@dataclass(slots=True)
class Session:
    """A connection that was let in: its client and the bucket of its events.

    `under_way`: whether an event of its is being handled. `parting`: it ends with that answer.
    """

    client: Client
    bucket: Bucket
    under_way: bool = False
    parting: tuple[str, str] | None = None


class Gateway:
    """The door of live connections on this instance."""

    def __init__(
        self,
        services: Services,
        hub: Hub,
        attendance: Attendance,
        deadlines: Deadlines,
        limits: EventLimits,
        count_event: Callable[[str, str, float], None],
    ) -> None:
        self._services = services
        self._hub = hub
        self._attendance = attendance
        self._deadlines = deadlines
        self._limits = limits
        self._count = count_event
        self.sessions: dict[str, Session] = {}

    async def authenticate(self, auth: Any, cookie: str | None) -> Principal:
        """Who connects, by the token in `auth` or else the cookie, which is no API token.

        Raises Unauthenticated, or for an API token also Forbidden and Unavailable.
        """
        token = auth.get("token") if isinstance(auth, dict) else None
        if token is not None and not isinstance(token, str):
            raise Unauthenticated("The token must be a text.")
        if not (token or cookie):
            raise Unauthenticated
        if not token:
            return self._services.tokens.check(cookie or "")
        principal = await authenticate(self._services, token)
        principal.require("read")
        return principal

    async def arrive(
        self, connection_id: str, wire: Wire, principal: Principal, let_in: Callable[[], Any]
    ) -> None:
        """Begin a session: `let_in` accepts the connection, then comes `connection:ready`.

        Raises DomainError or WentAway, and has let nobody in then.
        """
        self._limits.require_room(principal.user_id)
        client = Client(wire, principal)
        own = f"user:{principal.user_id}"
        # Held from before the reading, so that nothing said meanwhile is missed.
        self._hub.expect(client, own)
        try:
            arrival = await read_arrival(self._services, principal)
            if principal.login_id in self._services.revoked:
                raise Unauthenticated("This login has ended.")
            client.username = arrival.user.username
            # Others of the same user's may have come in meanwhile.
            self._limits.require_room(principal.user_id)
            await let_in()
            # Its end was told while nobody here knew of it, and is not told again.
            if wire.closed:
                raise WentAway
        except BaseException:
            self._hub.gone(client)
            raise
        self.sessions[connection_id] = Session(client, self._limits.connection())
        self._limits.arrive(principal.user_id)
        client.send(
            "connection:ready",
            ConnectionReady(
                user=arrival.user,
                server_time=instant_text(self._services.clock.now()),
                protocol=PROTOCOL,
                entry=arrival.entry,
                channels=[
                    ChannelPosition(channel=own, epoch=self._services.epoch, seq=arrival.seq)
                ],
            ),
        )
        self._hub.presence.arrive(client, arrival)
        self._hub.settle(client, own, arrival.seq)

    def depart(self, connection_id: str) -> None:
        """The connection has ended, however."""
        session = self.sessions.pop(connection_id, None)
        if session is not None:
            self._hub.gone(session.client)
            self._attendance.gone(session.client)
            self._limits.depart(session.client.user_id)

    def receive(self, connection_id: str, packet: str) -> "asyncio.Future[Any] | None":
        """Handle one event packet of a session and write its ack.

        None if that is done, else a future of its end: the next packet of the same connection
        waits for it. Raises MalformedPacket for what is no event and cannot be answered.
        """
        session = self.sessions.get(connection_id)
        if session is None or session.client.closing or session.parting is not None:
            return None
        match = _EVENT.fullmatch(packet)
        if match is None:
            raise MalformedPacket
        # The id as a number: what the client counts in, whatever zeros it was written with.
        ack_id = int(match[1]) if match[1] else None
        desk = Desk(
            self._services,
            self._hub,
            self._attendance,
            self._deadlines,
            session.client,
            time.perf_counter(),
            ack_id,
        )
        try:
            data = self._begin(session, desk, match[2])
        except Exception as error:
            self._refuse(desk, error)
            return None
        if not isinstance(data, _LATER):
            self._reply(desk, data)
            return None
        future = asyncio.ensure_future(data)
        session.under_way = True
        future.add_done_callback(partial(self._finish, session, desk))
        return future

    def _begin(self, session: Session, desk: Desk, body: str) -> Any:
        """Open the event, pay for it, and call its handler."""
        try:
            event, payload = _taken_apart(body)
        except DomainError:
            self._pay(session, 1)  # as much as an event
            raise
        desk.name = event.name
        self._pay(session, event.cost)
        session.client.principal.require(event.scope)
        try:
            message = event.decoder.decode(payload)
        except (ValueError, RecursionError) as wrong:
            raise refusal_of(wrong) from None
        return event.handler(desk, message)

    def _finish(self, session: Session, desk: Desk, future: "asyncio.Future[Any]") -> None:
        session.under_way = False
        if not future.cancelled():
            error = future.exception()
            if error is None:
                self._reply(desk, future.result())
            else:
                self._refuse(desk, error)
        if session.parting is not None:
            self.close(session, *session.parting)

    def _reply(self, desk: Desk, data: Any) -> None:
        try:
            text = data if type(data) is str else msgspec.json.encode(data).decode()
        except Exception as error:
            self._refuse(desk, error)
            return
        self._acknowledge(desk, "ok", f'{{"ok":true,"data":{text}}}')

    def _refuse(self, desk: Desk, error: BaseException) -> None:
        """Never an exception, never silence: whatever went wrong is an ack with a code."""
        if not isinstance(error, DomainError):
            log.error("an event failed", event_name=desk.name, exc_info=error)
            error = Internal()
        refused = Refused(False, error_view(error))
        self._acknowledge(desk, error.code, msgspec.json.encode(refused).decode())

    def _acknowledge(self, desk: Desk, code: str, answer: str) -> None:
        if desk.ack_id is not None:
            desk.client.wire.write(f"3{desk.ack_id}[{answer}]")
        if desk.afterwards is not None:
            desk.afterwards()
        self._count(desk.name, code, time.perf_counter() - desk.since)

    def _pay(self, session: Session, cost: int) -> None:
        now = asyncio.get_running_loop().time()
        self._limits.take(session.bucket, session.client.user_id, now, cost)

    def pace_of_nobody(self) -> Bucket | None:
        """How fast is read what comes from who is not known yet; None is as fast as it comes."""
        return self._limits.pace_of_nobody()

    def pace_of(self, user_id: int) -> Bucket | None:
        """The same of a user who has a session here: of all their connections together."""
        return self._limits.pace_of(user_id)

    async def settle_limits(self) -> None:
        """Have what busy users spend here count together with what they spend elsewhere."""
        pauses = await self._services.limits.settle_events(self._limits.take_spent())
        now = asyncio.get_running_loop().time()
        for user_id, seconds in pauses.items():
            self._limits.pause(user_id, now, seconds)

    async def close_ended(self) -> None:
        """End the connections of logins and API tokens that have ended, should nobody have told
        them, and those whose token ran out: an access token's after a grace."""
        now = datetime.now(UTC)
        grace = self._services.terms.token_grace
        turns = Turns()
        for connection_id, session in list(self.sessions.items()):
            if turns.over():
                await turns.pass_on()
            if connection_id not in self.sessions:  # it has gone in the meantime
                continue
            principal = session.client.principal
            if principal.login_id in self._services.revoked:
                self.close(session, "login_revoked", "This login has ended.", reconnect=False)
            elif now - principal.expires_at > (grace if principal.scopes is None else NO_GRACE):
                self.close(session, "token_expired", "The token has expired.")

    def close_all(self, code: str, message: str) -> None:
        """End all connections; their clients may come back, here or elsewhere."""
        for session in list(self.sessions.values()):
            self.close(session, code, message)

    def part(self, session: Session, code: str, message: str) -> None:
        """End a connection once the event under way has its ack; those behind it are not handled.

        Their client sends them again, wherever it comes to.
        """
        if session.under_way:
            session.parting = code, message
        else:
            self.close(session, code, message)

    def close(self, session: Session, code: str, message: str, *, reconnect: bool = True) -> None:
        """End a connection; it hears why, and nothing after that."""
        session.client.close(code, message, reconnect=reconnect)
        self._hub.gone(session.client)


def _taken_apart(body: str) -> tuple[EventType, bytes]:
    """The kind of an event and its one argument as JSON; none, or null, is an empty object."""
    raw = body.encode("utf-8", "surrogatepass")
    if len(raw) > BIGGEST_EVENT:
        raise TooLarge(f"An event may have {BIGGEST_EVENT} bytes.")
    try:
        parts = _arguments.decode(raw)
        event = _BY_JSON.get(bytes(parts[0])) if parts else None
        if event is None:
            name = _name.decode(parts[0]) if parts else ""
            event = EVENTS.get(name)
    except (ValueError, RecursionError) as error:
        raise refusal_of(error) from None
    if event is None:
        raise NotFound(f"There is no event {name[:40]!r}.")
    if len(parts) > 2:
        raise Invalid("An event takes one object.")
    payload = bytes(parts[1]) if len(parts) == 2 else b"{}"
    return event, b"{}" if payload == b"null" else payload


# By the name as it nearly always stands in a packet.
_BY_JSON = {f'"{name}"'.encode(): event for name, event in EVENTS.items()}
