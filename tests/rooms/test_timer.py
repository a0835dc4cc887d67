"""[T1] to [T4] and [T8]: starting and stopping, decided without a clock or a database."""

from datetime import datetime

import pytest

from rooms.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    OverlapsRunning,
    TimerNotRunning,
)
from rooms.timer import StartTimer, StopTimer, decide
from tests.support.timer_states import DAY, HOUR, MINUTE, NOW, closed, entry, kinds, refusal, state


class TestStarting:
    def test_a_timer_starts_now_in_the_days_of_its_user(self) -> None:
        """[D1] [T3]"""
        decision = decide(state(), StartTimer(7, "read", ("deep",)), NOW)
        made = decision.entry
        assert made is not None
        assert kinds(decision) == ["started"]
        assert (made.id, made.version, made.started_at, made.ended_at) == (2, 1, NOW, None)
        assert (made.project_id, made.description, made.tags) == (7, "read", ("deep",))
        assert (made.timezone, made.day_starts_at, made.claimed) == ("Asia/Tokyo", 2, False)

    def test_what_runs_is_stopped_at_the_same_instant(self) -> None:
        """[T2] The ack carries both."""
        decision = decide(state(entry()), StartTimer(), NOW)
        assert kinds(decision) == ["stopped", "started"]
        stopped, started = decision.stopped, decision.entry
        assert stopped is not None
        assert started is not None
        assert stopped.ended_at == started.started_at == NOW
        assert (stopped.ended_by, stopped.version) == ("switch", 2)

    def test_a_claimed_start_stops_what_runs_at_the_claimed_instant(self) -> None:
        """[T2] [T3] Both keep that their instant was claimed."""
        decision = decide(state(entry()), StartTimer(started_at=NOW - MINUTE), NOW)
        assert decision.stopped is not None
        assert decision.entry is not None
        assert decision.stopped.ended_at == decision.entry.started_at == NOW - MINUTE
        assert decision.stopped.claimed
        assert decision.entry.claimed

    def test_a_start_dated_before_what_runs_overlaps_it(self) -> None:
        """[T2]"""
        running = entry()
        error = refusal(state(running), StartTimer(started_at=running.started_at - MINUTE))
        assert isinstance(error, OverlapsRunning)
        assert error.current is running

    def test_a_start_dated_at_the_start_of_what_runs_leaves_that_without_time(self) -> None:
        """[T2] [T3]"""
        running = entry()
        decision = decide(state(running), StartTimer(started_at=running.started_at), NOW)
        assert decision.stopped is not None
        assert decision.stopped.duration_seconds == 0

    def test_a_clock_that_went_back_gives_no_negative_time(self) -> None:
        """[T3] The switch happens at the start of what runs."""
        running = entry(started_at=NOW + MINUTE)
        decision = decide(state(running), StartTimer(), NOW)
        assert decision.stopped is not None
        assert decision.entry is not None
        assert decision.stopped.ended_at == decision.entry.started_at == NOW + MINUTE

    @pytest.mark.parametrize("at", [NOW + MINUTE, NOW - 31 * DAY - MINUTE])
    def test_a_start_in_the_future_or_longer_ago_than_31_days_is_invalid(
        self, at: datetime
    ) -> None:
        """[T3] [T8]"""
        error = refusal(state(), StartTimer(started_at=at))
        assert isinstance(error, Invalid)
        assert [field for field, _ in error.errors] == ["started_at"]

    @pytest.mark.parametrize("project_id, error", [(5, NotFound), (8, Forbidden), (9, Conflict)])
    def test_time_is_tracked_only_where_one_may(
        self, project_id: int, error: type[DomainError]
    ) -> None:
        """An unknown project, one that is only read, and one that is archived."""
        assert type(refusal(state(entry()), StartTimer(project_id))) is error


class TestStopping:
    def test_a_stop_ends_what_runs_now(self) -> None:
        """[T3]"""
        decision = decide(state(entry()), StopTimer(), NOW)
        assert kinds(decision) == ["stopped"]
        assert decision.entry is not None
        assert (decision.entry.ended_at, decision.entry.ended_by) == (NOW, "stop")
        assert (decision.entry.version, decision.already_stopped) == (2, False)

    def test_a_claimed_stop_counts_and_is_kept_as_claimed(self) -> None:
        """[T3]"""
        decision = decide(state(entry()), StopTimer(ended_at=NOW - MINUTE), NOW)
        assert decision.entry is not None
        assert (decision.entry.ended_at, decision.entry.claimed) == (NOW - MINUTE, True)

    @pytest.mark.parametrize("at", [NOW + MINUTE, NOW - 2 * HOUR])
    @pytest.mark.parametrize("ended_at", [None, NOW - MINUTE])
    def test_a_stop_in_the_future_or_before_the_start_is_invalid(
        self, at: datetime, ended_at: datetime | None
    ) -> None:
        """[T3] Also of an entry that has ended."""
        named = entry(ended_at=ended_at)
        running = named if named.running else None
        assert isinstance(refusal(state(running, named), StopTimer(1, at)), Invalid)

    def test_a_stop_while_nothing_runs_is_refused(self) -> None:
        """[T4]"""
        assert isinstance(refusal(state(), StopTimer()), TimerNotRunning)

    def test_a_stop_of_an_unknown_or_deleted_entry_is_not_found(self) -> None:
        assert isinstance(refusal(state(), StopTimer(1)), NotFound)
        assert isinstance(refusal(closed(deleted_at=NOW), StopTimer(1)), NotFound)

    def test_stopping_again_is_no_error_and_changes_nothing(self) -> None:
        """[T4]"""
        current = closed()
        decision = decide(current, StopTimer(1), NOW)
        assert (decision.changes, decision.entry) == ((), current.named)
        assert decision.already_stopped

    @pytest.mark.parametrize("ended_by", ["stop", "switch"])
    def test_the_earlier_of_two_stops_counts(self, ended_by: str) -> None:
        """[T4]"""
        current = closed(ended_by=ended_by)
        decision = decide(current, StopTimer(1, NOW - 2 * MINUTE), NOW)
        assert kinds(decision) == ["edited"]
        assert decision.entry is not None
        assert decision.already_stopped
        assert (decision.entry.ended_at, decision.entry.version) == (NOW - 2 * MINUTE, 2)

    def test_a_later_stop_never_lengthens(self) -> None:
        """[T4]"""
        decision = decide(closed(), StopTimer(1, NOW), NOW)
        assert (decision.changes, decision.already_stopped) == ((), True)

    @pytest.mark.parametrize("ended_by", ["edit", "discard", "limit", "log"])
    def test_no_stop_shortens_an_end_that_was_set_otherwise(self, ended_by: str) -> None:
        """[T4]"""
        decision = decide(closed(ended_by=ended_by), StopTimer(1, NOW - 2 * MINUTE), NOW)
        assert (decision.changes, decision.already_stopped) == ((), True)

    def test_a_forgotten_timer_ends_at_31_days(self) -> None:
        """[T8] By a stop and by a switch, which starts the next one now all the same."""
        running = entry(started_at=NOW - 40 * DAY)
        for command in (StopTimer(), StartTimer(), StopTimer(ended_at=NOW - DAY)):
            decision = decide(state(running), command, NOW)
            ended = decision.changes[0].after
            assert (ended.ended_at, ended.ended_by) == (NOW - 9 * DAY, "limit")
