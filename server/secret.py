"""The secret that signs tokens, made and kept in the data directory when it is not set."""

import os
import secrets
from pathlib import Path


def kept_secret(data_dir: Path) -> str:
    """The secret of this data directory; made at the first call, readable by its owner only."""
    path = data_dir / "jwt.secret"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    return path.read_text(encoding="ascii").strip()
