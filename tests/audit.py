"""Whether a hole is known in one of the packages of the locks, as far as that can be asked.

`pip-audit` asks an advisory service, for the exact versions and hashes of the locks. It is not one
of the project's packages, because a check must not need the network to pass: where it is not
installed, reaches nobody, or is told nothing of some package, the check is left out and says so.
What it finds is a failure.
"""

import json
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

LOCKS = ("requirements.txt", "requirements-dev.txt")
_WITHIN_S = 120
_OPTIONS = ("--format", "json", "--progress-spinner", "off", "--disable-pip", "--require-hashes")


class NotAsked(Exception):
    """Nobody could be asked; the message says why."""


def known_holes(locks: Sequence[str] = LOCKS) -> list[str]:
    """A line for each known hole: package, version, name of the hole, versions that mend it.

    Raises NotAsked.
    """
    program = shutil.which("pip-audit")
    if program is None:
        raise NotAsked("pip-audit is not installed")
    named = [part for lock in locks for part in ("--requirement", lock)]
    try:
        done = subprocess.run(
            [program, *_OPTIONS, *named],
            capture_output=True, text=True, timeout=_WITHIN_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotAsked("the advisory service does not answer") from None
    try:
        report = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.strip().splitlines() or ["it says nothing"]
        raise NotAsked(f"the advisory service cannot be asked ({said[-1][:120]})") from None
    asked = report["dependencies"]
    holes = sorted({line for found in asked for line in _lines(found)})
    unknown = [found["name"] for found in asked if "skip_reason" in found]
    if unknown and not holes:
        raise NotAsked(f"the service does not know {len(unknown)} of {len(asked)} packages")
    return holes


def _lines(found: dict[str, Any]) -> list[str]:
    return [
        f"{found['name']} {found['version']}: {hole['id']}, mended in "
        f"{', '.join(hole['fix_versions']) or 'no version yet'}"
        for hole in found.get("vulns", ())
    ]
