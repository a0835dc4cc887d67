"""What looking back costs: `python -m benchmarks.reports [--entries 10000000] [--json PATH]`.

Somebody has 5,000 entries over three years, in a database of 100,000 and in one of so many in all.
The same calls, through the actions of an instance, are made on the one and the other in turn, so
that whatever else the machine does meets both; what counts is the ratio. Entries are stored in the
order in which they were made, so those of one user lie far apart. `--entries 1000000` is the quick
form.
"""

import argparse
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import asyncpg

from benchmarks import report
from benchmarks.boards import services_on
from benchmarks.report import percentile
from benchmarks.world import database
from handlers.actions import entries, people, reports
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.messages.entries import EntryFilter
from handlers.messages.reports import SummaryQuery
from storage.migrations import migrate
from storage.tracked import mark_days

FEW = 100_000
OWN = 5000
OTHERS_HAVE = 500
CALLS = 300
ME = 1
BEGIN = date(2023, 1, 1)
DAYS = 1095

_PEOPLE = """
    insert into users (email, username, timezone)
    select 'u' || n || '@example.org', 'user' || n, 'Europe/Berlin'
    from generate_series(1, {users}) n;
    insert into projects (owner_id, name, color)
    select 1 + n % {users}, 'Project ' || n, '#4f7cff' from generate_series(1, {projects}) n;
    insert into project_members (project_id, user_id, role)
    select n, 1 + n % {users}, 'owner' from generate_series(1, {projects}) n;
"""
# Every so many rows one is one's own, the same ones whatever there is besides; the rest is strewn
# over all other users.
_ENTRIES = """
    insert into time_entries (user_id, project_id, description, tags, started_at, ended_at,
        ended_by, source, timezone, day_starts_at)
    select u, case when k / 2 % 4 > 0 then 1 + (u * 8 + k / 13 % 8) % {projects} end,
        'Work on part ' || k % 97, array['tag' || k % 7],
        at, at + (5 + k % 50) * interval '1 minute', 'stop', 'timer', 'Europe/Berlin', 0
    from generate_series(1, {entries}) n
    cross join lateral (select
        case when n % {every} = 0 then {me}
            else 2 + n::bigint * 2654435761 % ({users} - 1) end as u,
        case when n % {every} = 0 then n / {every} else n end as k,
        timestamptz '{begin} 00:00Z' + n * (interval '{days} days' / {entries}) as at) x;
"""
# Of others roughly; one's own days are counted by the rules.
_DAYS = """
    insert into tracked_days (user_id, day, project_id, seconds)
    select user_id, started_at::date, project_id,
        sum(extract(epoch from ended_at - started_at))::bigint
    from time_entries where user_id <> {me} group by 1, 2, 3;
    insert into focus_days (user_id, day, seconds, entries)
    select user_id, started_at::date, sum(extract(epoch from ended_at - started_at))::integer,
        count(*)
    from time_entries where user_id <> {me} group by 1, 2;
"""
_TABLES = ("time_entries", "tracked_days", "focus_days")
# What is dropped for the filling, and made again from what the catalogue says of it.
_KEYS = """
    select format('alter table %s drop constraint %I', conrelid::regclass, conname),
        format('alter table %s add constraint %I %s', conrelid::regclass, conname,
            pg_get_constraintdef(oid))
    from pg_constraint where conrelid = any($1::regclass[]) and contype in ('p', 'u')
"""
_FOREIGN = """
    select format('alter table %s drop constraint %I', conrelid::regclass, conname), ''
    from pg_constraint where conrelid = any($1::regclass[]) and contype = 'f'
"""
_INDEXES = """
    select format('drop index %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
    from pg_index i where i.indrelid = any($1::regclass[])
        and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
"""


