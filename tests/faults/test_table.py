"""The document shows the report as it is."""

from pathlib import Path

import pytest

from tests.faults.__main__ import DOCUMENT, RESULTS
from tests.faults.report import LONG, figures, read
from tests.faults.table import section


@pytest.mark.skipif(LONG, reason="it is being measured")
def test_the_table_of_the_document_is_that_of_the_last_long_run() -> None:
    report = read(RESULTS)
    assert report["form"] == "long"
    assert figures(report)
    assert section(report) in DOCUMENT.read_text("utf-8")


def test_every_scenario_that_the_document_names_is_there() -> None:
    named = {
        word.strip("`")
        for line in DOCUMENT.read_text("utf-8").splitlines()
        for word in line.split()
        if word.startswith(("`test_", "`tests/faults/test_"))
    }
    files = {Path(name.rstrip("`;|")).name for name in named}
    here = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    assert here - {Path(__file__).name} <= files
