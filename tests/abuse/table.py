"""What attacks did, as a table of a document."""

from pathlib import Path
from typing import Any

from benchmarks.report import put_between
from tests.faults.report import Figure, figures

BEGIN, END = "<!-- abuse: begin -->", "<!-- abuse: end -->"
ENDED, MEMORY, CPU = "ended after", "memory", "more of a core"
BEFORE, UNDER, TIMES = "others' p99 before", "others' p99 under it", "others' p99, times"
_PREFIX = "bad input: "
_HEAD = "| what comes | ended after | memory | of a core | others' p99 | | |"


def scenario_of(kind: str) -> str:
    """Under which name the figures of an attack are noted."""
    return _PREFIX + kind


def rows(found: list[Figure]) -> list[str]:
    """A row for each kind of attack, with what it missed."""
    told: dict[str, dict[str, Figure]] = {}
    for figure in found:
        told.setdefault(figure.scenario.removeprefix(_PREFIX), {})[figure.name] = figure
    return [_HEAD, "|---|---:|---:|---:|---:|---:|---|", *(_row(*one) for one in told.items())]


def _row(kind: str, of: dict[str, Figure]) -> str:
    goals = {ENDED: "the end", MEMORY: "memory", TIMES: "p99"}
    missed = [told for name, told in goals.items() if not of[name].met]
    return (
        f"| {kind.replace('_', ' ')} | {of[ENDED].value:.1f} s | {of[MEMORY].value:+.1f} MB"
        f" | {of[CPU].value:+.1f}% | {of[BEFORE].value:.1f} → {of[UNDER].value:.1f} ms"
        f" | {of[TIMES].value:.2f}× | {'**missed**: ' + ', '.join(missed) if missed else 'met'} |"
    )


def section(report: dict[str, Any]) -> str:
    """When and where it was measured, and the table."""
    found = figures(report)
    loads = [figure.load for figure in found]
    usual = [figure.value for figure in found if figure.name == BEFORE]
    told = (
        f"Measured on {max(f.at for f in found)[:10]} on {report['machine']['cores']} cores, whose"
        f" load was {min(loads):g} to {max(loads):g}. Before the attacks, with nobody attacking,"
        f" others' p99 was {min(usual):.1f} to {max(usual):.1f} ms."
    )
    return "\n".join(["", told, "", *rows(found), ""])


def put_into(document: Path, report: dict[str, Any]) -> None:
    """Put it between its marks."""
    put_between(document, BEGIN, END, section(report))
