"""[Metrics] What several workers have counted, as one."""

import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from server.metrics import SINCE_START
from server.summed import Collected, Family, _read_gone, add_up, fold, last_told, own_families
from server.summed import _encode as encode


def families(requests: int, lag: float, connected: int, open_now: int = 1) -> list[Family]:
    """What a worker tells that has had so many requests."""
    registry = CollectorRegistry()
    counter = Counter("focushub_jobs_done", "Jobs.", ["kind"], registry=registry)
    counter.labels("mail").inc(requests)
    took = Histogram("took_seconds", "Time.", ["route"], buckets=(1, 2), registry=registry)
    for _ in range(requests):
        took.labels('/a"b').observe(1.5)
    Gauge("focushub_loop_lag_seconds", "Lag.", registry=registry).set(lag)
    Gauge("focushub_redis_connected", "Redis.", registry=registry).set(connected)
    Gauge("focushub_connections", "Live.", registry=registry).set(open_now)
    Gauge("focushub_commands", "Since the start.", registry=registry).set(10 * requests)
    return own_families(registry)


def lines(of: list[Family]) -> dict[str, float]:
    text = generate_latest(Collected(of)).decode()  # type: ignore[arg-type]
    samples = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in samples if "_created" not in name}


def test_counts_are_added_up_and_of_states_the_worst_is_told() -> None:
    told = lines(add_up([families(2, 0.5, 1), families(3, 0.1, 0), families(0, 0.2, 1)]))
    assert told['focushub_jobs_done_total{kind="mail"}'] == 5
    assert told['took_seconds_bucket{le="1.0",route="/a\\"b"}'] == 0
    assert told['took_seconds_bucket{le="2.0",route="/a\\"b"}'] == 5
    assert told['took_seconds_sum{route="/a\\"b"}'] == 7.5
    assert told["focushub_loop_lag_seconds"] == 0.5
    assert told["focushub_redis_connected"] == 0
    assert told["focushub_connections"] == 3


def test_one_alone_tells_what_it_would_without_the_others() -> None:
    registry = CollectorRegistry()
    Histogram("took_seconds", "Time\nin lines.", ["route"], registry=registry).labels("a").observe(
        1
    )
    Gauge("here", "Who is.", registry=registry).set(2.5)
    told = generate_latest(Collected(add_up([own_families(registry)])))  # type: ignore[arg-type]
    assert told == generate_latest(registry)


def test_what_only_grows_outlives_its_workers(tmp_path: Path) -> None:
    """Also what is counted by a gauge; what was a state has ended with them."""
    for number, requests in enumerate((1, 2, 4)):
        (tmp_path / f"{number}.told").write_bytes(encode(families(requests, 0.1, 1)))
        fold(tmp_path, number)
        # Who reads just now finds each of them in one place at least, and knows which.
        assert (tmp_path / f"{number}.told").exists()
        assert not (tmp_path / f"{number - 1}.told").exists()
    gone = _read_gone(tmp_path)
    assert gone.numbers == [0, 1, 2]
    told = lines(add_up([gone.families, families(8, 0.1, 1)]))
    assert told['focushub_jobs_done_total{kind="mail"}'] == 15
    assert told["focushub_commands"] == 150
    assert told["focushub_connections"] == 1


@pytest.mark.parametrize("content", [None, b"", b"\xc1"])
def test_who_has_told_nothing_counts_for_nothing(tmp_path: Path, content: bytes | None) -> None:
    """One that died before it was asked, or while it wrote."""
    if content is not None:
        (tmp_path / "3.told").write_bytes(content)
    assert last_told(tmp_path, 3) == []
    fold(tmp_path, 3)


def test_what_is_said_to_be_since_the_start_outlives_its_worker() -> None:
    """docs/OPERATIONS.md, "Metrics"."""
    text = (Path(__file__).parents[2] / "docs/OPERATIONS.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(\w+)` \| gauge, since the start", text, re.M)) == SINCE_START
