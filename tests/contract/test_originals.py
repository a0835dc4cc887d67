"""Everything that the two original designs promised their clients, call by call.

docs/ORIGINALS.md says where each of their calls, tables, queues, caches and variables lives; what
it says of calls is held against the server here.
"""

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from handlers.http.routes import OPERATIONS
from tests.support.product import Person, Product

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "ORIGINALS.md"
ZONE = "Pacific/Auckland"
NUMBERS = itertools.count(1)

# What FocusHub printed of its calls: the call, the fields of the body that it printed (by the
# names of what was made before), the fields of the answer.
FOCUSHUB: list[tuple[str, str, dict[str, Any] | None, set[str]]] = [
    ("POST", "/auth/signup", {"email": "E", "password": "P", "username": "U"}, {"access_token"}),
    ("POST", "/auth/login", {"email": "E", "password": "P"}, {"access_token"}),
    ("GET", "/users/USER/profile", None, {"username", "email", "badges"}),
    ("POST", "/projects", {"name": "N", "description": "D", "visibility": "private"},
     {"project_id"}),
    ("GET", "/projects/PROJECT", None, {"name", "description", "visibility", "members"}),
    ("PUT", "/projects/PROJECT/visibility", {"visibility": "public"}, {"success"}),
    ("POST", "/time-entries", {"project_id": "PROJECT", "start_time": "START"}, {"entry_id"}),
    ("PUT", "/time-entries/ENTRY/end", {"end_time": "END"}, {"duration_seconds"}),
    ("GET", "/users/USER/activity", None, {"projects", "recent_entries"}),
    ("GET", "/badges", None, {"badge_id", "name", "description", "criteria"}),
    ("GET", "/users/USER/badges", None, {"badge_id", "name", "awarded_at"}),
    ("GET", "/users/USER/timeline", None, {"event_type", "event_data", "timestamp"}),
    ("GET", "/leaderboard", None, {"user_id", "username", "score", "rank"}),
]  # fmt: skip

# What Promodoro printed of its calls.
PROMODORO: list[tuple[str, str]] = [
    ("POST", "/user/register"),
    ("POST", "/user/login"),
    ("POST", "/user/logout"),
    ("POST", "/focus-session"),
    ("GET", "/focus-metrics"),
    ("GET", "/focus-logs"),
    ("GET", "/leaderboard-overall"),
    ("GET", "/leaderboard-today"),
]


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat()


async def focus(person: Person, minutes: float, ended: str | None = None) -> Any:
    return await person.post(
        "/focus-session", {"duration": minutes, "timestamp": ended or ago(seconds=1)}
    )


async def registered(product: Product, name: str, **more: Any) -> tuple[Person, Any]:
    """Somebody who has registered as Promodoro's clients do, and the answer."""
    email = f"{re.sub('[^a-z]', '', name.lower()) or 'x'}{next(NUMBERS)}@example.org"
    body = {"name": name, "email": email, "password": "correct horse", **more}
    status, answer, headers = await product.request("POST", "/api/user/register", body)
    assert status == 201, answer
    cookies = headers.getall("Set-Cookie")
    assert any(c.startswith("token=") and "HttpOnly" in c for c in cookies)
    user = answer["user"]
    token = answer["access_token"]
    person = Person(product, user["id"], user["username"], email, token, 0)
    product.people.append(person)
    return person, answer


def calls_of_the_document() -> Iterator[tuple[str, str]]:
    """The calls in the document's first column, as (method, path)."""
    for method, path in re.findall(
        r"^\| `(GET|POST|PUT|PATCH|DELETE) (/[^`]*)` \|", DOCUMENT.read_text("utf-8"), re.MULTILINE
    ):
        yield method, re.sub(r":(\w+)", r"{\1}", path)


def shape(path: str) -> str:
    return re.sub(r"{\w+}|:\w+|\b[A-Z]{4,}\b", "{}", path)


def test_the_document_names_every_original_call_and_each_of_them_exists() -> None:
    written = {(method, shape(path)) for method, path in calls_of_the_document()}
    served = {(op.method, shape(op.path)) for op in OPERATIONS}
    promised = {(method, shape(path)) for method, path, *_ in FOCUSHUB} | set(PROMODORO)
    assert written == promised
    assert promised <= served


