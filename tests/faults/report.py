"""What the scenarios measured: one JSON report, each figure beside its goal.

Facts are asserted by the tests themselves. A figure is seconds, milliseconds, counts: it is noted
with the goal and with how busy the machine was, and only the long form is judged by it.
"""

import fcntl
import json
import os
import platform
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LONG = os.environ.get("FAULTS") == "long"
FORM = "long" if LONG else "quick"
_DEFAULT = Path(tempfile.gettempdir()) / "focushub-faults.json"
REPORT = Path(os.environ.get("FAULTS_REPORT", _DEFAULT))


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured of a scenario. `most` or `least` is the goal; without one it only tells."""

    scenario: str
    name: str
    value: float
    unit: str
    most: float | None
    least: float | None
    load: float
    at: str

    @property
    def met(self) -> bool:
        below = self.most is None or self.value <= self.most
        return below and (self.least is None or self.value >= self.least)


def note(
    scenario: str,
    name: str,
    value: float,
    unit: str = "",
    *,
    most: float | None = None,
    least: float | None = None,
) -> None:
    """Take down a figure, in the place of what an earlier run had of it."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    load = round(os.getloadavg()[0], 1)
    figure = Figure(scenario, name, round(value, 4), unit, most, least, load, now)
    _put(figure)


def read(path: Path = REPORT) -> dict[str, Any]:
    """The report as it stands."""
    try:
        report: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {"form": FORM, "machine": {}, "figures": []}
    return report


def figures(report: dict[str, Any]) -> list[Figure]:
    names = Figure.__dataclass_fields__
    return [Figure(**{n: row[n] for n in names}) for row in report["figures"]]


def fail(tests: list[str]) -> None:
    """Take down which tests of the last run did not pass: there, a fact was not as it must be."""
    _change(lambda report: report.update(failed=tests))


def _put(figure: Figure) -> None:
    def replace(report: dict[str, Any]) -> None:
        same = (figure.scenario, figure.name)
        kept = [f for f in figures(report) if (f.scenario, f.name) != same]
        report["figures"] = [asdict(f) | {"met": f.met} for f in (*kept, figure)]

    _change(replace)


def _change(change: Callable[[dict[str, Any]], None]) -> None:
    """Several processes of one run may do so at once."""
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(REPORT.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        report = read() | {"form": FORM, "machine": _machine()}
        change(report)
        new = REPORT.with_suffix(".new")
        new.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
        new.replace(REPORT)
    finally:
        os.close(folder)


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
