"""[D0] [T4] [T6] [T8]: splitting, merging and duplicating entries, as pure decisions."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.entry import Entry
from rooms.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, VersionConflict
from rooms.rules.focus import FocusEntry, focus_days
from rooms.rules.periods import whole_seconds
from rooms.rules.tracked import TrackedEntry, tracked_days
from rooms.timer import (
    Command,
    DuplicateEntry,
    MergeEntries,
    SplitEntry,
    StopTimer,
    UserTimers,
    decide,
)
from tests.support.timer_states import DAY, HOUR, MINUTE, NOW, closed, entry, kinds, refusal, state

MS = timedelta(milliseconds=1)


def several(*entries: Entry) -> UserTimers:
    """A command that names many of these; project 7 may be tracked on, 8 and 9 may not."""
    running = next((one for one in entries if one.running), None)
    return replace(state(running), several={one.id: one for one in entries})


def fields_of(error: DomainError) -> list[str]:
    return [field for field, _ in error.errors]


class TestSplitting:
    def test_both_parts_keep_what_the_entry_had(self) -> None:
        """The zone as well, whatever its user's is now [D1]; and neither end is a stop [T4]."""
        whole = entry(ended_at=NOW, tags=("a",), project_id=8, room_id=3, source="room", version=4)
        at = NOW - 20 * MINUTE
        decision = decide(state(None, whole), SplitEntry(1, at, version=4), NOW)
        first, second = decision.several
        assert first == replace(whole, ended_at=at, ended_by="edit", version=5)
        assert second == replace(whole, id=2, started_at=at, ended_by="edit", version=1)
        assert kinds(decision) == ["edited", "created"]

    def test_what_runs_goes_on_in_the_second_part(self) -> None:
        """[T1] The first part is closed first, or two would run at once."""
        running = entry(project_id=7)
        at = NOW - 20 * MINUTE
        decision = decide(state(running), SplitEntry(1, at), NOW)
        first, second = decision.several
        assert kinds(decision) == ["stopped", "started"]
        assert (first.ended_at, first.ended_by, second.started_at) == (at, "edit", at)
        assert second.running

    @pytest.mark.parametrize("runs", [True, False])
    @given(data=st.data())
    def test_the_parts_sum_to_the_whole(self, runs: bool, data: st.DataObject) -> None:
        """[D0] To the second, wherever it is cut, and nothing is claimed by cutting."""
        length = data.draw(st.integers(2, 3 * 86_400_000))
        started_at = NOW - length * MS
        whole = entry(started_at, None if runs else NOW)
        at = started_at + data.draw(st.integers(1, length - 1)) * MS
        decision = decide(state(whole if runs else None, whole), SplitEntry(1, at), NOW)
        first, second = decision.several
        parts = [whole_seconds(one.started_at, one.ended_at or NOW) for one in (first, second)]
        assert sum(parts) == whole_seconds(started_at, NOW)
        assert (first.claimed, second.claimed) == (False, False)
        assert tracked(first, replace(second, ended_at=NOW)) == tracked(
            replace(whole, ended_at=NOW)
        )

    @pytest.mark.parametrize("at", [NOW - 2 * HOUR, NOW - HOUR, NOW - MINUTE, NOW, NOW + MS])
    def test_the_instant_lies_inside(self, at: datetime) -> None:
        """A part of no time is none."""
        error = refusal(closed(), SplitEntry(1, at))
        assert isinstance(error, Invalid)
        assert fields_of(error) == ["at"]
        if at >= NOW:
            assert fields_of(refusal(state(entry()), SplitEntry(1, at))) == ["at"]

    def test_a_stale_version_is_refused(self) -> None:
        """[T6]"""
        current = closed(version=4)
        error = refusal(current, SplitEntry(1, NOW - 2 * MINUTE, version=3))
        assert isinstance(error, VersionConflict)
        assert error.current is current.named

    def test_a_late_stop_changes_no_part(self) -> None:
        """[T4]"""
        decision = decide(closed(), SplitEntry(1, NOW - 20 * MINUTE), NOW)
        for part in decision.several:
            late = StopTimer(part.id, part.started_at + MINUTE)
            assert decide(state(None, part), late, NOW).changes == ()

    @pytest.mark.parametrize(
        "doubt, expected",
        [(NOW - 50 * MINUTE, (NOW - 50 * MINUTE, NOW - 30 * MINUTE)), (NOW, (None, NOW))],
    )
    def test_what_was_in_doubt_stays_so(
        self, doubt: datetime, expected: tuple[datetime | None, datetime]
    ) -> None:
        """[T7] On boards the same is left out as before."""
        whole = entry(ended_at=NOW, doubtful_from=doubt)
        decision = decide(state(None, whole), SplitEntry(1, NOW - 30 * MINUTE), NOW)
        first, second = decision.several
        assert (first.doubtful_from, second.doubtful_from) == expected


