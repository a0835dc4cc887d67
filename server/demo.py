"""`run.py demo`: a small team with weeks of work behind it, made by the product's own commands."""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from handlers.actions import accounts, projects
from handlers.actions.accounts import Device
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.timers import TimerCommand
from handlers.messages.accounts import Signup
from handlers.messages.projects import NewMember, NewProject
from rooms import timer
from rooms.errors import EmailTaken, UsernameTaken

PASSWORD = "focushub-demo"
_PEOPLE = (
    ("ada", "Ada Brandt", "Europe/Berlin"),
    ("bjorn", "Björn Lindqvist", "Europe/Stockholm"),
    ("chidi", "Chidi Okafor", "Africa/Lagos"),
    ("dana", "Dana Reyes", "America/New_York"),
    ("emi", "Emi Tanaka", "Asia/Tokyo"),
    ("femke", "Femke de Vries", "Europe/Amsterdam"),
)
_WORK: dict[str, tuple[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "Harbor website": (
        "The relaunch of the harbor museum's site.",
        (
            ("Sketch the timetable page", ("design",)),
            ("Ticket form: errors and empty states", ("frontend",)),
            ("Review the harbor map", ("review",)),
            ("Image pipeline", ("backend",)),
        ),
    ),
    "Field guide": (
        "A bird guide for phones that works without a network.",
        (
            ("Record the warbler calls", ("audio",)),
            ("Offline search index", ("backend",)),
            ("Write the wader chapter", ("writing",)),
            ("Test on old phones", ("testing",)),
        ),
    ),
    "Reading group": (
        "Papers, notes and the occasional argument.",
        (("Read chapter 4", ("reading",)), ("Prepare questions", ("reading", "writing"))),
    ),
    "Studio": (
        "What keeps the place running.",
        (
            ("Invoices", ("admin",)),
            ("Weekly plan", ("admin", "meeting")),
            ("Fix the printer, again", ()),
        ),
    ),
}


class Demo:
    """Fills in a team. The same seed gives the same weeks, ending now."""

    def __init__(self, services: Services, weeks: int, seed: int = 7) -> None:
        self._services = services
        self._weeks = weeks
        self._dice = random.Random(seed)

    async def fill(self) -> str:
        """Make people, projects, entries and two running timers; answers how to sign in."""
        try:
            people = [await self._person(*person) for person in _PEOPLE]
        except (EmailTaken, UsernameTaken):
            return f"The demo team is there already. {_how_to_sign_in()}"
        shared = [await self._project(people, name) for name in _WORK]
        done = await asyncio.gather(*(self._weeks_of(*person, shared) for person in people))
        for principal, _zone in people[:2]:
            await self._send(principal, self._start(shared))
        return (
            f"{len(people)} people, {len(shared)} projects, {sum(done)} entries. "
            f"{_how_to_sign_in()}"
        )

    async def _person(self, username: str, name: str, zone: str) -> tuple[Principal, str]:
        request = Signup(
            email=f"{username}@demo.example",
            password=PASSWORD,
            username=username,
            name=name,
            timezone=zone,
        )
        device = Device("demo", "local")
        signed_in = await accounts.sign_up(self._services, request, device, email_verified=True)
        return self._services.tokens.check(signed_in.access_token), zone

    async def _project(self, people: list[tuple[Principal, str]], name: str) -> tuple[int, str]:
        owner = people[list(_WORK).index(name) % len(people)][0]
        request = NewProject(
            name=name,
            description=_WORK[name][0],
            visibility="public" if name == "Reading group" else "private",
        )
        made = await projects.make_project(self._services, owner, request, None)
        for principal, _zone in people:
            if principal.user_id != owner.user_id:
                member = NewMember(user_id=principal.user_id)
                await projects.add_member(self._services, owner, made.project_id, member, None)
        return made.project_id, name

    async def _weeks_of(self, who: Principal, zone: str, shared: list[tuple[int, str]]) -> int:
        count = 0
        for from_at, to_at in self._blocks(ZoneInfo(zone)):
            start = self._start(shared)
            entry = timer.LogEntry(
                from_at, to_at, start.project_id, start.description, start.tags, source="timer"
            )
            await self._send(who, entry)
            count += 1
        return count

    def _blocks(self, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        """Blocks of work: mornings and afternoons, few on weekends, none in the future."""
        now = datetime.now(UTC).replace(microsecond=0)
        for back in range(self._weeks * 7, -1, -1):
            day = (now - timedelta(days=back)).astimezone(zone).date()
            blocks = self._dice.randint(3, 6) if day.weekday() < 5 else self._dice.randint(0, 2)
            at = datetime(day.year, day.month, day.day, 8, tzinfo=zone).astimezone(UTC)
            for _ in range(blocks):
                at += timedelta(minutes=self._dice.randint(5, 70))
                end = at + timedelta(minutes=self._dice.choice((25, 25, 50, 75, 110)))
                if end < now - timedelta(minutes=30):
                    yield at, end
                at = end

    def _start(self, shared: list[tuple[int, str]]) -> timer.StartTimer:
        project_id, name = self._dice.choice(shared)
        description, tags = self._dice.choice(_WORK[name][1])
        return timer.StartTimer(project_id, description, tags)

    async def _send(self, who: Principal, command: timer.Command) -> None:
        await self._services.timers.submit(TimerCommand(who.user_id, uuid4(), command))


def _how_to_sign_in() -> str:
    return f"Sign in as {_PEOPLE[0][0]}@demo.example with the password {PASSWORD}."
