"""[T3] [T6] [T8]: editing, discarding, deleting, restoring and logging, as pure decisions."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from rooms.errors import (
    Forbidden,
    Invalid,
    NotFound,
    TimerNotRunning,
    TimerRunning,
    VersionConflict,
)
from rooms.timer import (
    Command,
    DeleteEntry,
    DiscardTimer,
    LogEntry,
    RestoreEntry,
    StopTimer,
    UpdateEntry,
    decide,
)
from tests.support.timer_states import DAY, HOUR, MINUTE, NOW, closed, entry, kinds, refusal, state


class TestEditing:
    def test_an_edit_changes_what_is_given_and_raises_the_version(self) -> None:
        """[T6]"""
        running = entry(tags=("a",))
        decision = decide(state(running), UpdateEntry(description="read", project_id=7), NOW)
        assert kinds(decision) == ["updated"]
        assert decision.entry == replace(running, description="read", project_id=7, version=2)

    def test_an_edit_that_changes_nothing_keeps_the_version(self) -> None:
        """[T6]"""
        assert decide(state(entry()), UpdateEntry(description="write"), NOW).changes == ()

    @pytest.mark.parametrize("command", [UpdateEntry(1, 3, tags=("x",)), DeleteEntry(1, 3)])
    def test_a_stale_version_is_refused_with_the_present_entry(self, command: Command) -> None:
        """[T6]"""
        current = closed(version=4)
        error = refusal(current, command)
        assert isinstance(error, VersionConflict)
        assert error.current is current.named

    def test_a_project_is_left_without_asking_and_entered_only_where_one_may(self) -> None:
        assert decide(closed(project_id=8), UpdateEntry(1, project_id=None), NOW).changes
        assert decide(closed(project_id=8), UpdateEntry(1, project_id=8, tags=("x",)), NOW).changes
        assert isinstance(refusal(closed(), UpdateEntry(1, project_id=8)), Forbidden)

    def test_an_edited_end_is_claimed_and_stands_against_stops(self) -> None:
        """[T3] [T4]"""
        decision = decide(closed(), UpdateEntry(1, ended_at=NOW - 5 * MINUTE), NOW)
        edited = decision.entry
        assert edited is not None
        assert (edited.ended_by, edited.claimed, kinds(decision)) == ("edit", True, ["edited"])
        again = decide(state(None, edited), StopTimer(1, NOW - 20 * MINUTE), NOW)
        assert again.changes == ()

    def test_an_end_given_to_what_runs_stops_it(self) -> None:
        decision = decide(state(entry()), UpdateEntry(ended_at=NOW), NOW)
        assert kinds(decision) == ["stopped"]

    @pytest.mark.parametrize(
        "command, field",
        [
            (UpdateEntry(1, started_at=NOW + MINUTE), "started_at"),
            (UpdateEntry(1, ended_at=NOW + MINUTE), "ended_at"),
            (UpdateEntry(1, ended_at=NOW - 2 * HOUR), "ended_at"),
            (UpdateEntry(1, started_at=NOW), "started_at"),
            (UpdateEntry(1, started_at=NOW - 40 * DAY), "started_at"),
            (UpdateEntry(1, started_at=NOW - DAY, ended_at=NOW - 2 * DAY), "ended_at"),
        ],
    )
    def test_an_edit_leaves_no_impossible_interval(self, command: Command, field: str) -> None:
        """[T3] [T8] The field that is to blame is named."""
        error = refusal(closed(), command)
        assert isinstance(error, Invalid)
        assert [name for name, _ in error.errors] == [field]

    def test_an_entry_runs_on_within_ten_minutes_of_its_end(self) -> None:
        """[T6]"""
        decision = decide(closed(NOW - 10 * MINUTE), UpdateEntry(1, ended_at=None), NOW)
        assert kinds(decision) == ["reopened"]
        assert decision.entry is not None
        assert decision.entry.running
        assert decision.entry.ended_by is None
        late = refusal(closed(NOW - 11 * MINUTE), UpdateEntry(1, ended_at=None))
        assert isinstance(late, Invalid)

    def test_no_entry_runs_on_beside_another(self) -> None:
        """[T1] [T6]"""
        running = entry(id=3)
        error = refusal(state(running, entry(ended_at=NOW)), UpdateEntry(1, ended_at=None))
        assert isinstance(error, TimerRunning)
        assert error.current is running


class TestDiscardingDeletingRestoring:
    def test_a_discard_ends_and_deletes_at_one_instant(self) -> None:
        """[T6]"""
        decision = decide(state(entry()), DiscardTimer(), NOW)
        gone = decision.changes[0].after
        assert (kinds(decision), decision.entry) == (["discarded"], None)
        assert gone.ended_at == gone.deleted_at == NOW

    def test_what_was_discarded_is_restored_closed(self) -> None:
        """[T6] It does not run beside what has been started since."""
        gone = decide(state(entry()), DiscardTimer(), NOW).changes[0].after
        decision = decide(state(entry(id=3), gone), RestoreEntry(1), NOW + HOUR)
        assert kinds(decision) == ["created"]
        assert decision.entry is not None
        assert (decision.entry.ended_at, decision.entry.deleted_at) == (NOW, None)
        assert decision.entry.version == gone.version + 1

    def test_only_what_runs_is_discarded(self) -> None:
        assert isinstance(refusal(closed(), DiscardTimer(1)), TimerNotRunning)
        assert isinstance(refusal(state(), DiscardTimer()), TimerNotRunning)

    def test_deleting_what_runs_discards_it(self) -> None:
        """[T6]"""
        assert kinds(decide(state(entry()), DeleteEntry(1), NOW)) == ["discarded"]
        assert kinds(decide(closed(), DeleteEntry(1), NOW)) == ["deleted"]

    def test_what_was_deleted_is_restored_for_30_days(self) -> None:
        """[T6]"""
        assert decide(closed(deleted_at=NOW - 30 * DAY), RestoreEntry(1), NOW).changes
        late = refusal(closed(deleted_at=NOW - 30 * DAY - MINUTE), RestoreEntry(1))
        assert isinstance(late, NotFound)

    def test_restoring_what_is_there_changes_nothing(self) -> None:
        assert decide(closed(), RestoreEntry(1), NOW).changes == ()
        assert isinstance(refusal(state(), RestoreEntry(1)), NotFound)


class TestLogging:
    def test_a_start_and_stop_made_offline_are_recorded_closed(self) -> None:
        """[T3] Also over what runs, which goes on."""
        decision = decide(state(entry()), LogEntry(NOW - 2 * HOUR, NOW - MINUTE, 7), NOW)
        assert kinds(decision) == ["created"]
        assert decision.entry is not None
        assert (decision.entry.ended_by, decision.entry.claimed) == ("log", True)
        assert decision.entry.duration_seconds == 7140

    @pytest.mark.parametrize(
        "from_at, to_at, field",
        [
            (NOW - HOUR, NOW + MINUTE, "ended_at"),
            (NOW + MINUTE, NOW + MINUTE, "started_at"),
            (NOW, NOW - HOUR, "ended_at"),
            (NOW - 32 * DAY, NOW, "ended_at"),
        ],
    )
    def test_an_impossible_interval_is_invalid(
        self, from_at: datetime, to_at: datetime, field: str
    ) -> None:
        """[T3] [T8]"""
        error = refusal(state(), LogEntry(from_at, to_at))
        assert isinstance(error, Invalid)
        assert [name for name, _ in error.errors] == [field]

    def test_an_entry_lasts_at_most_31_days_to_the_millisecond(self) -> None:
        """[T8]"""
        assert decide(state(), LogEntry(NOW - 31 * DAY, NOW), NOW).entry is not None
        longer = LogEntry(NOW - 31 * DAY - timedelta(milliseconds=1), NOW)
        assert isinstance(refusal(state(), longer), Invalid)
