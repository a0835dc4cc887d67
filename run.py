#!/usr/bin/env python3
"""FocusHub: `python run.py` serves. See `python run.py --help` and docs/SETTINGS.md."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent

try:
    from rooms.errors import DomainError
    from server import operating
    from server.commands import migrate_now
    from server.logs import set_up_logs
    from server.process import Addresses, run, serve
    from server.sentry import set_up_sentry
    from server.servers import open_servers
    from server.settings import Settings, SettingsError, load_settings
    from server.supervisor import CrewFailed, Supervisor
    from server.worker import work
    from server.workers import Worker
    from storage.backup import BackupError
    from storage.embedded import EmbeddedError
    from storage.migrations import MigrationError
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is not installed. Run: pip install -r requirements.txt")

REFUSALS = (SettingsError, EmbeddedError, MigrationError, BackupError, CrewFailed, DomainError)


def main() -> int:
    """Parse the command line and run its command; the exit status."""
    arguments = _parser().parse_args()
    try:
        settings = load_settings()
        worker = Worker.of_environment()
        number = None if worker is None else worker.number
        set_up_logs(settings.log_level, settings.log_format, number)
        set_up_sentry(settings.sentry_dsn)
        return _run_command(arguments, settings)
    except REFUSALS as error:
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
    parser.add_argument("--workers", type=operating.count, default=1, metavar="N", help=_WORKERS)
    serving = commands.add_parser("serve", help="serve (this is the default)")
    serving.add_argument(
        "--workers", type=operating.count, default=argparse.SUPPRESS, help=_WORKERS
    )
    commands.add_parser("migrate", help="bring the database to this version, and end")
    worker = commands.add_parser("worker", help="work on jobs only, beside those that serve")
    worker.add_argument("--port", type=int, help="answer /healthz and /metrics here")
    operating.add_commands(commands)
    return parser


_WORKERS = "processes that serve, on one port (default 1)"


def _run_command(arguments: argparse.Namespace, settings: Settings) -> int:
    if Worker.of_environment() is not None:
        assert settings.database_url is not None
        assert settings.redis_url is not None
        assert settings.jwt_secret is not None
        addresses = Addresses(settings.database_url, settings.redis_url, settings.jwt_secret)
        run(serve(settings, addresses))
        return 0
    if arguments.command in operating.COMMANDS:
        return operating.operate(arguments, settings)
    with open_servers(settings) as (addresses, embedded):
        applied = run(migrate_now(addresses))
        match arguments.command:
            case "migrate":
                print("\n".join(applied) or "The database is up to date.")
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


if __name__ == "__main__":
    sys.exit(main())
