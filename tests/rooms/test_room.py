"""[R1] to [R6]: the shared timer of a room, decided without a database."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.errors import AlreadyRunning, DomainError, Invalid, NotRunning, VersionConflict
from rooms.room import (
    Begin,
    Chat,
    Command,
    Configure,
    Decision,
    End,
    Extend,
    Idle,
    Pause,
    Paused,
    Phase,
    PresentAt,
    Resume,
    Room,
    RoomSettings,
    Running,
    Skip,
    Stretch,
    Timer,
    catch_up,
    decide,
    remaining_at,
)

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
MS, SECOND = timedelta(milliseconds=1), timedelta(seconds=1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
IDLE_LIMIT = 4 * HOUR
DEFAULTS = RoomSettings()
ALL_BY_ITSELF = RoomSettings(auto_start_work=True)
NOTHING_BY_ITSELF = RoomSettings(auto_start_breaks=False)


def somebody(_at: datetime) -> bool:
    return True


def nobody(_at: datetime) -> bool:
    return False


@dataclass
class Session:
    """A room on a clock that only `wait` moves, and all that was decided of it."""

    settings: RoomSettings = DEFAULTS
    present_at: PresentAt = somebody
    now: datetime = NOW
    done: Decision = field(init=False)

    def __post_init__(self) -> None:
        self.done = Decision(Room(self.settings, Idle(NOW), round=0, version=1))

    @property
    def room(self) -> Room:
        return self.done.room

    @property
    def timer(self) -> Timer:
        return self.room.timer

    @property
    def remaining(self) -> timedelta | None:
        return remaining_at(self.room, self.now)

    def wait(self, span: timedelta) -> "Session":
        """Let time go by, and make what is due then."""
        self.now += span
        self.done = self.done.then(catch_up(self.room, self.now, self.present_at, IDLE_LIMIT))
        return self

    def send(self, *commands: Command) -> "Session":
        for command in commands:
            self.done = self.done.then(decide(self.room, command, self.now))
        return self

    def refusal(self, command: Command, version: int | None = None) -> DomainError:
        with pytest.raises(DomainError) as caught:
            decide(self.room, command, self.now, version)
        return caught.value

    def state(self) -> str:
        """As clients see it: state, phase and cycle."""
        timer = self.timer
        return f"{type(timer).__name__.lower()} {timer.phase} {timer.cycle}"

    def ran(self) -> list[tuple[Phase, int, timedelta]]:
        return [(s.phase, s.cycle, s.to_at - s.from_at) for s in self.done.stretches]

    def worked(self) -> timedelta:
        spans = (s.to_at - s.from_at for s in self.done.stretches if s.phase == "work")
        return sum(spans, timedelta(0))


def no_round() -> Session:
    return Session()


def waiting() -> Session:
    """After a round's first work and break, the second work waits to be begun."""
    return Session().send(Begin(), Skip(), Skip())


def running() -> Session:
    return Session().send(Begin()).wait(10 * MINUTE)


def paused() -> Session:
    return running().send(Pause()).wait(HOUR)


STATES = {"no round": no_round, "waiting": waiting, "running": running, "paused": paused}


