"""/api/time-entries: one's own time."""

from handlers.actions import entries
from handlers.http.api import Api
from handlers.http.call import Call, Reply, renamed
from handlers.http.pages import decode_cursor, encode_cursor, next_page
from handlers.http.versions import if_match
from handlers.messages.common import Id, Instant, Nothing, taken_instant
from handlers.messages.entries import (
    Current,
    EntryEdit,
    EntryEnd,
    EntryFilter,
    EntryView,
    NewEntry,
    Resolve,
    Resolved,
    Started,
    Stopped,
)
from rooms import timer
from rooms.errors import Invalid

api = Api()
_TAG = "Time entries"


@api.call(
    "POST", "/time-entries", tag=_TAG, body=NewEntry, answer=Started, status=201,
    errors=("not_found", "forbidden", "overlaps_running"),
)  # fmt: skip
async def make_entry(call: Call, body: NewEntry) -> Started:
    """Start the timer, or record an entry that has ended (with `end_time`)."""
    try:
        return await entries.send_command(
            call.services, call.user, call.command_id, body.to_command(), Started
        )
    except Invalid as error:
        raise renamed(error, {"started_at": "start_time", "ended_at": "end_time"}) from None


@api.call(
    "PUT", "/time-entries/{entry_id}/end", tag=_TAG, body=EntryEnd, body_optional=True,
    answer=Stopped, errors=("not_found",),
)  # fmt: skip
async def end_entry(call: Call, entry_id: int, body: EntryEnd) -> Stopped:
    """Stop an entry, now or at `end_time` in the past; of two stops the earlier counts."""
    try:
        return await entries.send_command(
            call.services, call.user, call.command_id, body.to_command(entry_id), Stopped
        )
    except Invalid as error:
        raise renamed(error, {"ended_at": "end_time"}) from None


@api.call("GET", "/time-entries/current", tag=_TAG, answer=Current)
async def read_current(call: Call) -> Current:
    """The running entry, and the server's clock."""
    return await entries.read_current(call.services, call.user)


@api.call("GET", "/time-entries", tag=_TAG, query=EntryFilter, answer=list[EntryView])
async def list_entries(call: Call, query: EntryFilter) -> Reply:
    """One's entries that overlap [from, to), newest first; the running one included."""
    before = decode_cursor(query.cursor, tuple[Instant, Id])
    if before is not None:
        before = taken_instant("cursor", before[0]), before[1]
    page, more = await entries.list_entries(call.services, call.user, query, before)
    cursor = None if more is None else encode_cursor(more)
    return Reply(page, headers=next_page(call.request, cursor))


@api.call("GET", "/time-entries/{entry_id}", tag=_TAG, answer=EntryView, errors=("not_found",))
async def read_entry(call: Call, entry_id: int) -> Reply:
    """One entry."""
    return _with_version(await entries.read_entry(call.services, call.user, entry_id))


@api.call(
    "PATCH", "/time-entries/{entry_id}", tag=_TAG, body=EntryEdit, answer=EntryView,
    errors=("not_found", "forbidden", "version_conflict", "timer_running"),
)  # fmt: skip
async def edit_entry(call: Call, entry_id: int, body: EntryEdit) -> Reply:
    """Edit an entry; `If-Match: "<version>"` refuses an edit of what was changed meanwhile."""
    command = body.to_command(entry_id, if_match(call))
    return _with_version(
        await entries.edit_entry(call.services, call.user, call.command_id, command)
    )


@api.call(
    "DELETE", "/time-entries/{entry_id}", tag=_TAG, status=204,
    errors=("not_found", "version_conflict"),
)  # fmt: skip
async def delete_entry(call: Call, entry_id: int) -> None:
    """Delete an entry; it can be restored for 30 days."""
    command = timer.DeleteEntry(entry_id, if_match(call))
    await entries.send_command(call.services, call.user, call.command_id, command, Nothing)


@api.call(
    "POST", "/time-entries/{entry_id}/restore", tag=_TAG, answer=EntryView,
    errors=("not_found",),
)  # fmt: skip
async def restore_entry(call: Call, entry_id: int) -> Reply:
    """Bring a deleted entry back, closed."""
    command = timer.RestoreEntry(entry_id)
    return _with_version(
        await entries.edit_entry(call.services, call.user, call.command_id, command)
    )


@api.call(
    "POST", "/time-entries/{entry_id}/resolve", tag=_TAG, body=Resolve, answer=Resolved,
    errors=("not_found", "conflict"),
)  # fmt: skip
async def resolve_entry(call: Call, entry_id: int, body: Resolve) -> Resolved:
    """Say what is right of an entry that is in doubt because its timer was forgotten."""
    command = body.to_command(entry_id)
    return await entries.send_command(call.services, call.user, call.command_id, command, Resolved)


@api.call("GET", "/tags", tag=_TAG, answer=list[str])
async def list_tags(call: Call) -> list[str]:
    """The tags one has used, the latest first (for completion)."""
    return await entries.recent_tags(call.services, call.user)


def _with_version(entry: EntryView) -> Reply:
    return Reply(entry, headers={"ETag": f'"{entry.version}"'})
