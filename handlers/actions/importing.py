"""An import under way, or on trial: batches of entries, each in a transaction of its own.

What a file has is known by a key of each of its lines, so sending it again makes nothing twice, and
completes what was broken off. All derived numbers follow, as for every other entry.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Literal

from handlers.actions.identity import Principal
from handlers.actions.import_files import Batches, Keyed
from handlers.actions.import_projects import Places
from handlers.actions.services import Services
from handlers.actions.unit import Envelope, Unit, run_command, unit_of_work
from handlers.messages.bulk import MOST_EVENTS, EntryBulk
from handlers.messages.common import to_json
from handlers.messages.entries import EntryEvent, entry_view
from handlers.messages.transfer import (
    ImportProgress,
    ImportReport,
    LineError,
    RowView,
    row_view,
)
from rooms.entry import Entry
from rooms.errors import Conflict, DomainError, Unauthenticated, Unavailable
from rooms.imports.row import Judge, Refused
from rooms.imports.survey import Survey
from storage import imports
from storage.database import LONG_PATIENCE_S, acquired
from storage.hints import Ephemeral
from storage.imports import NO_PROJECT_YET, Candidate, Tally
from storage.tracked import mark_entries
from storage.users import keep_result, lock_users, read_result

AT_ONCE = 1000
MOST_ERRORS = 10_000
PREVIEWED = 20
# A process that lives is never silent for so long between two batches.
SILENCE = timedelta(seconds=30)
_TOLD_EVERY_S = 0.2
_TRIES = 4


def judge_of(services: Services, zone: str, day_starts_at: int) -> Judge:
    now = services.clock.now()
    return Judge(now - timedelta(microseconds=now.microsecond % 1000), zone, day_starts_at)


async def earlier_report(services: Services, sender: Envelope) -> ImportReport | None:
    """What the same command was answered before [T5]."""
    if sender.command_id is None:
        return None

    async def nothing(unit: Unit) -> ImportReport:
        raise _NotYet

    with suppress(_NotYet):
        return await run_command(services, sender, ImportReport, nothing)
    return None


class _NotYet(Exception):
    """The command is a new one."""


class _Report:
    """What is told of a file, line by line."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.tally = Tally()
        self.errors: list[LineError] = []
        self.preview: list[RowView] = []

    def refuse(self, refused: Sequence[Refused]) -> None:
        self.tally.refused += len(refused)
        room = MOST_ERRORS - len(self.errors)
        self.errors += [LineError(line=r.line, message=r.message) for r in refused[:room]]

    def answer(self, import_id: int | None, places: Places) -> ImportReport:
        tally = self.tally
        return ImportReport(
            import_id=import_id,
            dry_run=import_id is None,
            total=tally.done,
            created=tally.created,
            skipped=tally.skipped,
            refused=tally.refused,
            seconds=tally.seconds,
            projects_created=places.made,
            errors=sorted(self.errors, key=lambda error: error.line),
            preview=self.preview,
        )


class Trial:
    """A dry run: everything is looked at, and nothing is written."""

    def __init__(self, services: Services, user: Principal, places: Places, survey: Survey) -> None:
        self._services = services
        self._user = user
        self._places = places
        self._report = _Report(survey.rows)

    async def run(self, batches: Batches) -> ImportReport:
        await self._places.look()
        while batch := await batches.take():
            keyed, refused = batch
            self._report.refuse(refused)
            for candidate in await self._fresh(keyed):
                self._would_make(candidate)
        return self._report.answer(None, self._places)

    async def _fresh(self, keyed: Sequence[Keyed]) -> list[Candidate]:
        fresh = await fresh_of(self._services, self._user, self._places, keyed)
        self._report.tally.skipped += len(keyed) - len(fresh)
        return fresh

    def _would_make(self, candidate: Candidate) -> None:
        row, places, report = candidate.row, self._places, self._report
        if row.place is not None and candidate.project_id == NO_PROJECT_YET:
            places.expect(row.place)
        report.tally.take(row)
        if len(report.preview) < PREVIEWED:
            name = places.name_of(row.place) if row.place and candidate.project_id else None
            report.preview.append(row_view(row, name))


async def fresh_of(
    services: Services, user: Principal, places: Places, keyed: Sequence[Keyed]
) -> list[Candidate]:
    """Those that the user does not have yet."""
    candidates = [Candidate(row, key, nth, places.find(row.place)) for row, key, nth in keyed]
    async with acquired(services.db, patience_s=LONG_PATIENCE_S) as connection:
        return await imports.unknown(connection, user.user_id, candidates)


