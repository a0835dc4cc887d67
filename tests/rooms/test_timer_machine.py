"""[T1] to [T4], [T6] to [T8]: what holds after any commands, whatever the clock does."""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rooms.access import ProjectAccess
from rooms.entry import MAX_SPAN, Entry
from rooms.errors import DomainError
from rooms.timer import (
    KEEP,
    Change,
    Command,
    Decision,
    DeleteEntries,
    DeleteEntry,
    DiscardTimer,
    DoubtTimer,
    DuplicateEntry,
    EditEntries,
    LogEntry,
    MergeEntries,
    ResolveTimer,
    RestoreEntries,
    RestoreEntry,
    SplitEntry,
    StartTimer,
    StopTimer,
    UpdateEntry,
    UserTimers,
    decide,
)

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
PROJECTS = {
    1: ProjectAccess(1, public=False, archived=False, role="owner"),
    2: ProjectAccess(2, public=True, archived=False, role=None),
}
MS = timedelta(milliseconds=1)

steps = st.one_of(
    st.just(timedelta(0)),
    st.integers(-5000, 5000).map(lambda ms: ms * MS),  # clocks are set back, too
    st.integers(0, 600).map(lambda minutes: timedelta(minutes=minutes)),
    st.sampled_from([timedelta(days=30), MAX_SPAN, MAX_SPAN + MS, timedelta(days=40)]),
)
# Where between the start of the entry concerned (0) and now (1) a client says that something was.
places = st.sampled_from([-0.5, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.2])
claims = st.one_of(st.none(), places)
numbers = st.sampled_from([None, None, 0, 0, 1, 2, 3, 5])
project_ids = st.one_of(st.none(), st.integers(1, 3))


