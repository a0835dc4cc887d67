"""The shared timer of a focus room: a pure function of (room, command, now).

`decide` refuses by raising a `DomainError`, and otherwise says what the room is afterwards; it does
no I/O and reads no clock. Rules R1 to R6 of docs/PROTOCOL.md. There are no ticks and no counters:
a phase that runs has a deadline, and a deadline that has passed is made good by `catch_up`, dated
at the deadline, however late it is noticed. The caller holds the room's row.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from rooms.errors import AlreadyRunning, Invalid, NotRunning, VersionConflict

Phase = Literal["work", "short_break", "long_break"]
Chat = Literal["always", "breaks", "off"]

ZERO = timedelta(0)
LONGEST_PHASE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """How a room works [R2]. Lengths in seconds; `cycles` work phases make a long break."""

    work_s: int = 25 * 60
    short_break_s: int = 5 * 60
    long_break_s: int = 15 * 60
    cycles: int = 4
    auto_start_breaks: bool = True
    auto_start_work: bool = False
    capacity: int = 50
    chat: Chat = "breaks"

    def length_of(self, phase: Phase) -> timedelta:
        """How long a phase is that begins now."""
        seconds = {
            "work": self.work_s,
            "short_break": self.short_break_s,
            "long_break": self.long_break_s,
        }
        return timedelta(seconds=seconds[phase])

    def starts_by_itself(self, phase: Phase) -> bool:
        return self.auto_start_work if phase == "work" else self.auto_start_breaks


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing runs. Without `phase` there is no round; with it, that phase waits to be begun."""

    since: datetime
    phase: Phase | None = None
    cycle: int = 0


@dataclass(frozen=True, slots=True)
class Running:
    """A phase runs until `ends_at`; it ran for `spent` before its last pause."""

    phase: Phase
    cycle: int
    started_at: datetime
    since: datetime
    spent: timedelta
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Paused:
    """A phase stands still with `remaining` to go, after it ran for `spent`."""

    phase: Phase
    cycle: int
    started_at: datetime
    spent: timedelta
    remaining: timedelta


Timer = Idle | Running | Paused


@dataclass(frozen=True, slots=True)
class Room:
    """What a room's timer depends on. `round` is the number of the last round, 0 before any."""

    settings: RoomSettings
    timer: Timer
    round: int
    version: int

    @property
    def in_round(self) -> bool:
        """Whether a round is under way."""
        return self.timer.phase is not None

    @property
    def next_round(self) -> int:
        """The round that is under way, or else the one that comes."""
        return self.round if self.in_round else self.round + 1

    @property
    def chat_is_open(self) -> bool:
        """Whether members may speak [R2]: `breaks` is closed only while a work phase is on."""
        at_work = not isinstance(self.timer, Idle) and self.timer.phase == "work"
        return self.settings.chat == "always" or (self.settings.chat == "breaks" and not at_work)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which a phase ran without a pause, and that is over."""

    round: int
    phase: Phase
    cycle: int
    phase_started_at: datetime
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin a round, or the phase that waits."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Stand still."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after a pause."""


@dataclass(frozen=True, slots=True)
class Skip:
    """End the phase now, or leave out the one that waits."""


@dataclass(frozen=True, slots=True)
class End:
    """End the round."""


@dataclass(frozen=True, slots=True)
class Extend:
    """Make the phase that is on longer."""

    by: timedelta


@dataclass(frozen=True, slots=True)
class Configure:
    """Change the settings, from the next phase on or from this moment [R6]."""

    settings: RoomSettings
    at_once: bool = False


Command = Begin | Pause | Resume | Skip | End | Extend | Configure


@dataclass(frozen=True, slots=True)
class Decision:
    """The room afterwards, what ran and is over, and when rounds began and ended: (round, at)."""

    room: Room
    stretches: tuple[Stretch, ...] = ()
    began: tuple[tuple[int, datetime], ...] = ()
    ended: tuple[tuple[int, datetime], ...] = ()

    def then(self, later: "Decision") -> "Decision":
        """Both, one after the other."""
        return Decision(
            later.room,
            self.stretches + later.stretches,
            self.began + later.began,
            self.ended + later.ended,
        )


PresentAt = Callable[[datetime], bool]


def catch_up(room: Room, now: datetime, present_at: PresentAt, idle_limit: timedelta) -> Decision:
    """Make the phase ends that are due, each dated at its deadline [R4].

    An empty room does not go on by itself; a round that was idle for `idle_limit` is over [R1].
    The same room, log of presence and `now` give the same decision, whoever asks how often.
    """
    ran: list[Stretch] = []
    while isinstance(room.timer, Running) and room.timer.ends_at <= now:
        at = room.timer.ends_at
        over = _phase_over(room, at, go_on=present_at(at))
        room = over.room
        ran.extend(over.stretches)
    done = Decision(room, tuple(ran))
    timer = room.timer
    if isinstance(timer, Idle) and timer.phase is not None and timer.since + idle_limit <= now:
        done = done.then(_round_over(room, timer.since + idle_limit))
    return done


