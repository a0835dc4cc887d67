"""Settings: what is taken, and the one line that a wrong value stops the start with."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers.actions.services import Terms
from rooms.rules.limits import Rate
from server.settings import Settings, SettingsError, load_settings
from tests.support.product import SECRET, start_process

DATABASE = "postgresql://ada@db.example.org/focus"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No variable of the caller's own, and a folder without `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


GOOD: list[tuple[str, str, Any]] = [
    ("HOST", "127.0.0.1", "127.0.0.1"),
    ("PORT", "0", 0),
    ("PORT", "65535", 65535),
    ("DATA_DIR", "/srv/focus", Path("/srv/focus")),
    ("REDIS_URL", "redis://:secret@cache:6379/1", "redis://:secret@cache:6379/1"),
    ("REDIS_URL", "rediss://cache", "rediss://cache"),
    ("REDIS_URL", "unix:///run/valkey.sock?db=0", "unix:///run/valkey.sock?db=0"),
    ("REDIS_URL", "redis://:secret@a:1,b:2,[::1]:3/0", "redis://:secret@a:1,b:2,[::1]:3/0"),
    ("JWT_SECRET", "x" * 32, "x" * 32),
    ("FRONTEND_URL", "https://a.example.org", ("https://a.example.org",)),
    ("FRONTEND_URL", " https://A.example.org:443/app , http://[::1]:3000,",
     ("https://a.example.org", "http://[::1]:3000")),
    ("PUBLIC_URL", "https://Focus.example.org:8443/", "https://focus.example.org:8443"),
    ("TRUSTED_PROXIES", "10.0.0.1, 192.168.0.7/16, ::1", ("10.0.0.1", "192.168.0.7/16", "::1")),
    ("SENTRY_DSN", "https://key@sentry.example.org/1", "https://key@sentry.example.org/1"),
    ("LEADERBOARD_OPT_IN", "true", True),
    ("SMTP_FROM", "FocusHub <focus@example.org>", "FocusHub <focus@example.org>"),
    ("WEBHOOK_ALLOW_PRIVATE", "true", True),
    ("JOBS", "Off", "off"),
    ("RATE_LIMITS", "OFF", "off"),
    ("RATES", "read=10/1, mail=2/60", {"read": Rate(10, 1), "mail": Rate(2, 60)}),
    ("LOG_LEVEL", "Debug", "debug"),
    ("LOG_FORMAT", "JSON", "json"),
    ("TEST_TIMES", '{"access_token": 2.5}', {"access_token": 2.5}),
]  # fmt: skip


@pytest.mark.parametrize("name, value, taken", GOOD)
def test_a_setting_is_taken(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, taken: Any
) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(load_settings(), name.lower()) == taken


BAD = [
    ("PORT", "http"),
    ("PORT", "65536"),
    ("PORT", "-1"),
    ("DATABASE_URL", "mysql://ada:hunter2@db/focus"),
    ("DATABASE_URL", "postgresql://ada:hunter2@db:port/focus"),
    ("DATABASE_URL", "postgresql://ada:hunter2@db:99999/focus"),
    ("DATABASE_URL", "postgresql://ada:hunter2@[db/focus"),
    ("DATABASE_URL", "postgresql://ada:hunter2@db/focus?pool_size=hunter2"),
    ("DATABASE_URL", "hunter2"),
    ("REDIS_URL", "http://:hunter2@cache"),
    ("DATABASE_URL", "postgresql://ada:hunter2@db/focus?pooler=hunter2"),
    ("DATABASE_URL", "postgresql://ada:hunter2@db/focus?pooler=transaction&schema=hub"),
    ("DATABASE_REPLICA_URL", "mysql://ada:hunter2@db/focus"),
    ("REDIS_URL", "redis://:hunter2@cache:port"),
    ("REDIS_URL", "redis://:hunter2@cache:1,other:port"),
    ("REDIS_URL", "redis://cache?socket_timeout=hunter2"),
    ("JWT_SECRET", "hunter2"),
    ("JWT_SECRET", "x" * 31),
    ("JWT_SECRET_PREVIOUS", "hunter2"),
    ("MAX_CONNECTIONS", "0"),
    ("MAX_CONNECTIONS_PER_ADDRESS", "hunter2"),
    ("MAX_CONNECTIONS_PER_USER", "0"),
    ("FRONTEND_URL", "hunter2.example.org"),
    ("FRONTEND_URL", "ftp://hunter2.example.org"),
    ("FRONTEND_URL", "https://ada:hunter2@example.org"),
    ("FRONTEND_URL", "https://ok.example.org,hunter2"),
    ("FRONTEND_URL", "*"),
    ("PUBLIC_URL", "hunter2"),
    ("PUBLIC_URL", "https://example.org/hunter2"),
    ("TRUSTED_PROXIES", "10.0.0.0/33"),
    ("TRUSTED_PROXIES", "10.0.0.1,hunter2"),
    ("SENTRY_DSN", "https://hunter2.example.org"),
    ("LEADERBOARD_OPT_IN", "hunter2"),
    ("SMTP_URL", "http://ada:hunter2@mail.example.org"),
    ("SMTP_URL", "smtp://ada:hunter2@mail.example.org:port"),
    ("SMTP_URL", "smtp://ada:hunter2@mail.example.org/hunter2"),
    ("SMTP_FROM", "hunter2"),
    ("SMTP_FROM", "hunter2 <>"),
    ("WEBHOOK_ALLOW_PRIVATE", "hunter2"),
    ("JOBS", "hunter2"),
    ("RATE_LIMITS", "hunter2"),
    ("RATES", "hunter2=1/1"),
    ("RATES", "read=hunter2"),
    ("LOG_LEVEL", "hunter2"),
    ("LOG_FORMAT", "hunter2"),
    ("TEST_TIMES", "hunter2"),
    ("TEST_TIMES", "5"),
    ("TEST_TIMES", '["access_token"]'),
    ("TEST_TIMES", '{"access_token": "hunter2"}'),
]


@pytest.mark.parametrize("name, value", BAD)
def test_a_wrong_value_is_named_and_not_told(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """One line: the variable, and what it should be. The value may be a secret."""
    if name == "DATABASE_URL":
        monkeypatch.setenv("JWT_SECRET", SECRET)
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    line = str(caught.value)
    assert line.startswith(f"{name}: ")
    assert "\n" not in line
    assert "hunter2" not in line
    assert value not in line


def test_a_replica_goes_with_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded one has none."""
    monkeypatch.setenv("DATABASE_REPLICA_URL", "postgresql://replica/focus")
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: must be set together with DATABASE_R"):
        load_settings()
    monkeypatch.setenv("JWT_SECRET", SECRET)
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/focus")
    assert load_settings().database_replica_url == "postgresql://replica/focus"


