"""The file of a backup: a tar archive whose last two members say what must be in it.

    database.dump           the tables, in the format of pg_restore
    media/<name>/<size>     pictures of people and badges, if they are kept in a folder
    jwt.secret              the made key, if it is kept in the data directory
    manifest.json           `Manifest`: what this is, and the checksum of each member above
    manifest.sha256         the checksum of the manifest itself

Since they come last, a file that was cut off has none. Names are checked when it is read: nothing
else is taken out of it, and nothing to another place.
"""

import hashlib
import io
import os
import re
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from storage.backup.errors import BackupError

FORMAT = 1
DUMP, SECRET, MANIFEST, SUM = "database.dump", "jwt.secret", "manifest.json", "manifest.sha256"
MEDIA = "media/"
_PICTURE = re.compile(r"media/[A-Za-z0-9_-]{1,100}/\d{1,5}\.webp")
_CHUNK = 1024 * 1024
_MOST_MANIFEST = 256 * 1024 * 1024


class Member(msgspec.Struct, frozen=True):
    """A member of the archive: its size, and the SHA-256 of its content."""

    bytes: int
    sha256: str


class AppliedMigration(msgspec.Struct, frozen=True, array_like=True):
    version: int
    name: str
    checksum: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is and has. `media` is where pictures were kept: `folder`, or a store that
    must be backed up by its own means. `key` tells whether a JWT_SECRET is the same, and not
    which. `rows` are those of each table."""

    format: int
    version: str
    made_at: str
    server: str
    pg_dump: int
    schema: str
    epoch: str | None
    migrations: list[AppliedMigration]
    media: str
    key: str
    rows: dict[str, int]
    members: dict[str, Member]

    @property
    def pictures(self) -> int:
        return sum(name.startswith(MEDIA) for name in self.members)

    @property
    def bytes(self) -> int:
        return sum(member.bytes for member in self.members.values())


class ArchiveWriter:
    """Writes an archive to a file that need not be seekable."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.TarFile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT)
        self.members: dict[str, Member] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a file. Raises OSError when it cannot be read whole."""
        with open(path, "rb") as file:
            size = path.stat().st_size
            hashed = _Hashed(file)
            self._tar.addfile(_head(name, size), hashed)
        self.members[name] = Member(size, hashed.digest())

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest, and end."""
        told = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        digest = hashlib.sha256(told).hexdigest()
        for name, content in ((MANIFEST, told), (SUM, digest.encode())):
            self._tar.addfile(_head(name, len(content)), io.BytesIO(content))
        self._tar.close()


class _Hashed(io.RawIOBase):
    """A file that is hashed as it is read."""

    def __init__(self, file: "IO[bytes] | _Content") -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self._hash.update(chunk)
        return chunk

    def digest(self) -> str:
        return self._hash.hexdigest()


def _head(name: str, size: int) -> tarfile.TarInfo:
    head = tarfile.TarInfo(name)
    head.size, head.mode, head.mtime = size, 0o600, int(time.time())
    return head


def read_archive(path: Path) -> Manifest:
    """Read the whole archive and compare all checksums. Raises BackupError for what is damaged."""
    found: dict[str, Member] = {}
    told: dict[str, bytes] = {}
    for head, content in _members(path):
        if head.name in (MANIFEST, SUM):
            if head.size > _MOST_MANIFEST:
                raise _damaged(path, f"{head.name} is too large")
            told[head.name] = content.read()
            continue
        hashed = _Hashed(content)
        while hashed.read(_CHUNK):
            continue
        found[head.name] = Member(head.size, hashed.digest())
    manifest = _manifest_of(path, told)
    if manifest.members != found:
        wrong = sorted(
            name
            for name in {*manifest.members, *found}
            if manifest.members.get(name) != found.get(name)
        )
        raise _damaged(path, f"{wrong[0]} is not what was written")
    if DUMP not in found:
        raise _damaged(path, f"it has no {DUMP}")
    return manifest


def extract(path: Path, manifest: Manifest, prefix: str, target: Path) -> list[Path]:
    """Take members out whose names begin with `prefix` to below `target`; answers the new files.

    Files that are there already stay. Each is compared with the manifest once more, and appears
    under its name only when it is whole.
    """
    made: list[Path] = []
    try:
        for head, content in _members(path):
            place = target / head.name
            if head.name.startswith(prefix) and not place.exists():
                made += _take(path, manifest, head, content, place)
    except BaseException:
        for place in made:
            place.unlink(missing_ok=True)
        raise
    return made


def _take(
    path: Path, manifest: Manifest, head: tarfile.TarInfo, content: "_Content", place: Path
) -> list[Path]:
    if head.name not in manifest.members:
        return []
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_name(f".{place.name}.new")
    hashed = _Hashed(content)
    with open(new, "wb", opener=_private) as file:
        while chunk := hashed.read(_CHUNK):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if hashed.digest() != manifest.members[head.name].sha256:
        new.unlink()
        raise _damaged(path, f"{head.name} is not what was written")
    new.rename(place)
    return [place]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _members(path: Path) -> Iterator[tuple[tarfile.TarInfo, "_Content"]]:
    """The members with their contents, in order. Raises BackupError for what we do not write."""
    try:
        with tarfile.open(path, mode="r|") as tar:
            for head in tar:
                known = head.name in (DUMP, SECRET, MANIFEST, SUM) or _PICTURE.fullmatch(head.name)
                if not known or not head.isreg():
                    raise _damaged(path, f"it has something that is not ours: {head.name[:80]!r}")
                content = tar.extractfile(head)
                assert content is not None, "it is a regular file"
                yield head, _Content(path, content)
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(path, str(error)) from None


class _Content:
    """What a member holds, whose end may be missing."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path = path
        self._file = file

    def read(self, size: int = -1) -> bytes:
        try:
            return self._file.read(size)
        except tarfile.TarError as error:
            raise _damaged(self._path, str(error)) from None


def _manifest_of(path: Path, told: dict[str, bytes]) -> Manifest:
    if set(told) != {MANIFEST, SUM}:
        raise _damaged(path, "its end is missing")
    if hashlib.sha256(told[MANIFEST]).hexdigest().encode() != told[SUM]:
        raise _damaged(path, f"{MANIFEST} is not what was written")
    try:
        version = msgspec.json.decode(told[MANIFEST], type=_Version).format
        if version > FORMAT:
            raise BackupError(f"{path} was made by a newer FocusHub: restore it with that version")
        return msgspec.json.decode(told[MANIFEST], type=Manifest)
    except msgspec.MsgspecError as error:
        raise _damaged(path, str(error)) from None


class _Version(msgspec.Struct, frozen=True):
    format: int


def _damaged(path: Path, why: str) -> BackupError:
    return BackupError(f"{path} is no whole backup: {why}")
