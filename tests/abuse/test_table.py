"""The document shows what attacks did as it was measured last."""

from benchmarks.report import between
from tests.abuse import test_slow
from tests.abuse.table import BEGIN, END, scenario_of, section
from tests.abuse.test_floods import BROKEN, FLOODS
from tests.faults.__main__ import DOCUMENT, RESULTS
from tests.faults.report import figures, read

REPORT = read(RESULTS.with_name("abuse.json"))


def test_the_table_of_the_document_is_what_was_measured_last() -> None:
    assert between(DOCUMENT, BEGIN, END) == section(REPORT).strip()


def test_every_attack_was_measured() -> None:
    slow = {one.__name__ for one in test_slow.ATTACKS if one not in test_slow.SIGNED_IN}
    kinds = FLOODS.keys() | BROKEN.keys() | slow
    assert {figure.scenario for figure in figures(REPORT)} == set(map(scenario_of, kinds))
