"""Moving out: the entries as CSV and JSON, streamed."""

import asyncio
import contextlib
import csv
import io
import socket
from datetime import datetime
from typing import Any

import asyncpg
import pytest

from tests.support.live import PATIENCE_S
from tests.support.product import Person, Product

# More than fits into the buffers between the server and a reader who does not read.
MANY = 12_000
_ENTRIES = """
    insert into time_entries (user_id, started_at, ended_at, ended_by, source, timezone,
        day_starts_at, description)
    select $1, at, at + interval '10 minutes', 'log', 'manual', 'UTC', 0, repeat('x', 450) || n
    from generate_series(1, $2::int) n
    cross join lateral (select timestamptz '2026-01-01' + n / 2 * interval '1 minute' as at) x
"""
# Whoever waits for the next page loses the connection to the database.
_BREAK_OFF = """
    select bool_or(pg_terminate_backend(pid)) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
        and query like '%p.name as project_name%'
"""


async def log(person: Person, start: str, end: str | None = None, **fields: Any) -> int:
    body = {"start_time": start} | ({"end_time": end} if end else {}) | fields
    entry_id: int = (await person.post("/time-entries", body))["entry_id"]
    return entry_id


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


async def test_the_json_is_the_list_in_the_order_of_time(ada: Person) -> None:
    """An array of `entry`, each with the name of its project; the running one included."""
    atlas = await ada.project("Atlas")
    await log(ada, "2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z", project_id=atlas)
    await log(ada, "2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z", tags=["deep"])
    await ada.post("/time-entries", {"description": "runs"})
    exported = await ada.get("/export/time-entries?format=json")
    assert [e.pop("project_name") for e in exported] == [None, "Atlas", None]
    assert exported == (await ada.get("/time-entries"))[::-1]


async def test_the_csv_has_both_clocks_and_the_name_of_its_days(product: Product) -> None:
    """[D1] UTC, and the local date and time of the zone that the entry keeps."""
    kiri = await product.person("kiri", timezone="Pacific/Auckland")
    await log(
        kiri, "2026-03-01T11:30:00.250Z", "2026-03-01T12:30:00Z", description='a "b"\r\n,c',
        tags=["x", "y,z"],
    )  # fmt: skip
    _, text, headers = await kiri.call_with_headers(
        "GET", "/export/time-entries?format=csv&from=2026-03-01&to=2026-03-02"
    )
    assert headers["Content-Type"].startswith("text/csv; charset=utf-8")
    name = "focushub-time-entries_2026-03-01_2026-03-02.csv"
    assert headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Request-ID"]
    (row,) = table(text)
    told = [row[n] for n in ("started_at", "start_date", "start_time", "end_date", "end_time")]
    assert told == ["2026-03-01T11:30:00.250Z", "2026-03-02", "00:30:00", "2026-03-02", "01:30:00"]
    assert (row["description"], row["tags"]) == ('a "b"\r\n,c', 'x,"y,z"')
    assert (row["duration_seconds"], row["timezone"]) == ("3600", "Pacific/Auckland")
    assert text.count("\r\n") == 3


async def test_an_export_of_nothing_is_whole(ada: Person) -> None:
    assert await ada.get("/export/time-entries?format=json") == []
    assert table(await ada.get("/export/time-entries?format=csv")) == []