async def fill(url: str, count: int) -> None:
    """So many entries in all, and the days that are counted of them. Unlogged, and without foreign
    keys, since nothing is asked of a crash or of deletion here."""
    await migrate(url)
    users = max(2, (count - OWN) // OTHERS_HAVE + 1)
    sizes = {"users": users, "projects": 50 + users // 10, "entries": count, "me": ME,
             "every": count // OWN, "begin": BEGIN, "days": DAYS}  # fmt: skip
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    await connection.execute(_PEOPLE.format(**sizes))
    made_again = []
    for of in (_FOREIGN, _KEYS, _INDEXES):
        for drop, make in await connection.fetch(of, list(_TABLES)):
            await connection.execute(drop)
            made_again.append(make)
    for table in _TABLES:
        await connection.execute(f"alter table {table} set unlogged")
    await connection.execute("set maintenance_work_mem = '512MB'; set work_mem = '512MB'")
    await connection.execute(_ENTRIES.format(**sizes), timeout=3600)
    await connection.execute(_DAYS.format(**sizes), timeout=3600)
    for make in filter(None, made_again):
        await connection.execute(make, timeout=3600)
    await mark_days(connection, [(ME, BEGIN, BEGIN + timedelta(DAYS + 1))])
    await connection.execute("vacuum analyze", timeout=3600)
    await connection.close()


@dataclass
class Asker:
    """The same user in one of the databases."""

    services: Services
    took: dict[str, list[float]] = field(default_factory=dict)
    user: Principal = field(
        default_factory=lambda: Principal(ME, 1, "user", datetime.now(UTC) + timedelta(days=1))
    )

    @property
    def calls(self) -> dict[str, Callable[[], Awaitable[object]]]:
        services, user = self.services, self.user

        def summary(**query: str) -> Callable[[], Awaitable[object]]:
            return partial(reports.read_summary, services, user, SummaryQuery(**query))  # type: ignore[arg-type]

        def page(**query: str) -> Callable[[], Awaitable[object]]:
            return partial(entries.list_entries, services, user, EntryFilter(**query), None)  # type: ignore[arg-type]

        year = {"from_": "2024-01-01", "to": "2024-12-31"}
        return {
            "list, the first page": page(),
            "list, a page of two years ago": page(to="2024-01-15"),
            "summary by day, a year": summary(group_by="day", **year),
            "summary by project and week, a year": summary(group_by="project,week", **year),
            "summary by project and month, all": summary(group_by="project,month"),
            "summary by tag, a year (from the entries)": summary(group_by="tag", **year),
            "heatmap of a year": partial(reports.read_heatmap, services, user, 2024),
            "activity": partial(people.read_activity, services, user, ME),
        }


async def measure(askers: list[Asker]) -> None:
    """Each call on the one and the other in turn."""
    for name in askers[0].calls:
        for number in range(CALLS + CALLS // 10):
            for asker in askers:
                call = asker.calls[name]
                began = time.perf_counter()
                await call()
                if number >= CALLS // 10:  # the first ones only warm up
                    asker.took.setdefault(name, []).append(time.perf_counter() - began)


def figures(few: Asker, many: Asker) -> list[dict[str, float | str]]:
    return [
        {
            "call": name,
            "few_p50_ms": percentile(took, 0.5) * 1e3,
            "few_p99_ms": percentile(took, 0.99) * 1e3,
            "many_p50_ms": percentile(many.took[name], 0.5) * 1e3,
            "many_p99_ms": percentile(many.took[name], 0.99) * 1e3,
            "ratio": percentile(many.took[name], 0.5) / percentile(took, 0.5),
        }
        for name, took in few.took.items()
    ]


def table(rows: list[dict[str, float | str]], count: int) -> str:
    lines = [
        f"| p50 / p99, ms | {FEW:,} entries | {count:,} entries | ratio of p50 |",
        "|---|---:|---:|---:|",
    ]
    for row in rows:
        lines.append(
            "| {call} | {few_p50_ms:.2f} / {few_p99_ms:.2f} |"
            " {many_p50_ms:.2f} / {many_p99_ms:.2f} | {ratio:.2f} |".format(**row)
        )
    return "\n".join(lines)


async def main(count: int, path: Path, folder: Path) -> None:
    with report.embedded_in(folder) as embedded:
        urls = []
        for name, size in (("few", FEW), ("many", count)):
            connection = await asyncpg.connect(embedded.database_url)
            await connection.execute(f"create database {name}")
            await connection.close()
            began = time.perf_counter()
            await fill(database(embedded, name), size)
            print(f"{size:,} entries are there after {time.perf_counter() - began:.0f} s")
            urls.append(database(embedded, name))
        async with AsyncExitStack() as stack:
            askers = []
            for url in urls:
                services, _ = await stack.enter_async_context(services_on(url, embedded.redis_url))
                askers.append(Asker(services))
            await measure(askers)
    rows = figures(*askers)
    print(table(rows, count))
    report.write_report(path, few=FEW, many=count, rows=rows)


def run() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reports", description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--json", type=Path, default=report.results_of("reports"))
    parser.add_argument("--dir", type=Path, default=None, help="where the databases go meanwhile")
    arguments = parser.parse_args()
    with report.folder_for("reports", arguments.dir) as folder:
        report.run(main(arguments.entries, arguments.json, folder))


if __name__ == "__main__":
    run()
