"""/api/time-entries: cut, joined, copied, and many at once."""

from handlers.actions import entries
from handlers.http.api import Api
from handlers.http.call import Call
from handlers.http.versions import if_match
from handlers.messages.reshaping import (
    Bulk,
    BulkDone,
    Duplicate,
    Duplicated,
    Merge,
    Merged,
    Parts,
    Split,
)

api = Api()
_TAG = "Time entries"


@api.call(
    "POST", "/time-entries/{entry_id}/split", tag=_TAG, body=Split, answer=Parts,
    errors=("not_found", "version_conflict"),
)  # fmt: skip
async def split_entry(call: Call, entry_id: int, body: Split) -> Parts:
    """Cut an entry in two at an instant inside it; one that runs goes on in the second part."""
    command = body.to_command(entry_id, if_match(call))
    return await entries.send_command(call.services, call.user, call.command_id, command, Parts)


@api.call(
    "POST", "/time-entries/merge", tag=_TAG, body=Merge, answer=Merged,
    errors=("not_found", "forbidden", "conflict", "timer_running"),
)  # fmt: skip
async def merge_entries(call: Call, body: Merge) -> Merged:
    """Make one entry of several closed ones, from the first start to the last end."""
    command = body.to_command()
    return await entries.send_command(call.services, call.user, call.command_id, command, Merged)


@api.call(
    "POST", "/time-entries/{entry_id}/duplicate", tag=_TAG, body=Duplicate, body_optional=True,
    answer=Duplicated, status=201, errors=("not_found", "forbidden", "conflict"),
)  # fmt: skip
async def duplicate_entry(call: Call, entry_id: int, body: Duplicate) -> Duplicated:
    """Record an entry like another one, at the same instants or at others."""
    command = body.to_command(entry_id)
    return await entries.send_command(
        call.services, call.user, call.command_id, command, Duplicated
    )


@api.call(
    "POST", "/time-entries/bulk", tag=_TAG, body=Bulk, answer=BulkDone,
    errors=("not_found", "forbidden", "conflict"),
)  # fmt: skip
async def change_entries(call: Call, body: Bulk) -> BulkDone:
    """Edit, delete or restore up to 200 entries: all of them, or none."""
    command = body.to_command()
    return await entries.send_command(call.services, call.user, call.command_id, command, BulkDone)