class TestEveryCommandInEveryState:
    @pytest.mark.parametrize(
        "command, state, outcome",
        [
            (Begin(), "no round", "running work 1"),
            (Begin(), "waiting", "running work 2"),
            (Begin(), "running", AlreadyRunning),
            (Begin(), "paused", AlreadyRunning),
            (Pause(), "no round", NotRunning),
            (Pause(), "waiting", NotRunning),
            (Pause(), "running", "paused work 1"),
            (Pause(), "paused", NotRunning),
            (Resume(), "no round", NotRunning),
            (Resume(), "waiting", NotRunning),
            (Resume(), "running", AlreadyRunning),
            (Resume(), "paused", "running work 1"),
            (Skip(), "no round", NotRunning),
            (Skip(), "waiting", "idle short_break 2"),
            (Skip(), "running", "running short_break 1"),
            (Skip(), "paused", "running short_break 1"),
            (End(), "no round", NotRunning),
            (End(), "waiting", "idle None 0"),
            (End(), "running", "idle None 0"),
            (End(), "paused", "idle None 0"),
            (Extend(MINUTE), "no round", NotRunning),
            (Extend(MINUTE), "waiting", NotRunning),
            (Extend(MINUTE), "running", "running work 1"),
            (Extend(MINUTE), "paused", "paused work 1"),
            (Configure(RoomSettings()), "no round", "idle None 0"),
            (Configure(RoomSettings()), "waiting", "idle work 2"),
            (Configure(RoomSettings()), "running", "running work 1"),
            (Configure(RoomSettings()), "paused", "paused work 1"),
            (Configure(RoomSettings(), at_once=True), "no round", "idle None 0"),
            (Configure(RoomSettings(), at_once=True), "waiting", "idle work 2"),
            (Configure(RoomSettings(), at_once=True), "running", "running work 1"),
            (Configure(RoomSettings(), at_once=True), "paused", "paused work 1"),
        ],
    )
    def test_it_has_one_outcome_or_one_refusal(
        self, command: Command, state: str, outcome: str | type[DomainError]
    ) -> None:
        """[R1] [R3] What is done raises the version by one."""
        session = STATES[state]()
        if isinstance(outcome, str):
            version = session.room.version
            assert session.send(command).state() == outcome
            assert session.room.version == version + 1
        else:
            assert type(session.refusal(command)) is outcome

    def test_who_starts_a_paused_timer_is_told_to_resume_it(self) -> None:
        """[R1]"""
        assert "Resume" in paused().refusal(Begin()).message

    @pytest.mark.parametrize("state", STATES)
    @pytest.mark.parametrize("command", [Begin(), End(), Pause(), Configure(RoomSettings())])
    @pytest.mark.parametrize("off", [-1, 1])
    def test_a_command_on_another_version_is_refused_whatever_it_is(
        self, state: str, command: Command, off: int
    ) -> None:
        """[R3]"""
        session = STATES[state]()
        assert type(session.refusal(command, session.room.version + off)) is VersionConflict

    def test_of_two_commands_on_one_version_the_second_is_refused(self) -> None:
        """[R3]"""
        session = running()
        seen = session.room.version
        won = decide(session.room, Pause(), session.now, seen)
        with pytest.raises(VersionConflict):
            decide(won.room, Skip(), session.now, seen)

    def test_a_phase_end_makes_the_version_older_that_a_client_saw_before_it(self) -> None:
        """[R1] [R3] A skip that meant the phase that is over does not skip the next one."""
        session = running()
        seen = session.room.version
        session.wait(15 * MINUTE)
        assert type(session.refusal(Skip(), seen)) is VersionConflict


