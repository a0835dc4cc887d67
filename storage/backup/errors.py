"""What can go wrong with a backup."""


class BackupError(Exception):
    """A backup cannot be made, read or put back; one line says why. All is as it was before."""