async def test_focushub_in_the_order_of_its_readme(product: Product) -> None:
    """Each call takes the body that was printed, and answers at least what was printed."""
    made: dict[str, Any] = {
        "E": f"readme{next(NUMBERS)}@example.org", "P": "a long password",
        "U": f"readme.{next(NUMBERS)}", "N": "Atlas", "D": "maps",
        "START": ago(minutes=11), "END": ago(minutes=1),
    }  # fmt: skip
    headers: dict[str, str] = {}
    for method, path, body, answered in FOCUSHUB:
        for name in ("USER", "PROJECT", "ENTRY"):
            path = path.replace(name, str(made.get(name, name)))
        sent = body and {key: made.get(value, value) for key, value in body.items()}
        status, answer, _ = await product.request(method, f"/api{path}", sent, headers)
        assert status in (200, 201), (path, answer)
        rows = answer if isinstance(answer, list) else [answer]
        assert all(answered <= set(row) for row in rows), path
        if "access_token" in answered:
            headers = {"Authorization": f"Bearer {answer['access_token']}"}
            made["USER"] = answer["user"]["id"]
        made |= {
            key: answer[field]
            for key, field in (("PROJECT", "project_id"), ("ENTRY", "entry_id"))
            if field in answered
        }
        if path.endswith("/end"):
            assert answer["duration_seconds"] == 600
        if path.endswith("/activity"):
            (project,) = answer["projects"]
            assert project["total_time_spent"] == 600, "what one wrote, one reads"
            assert {"project_id", "total_time_spent"} <= set(project)


async def test_registering_makes_a_username_and_keeps_the_picture(product: Product) -> None:
    picture = "https://pictures.example.org/ada.png"
    name = f"Ada Lovelace {next(NUMBERS)}x"
    first, answer = await registered(product, name, image=picture)
    assert answer["user"]["avatar_url"] == picture
    assert answer["user"]["name"] == name
    assert answer["user"]["username"] == name.lower().replace(" ", "-")
    second, _ = await registered(product, name)
    assert second.username == f"{first.username}-2"
    status, again, _ = await product.request(
        "POST", "/api/user/login", {"email": first.email, "password": "correct horse"}
    )
    assert status == 200
    assert again["user"]["id"] == first.id


@pytest.mark.parametrize(
    "wrong",
    [
        {"image": "http://pictures.example.org/a.png"},
        {"image": "javascript:alert(1)"},
        {"image": "https://a/b c"},
        {"name": ""},
        {"name": "  "},
        {"password": "short"},
        {"username": "mine"},
    ],
)
async def test_what_cannot_be_registered_is_refused(
    product: Product, wrong: dict[str, Any]
) -> None:
    body = {"name": "Bo", "email": "bo@example.org", "password": "correct horse", **wrong}
    status, problem, _ = await product.request("POST", "/api/user/register", body)
    assert (status, problem["code"]) == (422, "invalid")
    assert problem["errors"][0]["field"] == next(iter(wrong))


async def test_logging_out_ends_the_login(product: Product) -> None:
    person, _ = await registered(product, "Cy")
    assert (await person.call("POST", "/user/logout"))[0] == 204
    assert (await person.call("GET", "/focus-metrics"))[0] == 401


async def test_every_call_but_signing_in_needs_the_token(product: Product) -> None:
    """The cookie named token is enough, as it was."""
    person, answer = await registered(product, "Di")
    for method, path in PROMODORO:
        if method == "GET":
            assert (await product.request(method, f"/api{path}"))[0] == 401
            cookie = {"Cookie": f"token={answer['access_token']}"}
            assert (await product.request(method, f"/api{path}", headers=cookie))[0] == 200
    assert person.id


async def test_a_session_is_an_entry_of_ones_own(ada: Person, bo: Person) -> None:
    """Nobody logs time for others, which the original let everybody do."""
    ended = ago(minutes=5)
    logged = await ada.post(
        "/focus-session", {"duration": 25.5, "timestamp": ended, "userId": ada.id}
    )
    session, entry = logged["session"], logged["entry"]
    assert session == {"id": entry["id"], "duration": 25.5, "timestamp": entry["ended_at"]}
    assert (entry["source"], entry["claimed"]) == ("manual", True)
    assert entry["duration_seconds"] == 25 * 60 + 30
    status, problem = await ada.call(
        "POST", "/focus-session", {"duration": 25, "timestamp": ended, "userId": bo.id}
    )
    assert (status, problem["code"]) == (403, "forbidden")
    assert await bo.get("/time-entries") == []


@pytest.mark.parametrize("wrong", [
    {"duration": 0}, {"duration": -1}, {"duration": 1441}, {"duration": "25"},
    {"timestamp": "2999-01-01T00:00:00Z"}, {"timestamp": "2000-01-01T00:01:00Z"},
    {"timestamp": "yesterday"}, {"minutes": 5},
])  # fmt: skip
async def test_a_session_that_cannot_be_is_refused(ada: Person, wrong: dict[str, Any]) -> None:
    body = {"duration": 25, "timestamp": ago(minutes=1), **wrong}
    status, problem = await ada.call("POST", "/focus-session", body)
    assert status == 422
    assert problem["errors"][0]["field"] == next(iter(wrong))