def test_an_empty_value_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Compose writes what is not set."""
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")
    assert load_settings() == Settings(_env_file=None)  # type: ignore[call-arg]


def test_a_schema_and_what_the_driver_knows_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", SECRET)
    monkeypatch.setenv("DATABASE_URL", f"{DATABASE}?schema=focus&sslmode=require")
    assert load_settings().database_url == f"{DATABASE}?schema=focus&sslmode=require"


def test_an_unknown_parameter_of_the_database_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name, so that one sees what to take away."""
    monkeypatch.setenv("JWT_SECRET", SECRET)
    monkeypatch.setenv("DATABASE_URL", f"{DATABASE}?schema=focus&connection_limit=5")
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: .*'connection_limit'$"):
        load_settings()


def test_a_database_of_ones_own_needs_a_secret_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each instance would make another one."""
    monkeypatch.setenv("DATABASE_URL", DATABASE)
    with pytest.raises(SettingsError, match=r"^JWT_SECRET: "):
        load_settings()


def test_a_file_of_settings_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, nothing_set: Path
) -> None:
    env = "# ours\nPORT=5000\nLOG_LEVEL=debug\nFRONTEND_URL='https://ä.example.org'\nOTHER=1\n"
    (nothing_set / ".env").write_text(env, encoding="utf-8")
    monkeypatch.setenv("PORT", "6000")
    settings = load_settings()
    assert (settings.port, settings.log_level) == (6000, "debug")
    assert settings.frontend_url == ("https://xn--4ca.example.org",)


def test_a_file_that_is_no_text_is_refused(nothing_set: Path) -> None:
    (nothing_set / ".env").write_bytes(b"HOST=\xff\xfe\n")
    with pytest.raises(SettingsError, match=r"^\.env: ") as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_times_are_shortened_for_tests_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest names itself to the processes that it starts; elsewhere the rules are the rules."""
    monkeypatch.setenv("TEST_TIMES", '{"access_token": 2.5}')
    terms = load_settings().terms
    assert terms.access_token == timedelta(seconds=2.5)
    assert terms.login == Terms().login
    monkeypatch.delenv("PYTEST_VERSION")
    with pytest.raises(SettingsError, match=r"^TEST_TIMES: .*tests only$"):
        load_settings()


def test_a_time_that_no_rule_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TIMES", '{"acces_token": 2.5}')
    with pytest.raises(SettingsError, match=r"^TEST_TIMES: .*'acces_token'$"):
        load_settings()


@pytest.mark.parametrize("arguments", [(), ("migrate",)])
def test_the_process_prints_that_line_and_ends(arguments: tuple[str, ...]) -> None:
    process = start_process(*arguments, LOG_LEVEL="hunter2")
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert output == "focushub: LOG_LEVEL: Input should be 'debug', 'info', 'warning' or 'error'\n"


def test_mails_need_a_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://ada:hunter2@mail.example.org")
    with pytest.raises(SettingsError, match=r"^SMTP_FROM: must be set together with SMTP_URL$"):
        load_settings()
    monkeypatch.setenv("SMTP_FROM", "focus@example.org")
    assert load_settings().smtp_from == "focus@example.org"
