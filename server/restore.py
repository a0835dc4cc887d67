"""`run.py restore`: a backup becomes the installation, whole or not at all.

Into the embedded database: beside what is there, which is then moved aside. Into another one: in
one transaction. Either way the log of channels gets a new name, so that live clients, and all that
Redis holds under the old one, start over.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from server.backup import PART, fingerprint, kept_in, roomy, say
from server.process import run
from server.settings import Settings
from storage.backup import BackupError, Manifest, read_archive
from storage.backup.archive import DUMP, MEDIA, SECRET, extract
from storage.backup.load import NotEmpty, load_dump
from storage.embedded.place import Place, sync_directory
from storage.embedded.staged import holds_data, settle, staged
from storage.migrations import known_migrations, migrate


def restore(settings: Settings, path: Path, *, replace: bool, look: bool) -> None:
    """Put a backup back; with `look`, only verify it and tell what it has.

    `replace` allows that there is something already. Raises BackupError, and EmbeddedError; then
    all is as it was.
    """
    say(f"verifying {path}")
    manifest = read_archive(path)
    _require_known(manifest)
    for line in _described(manifest):
        print(line)
    if look:
        return
    if settings.database_url is None:
        _restore_here(settings, path, manifest, replace=replace)
    else:
        _restore_there(settings, settings.database_url, path, manifest, replace=replace)
    _tell_what_is_left(settings, path, manifest)


def _require_known(manifest: Manifest) -> None:
    """An older version's tables are brought to this one; those of a newer one mean nothing here."""
    known = {migration.version: migration.checksum for migration in known_migrations()}
    for applied in manifest.migrations:
        if known.get(applied.version) != applied.checksum:
            raise BackupError(
                f"the backup was made by FocusHub {manifest.version}, which knows {applied.name},"
                " and this version does not: restore it with that one"
            )


def _described(manifest: Manifest) -> list[str]:
    rows = manifest.rows
    return [
        f"backup of {manifest.made_at}, FocusHub {manifest.version}, PostgreSQL {manifest.server}",
        f"{rows.get('users', 0)} accounts, {rows.get('time_entries', 0)} entries,"
        f" {rows.get('projects', 0)} projects, {rows.get('rooms', 0)} rooms,"
        f" {sum(rows.values())} rows in all; {manifest.pictures} pictures",
    ]


def _restore_here(settings: Settings, path: Path, manifest: Manifest, *, replace: bool) -> None:
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    place = Place.take(settings.data_dir)
    try:
        settle(place.directory)
        if holds_data(place.directory) and not replace:
            raise NotEmpty(
                f"{place.directory} has a database already: --replace puts the backup in its place,"
                " and keeps the old one beside it"
            )
        with staged(place, stamp) as new, _pictures(settings, path, manifest):
            _take_out(path, manifest, SECRET, new.directory, like=place.directory)
            url = new.start()
            _load(url, path, manifest, new.directory, replace=False, here=True)
            run(migrate(url))
            new.close()
            replaced = new.take_place()
        if replaced is not None:
            say(f"what was there before is in {replaced}: remove it when you are content")
    finally:
        place.release()


def _restore_there(
    settings: Settings, url: str, path: Path, manifest: Manifest, *, replace: bool
) -> None:
    with _pictures(settings, path, manifest):
        with tempfile.TemporaryDirectory(prefix=PART, dir=roomy(path.parent)) as scratch:
            _load(url, path, manifest, Path(scratch), replace=replace, here=False)
    run(migrate(url))


def _load(
    url: str, path: Path, manifest: Manifest, scratch: Path, *, replace: bool, here: bool
) -> None:
    say("loading the database")
    _take_out(path, manifest, DUMP, scratch)
    dump = scratch / DUMP
    try:
        run(
            load_dump(
                url,
                dump,
                manifest.rows,
                schema=manifest.schema,
                made_by=manifest.pg_dump,
                replace=replace,
                here=here,
                say=say,
            )
        )
    finally:
        dump.unlink(missing_ok=True)


@contextmanager
def _pictures(settings: Settings, path: Path, manifest: Manifest) -> Iterator[None]:
    """Put pictures back that are missing: before the database, which names them, and gone again
    if that fails. A picture never changes, so one that is there is the same."""
    made: list[Path] = []
    if kept_in(settings) == "folder" and manifest.pictures:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = _take_out(path, manifest, MEDIA, settings.data_dir, like=settings.data_dir)
        say(f"{len(made)} pictures put back")
    try:
        yield
    except BaseException:
        for picture in made:
            picture.unlink(missing_ok=True)
        raise


def _take_out(
    path: Path, manifest: Manifest, prefix: str, target: Path, *, like: Path | None = None
) -> list[Path]:
    """Take members out; for root, they then belong to whom `like` belongs."""
    made = extract(path, manifest, prefix, target)
    folders = {folder for file in made for folder in (file.parent, file.parent.parent)}
    for folder in folders:
        sync_directory(folder)
    if like is not None and os.geteuid() == 0:
        owner = like.stat()
        inside = [p for p in folders if target in p.parents]
        for entry in [*made, *inside]:
            os.chown(entry, owner.st_uid, owner.st_gid)
    return made


def _tell_what_is_left(settings: Settings, path: Path, manifest: Manifest) -> None:
    """What the backup could not bring, and what its owner must see to."""
    secret = settings.jwt_secret
    if secret is None and SECRET not in manifest.members:
        say("the backup has no jwt.secret: set the JWT_SECRET that the installation had")
    elif secret is not None and fingerprint(secret) != manifest.key:
        say(
            "JWT_SECRET is not the one of the backup: who has one-time codes needs a recovery code,"
            " and webhooks are switched off, unless you set the former one"
            + (f" (tar -xOf {path} {SECRET})" if SECRET in manifest.members else "")
        )
    if manifest.media != kept_in(settings):
        say(f"pictures were kept in {manifest.media}, and the settings say {kept_in(settings)}")
    say("restored. Live clients will get snapshots; start the server.")
