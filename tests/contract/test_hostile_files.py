"""Files that mean no good: told what is wrong with them, and taken as far as they make sense."""

import csv
import json
from typing import Any

import pytest

from handlers.actions.import_files import ImportFile
from handlers.messages.transfer import ImportQuery
from rooms.errors import Invalid
from rooms.imports import items, lines
from rooms.imports.lines import Table
from rooms.imports.row import Refused
from tests.contract.test_imports import send, taken
from tests.support.product import Person, Product

TOGGL = "Client,Project,Description,Start date,Start time,End date,End time,Duration\n"
OURS = "started_at,ended_at,project_id,day_starts_at\n"
AN_HOUR = "2026-03-02T08:00:00Z,2026-03-02T09:00:00Z"


@pytest.mark.parametrize(
    "format, text, why",
    [
        ("focushub", f"{OURS}{AN_HOUR},{'9' * 5000},\n", "its project_id is no id"),
        ("focushub", f"{OURS}{AN_HOUR},,{'9' * 5000}\n", "its day_starts_at is not between"),
        ("toggl", f"{TOGGL},,,9999-12-31,10:00,,,9999:00:00\n", "outside of all calendars"),
        ("toggl", f"{TOGGL},,,9999-12-31,10:00,,09:00,\n", "outside of all calendars"),
    ],
)
async def test_a_number_or_a_date_beyond_all_bounds_is_an_error_of_its_line(
    ada: Person, format: str, text: str, why: str
) -> None:
    report = await taken(ada, text, format=format)
    assert (report["created"], report["refused"]) == (0, 1)
    (error,) = report["errors"]
    assert error["line"] == 2
    assert why in error["message"]


async def test_clients_that_look_alike_or_are_no_names_still_keep_projects_apart(
    ada: Person,
) -> None:
    """Of what is put behind the project's name, control characters and what is alike are left."""
    clients = ("a\0b\nc", "d\x07", f"{'x' * 30}1", f"{'x' * 30}2", "last")
    rows = [
        f'"{client}",Site,,2026-03-0{day},10:00,2026-03-0{day},11:00,\n'
        for day, client in enumerate(clients, 1)
    ]
    report = await taken(ada, TOGGL + "".join(rows), format="toggl")
    assert report["created"] == len(clients)
    names = sorted(project["name"] for project in await ada.get("/projects"))
    assert names == ["Site", "Site (4)", "Site (5)", "Site (a b c)", "Site (last)"]


def account(**fields: Any) -> bytes:
    return json.dumps({"format": "focushub-account", "version": 1, **fields}).encode()


BADGE = {"key": "first_entry", "awarded_at": "2026-01-01T00:00:00Z"}


async def test_what_makes_no_sense_in_the_file_of_an_account_is_left_out(product: Product) -> None:
    """Halves of characters, the NUL, endless names, instants outside of all calendars."""
    names = ("x" * 5000, "x\0y", "x\ud800y", "two\nlines", "Atlas")
    keys = ("first\0", "\ud800", ["first_entry"])
    instants = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1999-12-31T00:00:00Z")
    ada = await product.person("ada")
    file = account(
        profile={"name": "half \ud800", "timezone": "Asia/Tokyo", "day_starts_at": 1e30},
        projects=[{"id": n, "name": name, "role": "owner"} for n, name in enumerate(names, 1)],
        badges=[
            *(BADGE | {"key": key} for key in keys),
            *(BADGE | {"awarded_at": at} for at in instants),
        ],
        notification_choices=[{"kind": "\ud800", "channel": [], "wanted": 1}, 7],
        time_entries=[1, None, {"started_at": [], "ended_at": {}}],
    )
    status, report = await ada.call(
        "POST", "/import/account", file, Content_Type="application/json"
    )
    assert (status, report["created"], report["refused"]) == (200, 0, 3)
    assert report["projects_created"] == ["Atlas"]
    assert await ada.get(f"/users/{ada.id}/badges") == []
    me = await ada.get("/users/me")
    assert (me["name"], me["timezone"], me["day_starts_at"]) == ("", "Asia/Tokyo", 0)


@pytest.mark.parametrize(
    "text, status",
    [
        (TOGGL.encode("utf-16"), 422),
        (TOGGL.encode("utf-16-be"), 422),
        (b"\0" * 1000, 422),
        (b"", 422),
        (b"," * 99_000 + b"\n" + b"," * 99_000, 422),
        (b'[{"a":' * 10_000, 400),
        (b"[" * 10_000 + b"]" * 10_000, 400),
    ],
)
async def test_what_is_no_file_of_entries_is_refused_as_a_whole(
    ada: Person, text: bytes, status: int
) -> None:
    kind = ("focushub", "application/json") if text[:1] == b"[" else ("toggl", "text/csv")
    answer = await send(ada, text, format=kind[0], media=kind[1])
    assert answer[0] == status, answer


def test_a_row_that_does_not_end_is_refused_before_it_fills_the_memory() -> None:
    """And the next one is read, under the number of its own line."""
    endless = ['"ab\n', *['","ab\n'] * (lines.LONGEST_ROW // 6 + 1)]
    table = Table(["one,two\n", *endless, '","\n', "1,2\n"])
    first, *_, last = table
    assert isinstance(first, Refused)
    assert first.line == 2
    assert not isinstance(last, Refused)
    assert (last.line, last.by_name) == (len(endless) + 3, {"one": "1", "two": "2"})
    assert csv.field_size_limit() < lines.LONGEST_ROW


async def test_a_file_of_nothing_but_short_lines_is_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However few bytes they have: each is looked at twice, and many are remembered."""
    monkeypatch.setattr("handlers.actions.import_files.MOST_LINES", 10)
    monkeypatch.setattr(items, "MOST_ITEMS", 10)
    for kind, text in (("focushub_csv", OURS.encode() + b"\n" * 10), ("focushub_json", _elements)):
        file = ImportFile(kind, ImportQuery(format="focushub"))  # type: ignore[arg-type]
        await file.fill(_chunks(text))
        with pytest.raises(Invalid, match="more than 10"):
            file.survey()
        file.close()


_elements = b"[" + b"{}," * 10 + b"{}]"


async def _chunks(text: bytes) -> Any:
    yield text


async def test_of_the_objects_of_an_account_only_what_is_asked_for_is_kept() -> None:
    """Five thousand of them may have a megabyte each."""
    file = ImportFile("account")
    junk = {"junk": [[]], "description": ["x"]}
    choice = {"kind": "badge", "channel": "email", "wanted": True}
    text = account(projects=[{"id": 1, "name": "A"} | junk], notification_choices=[choice | junk])
    await file.fill(_chunks(text))
    told = file.survey_account()
    assert told.projects == [{"id": 1, "name": "A"}]
    assert told.choices == [choice]
    file.close()