async def test_a_session_in_the_future_names_the_timestamp(ada: Person) -> None:
    body = {"duration": 25, "timestamp": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
    status, problem = await ada.call("POST", "/focus-session", body)
    assert (status, problem["errors"][0]["field"]) == (422, "timestamp")


async def test_a_session_sent_twice_is_one(ada: Person) -> None:
    """[T5]"""
    body = {"duration": 5, "timestamp": ago(minutes=1)}
    key = "6f0f7c39-33c0-4d3e-9d0e-7a7f4f0e2b11"
    first = await ada.post("/focus-session", body, Idempotency_Key=key)
    assert await ada.post("/focus-session", body, Idempotency_Key=key) == first
    assert (await ada.get("/focus-metrics"))["weeklyMetrics"]["sessions"] == 1


async def test_metrics_are_of_today_and_of_seven_days_in_ones_own_zone(product: Product) -> None:
    """The week has seven days and not eight; minutes are whole ones of the union [C0, D1]."""
    person = await product.person(timezone=ZONE)
    today = datetime.now(ZoneInfo(ZONE)).date()
    assert await person.get("/focus-metrics") == {
        "dailyMetrics": {"sessions": 0, "total_time": 0},
        "weeklyMetrics": {"sessions": 0, "total_time": 0},
        "currentStreak": 0, "longestStreak": 0, "currentBadge": None, "highestBadge": None,
    }  # fmt: skip
    for days_ago in (1, 2, 6, 7):
        noon = midday(today - timedelta(days=days_ago))
        await focus(person, 10.75, noon.isoformat())
    metrics = await person.get("/focus-metrics")
    assert metrics["dailyMetrics"] == {"sessions": 0, "total_time": 0}
    assert metrics["weeklyMetrics"] == {"sessions": 3, "total_time": 32}  # 3 × 10 min 45 s
    assert (metrics["currentStreak"], metrics["currentBadge"]) == (2, "Bronze")


def midday(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(ZONE))


@pytest.mark.parametrize("days, medal", [(1, "Bronze"), (3, "Silver"), (7, "Gold")])
async def test_the_medal_follows_the_streak_and_goes_with_it(
    product: Product, days: int, medal: str
) -> None:
    """A streak ends when days are missed; the original's never did. The highest stays [S1]."""
    person = await product.person(timezone=ZONE)
    today = datetime.now(ZoneInfo(ZONE)).date()
    long_ago = today - timedelta(days=60)
    for day in range(days):
        await focus(person, 5, midday(long_ago + timedelta(days=day)).isoformat())
    metrics = await person.get("/focus-metrics")
    assert (metrics["currentStreak"], metrics["currentBadge"]) == (0, None)
    assert (metrics["longestStreak"], metrics["highestBadge"]) == (days, medal)


async def test_the_logs_are_ten_days_without_gaps(product: Product) -> None:
    person = await product.person(timezone=ZONE)
    today = datetime.now(ZoneInfo(ZONE)).date()
    for days_ago, minutes in ((1, 25), (1, 5), (9, 50), (10, 99)):
        noon = midday(today - timedelta(days=days_ago))
        await focus(person, minutes, (noon + timedelta(minutes=minutes)).isoformat())
    logs = await person.get("/focus-logs")
    assert [log["date"] for log in logs] == [
        (today - timedelta(days=back)).isoformat() for back in range(10)
    ]
    by_date = {log["date"]: (log["totalSessions"], log["totalDuration"]) for log in logs}
    worked = {day: figures for day, figures in by_date.items() if figures != (0, 0)}
    # Both of yesterday begin at noon: the shorter lies within the longer, and counts nothing twice.
    assert worked == {
        (today - timedelta(days=1)).isoformat(): (2, 25),
        (today - timedelta(days=9)).isoformat(): (1, 50),
    }


@pytest.mark.parametrize("path, period", [("overall", "all"), ("today", "day")])
async def test_the_boards_are_those_of_everybody_in_minutes(
    ada: Person, path: str, period: str
) -> None:
    live = await ada.connect()
    await live.do("channel:subscribe", channel="leaderboard:day:global")
    await focus(ada, 1.75)
    await live.expect("leaderboard:updated", lambda e: any(
        row["user_id"] == ada.id for row in e["data"]["changes"]
    ), patience_s=20)  # fmt: skip
    mine = (await ada.get(f"/leaderboard/me?period={period}&around=0"))["around"]
    rows = {row["user_id"]: row for row in await ada.get(f"/leaderboard-{path}?limit=200")}
    if ada.id in rows:  # boards of the shared server may be longer than a page
        row = rows[ada.id]
        assert row["total_time"] == row["score"] // 60
        assert {key: row[key] for key in mine[0]} == mine[0]
    assert all(row["total_time"] == row["score"] // 60 for row in rows.values())
    assert rows
