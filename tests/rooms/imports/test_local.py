"""Dates and times as other programs write them, and the instants that they mean."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from rooms.errors import Invalid
from rooms.imports.local import (
    DateEvidence,
    instants,
    read_date,
    read_duration,
    read_time,
)
from rooms.imports.row import NotTaken

BERLIN = ZoneInfo("Europe/Berlin")


def order_of(*dates: str, given: str | None = None, at: str = "09:00") -> str:
    evidence = DateEvidence()
    for text in dates:
        evidence.note(text, at)
    return evidence.order(given)  # type: ignore[arg-type]


def test_the_order_of_dates_is_what_the_file_shows() -> None:
    assert order_of("2026-03-04") == "ymd"
    assert order_of("03/04/2026", "13/04/2026") == "dmy"
    assert order_of("03/04/2026", "04/13/2026") == "mdy"
    assert order_of("03.04.2026") == "dmy"
    assert order_of("03/04/2026", at="09:00 AM") == "mdy"
    assert order_of("13/04/2026", at="09:00 PM") == "dmy"
    assert order_of("03/04/2026", given="dmy") == "dmy"


@pytest.mark.parametrize("dates", [("03/04/2026",), ("13/04/2026", "04/13/2026")])
def test_an_order_that_is_open_is_asked_for(dates: tuple[str, ...]) -> None:
    with pytest.raises(Invalid, match="date_format"):
        order_of(*dates)


def test_dates_and_times_of_all_kinds_are_read() -> None:
    third = date(2026, 3, 4)
    for text, order in [
        ("2026-03-04", "mdy"), ("2026/3/4", "dmy"), ("4.3.2026", "dmy"), ("03-04-2026", "mdy"),
        ("04/03/2026", "dmy"),
    ]:  # fmt: skip
        assert read_date(text, order) == third  # type: ignore[arg-type]
    for text, at in [
        ("9:05", time(9, 5)), ("09:05:07", time(9, 5, 7)), ("12:00 AM", time(0)),
        ("12:30pm", time(12, 30)), ("1:00 p.m.", time(13)), ("23:59", time(23, 59)),
    ]:  # fmt: skip
        assert read_time(text) == at
    for text, length in [
        ("1:30", 5400), ("01:30:05", 5405), ("1.5", 5400), ("1,5", 5400), ("100:00:00", 360_000),
        ("0", 0),
    ]:  # fmt: skip
        assert read_duration(text) == timedelta(seconds=length)


@pytest.mark.parametrize("text", ["", "x", "2026-02-30", "30/30/2026", "26-01-01", "٢٠٢٦-٠١-٠١"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(NotTaken):
        read_date(text, "dmy")


@pytest.mark.parametrize("text", ["", "24:00", "9", "13:00 PM", "0:30 AM", "09:60", "9:5"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(NotTaken):
        read_time(text)
    assert read_duration("soon") is None


def meant(start: str, end: str | None, length: float | None) -> tuple[str, str]:
    found = instants(
        BERLIN,
        datetime.fromisoformat(start),
        None if end is None else datetime.fromisoformat(end),
        None if length is None else timedelta(hours=length),
    )
    return found[0].strftime("%d %H:%M"), found[1].strftime("%d %H:%M")


def test_an_hour_that_comes_twice_is_the_one_that_fits_the_duration() -> None:
    """[D1] In Berlin 2026-10-25 has 02:00 to 03:00 twice: at 00:00 and at 01:00 UTC."""
    night = "2026-10-25T"
    assert meant(night + "02:30", night + "02:45", 0.25) == ("25 00:30", "25 00:45")
    assert meant(night + "02:30", night + "02:45", 1.25) == ("25 00:30", "25 01:45")
    assert meant(night + "02:45", night + "02:15", 0.5) == ("25 00:45", "25 01:15")
    assert meant(night + "02:45", night + "02:15", None) == ("25 00:45", "25 01:15")
    assert meant(night + "02:30", night + "03:30", 1.0) == ("25 01:30", "25 02:30")
    assert meant(night + "02:30", night + "03:30", None) == ("25 00:30", "25 02:30")
    assert meant(night + "02:30", None, 1.0) == ("25 00:30", "25 01:30")


def test_a_time_that_clocks_skip_lies_behind_the_jump() -> None:
    """On 2026-03-29 clocks go from 02:00 to 03:00, at 01:00 UTC."""
    assert meant("2026-03-29T02:30", "2026-03-29T03:45", 0.25) == ("29 01:30", "29 01:45")
    assert meant("2026-03-29T01:30", "2026-03-29T03:30", 1.0) == ("29 00:30", "29 01:30")


def test_without_an_end_there_is_no_entry() -> None:
    with pytest.raises(NotTaken, match="neither an end nor a duration"):
        meant("2026-03-29T02:30", None, None)
    with pytest.raises(NotTaken):
        instants(BERLIN, datetime(1, 1, 1), datetime(1, 1, 1), None)
    assert datetime(2026, 3, 29, 1, tzinfo=UTC).astimezone(BERLIN).hour == 3
