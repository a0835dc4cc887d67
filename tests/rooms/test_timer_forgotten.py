"""[T7]: a timer that was forgotten is put in doubt, and its user says what is right."""

from dataclasses import replace
from typing import Any

import pytest

from rooms.errors import Conflict, Invalid, NotFound, TimerNotRunning
from rooms.timer import (
    DiscardTimer,
    DoubtTimer,
    ResolveTimer,
    StartTimer,
    StopTimer,
    UpdateEntry,
    UserTimers,
    decide,
)
from tests.support.timer_states import DAY, HOUR, MINUTE, NOW, closed, entry, kinds, refusal, state

BEGAN, DOUBT = NOW - 20 * HOUR, NOW - 8 * HOUR


def doubtful(**kw: Any) -> UserTimers:
    """It runs, and nobody knows whether it should have since DOUBT."""
    return state(entry(BEGAN, doubtful_from=DOUBT, version=2, **kw))


def ended_in_doubt(**kw: Any) -> UserTimers:
    """It was ended by a switch, and nobody has said that it is right."""
    return closed(NOW - HOUR, started_at=BEGAN, ended_by="switch", doubtful_from=DOUBT, **kw)


class TestDoubting:
    def test_what_runs_is_put_in_doubt_and_goes_on(self) -> None:
        decision = decide(state(entry(BEGAN)), DoubtTimer(1, DOUBT), NOW)
        assert kinds(decision) == ["updated"]
        assert decision.entry == entry(BEGAN, doubtful_from=DOUBT, version=2)

    def test_no_doubt_begins_before_the_entry(self) -> None:
        decision = decide(state(entry(BEGAN)), DoubtTimer(1, BEGAN - DAY), NOW)
        assert decision.entry is not None
        assert decision.entry.doubtful_from == BEGAN

    def test_what_is_in_doubt_already_stays_as_it_is(self) -> None:
        assert decide(doubtful(), DoubtTimer(1, NOW), NOW).changes == ()

    def test_what_has_ended_meanwhile_is_in_no_doubt(self) -> None:
        assert isinstance(refusal(closed(), DoubtTimer(1, DOUBT)), TimerNotRunning)


class TestAnswering:
    def test_keep_leaves_no_doubt(self) -> None:
        decision = decide(doubtful(), ResolveTimer(1, "keep"), NOW)
        assert kinds(decision) == ["updated"]
        assert decision.entry == entry(BEGAN, version=3)
        assert kinds(decide(ended_in_doubt(), ResolveTimer(1, "keep"), NOW)) == ["edited"]

    def test_discard_deletes_it(self) -> None:
        decision = decide(doubtful(), ResolveTimer(1, "discard"), NOW)
        assert (kinds(decision), decision.entry) == (["discarded"], None)
        assert kinds(decide(ended_in_doubt(), ResolveTimer(1, "discard"), NOW)) == ["deleted"]

    def test_stop_ends_it_where_the_doubt_begins(self) -> None:
        decision = decide(doubtful(), ResolveTimer(1, "stop"), NOW)
        assert kinds(decision) == ["stopped"]
        assert decision.entry == entry(BEGAN, DOUBT, version=3)

    def test_stop_ends_it_where_its_user_says(self) -> None:
        """[T3] What a client says is claimed."""
        decision = decide(doubtful(), ResolveTimer(1, "stop", NOW - HOUR), NOW)
        assert decision.entry == entry(BEGAN, NOW - HOUR, version=3, claimed=True)

    def test_what_has_ended_can_only_become_shorter(self) -> None:
        decision = decide(ended_in_doubt(), ResolveTimer(1, "stop"), NOW)
        assert kinds(decision) == ["edited"]
        assert decision.entry is not None
        assert (decision.entry.ended_at, decision.entry.doubtful_from) == (DOUBT, None)
        longer = ResolveTimer(1, "stop", NOW - MINUTE)
        assert isinstance(refusal(ended_in_doubt(), longer), Invalid)

    def test_split_ends_it_and_goes_on_now(self) -> None:
        """The time between is left out; the new entry is the server's own measure."""
        decision = decide(doubtful(project_id=7, tags=("deep",)), ResolveTimer(1, "split"), NOW)
        assert kinds(decision) == ["stopped", "started"]
        assert decision.stopped is not None
        assert decision.stopped.ended_at == DOUBT
        goes_on = decision.entry
        assert goes_on is not None
        assert (goes_on.id, goes_on.version, goes_on.started_at) == (2, 1, NOW)
        assert (goes_on.project_id, goes_on.tags, goes_on.description) == (7, ("deep",), "write")
        assert (goes_on.ended_at, goes_on.doubtful_from, goes_on.claimed) == (None, None, False)
        assert goes_on.timezone == "Asia/Tokyo"  # [D1] as it is now

    def test_what_has_ended_does_not_go_on(self) -> None:
        assert isinstance(refusal(ended_in_doubt(), ResolveTimer(1, "split")), TimerNotRunning)

    @pytest.mark.parametrize("at", [BEGAN - MINUTE, NOW + MINUTE])
    @pytest.mark.parametrize("action", ["stop", "split"])
    def test_it_cannot_have_ended_when_it_did_not_run(self, action: Any, at: Any) -> None:
        error = refusal(doubtful(), ResolveTimer(1, action, at))
        assert isinstance(error, Invalid)
        assert error.errors[0][0] == "at"

    def test_what_is_in_no_doubt_is_kept_and_nothing_else(self) -> None:
        """Of two devices the first one has answered."""
        assert decide(state(entry()), ResolveTimer(1, "keep"), NOW).changes == ()
        error = refusal(state(entry()), ResolveTimer(1, "stop"))
        assert type(error) is Conflict
        assert error.current == entry()

    def test_only_ones_own_is_answered_for(self) -> None:
        assert isinstance(refusal(state(), ResolveTimer(1, "keep")), NotFound)


class TestOtherCommands:
    def test_stopping_it_oneself_says_that_it_is_right(self) -> None:
        decision = decide(doubtful(), StopTimer(), NOW)
        assert decision.entry == entry(BEGAN, NOW, version=3)

    def test_a_switch_and_the_limit_leave_the_doubt(self) -> None:
        """Nobody has said anything of the old entry."""
        decision = decide(doubtful(), StartTimer(), NOW)
        assert decision.stopped is not None
        assert decision.stopped.doubtful_from == DOUBT
        ended = decide(doubtful(), StopTimer(1, by="limit"), NOW).entry
        assert ended is not None
        assert ended.doubtful_from == DOUBT

    def test_who_says_when_it_was_leaves_no_doubt(self) -> None:
        for command in (UpdateEntry(1, ended_at=DOUBT), UpdateEntry(1, started_at=DOUBT)):
            edited = decide(doubtful(), command, NOW).entry
            assert edited is not None
            assert edited.doubtful_from is None
        renamed = decide(doubtful(), UpdateEntry(1, description="other"), NOW).entry
        assert renamed is not None
        assert renamed.doubtful_from == DOUBT

    def test_a_second_stop_that_is_earlier_leaves_none_either(self) -> None:
        """[T4]"""
        earlier = decide(ended_in_doubt(), StopTimer(1, DOUBT - HOUR), NOW).entry
        assert earlier is not None
        assert (earlier.ended_at, earlier.doubtful_from) == (DOUBT - HOUR, None)

    def test_what_was_thrown_away_comes_back_as_it_was(self) -> None:
        gone = decide(doubtful(), DiscardTimer(), NOW).changes[0].after
        assert replace(gone, deleted_at=None).doubtful_from == DOUBT
