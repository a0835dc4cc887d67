"""The capacity model: what it claims, and that its document says what it gives."""

from dataclasses import replace

import pytest

from benchmarks import capacity, report, simulation
from benchmarks.capacity import SIZES, Bounds, Habits, demand_of, hops_of, plan_for, strains_of

COSTS = capacity.read_costs()


def test_the_tables_of_the_document_are_what_the_model_gives() -> None:
    told = report.between(capacity.DOCUMENT, capacity.BEGIN, capacity.END)
    assert told == capacity.tables(COSTS)


def test_the_claims_of_the_document_are_those_that_were_measured_last() -> None:
    told = report.between(capacity.DOCUMENT, simulation.BEGIN, simulation.END)
    claims = simulation.read_claims(report.results_of("simulation"))
    assert told == simulation.table(claims)


def test_an_event_goes_to_no_more_instances_than_it_has_followers() -> None:
    habits = Habits()
    followers = habits.project_audience + habits.connections_each
    hops = [hops_of(instances, habits) for instances in (1, 2, 10, 100, 10_000)]
    assert hops == sorted(hops)
    assert hops[0] == 0
    assert hops[-1] <= followers


def test_what_users_do_is_in_proportion_to_them() -> None:
    one, ten = demand_of(1000, Habits()), demand_of(10_000, Habits())
    for name in one.__slots__:
        assert getattr(ten, name) == pytest.approx(10 * getattr(one, name))


def test_more_users_never_take_less() -> None:
    plans = [plan_for(users, COSTS) for users in SIZES]
    for name in ("instances", "redis_shards", "postgres_processors", "disk_a_year_gib"):
        values = [getattr(plan, name) for plan in plans]
        assert values == sorted(values)


def test_no_instance_is_asked_for_more_than_it_may_be() -> None:
    bounds = Bounds()
    for users in SIZES:
        plan = plan_for(users, COSTS)
        assert plan.instance_processors / plan.instances <= bounds.instance_share
        assert plan.demand.connections / plan.instances <= bounds.connections


def test_what_costs_twice_as_much_in_postgres_needs_twice_as_much_of_it() -> None:
    dear = COSTS | {k: 2 * v for k, v in COSTS.items() if "_postgres_us" in k}
    once, twice = plan_for(1_000_000, COSTS), plan_for(1_000_000, dear)
    assert twice.postgres_processors == pytest.approx(2 * once.postgres_processors)


def test_what_breaks_first_is_what_is_used_most() -> None:
    plan = plan_for(1_000_000, COSTS)
    plan = replace(plan, redis_memory_gib=1e6)
    strains = strains_of(plan)
    assert max(strains, key=lambda name: strains[name]) == "one Redis, its memory"


@pytest.mark.parametrize(
    "value, told",
    [(0.0, "0"), (0.1234, "0.12"), (1.26, "1.3"), (42.4, "42"), (12_345, "12,000"), (999, "1,000")],
)
def test_figures_are_told_with_two_digits(value: float, told: str) -> None:
    assert capacity.number(value) == told
