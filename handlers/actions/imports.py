"""Taking in what somebody brings along, and taking it out again."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from handlers.actions.identity import Principal
from handlers.actions.import_files import Batches, ImportFile
from handlers.actions.import_projects import Places
from handlers.actions.importing import (
    AT_ONCE,
    SILENCE,
    Taking,
    Trial,
    earlier_report,
    judge_of,
)
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, unit_of_work
from handlers.messages.accounts import taken_zone
from handlers.messages.bulk import MOST_EVENTS, EntryBulk
from handlers.messages.entries import EntryEvent, entry_view
from handlers.messages.transfer import (
    ImportQuery,
    ImportReport,
    ImportUndone,
    ImportView,
    import_view,
)
from rooms.entry import Entry
from rooms.errors import Conflict, NotFound, Unauthenticated
from storage import imports
from storage.database import LONG_PATIENCE_S, acquired
from storage.imports import Tally
from storage.tracked import mark_entries
from storage.users import User, lock_users, read_user


async def import_entries(
    services: Services,
    user: Principal,
    file: ImportFile,
    query: ImportQuery,
    command_id: UUID | None,
) -> ImportReport:
    """Take in a file of entries. Raises Invalid or Malformed for a file that cannot be read at all,
    and Conflict while another import of the user runs."""
    account = await _account(services, user)
    zone = account.timezone if query.timezone is None else taken_zone(query.timezone)
    sender = envelope(user.user_id, command_id, "import", query, file.digest)
    if earlier := await earlier_report(services, sender):
        return earlier
    survey = await asyncio.to_thread(file.survey)
    email = survey.whose(query.email, account.email)
    judge = judge_of(services, zone, account.day_starts_at)
    batches = Batches(file.read(survey, judge, email), survey.rows, AT_ONCE)
    places = Places(services, user, survey)
    if query.dry_run:
        return await Trial(services, user, places, survey).run(batches)
    return await Taking(services, user, places, survey, query.format, sender).run(batches)


async def _account(services: Services, user: Principal) -> User:
    async with acquired(services.db) as connection:
        account = await read_user(connection, user.user_id)
    if account is None:
        raise Unauthenticated("This account is gone.")
    return account


async def list_imports(
    services: Services, user: Principal, before_id: int | None, limit: int
) -> list[ImportView]:
    """One's imports, the latest first."""
    async with acquired(services.db) as connection:
        found = await imports.list_imports(connection, user.user_id, before_id, limit)
    return [import_view(one) for one in found]


async def read_import(services: Services, user: Principal, import_id: int) -> ImportView:
    """One import. Raises NotFound."""
    async with acquired(services.db) as connection:
        found = await imports.read_import(connection, user.user_id, import_id)
    if found is None:
        raise NotFound("There is no such import.")
    return import_view(found)


async def undo_import(services: Services, user: Principal, import_id: int) -> ImportUndone:
    """Delete what an import has made; each entry can be restored, and the file imported again.

    Raises NotFound, and Conflict while it runs.
    """
    deleted, more = 0, True
    user_id = user.user_id
    gone: list[Entry] = []
    tally = Tally()
    while more:
        async with unit_of_work(services, patience_s=LONG_PATIENCE_S) as unit:
            if user_id not in await lock_users(unit.connection, [user_id]):
                raise Unauthenticated("This account is gone.")
            await _require_over(unit, user_id, import_id)
            entries, more = await imports.undo_some(unit.connection, user_id, import_id, AT_ONCE)
            await mark_entries(unit.connection, entries)
            deleted += len(entries)
            gone += entries[: MOST_EVENTS + 1 - len(gone)]
            for entry in entries:
                tally.widen(entry.started_at, entry.ended_at or entry.started_at)
            if not more:
                await imports.mark_undone(unit.connection, user_id, import_id)
                _tell_gone(unit, user_id, gone, deleted, tally)
    return ImportUndone(deleted=deleted)


async def _require_over(unit: Unit, user_id: int, import_id: int) -> None:
    await imports.break_silent(unit.connection, user_id, SILENCE)
    found = await imports.read_import(unit.connection, user_id, import_id)
    if found is None:
        raise NotFound("There is no such import.")
    if found.state == "running":
        raise Conflict("This import is still under way.")


def _tell_gone(unit: Unit, user_id: int, gone: Sequence[Entry], deleted: int, span: Tally) -> None:
    channel = f"user:{user_id}"
    if deleted > MOST_EVENTS:
        assert span.from_at is not None
        assert span.to_at is not None
        bulk = EntryBulk.of("import_undone", span.from_at, span.to_at, deleted)
        unit.tell(channel, "entry:bulk", bulk)
        return
    for entry in gone:
        unit.tell(channel, "entry:deleted", EntryEvent(entry=entry_view(entry)))
