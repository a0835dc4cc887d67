"""`python -m benchmarks`: FocusHub and its peer in turn, one table with ratios, also as JSON."""

import argparse
import sys
from pathlib import Path

from benchmarks import report
from benchmarks.cases import CASES, Figures
from benchmarks.world import install_peer, prepare, servers, target

_UNITS = {
    "cpu_us": "server CPU, µs",
    "per_s": "a second",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "kib": "KiB",
}

Rows = dict[str, dict[str, Figures]]


async def measure(cases: list[str], rounds: int) -> Rows:
    """rows[case][server] = figures; of several rounds the best of each figure counts.

    The two servers take turns, so that what else the machine does meets both.
    """
    rows: Rows = {}
    async with servers() as embedded:
        await prepare(embedded)
        for number in range(rounds):
            for case in cases:
                for name in ("peer", "focushub") if number % 2 else ("focushub", "peer"):
                    async with target(name, embedded) as server:
                        print(f"round {number + 1}: {case}, {name}", file=sys.stderr)
                        for row, figures in (await CASES[case](server)).items():
                            _keep_best(rows.setdefault(row, {}), name, figures)
    return rows


def _keep_best(row: dict[str, Figures], name: str, figures: Figures) -> None:
    best = row.setdefault(name, dict(figures))
    for unit, value in figures.items():
        best[unit] = max(best[unit], value) if unit == "per_s" else min(best[unit], value)


def table(rows: Rows) -> str:
    """The rows as a Markdown table; the ratio is FocusHub's figure to its peer's."""
    lines = ["| case | figure | FocusHub | peer | ratio |", "|---|---|---:|---:|---:|"]
    for case, both in rows.items():
        for unit, own in both["focushub"].items():
            peer = both["peer"][unit]
            lines.append(
                f"| {case} | {_UNITS[unit]} | {own:,.1f} | {peer:,.1f} | {own / peer:.2f} |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}")
    parser.add_argument("--rounds", type=int, default=2, help="the best of this many (default 2)")
    parser.add_argument("--json", type=Path, default=report.results_of("compare"))
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(CASES):
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    install_peer()
    report.raise_file_limit()
    rows = report.run(measure(arguments.cases or list(CASES), arguments.rounds))
    print(table(rows))
    report.write_report(arguments.json, rows=rows)


if __name__ == "__main__":
    main()
