"""Everything that somebody has here, in one file, and moving in with such a file elsewhere."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from handlers.actions.earned import read_streak_now
from handlers.actions.identity import Principal
from handlers.actions.import_files import Batches, ImportFile
from handlers.actions.import_projects import Places
from handlers.actions.importing import AT_ONCE, Taking, Trial, earlier_report, judge_of
from handlers.actions.notifications import edit_preferences
from handlers.actions.profile import edit_profile
from handlers.actions.services import Services
from handlers.actions.unit import envelope, unit_of_work
from handlers.messages.accounts import ProfileEdit, user_view
from handlers.messages.common import instant_text
from handlers.messages.notices import PreferenceEdit
from handlers.messages.transfer import (
    AccountImportQuery,
    ImportReport,
    calendar_view,
    exported_json,
    import_view,
)
from rooms.errors import DomainError, Unauthenticated
from rooms.imports.account import ENTRIES, FORMAT, AccountFile
from storage import calendars, exports, imports
from storage.database import acquired
from storage.earnings import ask
from storage.entries import Filter
from storage.users import lock_users, read_user

VERSION = 1
_FIRST = ("projects", "tags", "badges", "notification_choices")
_encode = msgspec.json.encode


async def export_account(services: Services, user: Principal) -> AsyncIterator[bytes]:
    """The file, as it is made. What the entries need comes before them."""
    db, user_id = services.db, user.user_id
    yield await _opening(services, user_id)
    for name in _FIRST:
        yield await _section(services, user_id, name)
    for name, entries in (
        (ENTRIES, exports.entry_pages(services.history, user_id, Filter())),
        ("deleted_entries", exports.deleted_pages(db, user_id)),
    ):
        views = ([msgspec.Raw(exported_json(e)) for e in page] async for page in entries)
        async for part in _array(name, views):
            yield part
    for name, pages in (
        ("timeline", exports.timeline_pages(services.history, user_id)),
        ("notifications", exports.notification_pages(db, user_id)),
    ):
        plain = (_plain(page) async for page in pages)
        async for part in _array(name, plain):
            yield part
    for name in exports.SECTIONS:
        if name not in _FIRST:
            yield await _section(services, user_id, name)
    async with acquired(db) as connection:
        found = await imports.all_imports(connection, user_id)
        calendar = calendar_view(await calendars.read_calendar(connection, user_id))
    yield _list("imports", map(import_view, found))
    yield b',\n"calendar": ' + _encode(calendar) + b"\n}\n"


async def _opening(services: Services, user_id: int) -> bytes:
    async with acquired(services.db) as connection:
        account = await read_user(connection, user_id)
        if account is None:
            raise Unauthenticated("This account is gone.")
        streak = await read_streak_now(services, connection, user_id)
    fields = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": instant_text(services.clock.now()),
        "profile": user_view(account),
        "streak": streak,
    }
    return b"{\n" + b",\n".join(_encode(n) + b": " + _encode(v) for n, v in fields.items())


async def _section(services: Services, user_id: int, name: str) -> bytes:
    return _list(name, _plain(await exports.read_section(services.db, user_id, name)))


def _list(name: str, values: Iterable[Any]) -> bytes:
    return b",\n" + _encode(name) + b": [\n" + b",\n".join(map(_encode, values)) + b"\n]"


async def _array(name: str, pages: AsyncIterator[list[Any]]) -> AsyncIterator[bytes]:
    """A field with a list that is too long to be had at once, one element a line."""
    yield b",\n" + _encode(name) + b": [\n"
    between = b""
    async for page in pages:
        if page:
            yield between + b",\n".join(map(_encode, page))
            between = b",\n"
    yield b"\n]"


def _plain(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [{name: _value(name, value) for name, value in row.items()} for row in rows]


def _value(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return instant_text(value)
    if name in ("event_data", "data") and isinstance(value, str):
        return msgspec.Raw(value.encode())  # it is JSON in the database as well
    return value


async def import_account(
    services: Services,
    user: Principal,
    file: ImportFile,
    query: AccountImportQuery,
    command_id: UUID | None,
) -> ImportReport:
    """Move in: entries and what they need, and into an account that has none yet also the profile
    and preferences. Nothing that is there is changed or removed."""
    sender = envelope(user.user_id, command_id, "import account", query, file.digest)
    if earlier := await earlier_report(services, sender):
        return earlier
    told = await asyncio.to_thread(file.survey_account)
    async with acquired(services.db) as connection:
        account = await read_user(connection, user.user_id)
    if account is None:
        raise Unauthenticated("This account is gone.")
    judge = judge_of(services, account.timezone, account.day_starts_at)
    batches = Batches(file.read(told.survey, judge, None), told.survey.rows, AT_ONCE)
    described = {p["id"]: p for p in told.projects if type(p.get("id")) is int}
    places = Places(services, user, told.survey, described)
    if query.dry_run:
        return await Trial(services, user, places, told.survey).run(batches)
    taking = Taking(services, user, places, told.survey, "account", sender)

    async def before() -> None:
        await _settle_in(services, user, told)
        await places.make_all()

    return await taking.run(batches, before=before, after=places.archive)


async def _settle_in(services: Services, user: Principal, told: AccountFile) -> None:
    """Badges come first, so that nobody is told anew of what they have had for years."""
    async with unit_of_work(services) as unit:
        if user.user_id not in await lock_users(unit.connection, [user.user_id]):
            raise Unauthenticated("This account is gone.")
        empty = await imports.is_empty(unit.connection, user.user_id)
        await imports.award(unit.connection, user.user_id, told.badges)
        await ask(unit.connection, [user.user_id])
    if empty:
        await _take_profile(services, user, told.profile)
        await _take_choices(services, user, told.choices)


async def _take_profile(services: Services, user: Principal, profile: Mapping[str, Any]) -> None:
    """One by one, so that what this server does not know keeps nothing else from being taken."""
    for name in ("name", "timezone", "day_starts_at", "privacy"):
        if name not in profile:
            continue
        try:
            edit = msgspec.convert({name: profile[name]}, ProfileEdit)
            await edit_profile(services, user, edit, None)
        except (msgspec.ValidationError, DomainError):
            continue


async def _take_choices(
    services: Services, user: Principal, choices: list[Mapping[str, Any]]
) -> None:
    for choice in choices:
        try:
            fields = {"kind": choice["kind"], choice["channel"]: choice["wanted"]}
            edit = msgspec.convert(fields, PreferenceEdit)
            await edit_preferences(services, user, [edit], None)
        except (KeyError, TypeError, msgspec.ValidationError, DomainError):
            continue
