"""[T1] to [T4], [T6], [T8]: what holds after any commands in any order, whatever the clock does."""

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
    DeleteEntry,
    DiscardTimer,
    LogEntry,
    RestoreEntry,
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
    st.integers(0, 3 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    st.sampled_from([timedelta(days=30), MAX_SPAN, MAX_SPAN + MS, timedelta(days=40)]),
)
# How far back, from now, a client says that something was; now and then in the future.
ago = st.one_of(
    st.integers(-2000, 60_000).map(lambda ms: ms * MS),
    st.integers(0, 33 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
)
maybe = st.booleans()
entry_ids = st.one_of(st.none(), st.integers(1, 12))
project_ids = st.one_of(st.none(), st.integers(1, 3))


class Timers(RuleBasedStateMachine):
    """One user's entries as a database would keep them, and every command there is."""

    @initialize()
    def begin(self) -> None:
        self.now = BEGIN
        self.entries: dict[int, Entry] = {}

    @property
    def running(self) -> Entry | None:
        return next((entry for entry in self.entries.values() if entry.running), None)

    @rule(step=steps)
    def pass_time(self, step: timedelta) -> None:
        self.now += step

    @rule(project_id=project_ids, claims=maybe, back=ago)
    def start(self, project_id: int | None, claims: bool, back: timedelta) -> None:
        before = self.running
        at = self.now - back if claims else None
        decision = self.send(StartTimer(project_id, started_at=at))
        if decision is None:
            return
        assert decision.entry == self.running
        assert (decision.stopped is None) == (before is None)
        if decision.stopped is not None and decision.stopped.ended_by != "limit":
            assert decision.stopped.ended_at == self.running.started_at  # [T2]

    @rule(entry_id=entry_ids, claims=maybe, back=ago)
    def stop(self, entry_id: int | None, claims: bool, back: timedelta) -> None:
        named = self.entries.get(entry_id) if entry_id else self.running
        decision = self.send(StopTimer(entry_id, self.now - back if claims else None))
        if decision is None or named is None or named.running:
            return
        assert decision.already_stopped
        assert decision.entry is not None
        assert decision.entry.ended_at <= named.ended_at  # [T4] never lengthened
        if decision.changes:
            assert named.ended_by in ("stop", "switch")

    @rule(
        entry_id=entry_ids,
        project_id=st.one_of(st.just(KEEP), project_ids),
        description=st.sampled_from([KEEP, "", "write"]),
        started=st.one_of(st.just(KEEP), ago),
        ended=st.one_of(st.just(KEEP), st.none(), ago),
        version=st.one_of(st.none(), st.integers(1, 4)),
    )
    def update(self, entry_id, project_id, description, started, ended, version) -> None:  # type: ignore[no-untyped-def]
        at = {
            "started_at": self.now - started if isinstance(started, timedelta) else started,
            "ended_at": self.now - ended if isinstance(ended, timedelta) else ended,
        }
        named = self.entries.get(entry_id) if entry_id else self.running
        command = UpdateEntry(entry_id, version, project_id, description, **at)
        if self.send(command) is not None and version is not None:
            assert named is not None
            assert named.version == version  # [T6]

    @rule(entry_id=entry_ids)
    def discard(self, entry_id: int | None) -> None:
        self.send(DiscardTimer(entry_id))

    @rule(entry_id=st.integers(1, 12))
    def delete(self, entry_id: int) -> None:
        if self.send(DeleteEntry(entry_id)) is not None:
            assert self.entries[entry_id].deleted_at is not None

    @rule(entry_id=st.integers(1, 12))
    def restore(self, entry_id: int) -> None:
        before = self.entries.get(entry_id)
        decision = self.send(RestoreEntry(entry_id))
        if decision is not None and decision.changes:
            assert before is not None
            assert self.entries[entry_id].ended_at == before.ended_at is not None  # [T6] closed

    @rule(from_back=ago, to_back=ago)
    def log(self, from_back: timedelta, to_back: timedelta) -> None:
        self.send(LogEntry(self.now - from_back, self.now - to_back, 1))

    def send(self, command: Command) -> Decision | None:
        """The decision, which is written down; None when it was refused."""
        named = self.entries.get(getattr(command, "entry_id", None) or 0)
        new_id = len(self.entries) + 1
        state = UserTimers(1, "UTC", 0, self.running, named, PROJECTS, new_id)
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


Timers.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestTimers = Timers.TestCase
