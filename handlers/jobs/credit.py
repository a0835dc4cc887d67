"""Crediting the work phases that are over: presence ∩ work phase becomes time entries [C2].

Every instance looks every second. It takes stretches that nobody else has in hand, and writes the
entries of everybody of whom it is known for good how long they were there, in one transaction.
The others are looked at again; the stretch is done when nobody is left. Whatever crashes or comes
twice, a credit is written once, because a unique key of its own says so.
"""

from datetime import UTC, datetime, timedelta

from handlers.actions.services import Services
from handlers.actions.unit import Unit, unit_of_work
from handlers.messages.entries import EntryEvent, entry_view
from rooms.entry import Entry
from rooms.rules.credit import Span, credit, is_certain
from storage import credits
from storage.credits import Credit, Owner, Position, WorkStretch
from storage.database import LONG_PATIENCE_S, PATIENCE_S
from storage.tracked import mark_entries

MANY = 50
_START = Position(datetime.min.replace(tzinfo=UTC), 0, datetime.min.replace(tzinfo=UTC))
# A return that was decided in time may take so long to be seen.
_SEEN_WITHIN = timedelta(seconds=2 * PATIENCE_S)

Wanted = list[tuple[WorkStretch, int, Span]]


async def credit_rooms(services: Services, limit: int = MANY) -> int:
    """Credit what can be credited; answers how many entries were made."""
    after: Position | None = _START
    made = 0
    while after is not None:
        async with unit_of_work(services, patience_s=LONG_PATIENCE_S) as unit:
            stretches = await credits.lock_stretches(unit.connection, after, limit)
            if stretches:
                made += await _credit(services, unit, stretches)
        after = stretches[-1].position if len(stretches) == limit else None
    return made


async def _credit(services: Services, unit: Unit, stretches: list[WorkStretch]) -> int:
    wanted, waiting = await _look(services, unit, stretches)
    entries: list[Entry] = []
    if wanted:
        user_ids = sorted({user_id for _, user_id, _ in wanted})
        owners, held = await credits.lock_owners(unit.connection, user_ids)
        waiting |= {stretch for stretch, user_id, _ in wanted if user_id in held}
        entries = await _write(unit, wanted, owners)
    done = [stretch for stretch in stretches if stretch not in waiting]
    if done:
        await credits.settle_stretches(unit.connection, done)
    return len(entries)


async def _look(
    services: Services, unit: Unit, stretches: list[WorkStretch]
) -> tuple[Wanted, set[WorkStretch]]:
    """What is to be credited to whom, and the stretches of which somebody is not certain yet."""
    rejoin = services.terms.rejoin + _SEEN_WITHIN
    found, lost_before = await credits.read_stays(unit.connection, stretches, rejoin)
    credited = await credits.read_credited(unit.connection, stretches)
    wanted: Wanted = []
    waiting: set[WorkStretch] = set()
    for stretch, stays_of in zip(stretches, found, strict=True):
        for user_id, stays in stays_of.items():
            if not is_certain(stays, stretch.to_at, lost_before):
                waiting.add(stretch)
                continue
            before = credited.get((*stretch.phase, user_id), ())
            wanted += [(stretch, user_id, span) for span in credit(stays, stretch.span, before)]
    return wanted, waiting


async def _write(unit: Unit, wanted: Wanted, owners: dict[int, Owner]) -> list[Entry]:
    """Write the entries of those who are held, mark their days, and tell each of their own [V1]."""
    mine = [one for one in wanted if one[1] in owners]
    if not mine:
        return []
    particulars = await credits.read_particulars(
        unit.connection, [(stretch.room_id, user_id, stretch.round) for stretch, user_id, _ in mine]
    )
    entries = await credits.write_credits(
        unit.connection,
        [
            Credit(
                stretch,
                owners[user_id],
                span,
                about.project.project_id if about.project and about.project.may_track else None,
                about.intention or about.room_name,
            )
            for (stretch, user_id, span), about in zip(mine, particulars, strict=True)
        ],
    )
    for entry in entries:
        unit.tell(f"user:{entry.user_id}", "entry:created", EntryEvent(entry=entry_view(entry)))
    await mark_entries(unit.connection, entries)
    return entries