class TestAPhase:
    def test_a_round_begins_with_work_and_says_when_it_ends(self) -> None:
        """[R1] [R2]"""
        session = no_round().send(Begin())
        at = NOW + 25 * MINUTE
        assert session.timer == Running("work", 1, NOW, NOW, timedelta(0), at)
        assert session.remaining == 25 * MINUTE

    def test_it_runs_until_the_millisecond_of_its_deadline(self) -> None:
        """[R1] [R4]"""
        session = no_round().send(Begin()).wait(25 * MINUTE - MS)
        assert (session.state(), session.remaining) == ("running work 1", MS)
        assert session.wait(MS).state() == "running short_break 1"

    def test_a_deadline_that_nobody_has_noticed_yet_leaves_nothing(self) -> None:
        """[R1]"""
        assert remaining_at(running().room, NOW + HOUR) == timedelta(0)

    def test_an_end_that_is_noticed_late_is_dated_at_the_deadline(self) -> None:
        """[R4]"""
        session = no_round().send(Begin()).wait(27 * MINUTE)
        at = NOW + 25 * MINUTE
        assert session.timer == Running("short_break", 1, at, at, timedelta(0), at + 5 * MINUTE)
        assert session.remaining == 3 * MINUTE
        assert session.done.stretches == (Stretch(1, "work", 1, NOW, NOW, at),)

    def test_work_that_does_not_start_by_itself_waits_with_its_whole_length(self) -> None:
        """[R1] [R2]"""
        session = no_round().send(Begin()).wait(31 * MINUTE)
        assert session.timer == Idle(NOW + 30 * MINUTE, "work", 2)
        assert session.remaining == 25 * MINUTE
        assert session.wait(HOUR).remaining == 25 * MINUTE
        session.send(Begin())
        assert (session.state(), session.remaining) == ("running work 2", 25 * MINUTE)

    def test_a_break_that_does_not_start_by_itself_waits_too(self) -> None:
        """[R1] [R2]"""
        session = Session(NOTHING_BY_ITSELF).send(Begin()).wait(26 * MINUTE)
        assert session.timer == Idle(NOW + 25 * MINUTE, "short_break", 1)
        assert session.remaining == 5 * MINUTE

    def test_without_a_round_nothing_remains(self) -> None:
        """[R1]"""
        assert no_round().remaining is None
        assert running().send(End()).remaining is None

    def test_after_as_many_works_as_are_set_the_break_is_long(self) -> None:
        """[R2]"""
        session = Session(replace(ALL_BY_ITSELF, cycles=2)).send(Begin())
        seen = []
        for _ in range(5):
            seen.append(session.state())
            session.wait(session.remaining or timedelta(0))
        assert seen == [
            "running work 1",
            "running short_break 1",
            "running work 2",
            "running long_break 2",
            "running work 1",
        ]
        assert [span for _, _, span in session.ran()][:4] == [
            25 * MINUTE, 5 * MINUTE, 25 * MINUTE, 15 * MINUTE,
        ]  # fmt: skip

    def test_with_fewer_cycles_than_were_done_the_next_break_is_long(self) -> None:
        """[R6]"""
        session = Session(ALL_BY_ITSELF).send(Begin()).wait(65 * MINUTE)
        assert session.state() == "running work 3"
        session.send(Configure(replace(ALL_BY_ITSELF, cycles=2))).wait(20 * MINUTE)
        assert session.state() == "running long_break 3"
        assert session.wait(15 * MINUTE).state() == "running work 1"

    def test_cycles_of_one_have_only_long_breaks(self) -> None:
        """[R2]"""
        session = Session(RoomSettings(cycles=1)).send(Begin()).wait(25 * MINUTE)
        assert session.state() == "running long_break 1"


class TestPausing:
    def test_what_remains_stands_still(self) -> None:
        """[R1]"""
        session = paused()
        assert session.timer == Paused("work", 1, NOW, 10 * MINUTE, 15 * MINUTE)
        assert session.remaining == 15 * MINUTE

    def test_a_paused_phase_never_ends(self) -> None:
        """[R1] A pause is not idle."""
        session = paused()
        before = session.room
        assert session.wait(30 * DAY).room == before

    def test_a_phase_that_was_paused_ends_when_it_has_run_its_length(self) -> None:
        """[R1]"""
        session = paused().send(Resume()).wait(5 * MINUTE).send(Pause()).wait(HOUR).send(Resume())
        assert session.remaining == 10 * MINUTE
        session.wait(10 * MINUTE)
        assert session.state() == "running short_break 1"
        assert session.ran() == [
            ("work", 1, 10 * MINUTE),
            ("work", 1, 5 * MINUTE),
            ("work", 1, 10 * MINUTE),
        ]
        assert {s.phase_started_at for s in session.done.stretches} == {NOW}

    @pytest.mark.parametrize("command", [Skip(), End()])
    def test_a_phase_that_ends_in_its_pause_has_only_what_ran_before(
        self, command: Command
    ) -> None:
        """[R1]"""
        assert paused().send(command).ran() == [("work", 1, 10 * MINUTE)]


