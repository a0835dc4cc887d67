"""Backups: one file with all facts of an installation, and the way back from it.

The database is dumped by PostgreSQL's own programs, in one snapshot; the file is a tar archive, so
that it can be opened without us (`archive.py` says what is in it).
"""

from storage.backup.archive import Manifest, read_archive
from storage.backup.errors import BackupError

__all__ = ["BackupError", "Manifest", "read_archive"]
