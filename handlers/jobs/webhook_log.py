"""From the log of channels to deliveries of webhooks [N3].

Nothing of this is in the way of a command: the log that live clients follow is read afterwards, and
the position that a webhook has in it moves in the transaction that writes its deliveries. So each
event becomes one delivery, whatever crashes, and however many instances look.
"""

from collections import defaultdict
from collections.abc import Sequence

import structlog

from handlers.actions.deliveries import SEND, SEND_AGAIN, ask
from handlers.actions.services import Services
from handlers.actions.unit import Unit, unit_of_work
from handlers.actions.webhooks import disable
from handlers.messages.common import to_json
from handlers.messages.webhooks import DisabledReason, Gap
from rooms.rules.webhooks import GAP, chosen_events
from storage import deliveries, webhooks
from storage.database import LONG_PATIENCE_S, acquired
from storage.deliveries import Behind, NewDelivery, Seen, Stretch
from storage.users import lock_users

log = structlog.get_logger(__name__)
# How many webhooks are looked at in one transaction, and how much of the log for each.
MANY = 50
_STRETCH = 200
# Beyond that the log keeps what is to be sent, as long as it keeps anything.
MOST_WAITING = 1000


async def tend_webhooks(services: Services) -> None:
    """One look: make deliveries of all that is new, and have them sent."""
    while await collect(services) >= MANY:
        continue
    while await hand_out(services) >= MANY:
        continue


async def collect(services: Services, limit: int = MANY) -> int:
    """Make deliveries of what the log has for some webhooks; answers how many it looked at."""
    async with unit_of_work(services, patience_s=LONG_PATIENCE_S) as unit:
        behind = await deliveries.webhooks_behind(unit.connection, limit, MOST_WAITING)
        if behind:
            await _collect(services, unit, [one for one in behind if one.entitled])
    for one in behind:
        if not one.entitled:
            await switch_off(services, one.id, "not_a_member")
    return len(behind)


async def _collect(services: Services, unit: Unit, behind: Sequence[Behind]) -> None:
    stretches = [_stretch_of(one) for one in behind]
    seen: dict[int, list[Seen]] = defaultdict(list)
    for event in await deliveries.read_stretches(unit.connection, stretches):
        seen[event.webhook_id].append(event)
    new = {
        one.id: _news(one, stretch, seen[one.id], services)
        for one, stretch in zip(behind, stretches, strict=True)
    }
    rows = [each for some in new.values() for each in some]
    await deliveries.add_deliveries(unit.connection, rows)
    await deliveries.advance(
        unit.connection, [(s.webhook_id, s.up_to, bool(new[s.webhook_id])) for s in stretches]
    )


def _stretch_of(one: Behind) -> Stretch:
    after = min(max(one.seq, one.floor), one.head)
    return Stretch(
        webhook_id=one.id,
        channel=one.channel,
        after=after,
        up_to=min(one.head, after + _STRETCH),
        types=chosen_events(one.events, of_project=one.of_project),
        since=one.since,
    )


def _news(
    one: Behind, stretch: Stretch, seen: Sequence[Seen], services: Services
) -> list[NewDelivery]:
    """What is to be sent of a stretch; first of all that the log has not got all of it."""
    new = [
        NewDelivery(one.id, event.event, event.seq, event.at, event.data)
        for event in seen
        if event.data is not None
    ]
    if len(seen) < stretch.up_to - stretch.after:
        gap = Gap(after_seq=stretch.after, up_to_seq=_lost_up_to(stretch, seen))
        new.insert(0, NewDelivery(one.id, GAP, None, services.clock.now(), to_json(gap)))
    return new


def _lost_up_to(stretch: Stretch, seen: Sequence[Seen]) -> int:
    """The log loses what is oldest, so what it has is at the end of the stretch."""
    return seen[0].seq - 1 if seen else stretch.up_to


async def hand_out(services: Services, limit: int = MANY) -> int:
    """Have jobs look after webhooks that have something to send; answers for how many."""
    async with unit_of_work(services, patience_s=LONG_PATIENCE_S) as unit:
        due = await deliveries.webhooks_due(unit.connection, limit)
        for webhook_id, failures in due:
            ask(unit, webhook_id, SEND_AGAIN if failures else SEND)
    return len(due)


async def switch_off(services: Services, webhook_id: int, reason: DisabledReason) -> None:
    """Switch a webhook off by itself, and tell its owner; nothing if it is off already."""
    async with acquired(services.db) as connection:
        user_id = await webhooks.owner_of(connection, webhook_id)
    if user_id is None:
        return
    async with unit_of_work(services) as unit:
        await lock_users(unit.connection, [user_id])
        if await disable(unit, user_id, webhook_id, reason):
            log.info("a webhook was switched off", webhook_id=webhook_id, reason=reason)