class TestSkipping:
    def test_a_skipped_phase_has_what_it_ran(self) -> None:
        """[R1]"""
        session = running().send(Skip())
        assert session.ran() == [("work", 1, 10 * MINUTE)]
        assert session.remaining == 5 * MINUTE

    def test_the_phase_after_a_skipped_one_begins_only_if_it_does_so_by_itself(self) -> None:
        """[R1] [R2]"""
        assert waiting().state() == "idle work 2"

    def test_a_phase_that_waits_is_left_out_and_the_next_one_waits(self) -> None:
        """[R1]"""
        session = waiting().wait(HOUR).send(Skip())
        assert session.timer == Idle(session.now, "short_break", 2)
        assert session.send(Begin()).state() == "running short_break 2"

    def test_a_hundred_skips_in_a_minute_make_no_more_than_a_minute(self) -> None:
        """[C2]"""
        session = Session(ALL_BY_ITSELF).send(Begin())
        for _ in range(100):
            session.wait(600 * MS).send(Skip())
        total = sum((span for _, _, span in session.ran()), timedelta(0))
        assert total == MINUTE
        assert session.worked() < MINUTE

    def test_phases_that_end_as_soon_as_they_begin_leave_no_stretch(self) -> None:
        """[R8] So no two stretches of a room begin at one instant."""
        session = Session(replace(ALL_BY_ITSELF, cycles=1)).send(Begin(), *[Skip()] * 4)
        assert session.state() == "running work 1"
        assert session.ran() == []
        assert session.send(Pause(), Resume()).wait(MINUTE).send(End()).ran() == [
            ("work", 1, MINUTE)
        ]


class TestExtending:
    def test_a_phase_ends_later_by_what_it_was_extended(self) -> None:
        """[R1]"""
        session = running().send(Extend(10 * MINUTE), Extend(SECOND))
        assert session.remaining == 25 * MINUTE + SECOND
        assert session.wait(25 * MINUTE + SECOND).ran() == [("work", 1, 35 * MINUTE + SECOND)]

    def test_a_paused_phase_has_more_to_go(self) -> None:
        """[R1]"""
        session = paused().send(Extend(10 * MINUTE))
        assert session.remaining == 25 * MINUTE
        assert session.send(Resume()).remaining == 25 * MINUTE

    @pytest.mark.parametrize("state", ["running", "paused"])
    def test_more_than_24_hours_to_go_are_refused(self, state: str) -> None:
        """[R1]"""
        session = STATES[state]()
        error = session.refusal(Extend(DAY - 15 * MINUTE + SECOND))
        assert isinstance(error, Invalid)
        assert [name for name, _ in error.errors] == ["seconds"]
        assert session.send(Extend(DAY - 15 * MINUTE)).remaining == DAY
        assert isinstance(session.refusal(Extend(SECOND)), Invalid)


