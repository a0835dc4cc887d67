"""The documents are true where a program can tell: settings, metrics, rules, links, commands."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from server import metrics
from server.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = {".venv", "node_modules", "data", "test-results"}
START = (
    "python3 -m venv .venv && .venv/bin/pip install -q --require-hashes -r requirements.txt"
    " && .venv/bin/python run.py"
)
TESTS = (
    "python3 -m venv .venv && .venv/bin/pip install -q --require-hashes -r requirements-dev.txt"
    " && .venv/bin/python -m tests"
)
# Read from the environment beside `Settings`, and not part of it.
OTHER_SETTINGS = {"EMBEDDED_PG_HOME", "EMBEDDED_VALKEY", "ADMIN_PASSWORD", "NEW_PASSWORD"}
# What only the machine of whoever wrote it has; built up, so that this file has none of it.
MACHINE_PATHS = re.compile(
    "|".join(["/" + "work/", "/" + "tmp/venv", "/" + "root/", "shared" + "/"])
)


def documents() -> list[Path]:
    """Every Markdown file of the project."""
    found = sorted(ROOT.rglob("*.md"))
    return [
        path
        for path in found
        if not any(p in NOT_OURS or p.startswith(".") for p in path.relative_to(ROOT).parts)
    ]


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def prose_of(text: str) -> str:
    """A document without its blocks of code, in which brackets are no links."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors_of(text: str) -> set[str]:
    """The fragments that GitHub gives to the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", prose_of(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def first_column(text: str) -> set[str]:
    """The names in code font that begin the rows of a document's tables."""
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


def test_every_setting_is_in_the_table_and_the_other_way_round() -> None:
    written = {name for name in first_column(text_of("docs/SETTINGS.md")) if name.isupper()}
    assert written == {name.upper() for name in Settings.model_fields} | OTHER_SETTINGS


def test_the_defaults_in_the_table_are_those_of_the_code() -> None:
    rows = dict(
        re.findall(r"^\| `([A-Z_]+)` \| `([^`]+)` \|", text_of("docs/SETTINGS.md"), re.MULTILINE)
    )
    assert rows
    for name, default in rows.items():
        assert default == str(Settings.model_fields[name.lower()].default).lower()


def test_every_metric_is_in_the_table_and_the_other_way_round() -> None:
    names = {
        family.name + ("_total" if family.type == "counter" else "")
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
        for family in metric.describe()
    }
    section = text_of("docs/OPERATIONS.md").partition("## Metrics")[2].partition("\n## ")[0]
    written = {name for name in first_column(section) if "…" not in name}
    assert names == written


def cited_rules() -> Iterator[tuple[str, Path]]:
    """(rule, where) for every [T4] in a source file."""
    folders = ("rooms", "storage", "handlers", "server", "tests", "static/js")
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".sql", ".js", ".mjs"} and "node_modules" not in path.parts:
                for group in re.findall(r"\[([A-Z]\d+(?:, [A-Z]\d+)*)\]", path.read_text("utf-8")):
                    yield from ((rule, path.relative_to(ROOT)) for rule in group.split(", "))


def test_every_rule_that_is_cited_is_written_down() -> None:
    written = set(re.findall(r"^\| \*\*([A-Z]\d+)\*\* \|", text_of("docs/PROTOCOL.md"), re.M))
    cited = list(cited_rules())
    assert cited
    assert [(rule, str(where)) for rule, where in cited if rule not in written] == []


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose_of(text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        if not there.exists() or (
            fragment and fragment not in anchors_of(there.read_text("utf-8"))
        ):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_documents_name_no_path_of_somebodys_machine(path: Path) -> None:
    assert MACHINE_PATHS.findall(path.read_text("utf-8")) == []


def test_the_two_commands_are_the_same_everywhere() -> None:
    """Each on a line of its own, as a reader copies it."""
    assert START in text_of("README.md").splitlines()
    for name in ("README.md", "CONTRIBUTING.md", ".ci/run"):
        assert TESTS in text_of(name).splitlines(), name
    for path in documents():
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("python3 -m venv"):
                assert line in (START, TESTS), path


def test_swagger_ui_is_what_was_published() -> None:
    table = re.findall(
        r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|", text_of("static/api-docs/README.md"), re.M
    )
    assert {name for name, _ in table} == {"swagger-ui.css", "swagger-ui-bundle.js"}
    for name, told in table:
        assert hashlib.sha256((ROOT / "static/api-docs" / name).read_bytes()).hexdigest() == told


@pytest.mark.parametrize("name", ["index.html", "events.html"])
def test_the_pages_of_the_documents_need_no_inline_script_or_style(name: str) -> None:
    page = text_of(f"static/api-docs/{name}")
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL):
        assert "src=" in attributes
        assert body == ""
    for path in re.findall(r'(?:src|href)="/(static/[^"]+)"', page):
        assert (ROOT / path).is_file(), path
