"""`run.py backup`: one file with the database, the pictures and the made key, while it all runs."""

import hashlib
import hmac
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from server.process import Addresses, run
from server.settings import Settings
from server.site import VERSION
from storage.backup import BackupError, Manifest
from storage.backup.archive import (
    DUMP,
    FORMAT,
    MEDIA,
    SECRET,
    AppliedMigration,
    ArchiveWriter,
)
from storage.backup.dump import Dumped, dump_database
from storage.backup.noted import note_backup
from storage.embedded.place import sync_directory

_NAME = re.compile(r"focushub-\d{8}T\d{6}Z\.tar")
PART = ".focushub-backup-"
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up: an installation, and the directory that its made key is in, if any."""

    settings: Settings
    addresses: Addresses
    key_dir: Path | None

    @property
    def media(self) -> Path:
        return self.settings.data_dir / "media"

    @property
    def embedded(self) -> bool:
        return self.settings.database_url is None


def say(line: str) -> None:
    """Progress, for who watches; never on stdout, where the backup itself may go."""
    print(line, file=sys.stderr, flush=True)


def back_up(source: Source, to: str, keep: int | None) -> None:
    """Write a backup to a new file, into a directory under a name of its own, or to stdout (`-`).

    With `keep`, of the backups in that directory only the newest ones stay. Raises BackupError;
    then there is no new file.
    """
    started = time.monotonic()
    if to == "-":
        if keep is not None:
            raise BackupError("--keep needs a directory")
        if sys.stdout.isatty():
            raise BackupError("a backup is nothing to read: send it into a file or a program")
        manifest = _write(source, roomy(source.settings.data_dir), sys.stdout.buffer)
        sys.stdout.buffer.flush()
        _note(source)
        say(_summary("stdout", manifest, started))
        return
    target = _target(Path(to), keep)
    with _new_file(target) as file:
        manifest = _write(source, target.parent, file)
    _note(source)
    say(_summary(str(target), manifest, started))
    if keep is not None:
        _remove_oldest(target.parent, keep)


def roomy(directory: Path) -> Path:
    """Where a dump may lie for a while: there, if one may write there, else where temporary files
    go, which in a container is often memory."""
    if os.access(directory, os.W_OK):
        _remove_abandoned(directory)
        return directory
    return Path(tempfile.gettempdir())


def _target(to: Path, keep: int | None) -> Path:
    if to.is_dir():
        return to / f"focushub-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar"
    if keep is not None:
        raise BackupError(f"--keep needs a directory, and {to} is none")
    if not to.parent.is_dir():
        raise BackupError(f"there is no directory {to.parent}")
    return to


@contextmanager
def _new_file(target: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when it is whole and on the disk, and only then."""
    _remove_abandoned(target.parent)
    if target.exists():
        raise BackupError(f"{target} is there already, and stays as it is")
    # Readable by its owner alone, as all that is made so.
    descriptor, name = tempfile.mkstemp(prefix=PART, suffix=".part", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, this does not take the place of a file that came meanwhile.
        try:
            os.link(part, target)
        except FileExistsError:
            raise BackupError(f"{target} is there already, and stays as it is") from None
        except OSError:  # a file system without links
            part.rename(target)
        sync_directory(target.parent)
    finally:
        part.unlink(missing_ok=True)


def _write(source: Source, scratch: Path, file: IO[bytes]) -> Manifest:
    archive = ArchiveWriter(file)
    # Before the dump: what is removed while it is made is still there. After it: what is added is.
    pictures = _add_pictures(archive, source)
    with tempfile.TemporaryDirectory(prefix=PART, dir=scratch) as folder:
        dump = Path(folder, DUMP)
        say("dumping the database")
        dumped = run(dump_database(source.addresses.database_url, dump, say, here=source.embedded))
        archive.add(DUMP, dump)
    pictures += _add_pictures(archive, source)
    if pictures:
        say(f"{pictures} pictures")
    if source.key_dir is not None:
        archive.add(SECRET, source.key_dir / SECRET)
    manifest = _manifest(source, dumped, archive)
    archive.finish(manifest)
    return manifest


def _note(source: Source) -> None:
    """Let the instances tell how old the backup is; it is no worse if they cannot."""
    try:
        run(note_backup(source.addresses.database_url))
    except BackupError as error:
        say(f"the backup is whole, but /metrics will not tell of it: {error}")


def _add_pictures(archive: ArchiveWriter, source: Source) -> int:
    added = 0
    if kept_in(source.settings) == "folder":
        for path in sorted(source.media.glob("*/*.webp")):
            name = f"{MEDIA}{path.parent.name}/{path.name}"
            if name not in archive.members and re.fullmatch(r"\d+\.webp", path.name):
                with suppress(FileNotFoundError):  # it has just been removed
                    archive.add(name, path)
                    added += 1
    return added


def _manifest(source: Source, dumped: Dumped, archive: ArchiveWriter) -> Manifest:
    return Manifest(
        format=FORMAT,
        version=VERSION,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        server=dumped.server,
        pg_dump=dumped.major,
        schema=dumped.schema,
        epoch=dumped.epoch,
        migrations=[AppliedMigration(*row) for row in dumped.migrations],
        media=kept_in(source.settings),
        key=fingerprint(source.addresses.jwt_secret),
        rows=dumped.rows,
        members=archive.members,
    )


def kept_in(settings: Settings) -> str:
    """Where pictures are kept: in a `folder`, in `s3` or in `cloudinary`."""
    if settings.cloudinary_cloud_name is not None:
        return "cloudinary"
    return "folder" if settings.s3_bucket is None else "s3"


def fingerprint(secret: str) -> str:
    """Tells whether two keys are the same, and nothing of what they are."""
    return hmac.new(secret.encode(), b"focushub backup", hashlib.sha256).hexdigest()[:16]


def _summary(target: str, manifest: Manifest, started: float) -> str:
    return (
        f"{target}: {sum(manifest.rows.values())} rows of {len(manifest.rows)} tables,"
        f" {manifest.pictures} pictures, {manifest.bytes / 1e6:.1f} MB,"
        f" in {time.monotonic() - started:.1f} s"
    )


def _remove_oldest(directory: Path, keep: int) -> None:
    # The names sort by time. Nothing else in the directory is touched.
    backups = sorted(path for path in directory.iterdir() if _NAME.fullmatch(path.name))
    for old in backups[:-keep]:
        old.unlink()
        say(f"removed {old}")


def _remove_abandoned(directory: Path) -> None:
    """What backups left that were killed."""
    for path in directory.glob(f"{PART}*"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _DAY_S:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