class TestSettings:
    def test_the_defaults_are_25_5_15_and_4(self) -> None:
        """[R2]"""
        made = RoomSettings()
        lengths = (made.length_of("work"), made.length_of("short_break"))
        assert lengths == (25 * MINUTE, 5 * MINUTE)
        assert (made.length_of("long_break"), made.cycles) == (15 * MINUTE, 4)
        assert (made.auto_start_breaks, made.auto_start_work) == (True, False)
        assert (made.capacity, made.chat) == (50, "breaks")

    @pytest.mark.parametrize("state", ["running", "paused"])
    def test_new_lengths_hold_from_the_next_phase_on(self, state: str) -> None:
        """[R6]"""
        session = STATES[state]()
        before = session.timer
        session.send(Configure(RoomSettings(work_s=60, short_break_s=120)))
        assert session.timer == before
        assert session.remaining == 15 * MINUTE
        assert session.send(Skip()).remaining == 2 * MINUTE

    def test_a_phase_that_waits_has_its_new_length(self) -> None:
        """[R6] It has not begun."""
        session = waiting()
        assert session.send(Configure(RoomSettings(work_s=60))).remaining == MINUTE
        assert session.timer == Idle(NOW, "work", 2)

    @pytest.mark.parametrize("state", ["running", "paused"])
    def test_at_once_the_new_length_counts_from_the_start_of_the_phase(self, state: str) -> None:
        """[R6] Less what it ran; pauses do not count, and an extension is lost."""
        session = STATES[state]().send(Extend(HOUR))
        session.send(Configure(RoomSettings(work_s=40 * 60), at_once=True))
        assert session.remaining == 30 * MINUTE
        session.send(Configure(RoomSettings(work_s=11 * 60), at_once=True))
        assert session.remaining == MINUTE

    def test_at_once_counts_what_ran_before_and_after_a_pause(self) -> None:
        """[R6]"""
        session = paused().send(Resume()).wait(2 * MINUTE)
        session.send(Configure(RoomSettings(work_s=20 * 60), at_once=True))
        assert session.remaining == 8 * MINUTE
        session.send(Pause(), Configure(RoomSettings(work_s=15 * 60), at_once=True))
        assert session.remaining == 3 * MINUTE
        session.send(Configure(RoomSettings(work_s=20 * 60), at_once=True), Resume())
        assert session.wait(8 * MINUTE).worked() == 20 * MINUTE

    @pytest.mark.parametrize("work_s", [1, 10 * 60 - 1, 10 * 60])
    def test_at_once_a_phase_that_has_run_longer_is_over_now(self, work_s: int) -> None:
        """[R6] In one transition, and what it ran is kept."""
        session = running()
        version = session.room.version
        session.send(Configure(RoomSettings(work_s=work_s), at_once=True))
        assert session.state() == "running short_break 1"
        assert session.timer.started_at == session.now  # type: ignore[union-attr]
        assert session.ran() == [("work", 1, 10 * MINUTE)]
        assert session.room.version == version + 1

    @pytest.mark.parametrize("work_s", [1, 10 * 60])
    def test_at_once_a_paused_phase_has_nothing_to_go_and_ends_when_it_is_resumed(
        self, work_s: int
    ) -> None:
        """[R6] Never less than nothing."""
        session = paused().send(Configure(RoomSettings(work_s=work_s), at_once=True))
        assert (session.state(), session.remaining) == ("paused work 1", timedelta(0))
        session.send(Resume()).wait(timedelta(0))
        assert session.state() == "running short_break 1"
        assert session.ran() == [("work", 1, 10 * MINUTE)]


class TestRounds:
    def test_a_round_begins_and_ends_once(self) -> None:
        """[R8]"""
        session = running()
        assert session.done.began == ((1, NOW),)
        assert (session.room.in_round, session.room.next_round) == (True, 1)
        session.wait(HOUR).send(Begin()).wait(MINUTE).send(Pause()).wait(MINUTE).send(End())
        assert session.done.began == ((1, NOW),)
        assert session.done.ended == ((1, session.now),)
        assert (session.room.in_round, session.room.next_round) == (False, 2)
        assert type(session.refusal(End())) is NotRunning

    def test_rounds_are_numbered_from_one_and_each_begins_with_the_first_cycle(self) -> None:
        """[R8]"""
        session = no_round()
        assert (session.room.round, session.room.next_round) == (0, 1)
        for number in (1, 2, 3):
            session.send(Begin(), Skip(), Skip(), Begin()).wait(MINUTE).send(End())
            assert session.room.round == number
        assert [number for number, _ in session.done.began] == [1, 2, 3]
        assert [number for number, _ in session.done.ended] == [1, 2, 3]
        assert {s.round for s in session.done.stretches} == {1, 2, 3}
        assert session.send(Begin()).state() == "running work 1"

    def test_a_round_that_was_idle_for_four_hours_is_over_then(self) -> None:
        """[R1] However late that is noticed."""
        session = no_round().send(Begin()).wait(30 * MINUTE)
        assert session.wait(IDLE_LIMIT - MS).state() == "idle work 2"
        idle = session.room
        over = session.wait(MS)
        assert over.timer == Idle(NOW + 30 * MINUTE + IDLE_LIMIT)
        assert over.done.ended == ((1, NOW + 30 * MINUTE + IDLE_LIMIT),)
        late = catch_up(idle, session.now + 9 * DAY, nobody, IDLE_LIMIT)
        assert (late.room, late.ended) == (over.room, over.done.ended)

    def test_what_is_done_to_a_waiting_phase_begins_the_four_hours_anew(self) -> None:
        """[R1]"""
        session = waiting().wait(3 * HOUR).send(Skip()).wait(3 * HOUR)
        assert session.state() == "idle short_break 2"

    def test_new_settings_do_not_begin_the_four_hours_anew(self) -> None:
        """[R1]"""
        session = waiting().wait(3 * HOUR).send(Configure(RoomSettings())).wait(HOUR)
        assert session.state() == "idle None 0"

    def test_a_room_without_a_round_stays_as_it_is(self) -> None:
        """[R1]"""
        session = no_round()
        before = session.room
        assert session.wait(30 * DAY).room == before

    def test_a_start_after_four_idle_hours_begins_another_round(self) -> None:
        """[R1] What is due is made before the command."""
        session = waiting().wait(IDLE_LIMIT).send(Begin())
        assert (session.state(), session.room.round) == ("running work 1", 2)