class Taking:
    """An import under way. Its row says how far it has come; when its process dies, the row falls
    silent, and the next import of the user declares it broken."""

    def __init__(
        self,
        services: Services,
        user: Principal,
        places: Places,
        survey: Survey,
        format: str,
        sender: Envelope,
    ) -> None:
        self._services = services
        self._user = user
        self._places = places
        self._format = format
        self._sender = sender
        self._report = _Report(survey.rows)
        self._made: list[Entry] = []
        self._import_id = 0
        self._told_at = 0.0

    async def run(
        self,
        batches: Batches,
        before: Callable[[], Awaitable[None]] | None = None,
        after: Callable[[], Awaitable[None]] | None = None,
    ) -> ImportReport:
        """Take everything in, with what is to be done before the entries and after them."""
        await self._begin()
        try:
            await self._places.look()
            if before is not None:
                await before()
            while batch := await batches.take():
                await self._take(*batch)
                self._tell()
            if after is not None:
                await after()
            return await self._end()
        except BaseException:
            with suppress(DomainError):
                await self._close("broken")
            self._tell(over=True)
            raise

    async def _begin(self) -> None:
        user_id = self._user.user_id
        try:
            async with unit_of_work(self._services) as unit:
                if user_id not in await lock_users(unit.connection, [user_id]):
                    raise Unauthenticated("This account is gone.")
                for broken in await imports.break_silent(unit.connection, user_id, SILENCE):
                    _tell_bulk(unit, user_id, broken.from_at, broken.to_at, broken.created)
                self._import_id = await imports.begin(
                    unit.connection, user_id, self._format, self._report.total
                )
        except Conflict:
            raise Conflict("Another import of yours is under way.") from None

    async def _take(self, keyed: Sequence[Keyed], refused: Sequence[Refused]) -> None:
        """Make what is new in a batch, and try again where the database asks for it."""
        self._report.refuse(refused)
        for left in reversed(range(_TRIES)):
            try:
                fresh = await self._placed(keyed)
                made, closed = await self._write(fresh)
                break
            except Unavailable:
                if not left:
                    raise
                await asyncio.sleep(0.5)
        self._report.refuse(closed)
        self._report.tally.skipped += len(keyed) - len(made) - len(closed)
        self._made += made[: MOST_EVENTS + 1 - len(self._made)]

    async def _placed(self, keyed: Sequence[Keyed]) -> list[Candidate]:
        fresh = await fresh_of(self._services, self._user, self._places, keyed)
        placed = []
        for one in fresh:
            if one.row.place is not None and one.project_id == NO_PROJECT_YET:
                project_id = await self._places.make(one.row.place)
                one = Candidate(one.row, one.key, one.nth, project_id)
            placed.append(one)
        return placed

    async def _write(self, fresh: Sequence[Candidate]) -> tuple[list[Entry], list[Refused]]:
        """The entries made, and the lines whose project was closed to the user meanwhile."""
        user_id = self._user.user_id
        async with unit_of_work(self._services, patience_s=LONG_PATIENCE_S) as unit:
            if user_id not in await lock_users(unit.connection, [user_id]):
                raise Unauthenticated("This account is gone.")
            open_ids = {p[0] for p in await imports.open_projects(unit.connection, user_id)}
            closed = [c for c in fresh if c.project_id and c.project_id not in open_ids]
            wanted = [c for c in fresh if not c.project_id or c.project_id in open_ids]
            made = await imports.write(unit.connection, user_id, self._import_id, wanted)
            await mark_entries(unit.connection, made)
            tally = self._counted(made)
            if not await imports.note_progress(unit.connection, user_id, self._import_id, tally):
                raise Conflict("This import was given up, because it had fallen silent.")
        self._report.tally = tally
        return made, [Refused(c.row.line, "its project is closed to you") for c in closed]

    def _counted(self, made: Sequence[Entry]) -> Tally:
        before = self._report.tally
        tally = Tally(
            before.created + len(made), before.skipped, before.refused, before.seconds,
            before.from_at, before.to_at,
        )  # fmt: skip
        for entry in made:
            tally.seconds += entry.duration_seconds or 0
            tally.widen(entry.started_at, entry.ended_at or entry.started_at)
        return tally

    def _tell(self, *, over: bool = False) -> None:
        """Say how far it has come to whoever looks, a few times a second."""
        now = asyncio.get_running_loop().time()
        if not over and now - self._told_at < _TOLD_EVERY_S:
            return
        self._told_at = now
        tally = self._report.tally
        progress = ImportProgress(
            import_id=self._import_id,
            done=tally.done,
            total=max(self._report.total, tally.done),
            created=tally.created,
            skipped=tally.skipped,
            refused=tally.refused,
            over=over,
        )
        at = datetime.now(UTC)
        channel = f"user:{self._user.user_id}"
        self._services.whisper(Ephemeral(channel, at, "import:progress", to_json(progress)))

    async def _end(self) -> ImportReport:
        answer = self._report.answer(self._import_id, self._places)
        await self._close("done", answer)
        self._tell(over=True)
        return answer

    async def _close(
        self, state: Literal["done", "broken"], answer: ImportReport | None = None
    ) -> None:
        """End it, and tell of what it made, once."""
        user_id, tally = self._user.user_id, self._report.tally
        async with unit_of_work(self._services, patience_s=LONG_PATIENCE_S) as unit:
            await lock_users(unit.connection, [user_id])
            await imports.note_progress(unit.connection, user_id, self._import_id, tally)
            if not await imports.end(unit.connection, user_id, self._import_id, state):
                return
            if answer is not None:
                await _remember(unit, self._sender, answer)
            if tally.created > MOST_EVENTS:
                _tell_bulk(unit, user_id, tally.from_at, tally.to_at, tally.created)
                return
            for entry in self._made:
                unit.tell(f"user:{user_id}", "entry:created", EntryEvent(entry=entry_view(entry)))


async def _remember(unit: Unit, sender: Envelope, answer: ImportReport) -> None:
    if sender.command_id is None:
        return
    if await read_result(unit.connection, sender.user_id, sender.command_id) is None:
        result = to_json(answer)
        await keep_result(
            unit.connection, sender.user_id, sender.command_id, sender.fingerprint, result
        )


def _tell_bulk(
    unit: Unit, user_id: int, from_at: datetime | None, to_at: datetime | None, count: int
) -> None:
    if from_at is not None and to_at is not None:
        unit.tell(f"user:{user_id}", "entry:bulk", EntryBulk.of("import", from_at, to_at, count))
