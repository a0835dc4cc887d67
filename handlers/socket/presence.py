"""Who is present on the channels of this instance [P1, P2]: what happens here is kept, said to the
other instances, and what all of them say is told to the followers here. Nothing depends on it."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec
import structlog

from handlers.actions.services import Terms
from handlers.actions.subscriptions import Arrival, Reading
from handlers.actions.together import Together
from handlers.messages.common import to_json
from handlers.messages.presence import PresenceView, presence_updated
from handlers.socket.clients import Client
from handlers.socket.exchange import Exchange
from handlers.socket.notices import Moods
from handlers.socket.people import People, Person
from handlers.socket.phases import Phases
from handlers.socket.places import Place
from handlers.socket.witness import Witness
from rooms.presence import Mood, News
from storage.channels import ChannelEvent
from storage.hints import Ephemeral
from storage.presence import PresenceBook, Said

log = structlog.get_logger(__name__)


class _Leaver(msgspec.Struct):
    user_id: int


_leaver = msgspec.json.Decoder(_Leaver)


class Audience(Protocol):
    """Whom to tell: `handlers.socket.hub.Hub`."""

    def follows(self, name: str) -> bool: ...

    def tell(
        self,
        event: Ephemeral,
        *,
        members_only: bool,
        to: Collection[Client] | None = None,
        but: Collection[Client] = (),
    ) -> None: ...


class Presence(Witness):
    """The presence of one instance. `tick` and `renew` are repeated; what happens never waits."""

    def __init__(self, book: PresenceBook, terms: Terms) -> None:
        self._exchange = Exchange(book, terms)
        self._grace = terms.presence_grace
        self._tick_s = terms.presence_tick.total_seconds()
        self._audience: Audience
        self._people = People()
        self._moods = Moods("moods")
        self._moods_changed = False
        self._phases = Phases()
        self._places: dict[str, Place] = {}
        self._first_readings = Together(self._read_first)

    def attach(self, audience: Audience) -> None:
        """Tell these from now on."""
        self._audience = audience

    # -- what happens here

    def arrive(self, client: Client, arrival: Arrival) -> None:
        user = arrival.user
        entry_id = None if arrival.entry is None else arrival.entry.id
        shown = user.privacy.show_activity
        self._say_anew(self._people.arrive(client, user.username, shown, entry_id, arrival.seq))

    def gone(self, client: Client) -> None:
        person = self._people.of(client)
        if person is None:
            return
        until = _now() + self._grace.total_seconds()
        words = [(place, place.word_of(person)) for place in self._places_of(person)]
        for place, word in words:
            place.drop(person, client, word, until)
        self._people.depart(client, until)
        self._say_anew(person)

    def set_mood(self, client: Client, mood: Mood) -> None:
        self._people.set_mood(client, mood)
        for place in self._places.values():
            place.forget_view()

    def enter(self, client: Client, channel: str) -> None:
        person = self._people.of(client)
        if person is not None:
            self._place(channel).enter(person, client)
            self._say_anew(person)

    def leave(self, client: Client, channel: str) -> None:
        person, place = self._people.of(client), self._places.get(channel)
        if person is not None and place is not None:
            place.leave(person, client)
            self._say_anew(person)

    def followed(self, client: Client, channel: str, reading: Reading) -> None:
        """Members are present on a project's channel by following it."""
        if not reading.shows_presence:
            self.left(client, channel)
            return
        place = self._place(channel)
        (place.unsure.discard if reading.presence_known else place.unsure.add)(client)
        if place.for_members:
            self.enter(client, channel)
        elif self._phases.learn(channel, reading.phase, reading.answer.seq):
            self._say_anew(*place.here.values())

    def joined(self, client: Client, channel: str) -> None:
        place = self._place(channel)
        if place.for_members:
            place.unsure.add(client)
            self.enter(client, channel)

    def left(self, client: Client, channel: str) -> None:
        place = self._places.get(channel)
        if place is not None:
            place.unsure.discard(client)
            self.leave(client, channel)

    def saw(self, event: ChannelEvent) -> None:
        try:
            if event.type.startswith("timer:") and event.channel.startswith("user:"):
                person = self._people.saw_timer(event)
                if person is not None:
                    self._say_anew(person)
            elif event.type == "user:updated":
                person = self._people.saw_name(event)
                if person is not None:
                    self._say_anew(person)
            elif event.type == "room:updated" and self._phases.saw(event):
                place = self._places.get(event.channel)
                if place is not None:
                    self._say_anew(*place.here.values())
            elif event.type in ("member:left", "room:left") and event.channel in self._places:
                self._places[event.channel].forget(_leaver.decode(event.data).user_id)
        except msgspec.DecodeError:
            log.exception("an event could not be read for presence", event_type=event.type)

    def _say_anew(self, *people: Person) -> None:
        for person in people:
            for place in self._places_of(person):
                place.unsaid = True

    def _places_of(self, person: Person) -> list[Place]:
        return [self._places[name] for name in person.places]

    def _place(self, name: str) -> Place:
        place = self._places.get(name)
        if place is None:
            place = self._places[name] = Place(name, phase_of=self._phases.of)
        return place

    # -- reading

    async def picture(self, channel: str) -> PresenceView | None:
        """What the followers of the channel have been told; None while it is unknown."""
        if not self._exchange.known:
            return None
        if self._place(channel).present is None:
            await self._first_readings.get(channel)
        place = self._place(channel)
        return None if place.present is None else place.view(self._people.is_invisible)

    async def _read_first(self, channels: Sequence[str]) -> dict[str, None]:
        places = [self._place(name) for name in channels]
        if await self._exchange.listen([self._moods, *places]):
            self._settle_moods()
            for place in places:
                place.count(self._moods.merged, _now())
        return {}

    # -- steps

    async def tick(self) -> None:
        """Say what is new here, hear what others say, and tell the followers."""
        await self._run(renew=False)

    async def renew(self) -> None:
        """The same, and say everything again before its lease runs out."""
        await self._run(renew=True)

    async def close(self) -> None:
        """Take back what was said, but of those who may be on their way to another instance."""
        withdrawn = self._tidy()
        said = [p.said() if p.dropped else Said(p.name) for p in self._places.values()]
        await self._exchange.end([*withdrawn, *said, self._moods.said()], self._grace)

    async def _run(self, *, renew: bool) -> None:
        withdrawn = self._tidy()
        notices = [self._moods, *self._places.values()]
        heard = await self._exchange.run(notices, withdrawn, renew=renew)
        if heard is None:
            return
        self._settle_moods()
        moods_changed, self._moods_changed = self._moods_changed, False
        for place in list(self._places.values()):
            if place.name in heard or moods_changed or place.kept or place.present is None:
                place.count(self._moods.merged, _now())
            self._tell(place)

    def _settle_moods(self) -> None:
        if self._moods.settle(self._people, self._exchange.me, _now()):
            self._moods_changed = True

    def _tidy(self) -> list[Said]:
        """Forget who did not come back, and what nobody here has to do with any more."""
        self._settle_moods()
        withdrawn = []
        for place in list(self._places.values()):
            place.forget_dropped(_now())
            if not (place.here or place.dropped or self._audience.follows(place.name)):
                del self._places[place.name]
                withdrawn.append(Said(place.name))
        self._phases.keep(lambda name: name in self._places or self._audience.follows(name))
        return withdrawn

    # -- telling

    def _tell(self, place: Place) -> None:
        """Tell the followers what is new to them, at most once a tick [P1]."""
        if place.present is None or not self._exchange.known or place.telling_is_due:
            return
        news = place.news() if place.counted or place.omitted else None
        if news is None and not place.unsure:
            return
        wait_s = place.told_at + self._tick_s - _now()
        if wait_s > 0:
            place.telling_is_due = place.counted = True
            asyncio.get_running_loop().call_later(wait_s, self._tell_now, place)
            return
        unsure = place.tell(_now())
        if news is not None:
            self._send(place, news, but=unsure)
        if unsure:
            self._send(place, place.everybody(), to=unsure)

    def _tell_now(self, place: Place) -> None:
        place.telling_is_due = False
        if self._places.get(place.name) is place:
            self._tell(place)

    def _send(
        self,
        place: Place,
        news: News,
        *,
        to: Collection[Client] | None = None,
        but: Collection[Client] = (),
    ) -> None:
        data = to_json(presence_updated(news, place.present or {}))
        event = Ephemeral(place.name, datetime.now(UTC), "presence:updated", data)
        self._audience.tell(event, members_only=place.for_members, to=to, but=but)


def _now() -> float:
    return asyncio.get_running_loop().time()
