"""[T6]: the same deed for many entries, as pure decisions: for all or for none."""

from dataclasses import replace

import pytest

from rooms.entry import Entry
from rooms.errors import DomainError, Forbidden, Invalid, NotFound
from rooms.timer import (
    Command,
    DeleteEntries,
    EditEntries,
    RestoreEntries,
    UserTimers,
    decide,
)
from tests.support.timer_states import DAY, NOW, entry, kinds, refusal, state

RUNNING = entry(id=1, tags=("a", "b"))
CLOSED = entry(ended_at=NOW, id=2, tags=("b",))
GONE = entry(ended_at=NOW, id=3, deleted_at=NOW)


def several(*entries: Entry) -> UserTimers:
    return replace(state(RUNNING), several={one.id: one for one in entries})


def test_an_edit_is_that_of_each() -> None:
    """Those that it does not change keep their version."""
    command = EditEntries((1, 2, 1), add_tags=("c",), remove_tags=("a", "c"), project_id=7)
    decision = decide(several(RUNNING, CLOSED), command, NOW)
    assert kinds(decision) == ["updated", "edited"]
    assert [(one.id, one.tags, one.project_id, one.version) for one in decision.several] == [
        (1, ("b", "c"), 7, 2),
        (2, ("b", "c"), 7, 2),
    ]
    again = decide(several(*decision.several), replace(command, remove_tags=()), NOW)
    assert (again.changes, again.several) == ((), decision.several)


def test_deleting_and_restoring_are_those_of_each() -> None:
    gone = decide(several(RUNNING, CLOSED), DeleteEntries((2, 1)), NOW)
    assert (kinds(gone), gone.several) == (["deleted", "discarded"], ())
    deleted = [change.after for change in gone.changes]
    back = decide(several(*deleted, CLOSED), RestoreEntries((1, 2)), NOW)
    assert [one.ended_at for one in back.several] == [NOW, NOW]


@pytest.mark.parametrize(
    "command, error, fields",
    [
        (EditEntries((2, 3, 9), description="x"), NotFound, ["ids[1]", "ids[2]"]),
        (DeleteEntries((2, 3)), NotFound, ["ids[1]"]),
        (RestoreEntries((9, 2)), NotFound, ["ids[0]"]),
        (EditEntries((1, 2), project_id=8), Forbidden, ["ids[0]", "ids[1]"]),
        (EditEntries((2, 1), add_tags=tuple("cdefghijk")), Invalid, ["ids[1]"]),
    ],
)
def test_one_refusal_is_that_of_all(
    command: Command, error: type[DomainError], fields: list[str]
) -> None:
    """With each entry that is to blame."""
    found = refusal(several(RUNNING, CLOSED, GONE), command)
    assert isinstance(found, error)
    assert [field for field, _ in found.errors] == fields


def test_what_was_deleted_long_ago_does_not_come_back() -> None:
    """[T6]"""
    old = replace(GONE, deleted_at=NOW - 31 * DAY)
    assert isinstance(refusal(several(old), RestoreEntries((3,))), NotFound)