class TestMerging:
    def test_the_earliest_reaches_to_the_last_end(self) -> None:
        """The others are deleted, and can be restored [T6]."""
        late = entry(NOW - 20 * MINUTE, NOW, id=1, tags=("b",), description="late")
        early = entry(NOW - HOUR, NOW - 20 * MINUTE, id=5, tags=("a",), description="", version=3)
        decision = decide(several(late, early), MergeEntries((1, 5)), NOW)
        merged = decision.entry
        assert kinds(decision) == ["edited", "deleted"]
        assert merged == replace(
            early, ended_at=NOW, ended_by="edit", tags=("a", "b"), description="late", version=4
        )
        assert decision.several == (replace(late, deleted_at=NOW, version=2),)

    def test_time_between_them_is_refused_unless_it_is_to_be_included(self) -> None:
        """Who includes it claims it [T3]."""
        parts = entry(NOW - 3 * HOUR, NOW - 2 * HOUR), entry(NOW - HOUR, NOW, id=2)
        error = refusal(several(*parts), MergeEntries((1, 2)))
        assert isinstance(error, Invalid)
        assert fields_of(error) == ["gaps"]
        assert "3600.000 s" in error.message
        merged = decide(several(*parts), MergeEntries((1, 2), gaps="include"), NOW).entry
        assert merged is not None
        assert (merged.started_at, merged.ended_at) == (NOW - 3 * HOUR, NOW)
        assert merged.claimed

    def test_a_long_one_may_cover_the_gap_between_others(self) -> None:
        parts = (
            entry(NOW - 3 * HOUR, NOW),
            entry(NOW - 3 * HOUR, NOW - 2 * HOUR, id=2),
            entry(NOW - HOUR, NOW, id=3),
        )
        merged = decide(several(*parts), MergeEntries((3, 2, 1)), NOW).entry
        assert merged is not None
        assert (merged.id, merged.ended_at, merged.claimed) == (1, NOW, False)

    @given(
        st.lists(
            st.tuples(st.integers(0, 7_200_000), st.integers(0, 3_600_000)), min_size=2, max_size=6
        )
    )
    def test_what_is_merged_without_gaps_is_the_union(self, spans: list[tuple[int, int]]) -> None:
        """[C1] So focus time, and with it boards and streaks, stays as it was."""
        begin = NOW - 4 * HOUR
        entries = [
            entry(begin + start * MS, begin + (start + length) * MS, id=number + 1)
            for number, (start, length) in enumerate(spans)
        ]
        command = MergeEntries(tuple(range(1, len(entries) + 1)))
        included = decide(several(*entries), replace(command, gaps="include"), NOW).entry
        assert included is not None
        if included.claimed:  # there is time that none of them covers
            assert isinstance(refusal(several(*entries), command), Invalid)
        else:
            assert decide(several(*entries), command, NOW).entry == included
            assert focused(included) == focused(*entries)

    def test_entries_of_different_projects_need_one_to_be_named(self) -> None:
        """One on which one may track time; one that all have is kept without asking."""
        parts = entry(ended_at=NOW, project_id=8), entry(ended_at=NOW, id=2, project_id=7)
        error = refusal(several(*parts), MergeEntries((1, 2)))
        assert isinstance(error, Invalid)
        assert fields_of(error) == ["project_id"]
        assert isinstance(refusal(several(*parts), MergeEntries((1, 2), project_id=8)), Forbidden)
        for project_id in (7, None):
            command = MergeEntries((1, 2), project_id=project_id)
            merged = decide(several(*parts), command, NOW).entry
            assert merged is not None
            assert merged.project_id == project_id
        same = parts[0], replace(parts[1], project_id=8)
        assert decide(several(*same), MergeEntries((1, 2)), NOW).changes

    @pytest.mark.parametrize(
        "parts, error, field",
        [
            ((entry(ended_at=NOW),), NotFound, "ids[1]"),
            ((entry(ended_at=NOW), entry(ended_at=NOW, id=2, deleted_at=NOW)), NotFound, "ids[1]"),
            ((entry(ended_at=NOW), entry(id=2)), Conflict, None),
            ((entry(ended_at=NOW), entry(ended_at=NOW, id=2, room_id=3)), Invalid, "ids"),
            ((entry(NOW - 31 * DAY, NOW - 9 * DAY), entry(NOW - 9 * DAY, NOW + MS, id=2)),
             Invalid, "ids"),
            ((entry(ended_at=NOW, tags=tuple("abcdef")),
              entry(ended_at=NOW, id=2, tags=tuple("uvwxyz"))), Invalid, "tags"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_one_entry_is_refused(
        self, parts: tuple[Entry, ...], error: type[DomainError], field: str | None
    ) -> None:
        """[T8]"""
        found = refusal(several(*parts), MergeEntries((1, 2)))
        assert isinstance(found, error)
        assert fields_of(found) == ([] if field is None else [field])

    def test_one_entry_is_not_several(self) -> None:
        error = refusal(several(entry(ended_at=NOW)), MergeEntries((1, 1)))
        assert fields_of(error) == ["ids"]

    def test_what_was_not_measured_alike_is_claimed(self) -> None:
        """[C3] So that an entry made by hand does not become measured by being merged."""
        parts = entry(ended_at=NOW), entry(ended_at=NOW, id=2, source="manual")
        merged = decide(several(*parts), MergeEntries((1, 2)), NOW).entry
        assert merged is not None
        assert (merged.source, merged.claimed) == ("timer", True)


class TestDuplicating:
    def test_a_copy_is_a_new_entry_made_by_hand(self) -> None:
        """With the zone that its user has now [D1], and outside of any room."""
        original = closed(tags=("a",), project_id=7, room_id=3, source="room")
        decision = decide(original, DuplicateEntry(1), NOW)
        copy, named = decision.entry, original.named
        assert copy is not None
        assert named is not None
        assert kinds(decision) == ["created"]
        assert (copy.started_at, copy.ended_at) == (named.started_at, named.ended_at)
        assert (copy.description, copy.tags, copy.project_id) == ("write", ("a",), 7)
        assert (copy.source, copy.claimed, copy.room_id) == ("manual", True, None)
        assert (copy.id, copy.timezone, copy.day_starts_at, copy.version) == (2, "Asia/Tokyo", 2, 1)

    def test_a_start_alone_keeps_the_length(self) -> None:
        copy = decide(closed(), DuplicateEntry(1, started_at=NOW - DAY), NOW).entry
        assert copy is not None
        assert copy.ended_at == NOW - DAY + 59 * MINUTE

    @pytest.mark.parametrize(
        "command, field",
        [
            (DuplicateEntry(1, started_at=NOW - MINUTE), "ended_at"),
            (DuplicateEntry(1, started_at=NOW + MINUTE), "started_at"),
            (DuplicateEntry(1, ended_at=NOW - DAY), "ended_at"),
        ],
    )
    def test_a_copy_is_no_impossible_entry(self, command: Command, field: str) -> None:
        """[T3]"""
        assert fields_of(refusal(closed(), command)) == [field]

    def test_a_copy_of_what_runs_needs_an_end(self) -> None:
        running = state(entry())
        assert fields_of(refusal(running, DuplicateEntry(1))) == ["ended_at"]
        copy = decide(running, DuplicateEntry(1, ended_at=NOW), NOW).entry
        assert copy is not None
        assert not copy.running

    def test_a_copy_is_made_only_where_one_may_track(self) -> None:
        assert isinstance(refusal(closed(project_id=8), DuplicateEntry(1)), Forbidden)


def tracked(*entries: Entry) -> object:
    return tracked_days(
        TrackedEntry(one.project_id, one.started_at, one.ended_at, one.day_rule) for one in entries
    )


def focused(*entries: Entry) -> object:
    return focus_days(
        FocusEntry(one.id, one.started_at, one.ended_at, one.day_rule) for one in entries
    )
