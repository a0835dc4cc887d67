"""Settings, from the environment and `.env`; docs/SETTINGS.md is their table.

A wrong value stops the start with one clear line that names the variable and not its value,
because the value may be a secret.
"""

import json
import os
import re
from dataclasses import fields, replace
from datetime import timedelta
from email.utils import parseaddr
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from redis.asyncio.connection import parse_url as parse_redis_url
from sentry_sdk.utils import Dsn

from handlers.actions.retention import Retention
from handlers.actions.services import Terms
from handlers.jobs.mail import parse_smtp
from rooms.rules.limits import Rate, parse_rates
from rooms.rules.periods import is_zone
from storage.cache import addresses_in
from storage.database import parse_address


class SettingsError(Exception):
    """One line for the person who starts the server."""


Days = Annotated[int, Field(ge=0, le=36_500)]


class Settings(BaseSettings):
    """What can be set. Empty values count as unset."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore"
    )

    host: str = "0.0.0.0"
    port: Annotated[int, Field(ge=0, le=65535)] = 4000
    data_dir: Path = Path("data")
    database_url: str | None = None
    database_replica_url: str | None = None
    redis_url: str | None = None
    jwt_secret: str | None = None
    jwt_secret_previous: str | None = None
    frontend_url: Annotated[tuple[str, ...], NoDecode] = ()
    public_url: str | None = None
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    sentry_dsn: str | None = None
    leaderboard_opt_in: bool = False
    board_timezone: str = "UTC"
    leaderboard_counts: Literal["all", "measured"] = "all"
    streak_min_seconds: Annotated[int, Field(ge=1, le=86_400)] = 60
    smtp_url: str | None = None
    smtp_from: str | None = None
    email_verification: Literal["off", "required"] = "off"
    webhook_allow_private: bool = False
    s3_bucket: str | None = None
    s3_region: str = "us-east-1"
    s3_endpoint: str | None = None
    s3_access_key_id: str | None = None
    s3_secret_access_key: str | None = None
    cloudinary_cloud_name: str | None = None
    cloudinary_api_key: str | None = None
    cloudinary_api_secret: str | None = None
    cloudinary_api_url: str = "https://api.cloudinary.com"
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    oidc_name: Annotated[str, Field(max_length=40)] = "OpenID Connect"
    oidc_scopes: str = "openid email profile"
    oidc_allow_signup: bool = True
    retention_deleted_entries_days: Days = 31
    retention_timeline_days: Days = 0
    retention_notifications_days: Days = 365
    retention_presence_days: Days = 90
    retention_room_history_days: Days = 0
    retention_room_messages_days: Days = 1
    retention_logins_days: Days = 90
    retention_used_tokens_days: Days = 30
    retention_invites_days: Days = 30
    retention_admin_log_days: Days = 0
    jobs: Literal["on", "off"] = "on"
    drain_pause_seconds: Annotated[float, Field(ge=0, le=10)] = 5
    rate_limits: Literal["on", "off"] = "on"
    rates: Annotated[dict[str, Rate], NoDecode] = {}
    max_connections: Annotated[int | None, Field(ge=1)] = None
    max_connections_per_address: Annotated[int, Field(ge=1)] = 2000
    max_connections_per_user: Annotated[int, Field(ge=1)] = 100
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"
    test_times: Annotated[dict[str, float], NoDecode] = {}

    @field_validator(
        "log_level", "log_format", "rate_limits", "jobs", "email_verification", mode="before"
    )
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("frontend_url", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("frontend_url")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_origin_of(url) for url in value)

    @field_validator("public_url")
    @classmethod
    def _page(cls, value: str | None) -> str | None:
        if value is not None and _taken_apart(value).path not in ("", "/"):
            raise ValueError("must have no path: the server answers at the root of its address")
        return value and _origin_of(value)

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ip_network(network, strict=False)
            except ValueError:
                raise ValueError("must be addresses or networks like 10.0.0.0/8") from None
        return value

    @field_validator("database_url", "database_replica_url")
    @classmethod
    def _database(cls, value: str | None) -> str | None:
        if value is not None:
            _taken_apart(value)
            parse_address(value)
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if value is None:
            return None
        # Of a Cluster several nodes may be named.
        for address in addresses_in(value):
            if _taken_apart(address).scheme not in ("redis", "rediss", "unix"):
                raise ValueError("must begin with redis://, rediss:// or unix://")
            try:
                parse_redis_url(address)
            except ValueError:
                raise ValueError("has a parameter whose value is not valid") from None
        return value

    @field_validator("board_timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if not is_zone(value):
            raise ValueError("is not a time zone, like Europe/Berlin")
        return value

    @field_validator("sentry_dsn")
    @classmethod
    def _dsn(cls, value: str | None) -> str | None:
        try:
            return value and str(Dsn(value))
        except ValueError:
            raise ValueError("is not a DSN as Sentry shows it") from None

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: str | None) -> str | None:
        if value is not None:
            parse_smtp(value)
        return value

    @field_validator("smtp_from")
    @classmethod
    def _sender(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", parseaddr(value)[1]):
            raise ValueError("must be an address like FocusHub <focus@example.org>")
        return value

    @field_validator("s3_endpoint", "cloudinary_api_url")
    @classmethod
    def _store_url(cls, value: str | None) -> str | None:
        return value and _origin_of(value)

    @field_validator("cloudinary_cloud_name", "s3_bucket")
    @classmethod
    def _store_name(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9._-]{1,255}", value):
            raise ValueError("is not a name that it can have")
        return value

    @field_validator("retention_deleted_entries_days")
    @classmethod
    def _restorable(cls, value: int) -> int:
        if 0 < value < 31:
            raise ValueError("must be 0, or at least 31: they can be restored for 30")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = _taken_apart(value)
        host = parts.hostname or ""
        safe = parts.scheme == "https" or (parts.scheme == "http" and _is_here(host))
        if not safe or not host or "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("must be an address like https://login.example.org")
        return value

    @field_validator("oidc_scopes")
    @classmethod
    def _scopes(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError("must have openid among its words")
        return " ".join(value.split())

    @field_validator("jwt_secret", "jwt_secret_previous")
    @classmethod
    def _long_enough(cls, value: str | None) -> str | None:
        if value is not None and len(value) < 32:
            raise ValueError("must have at least 32 characters")
        return value

    @field_validator("rates", mode="before")
    @classmethod
    def _rates(cls, value: Any) -> Any:
        return parse_rates(value) if isinstance(value, str) else value

    @field_validator("test_times", mode="before")
    @classmethod
    def _times(cls, value: Any) -> Any:
        if isinstance(value, str):
            # pytest names itself to the processes it starts; nobody else may bend the rules.
            if "PYTEST_VERSION" not in os.environ:
                raise ValueError("shortens the rules' times and is for tests only")
            try:
                value = json.loads(value)
            except ValueError:
                value = None
            if not isinstance(value, dict):
                raise ValueError("must be a JSON object of seconds by name")
            unknown = set(value) - {field.name for field in fields(Terms)}
            if unknown:
                raise ValueError(f"has the unknown name {sorted(unknown)[0]!r}")
        return value

    @model_validator(mode="after")
    def _secret_is_set(self) -> "Settings":
        if self.database_url is not None and self.jwt_secret is None:
            # Several instances of one database must agree on it, so none may make its own.
            raise ValueError("JWT_SECRET: must be set together with DATABASE_URL")
        return self

    @model_validator(mode="after")
    def _primary_is_set(self) -> "Settings":
        if self.database_replica_url is not None and self.database_url is None:
            raise ValueError("DATABASE_URL: must be set together with DATABASE_REPLICA_URL")
        return self

    @model_validator(mode="after")
    def _client_is_set(self) -> "Settings":
        if (self.oidc_issuer is None) != (self.oidc_client_id is None):
            raise ValueError("OIDC_CLIENT_ID: must be set together with OIDC_ISSUER")
        return self

    @model_validator(mode="after")
    def _sender_is_set(self) -> "Settings":
        if self.smtp_url is not None and self.smtp_from is None:
            raise ValueError("SMTP_FROM: must be set together with SMTP_URL")
        if self.email_verification == "required" and self.smtp_url is None:
            raise ValueError("SMTP_URL: must be set where EMAIL_VERIFICATION is required")
        return self

    @model_validator(mode="after")
    def _store_is_whole(self) -> "Settings":
        stores = {
            "S3_BUCKET": ("s3_bucket", "s3_access_key_id", "s3_secret_access_key"),
            "CLOUDINARY_CLOUD_NAME": (
                "cloudinary_cloud_name", "cloudinary_api_key", "cloudinary_api_secret",
            ),
        }  # fmt: skip
        for names in stores.values():
            lacking = [name for name in names if getattr(self, name) is None]
            if lacking and len(lacking) < len(names):
                given = next(name for name in names if name not in lacking)
                raise ValueError(f"{lacking[0].upper()}: must be set together with {given.upper()}")
        if self.s3_bucket is not None and self.cloudinary_cloud_name is not None:
            raise ValueError("S3_BUCKET: pictures go there or to Cloudinary, not to both")
        return self

    @property
    def in_development(self) -> bool:
        """Whether only this machine can reach the server, so that the log may have whole mails."""
        nobody_else = not (self.trusted_proxies or self.frontend_url)
        return nobody_else and _is_here(self.host) and _is_here(_host_of(self.public_url))

    @property
    def retention(self) -> Retention:
        """How long what is over is kept."""
        kept = {f.name: getattr(self, f"retention_{f.name}_days") for f in fields(Retention)}
        return Retention(**kept)

    @property
    def terms(self) -> Terms:
        """The long times of the rules, as a test may have shortened them."""
        shorter = {name: timedelta(seconds=value) for name, value in self.test_times.items()}
        return replace(Terms(), **shorter)


def _origin_of(url: str) -> str:
    """The origin of an address as browsers write it: in small ASCII, without the usual port."""
    parts = _taken_apart(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must be an address like https://focus.example.org")
    try:
        ascii_host = parts.hostname.encode("idna").decode()
    except UnicodeError:
        raise ValueError("must be an address like https://focus.example.org") from None
    host = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
    usual = 443 if parts.scheme == "https" else 80
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _host_of(url: str | None) -> str:
    return "localhost" if url is None else _taken_apart(url).hostname or ""


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _taken_apart(url: str) -> SplitResult:
    """The parts of an address; its port, if any, is one. Raises ValueError without the value."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("is not an address") from None
    return parts


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process. Raises SettingsError with one line."""
    try:
        return Settings(**overrides)
    except UnicodeDecodeError:
        raise SettingsError(".env: must be UTF-8") from None
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper() if first["loc"] else ""
        message = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{name}: {message}" if name else message) from None
