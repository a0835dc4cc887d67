"""[R1] to [R4], [R6]: a room after any commands agrees with a timer that ticks.

The model counts down in half seconds and knows neither deadlines nor logs. The room is asked only
now and then, as in a server, so it has to make up for whatever the model went through meanwhile.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from rooms.errors import AlreadyRunning, DomainError, Invalid, NotRunning, VersionConflict
from rooms.room import (
    Begin,
    Command,
    Configure,
    Decision,
    End,
    Extend,
    Idle,
    Pause,
    Paused,
    Phase,
    Resume,
    Room,
    RoomSettings,
    Running,
    Skip,
    Stretch,
    catch_up,
    decide,
    remaining_at,
)

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)
TICK = 500 * MS
PER_SECOND, PER_HOUR = 2, 7200
DAY_TICKS = 24 * PER_HOUR
IDLE_TICKS = 4 * PER_HOUR
GRACE_TICKS = 60 * PER_SECOND


@dataclass
class Model:
    """A room's timer as one would build it with a counter, tick by tick."""

    settings: RoomSettings
    state: str = "idle"
    phase: Phase | None = None
    cycle: int = 0
    left: int = 0
    ran: int = 0
    idle: int = 0
    round: int = 0
    ticks: int = 0
    rounds_ended: list[int] = field(default_factory=list)
    version: int = 1
    worked: int = 0
    people: int = 0
    grace: int = 0

    def tick(self) -> None:
        there = self.people > 0 or self.grace > 0
        self.ticks += 1
        self.grace = max(0, self.grace - 1)
        if self.state == "running":
            self.left -= 1
            self.ran += 1
            self.worked += self.phase == "work"
            self.end_if_due(there)
        elif self.state == "idle" and self.phase is not None:
            self.idle += 1
            if self.idle == IDLE_TICKS:
                self.end_round()

    def end_if_due(self, there: bool) -> None:
        if self.state == "running" and self.left == 0:
            self.next_phase(go_on=there)

    def next_phase(self, *, go_on: bool) -> None:
        match self.phase:
            case "work" if self.cycle >= self.settings.cycles:
                self.phase = "long_break"
            case "work":
                self.phase = "short_break"
            case "short_break":
                self.phase, self.cycle = "work", self.cycle + 1
            case _:
                self.phase, self.cycle = "work", 1
        mine = self.settings
        self.version += 1
        if go_on and (mine.auto_start_work if self.phase == "work" else mine.auto_start_breaks):
            self.run()
        else:
            self.state, self.idle = "idle", 0

    def length(self) -> int:
        mine = self.settings
        seconds = {
            "work": mine.work_s,
            "short_break": mine.short_break_s,
            "long_break": mine.long_break_s,
        }
        assert self.phase is not None
        return seconds[self.phase] * PER_SECOND

    def run(self) -> None:
        self.state, self.left, self.ran = "running", self.length(), 0

    def end_round(self) -> None:
        self.state, self.phase, self.cycle = "idle", None, 0
        self.rounds_ended.append(self.ticks)
        self.version += 1

    def do(self, command: Command) -> type[DomainError] | None:
        """What the command does, or what refuses it."""
        match command, self.state:
            case Configure(), _:
                self.configure(command)
            case (Begin() | Resume(), "running") | (Begin(), "paused"):
                return AlreadyRunning
            case Begin(), "idle":
                if self.phase is None:
                    self.phase, self.cycle, self.round = "work", 1, self.round + 1
                self.run()
                self.version += 1
            case Resume(), "paused":
                self.state = "running"
                self.version += 1
            case Pause(), "running":
                self.state = "paused"
                self.version += 1
            case Extend(by), "running" | "paused":
                if self.left + by // TICK > DAY_TICKS:
                    return Invalid
                self.left += by // TICK
                self.version += 1
            case Skip(), _ if self.phase is not None:
                self.next_phase(go_on=self.state != "idle")
            case End(), _ if self.phase is not None:
                self.end_round()
            case _:
                return NotRunning
        return None

    def configure(self, command: Configure) -> None:
        self.settings = command.settings
        if not command.at_once or self.state == "idle":
            self.version += 1
            return
        left = max(0, self.length() - self.ran)
        if self.state == "running" and left == 0:
            self.next_phase(go_on=True)
        else:
            self.left = left
            self.version += 1


@dataclass
class Stay:
    """Somebody's presence in the log."""

    from_at: datetime
    to_at: datetime | None = None
    crashed: bool = False

    def counts_at(self, at: datetime) -> bool:
        if self.to_at is None:
            return self.from_at <= at
        grace = timedelta(seconds=60) if self.crashed else timedelta(0)
        return self.from_at <= at <= self.to_at + grace


