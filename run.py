#!/usr/bin/env python3
"""FocusHub: `python run.py` serves. See `python run.py --help` and docs/SETTINGS.md."""

import argparse
import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent

try:
    from rooms.errors import DomainError
    from server.commands import check_derived, create_admin, fill_demo, migrate_now
    from server.logs import set_up_logs
    from server.process import Addresses, run, serve
    from server.secret import kept_secret
    from server.sentry import set_up_sentry
    from server.settings import Settings, SettingsError, load_settings
    from server.supervisor import WORKER, Supervisor
    from server.worker import work
    from storage.embedded import Embedded, EmbeddedError
    from storage.migrations import MigrationError
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is not installed. Run: pip install -r requirements.txt")


def main() -> int:
    """Parse the command line and run its command; the exit status."""
    arguments = _parser().parse_args()
    try:
        settings = load_settings()
        set_up_logs(settings.log_level, settings.log_format)
        set_up_sentry(settings.sentry_dsn)
        return _run_command(arguments, settings)
    except (SettingsError, EmbeddedError, MigrationError, DomainError) as error:
        print(f"focushub: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"focushub: {error.strerror or error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py", description="FocusHub, a real-time focus and time-tracking server."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    parser.add_argument("--workers", type=_count, default=1, metavar="N", help=_WORKERS)
    serving = commands.add_parser("serve", help="serve (this is the default)")
    serving.add_argument("--workers", type=_count, default=argparse.SUPPRESS, help=_WORKERS)
    commands.add_parser("migrate", help="bring the database to this version, and end")
    admin = commands.add_parser("createadmin", help="make an account with the role admin")
    admin.add_argument("--email", required=True)
    admin.add_argument("--username", required=True)
    check = commands.add_parser("check", help="compare what is derived with the entries")
    check.add_argument("--repair", action="store_true", help="have what differs made anew")
    worker = commands.add_parser("worker", help="work on jobs only, beside those that serve")
    worker.add_argument("--port", type=int, help="answer /healthz and /metrics here")
    demo = commands.add_parser("demo", help="fill in a lively demo team")
    demo.add_argument("--weeks", type=_count, default=6, help="weeks of entries (default 6)")
    return parser


_WORKERS = "processes that serve, on one port (default 1)"


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 256:
        raise argparse.ArgumentTypeError("must lie between 1 and 256")
    return number


def _run_command(arguments: argparse.Namespace, settings: Settings) -> int:
    if os.environ.get(WORKER):
        assert settings.database_url is not None
        assert settings.redis_url is not None
        assert settings.jwt_secret is not None
        addresses = Addresses(settings.database_url, settings.redis_url, settings.jwt_secret)
        run(serve(settings, addresses, share_port=True))
        return 0
    password = _admin_password() if arguments.command == "createadmin" else ""
    with _servers(settings) as (addresses, embedded):
        applied = run(migrate_now(addresses))
        match arguments.command:
            case "migrate":
                print("\n".join(applied) or "The database is up to date.")
            case "createadmin":
                username = run(
                    create_admin(settings, addresses, arguments.email, arguments.username, password)
                )
                print(f"{username} is an administrator now.")
            case "check":
                report = run(check_derived(settings, addresses, repair=arguments.repair))
                print("\n".join([*report.lines, *report.summary()]))
                return 0 if report.fine else 1
            case "demo":
                print(run(fill_demo(settings, addresses, weeks=arguments.weeks)))
            case "worker":
                run(work(settings, addresses, arguments.port))
            case _ if arguments.workers > 1:
                address = (settings.host, settings.port)
                Supervisor(
                    ROOT / "run.py", arguments.workers, addresses, address, embedded.revive
                ).run()
            case _:
                run(serve(settings, addresses, revive=embedded.revive))
    return 0


@contextmanager
def _servers(settings: Settings) -> Iterator[tuple[Addresses, Embedded]]:
    """Postgres and Redis: those that are set, else embedded ones, for as long as we run."""
    embedded = Embedded(
        settings.data_dir, postgres=settings.database_url is None, valkey=settings.redis_url is None
    )
    try:
        if settings.database_url is None or settings.redis_url is None:
            embedded.start()
        secret = settings.jwt_secret or kept_secret(embedded.data_dir)
        addresses = Addresses(
            settings.database_url or embedded.database_url,
            settings.redis_url or embedded.redis_url,
            secret,
        )
        yield addresses, embedded
    finally:
        embedded.stop()


def _admin_password() -> str:
    password = os.environ.get("ADMIN_PASSWORD") or ""
    if not password and sys.stdin.isatty():
        password = getpass.getpass("Password of the administrator: ")
    if not password:
        raise SettingsError("ADMIN_PASSWORD: must be set, or typed at a terminal")
    return password


if __name__ == "__main__":
    sys.exit(main())