async def test_filters_are_those_of_the_list(ada: Person, bo: Person) -> None:
    atlas = await ada.project("Atlas")
    await log(ada, "2026-03-01T09:00:00Z", "2026-03-01T10:00:00Z", description="Draw",
              project_id=atlas)  # fmt: skip
    await log(ada, "2026-03-02T23:00:00Z", "2026-03-03T01:00:00Z", description="Night", tags=["x"])
    gone = await log(ada, "2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z")
    await ada.done("DELETE", f"/time-entries/{gone}")
    for query in (
        "", "from=2026-03-02", "from=2026-03-03&to=2026-03-03", "to=2026-03-01",
        "from=2026-03-03T01:00:00Z", f"project_id={atlas}", "project_id=none", "tag=x", "q=nIG",
        "q=%25", "source=manual", "source=import",
    ):  # fmt: skip
        exported = await ada.get(f"/export/time-entries?format=json&{query}")
        listed = await ada.get(f"/time-entries?{query}")
        assert [e["id"] for e in exported] == [e["id"] for e in listed][::-1], query
    assert await bo.get("/export/time-entries?format=json") == []
    for query in ("format=xml", "from=x", "limit=5", "source=x", "project_id=0"):
        status, problem = await ada.call("GET", f"/export/time-entries?{query}")
        assert (status, problem["code"]) == (422, "invalid")


@pytest.fixture
async def rich(ada: Person) -> Person:
    """Somebody with many entries, two of which begin at each instant."""
    connection = await asyncpg.connect(ada.product.database_url)
    await connection.execute(_ENTRIES, ada.id, MANY)
    await connection.close()
    return ada


async def test_all_pages_come_and_each_entry_once(rich: Person) -> None:
    exported = await rich.get("/export/time-entries?format=json")
    ids = [entry["id"] for entry in exported]
    assert len(set(ids)) == len(ids) == MANY
    starts = [datetime.fromisoformat(entry["started_at"]) for entry in exported]
    assert starts == sorted(starts)
    assert len(table(await rich.get("/export/time-entries"))) == MANY


async def test_a_head_has_the_headers_and_no_body(rich: Person) -> None:
    status, body, headers = await rich.call_with_headers("HEAD", "/export/time-entries?format=json")
    assert (status, body) == (200, "")
    assert "attachment" in headers["Content-Disposition"]


async def test_what_breaks_half_way_does_not_look_whole(rich: Person) -> None:
    """The body does not end in order: an HTTP client sees that it is cut off."""
    reader, writer = await _ask(rich)  # which takes little at a time, so most is still to be read
    head = await reader.readuntil(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    locks, looks = [await asyncpg.connect(rich.product.database_url) for _ in range(2)]
    async with locks.transaction():
        await locks.execute("lock table time_entries in access exclusive mode")
        _widen(writer)  # else what waits on the way takes as long as the machine is busy
        reading = asyncio.create_task(_all_of(reader))
        async with asyncio.timeout(PATIENCE_S):
            # Not in the transaction, which would be shown the same activity again and again.
            while not await looks.fetchval(_BREAK_OFF):
                await asyncio.sleep(0.01)
        rest = await reading
    for connection in (locks, looks):
        await connection.close()
    writer.close()
    assert b"started_at" in rest
    assert not rest.endswith(b"0\r\n\r\n")


async def _all_of(reader: asyncio.StreamReader) -> bytes:
    read = b""
    with contextlib.suppress(ConnectionResetError):
        async with asyncio.timeout(PATIENCE_S):
            while chunk := await reader.read(2**16):
                read += chunk
    return read


async def _ask(person: Person) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = person.product.url.removeprefix("http://").partition(":")
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.setblocking(False)
    await asyncio.get_running_loop().sock_connect(narrow, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=narrow, limit=4096)
    writer.write(
        b"GET /api/export/time-entries?format=json HTTP/1.1\r\nHost: x\r\n"
        b"Authorization: Bearer " + person.token.encode() + b"\r\n\r\n"
    )
    return reader, writer


def _widen(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**22)


async def test_nothing_is_held_for_readers_who_are_slow_or_go_away(rich: Person) -> None:
    """More of them than there are connections to the database, and others are served."""
    readers = [await _ask(rich) for _ in range(20)]
    for reader, _ in readers:
        await reader.readuntil(b"\r\n\r\n")
    assert len(await rich.get("/time-entries?limit=5")) == 5
    for _, writer in readers:
        writer.transport.abort()
    assert len(await rich.get("/export/time-entries?format=json")) == MANY