def decide(room: Room, command: Command, now: datetime, version: int | None = None) -> Decision:
    """What `command` makes of `room` at `now` (UTC, whole milliseconds), after `catch_up`.

    Raises VersionConflict for a `version` that is not the room's, AlreadyRunning, NotRunning.
    """
    if version is not None and version != room.version:
        raise VersionConflict("The room has changed meanwhile.")
    now = max(now, _latest(room.timer))
    match command, room.timer:
        case Configure(), _:
            return _configure(room, command, now)
        case Begin(), Idle() as idle:
            return _begin(room, idle, now)
        case Begin() | Resume(), Running():
            raise AlreadyRunning
        case Begin(), Paused():
            raise AlreadyRunning("The timer is paused. Resume it.")
        case Resume(), Paused() as paused:
            return Decision(_changed(room, _resumed(paused, now)))
        case Pause(), Running() as running:
            return _pause(room, running, now)
        case Extend(by), Running() as running:
            longer = _longer(running.ends_at - now, by)
            return Decision(_changed(room, replace(running, ends_at=now + longer)))
        case Extend(by), Paused() as paused:
            longer = _longer(paused.remaining, by)
            return Decision(_changed(room, replace(paused, remaining=longer)))
        case Skip(), Idle(phase=phase) if phase is not None:
            return _phase_over(room, now, go_on=False)
        case Skip(), Running() | Paused():
            return _phase_over(room, now, go_on=True)
        case End(), timer if timer.phase is not None:
            return _round_over(room, now)
        case _:
            raise NotRunning


def remaining_at(room: Room, now: datetime) -> timedelta | None:
    """What is left of the phase that is on, or the length of the one that waits."""
    match room.timer:
        case Running(ends_at=ends_at):
            return max(ZERO, ends_at - now)
        case Paused(remaining=remaining):
            return remaining
        case Idle(phase=phase):
            return None if phase is None else room.settings.length_of(phase)


def _latest(timer: Timer) -> datetime:
    """The latest instant that the timer tells of: nothing is dated before it, if a clock goes back.

    When a pause began it does not tell, but that was no earlier than what had run by then.
    """
    return timer.started_at + timer.spent if isinstance(timer, Paused) else timer.since


def _begin(room: Room, idle: Idle, now: datetime) -> Decision:
    if idle.phase is not None:
        return Decision(_changed(room, _started(room, idle.phase, idle.cycle, now)))
    begun = replace(room, round=room.round + 1)
    timer = _started(begun, "work", 1, now)
    return Decision(_changed(begun, timer), began=((begun.round, now),))


def _pause(room: Room, running: Running, now: datetime) -> Decision:
    paused = Paused(
        running.phase,
        running.cycle,
        running.started_at,
        running.spent + (now - running.since),
        running.ends_at - now,
    )
    return Decision(_changed(room, paused), _ran(room, now))


def _resumed(paused: Paused, now: datetime) -> Running:
    return Running(
        paused.phase, paused.cycle, paused.started_at, now, paused.spent, now + paused.remaining
    )


def _started(room: Room, phase: Phase, cycle: int, at: datetime) -> Running:
    return Running(phase, cycle, at, at, ZERO, at + room.settings.length_of(phase))


def _phase_over(room: Room, at: datetime, *, go_on: bool) -> Decision:
    """The phase has ended at `at`: the next one begins, or waits to be begun."""
    phase, cycle = _next(room)
    starts = go_on and room.settings.starts_by_itself(phase)
    timer = _started(room, phase, cycle, at) if starts else Idle(at, phase, cycle)
    return Decision(_changed(room, timer), _ran(room, at))


def _next(room: Room) -> tuple[Phase, int]:
    """The phase after the one that is on or waits, and its cycle."""
    cycle = room.timer.cycle
    match room.timer.phase:
        case "work":
            return ("long_break" if cycle >= room.settings.cycles else "short_break"), cycle
        case "short_break":
            return "work", cycle + 1
        case _:
            return "work", 1


def _round_over(room: Room, at: datetime) -> Decision:
    return Decision(_changed(room, Idle(at)), _ran(room, at), ended=((room.round, at),))


def _configure(room: Room, command: Configure, now: datetime) -> Decision:
    """New settings; with `at_once` the phase that is on gets its new length, less what it ran."""
    changed = replace(room, settings=command.settings)
    timer = room.timer
    if not command.at_once or isinstance(timer, Idle):
        return Decision(_changed(changed, timer))
    length = command.settings.length_of(timer.phase)
    if isinstance(timer, Paused):
        left = max(ZERO, length - timer.spent)
        return Decision(_changed(changed, replace(timer, remaining=left)))
    left = length - timer.spent - (now - timer.since)
    if left <= ZERO:
        return _phase_over(changed, now, go_on=True)
    return Decision(_changed(changed, replace(timer, ends_at=now + left)))


def _longer(remaining: timedelta, by: timedelta) -> timedelta:
    if remaining + by > LONGEST_PHASE:
        raise Invalid.field("seconds", "at most 24 hours may be left of a phase")
    return remaining + by


def _ran(room: Room, at: datetime) -> tuple[Stretch, ...]:
    """The stretch that ends at `at`; none if nothing runs, or if it is over as soon as it began."""
    timer = room.timer
    if not isinstance(timer, Running) or timer.since == at:
        return ()
    return (Stretch(room.round, timer.phase, timer.cycle, timer.started_at, timer.since, at),)


def _changed(room: Room, timer: Timer) -> Room:
    return replace(room, timer=timer, version=room.version + 1)
