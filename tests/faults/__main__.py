"""Faults, and what they cost: `python -m tests.faults [--long] [--soak MINUTES] [PYTEST…]`.

The quick form is what `python -m tests` runs as well; its figures go into a file of their own. The
long form takes its time, is judged by its goals, and puts its figures into the table of
`docs/RELIABILITY.md`. With `--soak` only the soak runs, for so long. The exit code is pytest's, or
1 when a goal was missed.
"""

import argparse
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "faults.json"
DOCUMENT = ROOT / "docs" / "RELIABILITY.md"


class Failures:
    """The tests that failed."""

    def __init__(self) -> None:
        self.tests: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.tests.append(report.nodeid)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--long", action="store_true", help="with the sizes and times promised")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="only the soak, so long")
    chosen, others = parser.parse_known_args(arguments)
    os.chdir(ROOT)
    long = chosen.long or chosen.soak is not None
    if long:
        # Before anything reads them.
        os.environ["FAULTS"] = "long"
        os.environ.setdefault("FAULTS_REPORT", str(RESULTS))
    paths = ["tests/faults"]
    if chosen.soak is not None:
        os.environ["FAULTS_SOAK_MINUTES"] = str(chosen.soak)
        paths = ["tests/faults/test_soak.py"]
    failures = Failures()
    code = int(pytest.main([*paths, *others], plugins=[failures]))

    from tests.faults import report, table

    report.fail(failures.tests)

    found = report.figures(report.read())
    print("\n".join(table.rows(found)))
    if long:
        table.put_into(DOCUMENT, report.read())
    missed = [figure for figure in found if not figure.met]
    return code or int(long and bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