class TestCatchingUp:
    def test_every_phase_of_many_hours_is_made_once_each_at_its_own_deadline(self) -> None:
        """[R4] 130 minutes make four works, three breaks and a long one."""
        session = Session(ALL_BY_ITSELF).send(Begin()).wait(26 * HOUR)
        works = [s for s in session.done.stretches if s.phase == "work"]
        assert len(session.done.stretches) == 26 * 60 // 130 * 8
        assert session.worked() == 26 * HOUR // 130 * 100
        assert [s.cycle for s in works] == [1, 2, 3, 4] * 12
        assert session.room.version == 2 + len(session.done.stretches)
        edges = [(s.from_at, s.to_at) for s in session.done.stretches]
        assert edges[0][0] == NOW
        assert all(a[1] == b[0] for a, b in pairwise(edges))
        assert session.timer.started_at == edges[-1][1]  # type: ignore[union-attr]

    def test_many_short_phases_of_a_long_outage_are_made_quickly(self) -> None:
        """[R4] A day of seconds in one call."""
        settings = RoomSettings(1, 1, 1, auto_start_work=True)
        session = Session(settings).send(Begin()).wait(DAY)
        assert len(session.done.stretches) == 86_400

    def test_nothing_is_due_before_a_deadline(self) -> None:
        """[R4]"""
        session = running()
        room = session.room
        assert catch_up(room, NOW + 25 * MINUTE - MS, somebody, IDLE_LIMIT) == Decision(room)

    @pytest.mark.parametrize("settings", [RoomSettings(), ALL_BY_ITSELF])
    def test_an_empty_room_goes_idle_at_the_next_phase_end(self, settings: RoomSettings) -> None:
        """[R4]"""
        session = Session(settings, nobody).send(Begin()).wait(24 * MINUTE)
        assert session.state() == "running work 1"
        session.wait(2 * MINUTE)
        assert session.timer == Idle(NOW + 25 * MINUTE, "short_break", 1)
        assert session.worked() == 25 * MINUTE

    def test_who_comes_after_the_end_of_a_phase_comes_too_late_for_it(self) -> None:
        """[R4] Who was there at ends_at decides, not who is there when it is noticed."""
        end = NOW + 25 * MINUTE
        late = Session(ALL_BY_ITSELF, lambda at: at > end).send(Begin()).wait(HOUR)
        assert late.timer == Idle(end, "short_break", 1)
        early = Session(ALL_BY_ITSELF, lambda at: at <= end).send(Begin()).wait(HOUR)
        assert early.timer == Idle(end + 5 * MINUTE, "work", 2)

    def test_an_empty_room_ends_its_round_four_hours_after_it_went_idle(self) -> None:
        """[R1] [R4] In one call, after an outage of a day."""
        session = Session(ALL_BY_ITSELF, nobody).send(Begin()).wait(DAY)
        assert session.timer == Idle(NOW + 25 * MINUTE + IDLE_LIMIT)
        assert session.room.version == 4


