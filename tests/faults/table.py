"""The report as a table of a document."""

import re
from pathlib import Path
from typing import Any

from tests.faults.report import Figure, figures

# Others come after these.
ORDER = (
    "acknowledged commands",
    "durable events",
    "reconnect",
    "Redis killed, paused, flushed",
    "Postgres killed, paused, restarted",
    "slow, late, black and cut lines",
    "slow reader",
    "presence",
    "login revoked, token expired",
    "rolling restart of 2 instances",
    "jobs",
    "soak",
)
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def rows(found: list[Figure]) -> list[str]:
    """A table; within a scenario, in the order in which its figures were taken."""
    lines = ["| scenario | figure | goal | measured | |", "|---|---|---:|---:|---|"]
    last = ""
    scenarios = dict.fromkeys(figure.scenario for figure in found)
    places = {name: number for number, name in enumerate(ORDER)}
    for scenario in sorted(scenarios, key=lambda name: places.get(name, len(ORDER))):
        for figure in (f for f in found if f.scenario == scenario):
            shown = "" if scenario == last else scenario
            last = scenario
            value = _number(figure.value, figure.unit)
            lines.append(
                f"| {shown} | {figure.name} | {_goal(figure)} | {value} | {_judged(figure)} |"
            )
    return lines


def _goal(figure: Figure) -> str:
    if figure.most is not None:
        return f"{'≤ ' if figure.most else ''}{_number(figure.most, figure.unit)}"
    return "" if figure.least is None else f"≥ {_number(figure.least, figure.unit)}"


def _judged(figure: Figure) -> str:
    if figure.most is None and figure.least is None:
        return ""
    return "met" if figure.met else f"**missed**, load {figure.load:g}"


def _number(value: float, unit: str) -> str:
    digits = 0 if value == int(value) or value >= 100 else 1 if value >= 10 else 2
    text = f"{value:,.{digits}f}"
    return text if not unit else f"{text}{unit}" if unit in "%×" else f"{text} {unit}"


def section(report: dict[str, Any]) -> str:
    """What stands between the marks: when and where, and the table."""
    found = figures(report)
    machine = report["machine"]
    loads = [figure.load for figure in found]
    first, last = min(f.at for f in found), max(f.at for f in found)
    told = (
        f"Measured from {first[:16].replace('T', ' ')} to {last[:16].replace('T', ' ')} UTC on"
        f" {machine['cores']} cores ({machine['system']}, Python {machine['python']}), with clients"
        f" and servers on the same machine; its load was {min(loads):g} to {max(loads):g}."
    )
    failed = [f"Failed in this run: `{test}`.\n" for test in report.get("failed", [])]
    return "\n".join([BEGIN, "", told, "", *failed, *rows(found), "", END])


def put_into(document: Path, report: dict[str, Any]) -> None:
    text = document.read_text("utf-8")
    marked = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    document.write_text(marked.sub(lambda _: section(report), text), "utf-8")
