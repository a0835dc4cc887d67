"""The commands of `run.py` for whoever operates it: their arguments, and what they call."""

import argparse
import getpass
import os
import sys
from pathlib import Path

from server.backup import Source, back_up
from server.commands import (
    check_derived,
    create_admin,
    fill_demo,
    link_for,
    migrate_now,
    promote,
    reseal_now,
    set_password_of,
)
from server.process import Addresses, run
from server.restore import restore
from server.servers import join_servers, open_servers
from server.settings import Settings, SettingsError
from storage.backup import BackupError
from storage.backup.load import forget_epoch
from storage.embedded import has_database

# Those that `operate` runs. They work beside a server, but for `restore` and `newepoch`.
COMMANDS = frozenset(
    {"backup", "restore", "newepoch", "createadmin", "resetpassword", "reseal", "check", "demo"}
)


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Tell the parser of them."""
    _add_backups(commands)
    admin = commands.add_parser("createadmin", help="make an account with the role admin")
    admin.add_argument("--email", required=True)
    admin.add_argument("--username", help="of a new account; without, the one there gets the role")
    reset = commands.add_parser("resetpassword", help="set somebody's password, and sign them out")
    reset.add_argument("--email", required=True)
    how = reset.add_mutually_exclusive_group()
    how.add_argument("--link", action="store_true", help="print a link for them to set it by")
    how.add_argument(
        "--without-codes", action="store_true", help="also switch their one-time codes off"
    )
    commands.add_parser(
        "reseal", help="encrypt under JWT_SECRET what was under JWT_SECRET_PREVIOUS"
    )
    check = commands.add_parser("check", help="compare what is derived with the entries")
    check.add_argument("--repair", action="store_true", help="have what differs made anew")
    demo = commands.add_parser("demo", help="fill in a lively demo team")
    demo.add_argument("--weeks", type=count, default=6, help="weeks of entries (default 6)")


def _add_backups(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    backup = commands.add_parser("backup", help="write everything into one file, while it serves")
    backup.add_argument(
        "--to", required=True, metavar="PATH", help="a new file, a directory, or - for stdout"
    )
    backup.add_argument(
        "--keep", type=count, metavar="N", help="remove all but the newest N from the directory"
    )
    back = commands.add_parser("restore", help="put a backup back; the server is stopped")
    back.add_argument("--from", dest="path", required=True, type=Path, metavar="FILE")
    how = back.add_mutually_exclusive_group()
    how.add_argument("--replace", action="store_true", help="there is a database, and it may go")
    how.add_argument("--verify", action="store_true", help="look whether the backup is whole, only")
    commands.add_parser(
        "newepoch",
        help="after an older copy of the data was put back: have live clients start over",
    )


def count(text: str) -> int:
    """A number of an argument. Raises ArgumentTypeError."""
    number = int(text)
    if not 1 <= number <= 256:
        raise argparse.ArgumentTypeError("must lie between 1 and 256")
    return number


def operate(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run one of `COMMANDS`; the exit status."""
    match arguments.command:
        case "backup":
            _back_up(arguments, settings)
        case "restore":
            restore(settings, arguments.path, replace=arguments.replace, look=arguments.verify)
        case "newepoch":
            with open_servers(settings, valkey=False) as (addresses, _):
                run(forget_epoch(addresses.database_url))
            print("The log gets a new name at the next start.")
        case _:
            return _operate_on_facts(arguments, settings)
    return 0


def _back_up(arguments: argparse.Namespace, settings: Settings) -> None:
    if settings.database_url is None and not has_database(settings.data_dir):
        raise BackupError(f"there is no database in {settings.data_dir}")
    with join_servers(settings, valkey=False) as joined:
        key_dir = None if settings.jwt_secret else joined.data_dir
        back_up(Source(settings, joined.addresses, key_dir), arguments.to, arguments.keep)


def _operate_on_facts(arguments: argparse.Namespace, settings: Settings) -> int:
    password = _password_for(arguments)
    with join_servers(settings) as joined:
        addresses = joined.addresses
        run(migrate_now(addresses))
        match arguments.command:
            case "createadmin":
                username = _make_admin(arguments, settings, addresses, password)
                print(f"{username} is an administrator now.")
            case "resetpassword":
                print(_reset_password(arguments, settings, addresses, password))
            case "reseal":
                print(f"{run(reseal_now(settings, addresses))} secrets were encrypted anew.")
            case "check":
                report = run(check_derived(settings, addresses, repair=arguments.repair))
                print("\n".join([*report.lines, *report.summary()]))
                return 0 if report.fine else 1
            case "demo":
                print(run(fill_demo(settings, addresses, weeks=arguments.weeks)))
    return 0


def _make_admin(
    arguments: argparse.Namespace, settings: Settings, addresses: Addresses, password: str
) -> str:
    if arguments.username is None:
        return run(promote(settings, addresses, arguments.email))
    return run(create_admin(settings, addresses, arguments.email, arguments.username, password))


def _reset_password(
    arguments: argparse.Namespace, settings: Settings, addresses: Addresses, password: str
) -> str:
    email = arguments.email
    if arguments.link:
        username, link = run(link_for(settings, addresses, email))
        return f"{username} can set a new password within an hour, once, at {link}"
    codes = arguments.without_codes
    username = run(set_password_of(settings, addresses, email, password, drop_codes=codes))
    return f"{username} has a new password, and is signed out everywhere."


def _password_for(arguments: argparse.Namespace) -> str:
    """Asked for before anything is started."""
    if arguments.command == "createadmin" and arguments.username is not None:
        return _password("ADMIN_PASSWORD", "Password of the administrator: ")
    if arguments.command == "resetpassword" and not arguments.link:
        return _password("NEW_PASSWORD", f"New password of {arguments.email}: ")
    return ""


def _password(variable: str, question: str) -> str:
    password = os.environ.get(variable) or ""
    if not password and sys.stdin.isatty():
        password = getpass.getpass(question)
    if not password:
        raise SettingsError(f"{variable}: must be set, or typed at a terminal")
    return password
