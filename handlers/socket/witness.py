"""What presence is told of connections and channels. This one takes no notice of it."""

from handlers.actions.subscriptions import Arrival, Reading
from handlers.socket.clients import Client
from rooms.presence import Mood
from storage.channels import ChannelEvent


class Witness:
    """The base of `handlers.socket.presence.Presence`; for a hub without presence as it is."""

    def arrive(self, client: Client, arrival: Arrival) -> None:
        """A connection begins."""

    def gone(self, client: Client) -> None:
        """A connection has ended: whoever is not back soon has left [P1]."""

    def set_mood(self, client: Client, mood: Mood) -> None:
        """presence:set: what a connection says of itself [P2]."""

    def enter(self, client: Client, channel: str) -> None:
        """The connection makes its user present on the channel, until it leaves or ends."""

    def leave(self, client: Client, channel: str) -> None:
        """It does so no more, from now on."""

    def followed(self, client: Client, channel: str, reading: Reading) -> None:
        """A subscriber is answered with this reading."""

    def joined(self, client: Client, channel: str) -> None:
        """A follower has become a member."""

    def left(self, client: Client, channel: str) -> None:
        """A client does not follow any more, or may not."""

    def saw(self, event: ChannelEvent) -> None:
        """An event of a channel that is followed here, in its turn."""