@dataclass
class Written:
    """What a database would have been given of a room's past."""

    stretches: list[Stretch] = field(default_factory=list)
    began: dict[int, datetime] = field(default_factory=dict)
    ended: dict[int, datetime] = field(default_factory=dict)
    worked: timedelta = timedelta(0)

    def take(self, decision: Decision) -> None:
        for number, at in decision.began:
            assert number == len(self.began) + 1
            assert len(self.ended) == len(self.began)
            self.began[number] = at
        for stretch in decision.stretches:
            assert stretch.from_at < stretch.to_at
            assert self.began[stretch.round] <= stretch.phase_started_at <= stretch.from_at
            assert stretch.round not in self.ended
            if self.stretches:
                assert self.stretches[-1].to_at <= stretch.from_at
            if stretch.phase == "work":
                self.worked += stretch.to_at - stretch.from_at
            self.stretches.append(stretch)
        for number, at in decision.ended:
            assert number == len(self.ended) + 1 == len(self.began)
            assert not self.stretches or self.stretches[-1].to_at <= at
            self.ended[number] = at


lengths = st.sampled_from([1, 2, 5, 30, 90, 25 * 60, 3600, 24 * 3600])
some_settings = st.builds(
    RoomSettings,
    work_s=lengths,
    short_break_s=lengths,
    long_break_s=lengths,
    cycles=st.integers(1, 3),
    auto_start_breaks=st.sampled_from([True, True, False]),
    auto_start_work=st.booleans(),
)
plain = st.sampled_from([Begin(), Begin(), Resume(), Pause(), Pause(), Skip(), End()])
extensions = st.sampled_from([1, 7, 60, 3600, 23 * 3600, 24 * 3600]).map(
    lambda seconds: Extend(timedelta(seconds=seconds))
)
changes = st.builds(Configure, some_settings, st.booleans())
commands = st.one_of(plain, plain, plain, extensions, changes)
ticks = st.one_of(
    st.integers(0, 20),
    st.integers(0, 20),
    st.integers(0, 400),
    st.integers(0, PER_HOUR),
    st.sampled_from([IDLE_TICKS - 1, IDLE_TICKS, 5 * PER_HOUR]),
)


