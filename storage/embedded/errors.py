"""What can go wrong with the embedded servers.

EmbeddedError
└── DataDirInUse
"""


class EmbeddedError(Exception):
    """The servers cannot run. The first line says why; lines of a server's log may follow it."""


class DataDirInUse(EmbeddedError):
    """Another living process runs its servers on this data directory; the message names both."""
