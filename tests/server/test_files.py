"""How many files a serving process may have open."""

import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from server.files import ENOUGH
from tests.support.product import Product

ROOT = Path(__file__).resolve().parents[2]


def limits_of(pid: int) -> tuple[str, str]:
    """(soft, hard) limit of open files of a process."""
    text = Path(f"/proc/{pid}/limits").read_text()
    found = re.search(r"Max open files +(\w+) +(\w+)", text)
    assert found is not None
    return found[1], found[2]


@pytest.mark.skipif(not Path("/proc").exists(), reason="reads /proc")
def test_a_serving_process_may_open_as_many_files_as_its_starter_allows(product: Product) -> None:
    assert product.process is not None
    soft, hard = limits_of(product.process.pid)
    assert soft == hard


def prepared_under(soft: int, hard: int) -> str:
    """What a process says that prepares itself, started with these limits."""
    return subprocess.run(
        [sys.executable, "-c", "from server.files import prepare; prepare()"],
        cwd=ROOT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)),
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_a_low_limit_that_cannot_be_raised_is_told() -> None:
    told = prepared_under(256, 512)
    assert "LimitNOFILE" in told
    assert json.dumps(512) in told


def test_a_low_limit_that_can_be_raised_is_not_worth_a_word() -> None:
    assert prepared_under(256, ENOUGH) == ""