class SharedTimer(RuleBasedStateMachine):
    """One room, its log of presence, and all the commands there are."""

    @initialize(first=some_settings, people=st.integers(0, 2))
    def open(self, first: RoomSettings, people: int) -> None:
        self.now = BEGIN
        self.room = Room(first, Idle(BEGIN), round=0, version=1)
        self.model = Model(first, people=people)
        self.stays = [Stay(BEGIN) for _ in range(people)]
        self.written = Written()
        self.sent: list[tuple[Command, int]] = []
        self.send(Begin())

    @rule(count=ticks)
    def pass_time(self, count: int) -> None:
        for _ in range(count):
            self.model.tick()
        self.now += count * TICK

    @rule(off=st.sampled_from([-1, 0, 1, 1]))
    def run_to_the_end_of_the_phase(self, off: int) -> None:
        """Begun or resumed, if it must be. No day is as long: that would only be slow."""
        if self.model.state != "running":
            self.send(Begin() if self.model.state == "idle" else Resume())
        if self.model.left < 5 * PER_HOUR:
            self.pass_time(max(0, self.model.left + off))

    @precondition(lambda self: self.model.state == "idle" and self.model.phase is not None)
    @rule(off=st.sampled_from([-1, 0]))
    def wait_for_the_end_of_the_round(self, off: int) -> None:
        self.pass_time(max(0, IDLE_TICKS - self.model.idle + off))

    @rule()
    def come(self) -> None:
        """Between two ticks, as all comings and goings, so that no phase ends at that instant."""
        self.stays.append(Stay(self.now + 100 * MS))
        self.model.people += 1

    @rule(crashed=st.booleans())
    def go(self, crashed: bool) -> None:
        stay = next((stay for stay in self.stays if stay.to_at is None), None)
        if stay is None:
            return
        stay.to_at, stay.crashed = self.now + 200 * MS, crashed
        self.model.people -= 1
        if crashed:
            self.model.grace = GRACE_TICKS

    @rule(command=commands)
    def send(self, command: Command) -> None:
        self.decide(command, None)

    @rule(command=commands)
    def send_with_the_version_one_sees(self, command: Command) -> None:
        """It may be that of a phase which has ended meanwhile."""
        self.sent.append((command, self.room.version))
        self.decide(command, self.room.version)

    @rule(data=st.data())
    def send_something_again(self, data: st.DataObject) -> None:
        """Twice, or in another order than it was meant."""
        if self.sent:
            self.decide(*data.draw(st.sampled_from(self.sent)))

    @precondition(lambda self: self.model.state != "idle")
    @rule(count=st.integers(1, 20))
    def press_buttons(self, count: int) -> None:
        """Skips and pauses in quick succession."""
        buttons = (Pause(), Resume(), Pause(), Resume(), Skip())
        for step in range(count):
            self.decide(buttons[step % 5], None)
            self.pass_time(step % 3)

    @precondition(lambda self: self.model.state != "idle")
    @rule(pause=st.booleans(), to_s=lengths)
    def cut_short(self, pause: bool, to_s: int) -> None:
        """To what it may have run already."""
        if pause and self.model.state == "running":
            self.send(Pause())
        cut = replace(self.model.settings, work_s=to_s, short_break_s=to_s, long_break_s=to_s)
        self.send(Configure(cut, at_once=True))

    @precondition(lambda self: self.model.state != "idle")
    @rule(off=st.sampled_from([0, 1]))
    def extend_to_24_hours(self, off: int) -> None:
        self.send(Extend((DAY_TICKS - self.model.left + off) * TICK))

    @rule()
    def look(self) -> None:
        self.catch_up()
        self.compare()

    def catch_up(self) -> None:
        done = catch_up(self.room, self.now, self.present_at, IDLE_TICKS * TICK)
        if isinstance(self.room.timer, Running) and self.now < self.room.timer.ends_at:
            assert done == Decision(self.room)
        assert done.room.settings == self.room.settings
        self.take(done)

    def decide(self, command: Command, version: int | None) -> None:
        self.catch_up()
        self.compare()
        before = self.room
        current = version is None or version == self.model.version
        expected = self.model.do(command) if current else VersionConflict  # [R3]
        refusal = None
        try:
            decision = decide(before, command, self.now, version)
        except DomainError as error:
            refusal = type(error)
        assert refusal is expected
        if refusal is None:
            assert decision.room.version == before.version + 1
            if isinstance(command, Configure) and not command.at_once:
                assert decision.room.timer == before.timer  # [R6]
            self.take(decision)
        # What was resumed with nothing to go, or set to it, ends at this very instant.
        self.model.end_if_due(self.present_at(self.now))
        self.catch_up()
        self.compare()

    def take(self, decision: Decision) -> None:
        self.written.take(decision)
        self.room = decision.room

    def present_at(self, at: datetime) -> bool:
        return any(stay.counts_at(at) for stay in self.stays)

    def compare(self) -> None:
        model, timer = self.model, self.room.timer
        assert type(timer).__name__.lower() == model.state
        assert (timer.phase, timer.cycle) == (model.phase, model.cycle)
        assert self.room.settings == model.settings
        assert (self.room.version, self.room.round) == (model.version, model.round)
        ended = [(at - BEGIN) // TICK for at in self.written.ended.values()]
        assert ended == model.rounds_ended
        assert self.room.in_round == (len(self.written.began) > len(self.written.ended))
        self.compare_what_remains()
        on = self.now - timer.since if isinstance(timer, Running) else timedelta(0)
        at_work = on if timer.phase == "work" else timedelta(0)
        assert self.written.worked + at_work == model.worked * TICK
        if not isinstance(timer, Idle):
            assert timer.spent + on == model.ran * TICK
            assert timer.started_at >= self.written.began[self.room.round]

    def compare_what_remains(self) -> None:
        left = remaining_at(self.room, self.now)
        match self.room.timer:
            case Running(ends_at=ends_at):
                assert ends_at == self.now + self.model.left * TICK
                assert self.now < ends_at
            case Paused(remaining=remaining):
                assert remaining == self.model.left * TICK
            case Idle(phase=None):
                assert left is None
                return
            case Idle():
                assert left == self.model.length() * TICK
        assert left is not None
        assert timedelta(0) <= left <= timedelta(hours=24)

    def teardown(self) -> None:
        """[R4] Whoever asks at the end, and only then, is told the same."""
        if not hasattr(self, "room"):
            return
        self.look()
        later = self.now + timedelta(hours=6)
        once = catch_up(self.room, later, self.present_at, IDLE_TICKS * TICK)
        half = catch_up(self.room, self.now + TICK * 99, self.present_at, IDLE_TICKS * TICK)
        rest = catch_up(half.room, later, self.present_at, IDLE_TICKS * TICK)
        assert half.then(rest) == once


SharedTimer.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, report_multiple_bugs=False
)
TestSharedTimer = SharedTimer.TestCase