class Timers(RuleBasedStateMachine):
    """One user's entries as a database would keep them, and every command there is."""

    @initialize(runs=st.booleans())
    def begin(self, runs: bool) -> None:
        """Some entries to begin with, or most commands would find nothing."""
        self.now = BEGIN
        self.entries: dict[int, Entry] = {}
        for command in (StartTimer(1), StartTimer(), StopTimer(), StartTimer(1), StopTimer()):
            self.send(command)
            self.now += timedelta(minutes=5)
        if runs:
            self.send(StartTimer())

    @property
    def running(self) -> Entry | None:
        return next((entry for entry in self.entries.values() if entry.running), None)

    @rule(step=steps)
    def pass_time(self, step: timedelta) -> None:
        self.now += step

    def id_of(self, number: int | None) -> int | None:
        """One of the entries there are, the latest first; None for the running one."""
        return None if number is None else max(1, len(self.entries) - number)

    def named(self, entry_id: int | None) -> Entry | None:
        return self.running if entry_id is None else self.entries.get(entry_id)

    def at(self, entry: Entry | None, place: float | None) -> datetime | None:
        if place is None:
            return None
        begin = self.now - timedelta(hours=1) if entry is None else entry.started_at
        return begin + (self.now - begin) * place // MS * MS

    @rule(project_id=project_ids, claim=claims)
    def start(self, project_id: int | None, claim: float | None) -> None:
        before = self.running
        decision = self.send(StartTimer(project_id, started_at=self.at(before, claim)))
        if decision is None:
            return
        assert decision.entry == self.running
        assert (decision.stopped is None) == (before is None)
        if decision.stopped is not None and decision.stopped.ended_by != "limit":
            assert decision.stopped.ended_at == self.running.started_at  # [T2]

    @rule(number=numbers, claim=claims)
    def stop(self, number: int | None, claim: float | None) -> None:
        entry_id = self.id_of(number)
        named = self.named(entry_id)
        decision = self.send(StopTimer(entry_id, self.at(named, claim)))
        if decision is None or named is None or named.running:
            return
        assert decision.already_stopped
        assert decision.entry is not None
        assert decision.entry.ended_at <= named.ended_at  # [T4] never lengthened
        if decision.changes:
            assert named.ended_by in ("stop", "switch")

    @rule(
        number=numbers,
        project_id=st.one_of(st.just(KEEP), project_ids),
        description=st.sampled_from([KEEP, "", "write"]),
        started=st.one_of(st.just(KEEP), places),
        ended=st.one_of(st.just(KEEP), st.none(), places),
        version=st.sampled_from([None, None, None, 1, 2, 3]),
    )
    def update(self, number, project_id, description, started, ended, version) -> None:  # type: ignore[no-untyped-def]
        entry_id = self.id_of(number)
        named = self.named(entry_id)
        times = {
            "started_at": self.at(named, started) if isinstance(started, float) else started,
            "ended_at": self.at(named, ended) if isinstance(ended, float) else ended,
        }
        command = UpdateEntry(entry_id, version, project_id, description, **times)
        if self.send(command) is not None and version is not None:
            assert named is not None
            assert named.version == version  # [T6]

    @rule(number=numbers)
    def discard(self, number: int | None) -> None:
        self.send(DiscardTimer(self.id_of(number)))

    @rule(number=numbers)
    def delete(self, number: int | None) -> None:
        entry_id = self.id_of(number) or 1
        if self.send(DeleteEntry(entry_id)) is not None:
            assert self.entries[entry_id].deleted_at is not None

    @rule(number=numbers)
    def restore(self, number: int | None) -> None:
        entry_id = self.id_of(number) or 1
        before = self.entries.get(entry_id)
        decision = self.send(RestoreEntry(entry_id))
        if decision is not None and decision.changes:
            assert before is not None
            assert self.entries[entry_id].ended_at == before.ended_at is not None  # [T6] closed

    @rule(number=numbers, place=places)
    def doubt(self, number: int | None, place: float) -> None:
        named = self.named(self.id_of(number))
        from_at = self.at(named, place)
        assert from_at is not None
        if named is not None:
            self.send(DoubtTimer(named.id, from_at))

    @rule(
        number=numbers,
        action=st.sampled_from(["keep", "discard", "stop", "split"]),
        claim=claims,
    )
    def resolve(self, number, action, claim) -> None:  # type: ignore[no-untyped-def]
        named = self.named(self.id_of(number))
        if named is None:
            return
        decision = self.send(ResolveTimer(named.id, action, self.at(named, claim)))
        if decision is None:
            return
        after = self.entries[named.id]
        assert after.deleted_at is not None or after.doubtful_from is None  # [T7]
        if named.ended_at is not None:
            assert after.ended_at is not None
            assert after.ended_at <= named.ended_at  # never lengthened
        assert (decision.stopped is not None) == (action == "split")

    @rule(number=numbers, from_place=places, to_place=places)
    def log(self, number: int | None, from_place: float, to_place: float) -> None:
        near = self.named(self.id_of(number))
        from_at, to_at = self.at(near, from_place), self.at(near, to_place)
        self.send(LogEntry(from_at, to_at, 1))

    @rule(number=numbers, place=places)
    def split(self, number: int | None, place: float) -> None:
        named = self.named(self.id_of(number))
        if named is None:
            return
        decision = self.send(SplitEntry(named.id, self.at(named, place)))
        if decision is not None:
            first, second = decision.several
            assert first.ended_at == second.started_at
            assert (first.started_at, second.ended_at) == (named.started_at, named.ended_at)

    @rule(several=st.lists(st.integers(1, 8), min_size=2, max_size=4))
    def merge(self, several: list[int]) -> None:
        before = {number: self.entries.get(number) for number in several}
        decision = self.send(MergeEntries(tuple(several), project_id=1, gaps="include"))
        if decision is not None and decision.entry is not None:
            ends = [entry.ended_at for entry in before.values() if entry is not None]
            assert decision.entry.ended_at == max(ends)
            assert len(decision.several) == len(before) - 1

    @rule(number=numbers, from_place=claims, to_place=claims)
    def duplicate(self, number, from_place, to_place) -> None:  # type: ignore[no-untyped-def]
        named = self.named(self.id_of(number))
        if named is not None:
            instants = self.at(named, from_place), self.at(named, to_place)
            self.send(DuplicateEntry(named.id, *instants))

    @rule(
        deed=st.sampled_from([EditEntries, DeleteEntries, RestoreEntries]),
        several=st.lists(st.integers(1, 8), min_size=1, max_size=4),
    )
    def bulk(self, deed, several) -> None:  # type: ignore[no-untyped-def]
        more = {"add_tags": ("x",)} if deed is EditEntries else {}
        self.send(deed(tuple(several), **more))

    def send(self, command: Command) -> Decision | None:
        """The decision, which is written down; None when it was refused."""
        named = self.entries.get(getattr(command, "entry_id", None) or 0)
        new_id = len(self.entries) + 1
        state = UserTimers(1, "UTC", 0, self.running, named, PROJECTS, new_id, self.entries)
        try:
            decision = decide(state, command, self.now)
        except DomainError:
            return None
        assert decide(state, command, self.now) == decision
        for change in decision.changes:
            self.write(change)
        return decision

    def write(self, change: Change) -> None:
        before, after = change.before, change.after
        assert self.entries.get(after.id) == before
        assert after.version == (1 if before is None else before.version + 1)  # [T6]
        assert (before is not None and before.running) == (
            change.kind in ("stopped", "updated", "discarded")
        )
        self.entries[after.id] = after
        # In the order of the changes, since a database would refuse it in between [T1].
        assert sum(entry.running for entry in self.entries.values()) <= 1

    @invariant()
    def no_entry_is_impossible(self) -> None:
        for entry in getattr(self, "entries", {}).values():
            assert (entry.ended_at is None) == (entry.ended_by is None)
            if entry.ended_at is None:
                assert entry.deleted_at is None
                continue
            assert timedelta(0) <= entry.ended_at - entry.started_at <= MAX_SPAN  # [T3] [T8]
            assert entry.duration_seconds >= 0

    @invariant()
    def no_doubt_begins_before_its_entry(self) -> None:
        for entry in getattr(self, "entries", {}).values():
            assert entry.doubtful_from is None or entry.doubtful_from >= entry.started_at  # [T7]


Timers.TestCase.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=None, report_multiple_bugs=False
)
TestTimers = Timers.TestCase
