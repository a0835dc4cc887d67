"""/api/export, /api/import and /api/users/me/export: moving in and out."""

from aiohttp import web

from handlers.actions import exports, imports, personal
from handlers.actions.import_files import ImportFile, Kind
from handlers.http.api import Api
from handlers.http.call import Call, Reply
from handlers.http.operation import Upload
from handlers.http.pages import decode_cursor, encode_cursor, next_page
from handlers.http.parsing import chunks_of
from handlers.http.streams import stream
from handlers.messages.common import Id
from handlers.messages.timeline import PageQuery
from handlers.messages.transfer import (
    AccountImportQuery,
    ExportedEntry,
    ExportQuery,
    ImportQuery,
    ImportReport,
    ImportUndone,
    ImportView,
)
from rooms.errors import UnsupportedMediaType

api = Api()
_TAG = "Import and export"
_CSV, _JSON = "text/csv", "application/json"
_MOST_BYTES = 64 * 1024 * 1024
FILE = Upload((_CSV, _JSON), _MOST_BYTES)
ACCOUNT = Upload((_JSON,), _MOST_BYTES)


@api.call(
    "GET", "/export/time-entries", tag=_TAG, query=ExportQuery, answer=list[ExportedEntry],
    produces=(_JSON, _CSV),
)  # fmt: skip
async def export_entries(call: Call, query: ExportQuery) -> web.StreamResponse:
    """One's entries as a file, in the order of their start; the running one included."""
    which = await exports.filter_of(call.services, call.user, query)
    send = exports.export_json if query.format == "json" else exports.export_csv
    media = _JSON if query.format == "json" else f"{_CSV}; charset=utf-8; header=present"
    span = "_".join(
        text[:10] for text in (query.from_, query.to or _today(call)) if text is not None
    )
    return await stream(
        call, send(call.services, call.user, which), media,
        _attached(f"focushub-time-entries_{span}.{query.format}"),
    )  # fmt: skip


@api.call(
    "POST", "/import/time-entries", tag=_TAG, query=ImportQuery, answer=ImportReport,
    upload=FILE, errors=("conflict",),
)  # fmt: skip
async def import_entries(call: Call, query: ImportQuery) -> ImportReport:
    """Take in a file of entries: of Toggl Track, Clockify, or FocusHub itself."""
    file = ImportFile(_kind_of(call, query), query)
    try:
        await file.fill(chunks_of(call.request, FILE))
        return await imports.import_entries(call.services, call.user, file, query, call.command_id)
    finally:
        file.close()


def _kind_of(call: Call, query: ImportQuery) -> Kind:
    if query.format == "focushub":
        return "focushub_csv" if call.request.content_type == _CSV else "focushub_json"
    if call.request.content_type != _CSV:
        raise UnsupportedMediaType(f"The body must be {_CSV}.")
    return query.format


@api.call("GET", "/import", tag=_TAG, query=PageQuery, answer=list[ImportView])
async def list_imports(call: Call, query: PageQuery) -> Reply:
    """One's imports, the latest first."""
    before_id = decode_cursor(query.cursor, Id)
    found = await imports.list_imports(call.services, call.user, before_id, query.limit + 1)
    page = found[: query.limit]
    cursor = encode_cursor(page[-1].id) if len(found) > query.limit else None
    return Reply(page, headers=next_page(call.request, cursor))


@api.call("GET", "/import/{import_id}", tag=_TAG, answer=ImportView, errors=("not_found",))
async def read_import(call: Call, import_id: int) -> ImportView:
    """How far an import has come, or what has come of it."""
    return await imports.read_import(call.services, call.user, import_id)


@api.call(
    "DELETE", "/import/{import_id}", tag=_TAG, answer=ImportUndone,
    errors=("not_found", "conflict"),
)  # fmt: skip
async def undo_import(call: Call, import_id: int) -> ImportUndone:
    """Delete the entries that an import made; each can be restored for 30 days."""
    return await imports.undo_import(call.services, call.user, import_id)


# The devices that are signed in are in it, which no API token may see.
@api.call(
    "GET", "/users/me/export", tag=_TAG, answer=dict, produces=(_JSON,), limit="costly",
    scope="login",
)  # fmt: skip
async def export_account(call: Call) -> web.StreamResponse:
    """Everything that one has here, in one file."""
    chunks = personal.export_account(call.services, call.user)
    return await stream(call, chunks, _JSON, _attached(f"focushub-account_{_today(call)}.json"))


@api.call(
    "POST", "/import/account", tag=_TAG, query=AccountImportQuery, answer=ImportReport,
    upload=ACCOUNT, errors=("conflict",),
)  # fmt: skip
async def import_account(call: Call, query: AccountImportQuery) -> ImportReport:
    """Move in with the file of an account from another server."""
    file = ImportFile("account")
    try:
        await file.fill(chunks_of(call.request, ACCOUNT))
        return await personal.import_account(call.services, call.user, file, query, call.command_id)
    finally:
        file.close()


def _today(call: Call) -> str:
    return call.services.clock.now().date().isoformat()


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