class TestAClockThatWentBack:
    """[R1] As after a change of the database's server. Nothing is dated before what is known."""

    @pytest.mark.parametrize("command", [Pause(), Skip(), End()])
    def test_what_ran_is_never_less_than_nothing(self, command: Command) -> None:
        session = no_round().send(Begin())
        session.now -= MINUTE
        assert session.send(command).ran() == []

    def test_a_resumed_phase_does_not_run_before_what_it_ran(self) -> None:
        session = running().send(Pause())
        session.now -= 5 * MINUTE
        session.send(Resume())
        assert session.timer.since == NOW + 10 * MINUTE  # type: ignore[union-attr]

    def test_a_phase_that_waited_does_not_begin_before_the_end_of_the_one_before(self) -> None:
        session = no_round().send(Begin()).wait(31 * MINUTE)
        session.now -= 5 * MINUTE
        session.send(Begin())
        assert session.timer.started_at == NOW + 30 * MINUTE  # type: ignore[union-attr]


class TestTheChat:
    @pytest.mark.parametrize(
        "make, always, breaks, off",
        [
            (no_round, True, True, False),
            (waiting, True, True, False),
            (running, True, False, False),
            (paused, True, False, False),
            (lambda: running().send(Skip()), True, True, False),
            (lambda: running().send(Skip(), Pause()), True, True, False),
            (lambda: Session(RoomSettings(cycles=1)).send(Begin(), Skip()), True, True, False),
            (lambda: running().send(End()), True, True, False),
        ],
        ids=["no round", "work waits", "work", "work paused", "break", "break paused", "long break",
             "after the round"],
    )  # fmt: skip
    def test_in_breaks_it_is_closed_only_while_work_is_on(
        self, make: Callable[[], Session], always: bool, breaks: bool, off: bool
    ) -> None:
        """[R2]"""
        room = make().room

        def is_open(chat: Chat) -> bool:
            return replace(room, settings=replace(room.settings, chat=chat)).chat_is_open

        assert (is_open("always"), is_open("breaks"), is_open("off")) == (always, breaks, off)


lengths = st.sampled_from([1, 2, 3, 7, 20])
some_settings = st.builds(
    RoomSettings,
    work_s=lengths,
    short_break_s=lengths,
    long_break_s=lengths,
    cycles=st.integers(1, 3),
    auto_start_breaks=st.sampled_from([True, True, False]),
    auto_start_work=st.sampled_from([True, True, False]),
)
seconds = st.integers(0, 300).map(lambda n: n * 500 * MS)
spans = st.lists(st.tuples(seconds, seconds), max_size=6)


@given(
    settings_=some_settings,
    there=spans,
    asked=st.lists(seconds, max_size=20),
    begun=st.lists(st.sampled_from([Begin(), Skip(), Pause(), Resume()]), max_size=4),
)
@settings(max_examples=300, deadline=None)
def test_the_room_does_not_depend_on_how_often_it_is_asked(
    settings_: RoomSettings,
    there: list[tuple[timedelta, timedelta]],
    asked: list[timedelta],
    begun: list[Command],
) -> None:
    """[R1] [R4] Catching up at many instants is the same as once at the last of them."""

    def present_at(at: datetime) -> bool:
        return any(NOW + a <= at <= NOW + b for a, b in there)

    start = Session(settings_).send(Begin())
    for command in begun:
        try:
            start.wait(SECOND).send(command)
        except DomainError:
            pass
    idle_limit = 30 * SECOND
    room = start.room
    often = Decision(room)
    instants = sorted(start.now + span for span in asked) or [start.now]
    for at in instants:
        often = often.then(catch_up(often.room, at, present_at, idle_limit))
        assert catch_up(often.room, at, present_at, idle_limit) == Decision(often.room)
        timer = often.room.timer
        assert not isinstance(timer, Running) or timer.since <= at < timer.ends_at
    assert often == catch_up(room, instants[-1], present_at, idle_limit)
