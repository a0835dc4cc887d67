"""What it takes to serve so many users: `python -m benchmarks.capacity [--write]`.

Pure functions from what one of each costs (benchmarks/results/costs.json, by `costs.py`) and from
what people do (`Habits`) to processors, memory, disks and network. `--write` puts the table into
docs/SCALING.md, where a test holds it.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from benchmarks import report

DOCUMENT = report.RESULTS.parent.parent / "docs" / "SCALING.md"
BEGIN, END = "<!-- the model begins -->", "<!-- the model ends -->"
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
HOUR_S, DAY_S, YEAR_D, GIB = 3600, 86_400, 365, 2**30
POSITION_CHECK_S = 1.5

Costs = dict[str, float]


@dataclass(frozen=True, slots=True)
class Habits:
    """What people do, by assumption. Shares are of all users unless they say of whom."""

    active_a_month: float = 0.50
    active_a_day: float = 0.20
    online_at_peak: float = 0.10
    connections_each: float = 1.3
    peak_to_mean: float = 4.0
    pairs_a_day: float = 8.0  # timers started and stopped, of who is active
    reads_a_day: float = 120.0  # REST calls, of who is active
    arrivals_a_day: float = 10.0  # connections begun, of who is active
    in_rooms: float = 0.20  # of those online
    room_size: float = 8.0
    reactions_an_hour: float = 20.0  # of somebody in a room
    lines_an_hour: float = 4.0  # of chat, of somebody in a room
    joins_an_hour: float = 1.0  # of somebody in a room
    project_audience: float = 6.0  # online, of a project that one tracks on
    places_each: float = 1.1  # followed channels beside one's own
    away: float = 0.15  # of those online
    boards_each: float = 4.0  # everybody's, of two projects, of a room
    log_kept_d: float = 2.0  # events are dropped by the day, a day after the last
    answers_kept_d: float = 2.0  # command ids are remembered


@dataclass(frozen=True, slots=True)
class Bounds:
    """How full things may be at the peak, so that there is room for what was not foreseen."""

    instance_share: float = 0.5  # of the one processor that an instance can use
    connections: float = 10_000
    redis_share: float = 0.4  # of the one processor of a shard
    redis_memory_gib: float = 12.0
    postgres_share: float = 0.5  # of its processors
    postgres_processors: float = 32  # of a large machine that is easily had
    wal_mib_a_second: float = 100.0
    redis_mib_a_second: float = 100.0


@dataclass(frozen=True, slots=True)
class Demand:
    """What happens at the peak, a second, and who is there."""

    users: float
    online: float
    connections: float
    arrivals: float
    pairs: float
    reads: float
    reactions: float
    lines: float
    joins: float
    deliveries: float
    events: float
    places: float
    pairs_a_day: float
    lines_a_day: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What it takes at the peak. Processors are those kept busy, before any room is left."""

    demand: Demand
    instances: int
    instance_processors: float
    instance_memory_gib: float
    redis_processors: float
    redis_memory_gib: float
    redis_shards: int
    postgres_processors: float
    wal_mib_a_second: float
    disk_kept_gib: float
    disk_a_year_gib: float
    network_mbit: float
    away_mib_a_second: float


def demand_of(users: float, habits: Habits) -> Demand:
    """What so many users do at the peak."""
    active = users * habits.active_a_day
    online = users * habits.online_at_peak

    def at_peak(each_a_day: float) -> float:
        return active * each_a_day * habits.peak_to_mean / DAY_S

    in_rooms = online * habits.in_rooms
    reactions = in_rooms * habits.reactions_an_hour / HOUR_S
    lines = in_rooms * habits.lines_an_hour / HOUR_S
    joins = in_rooms * habits.joins_an_hour / HOUR_S
    pairs = at_peak(habits.pairs_a_day)
    # A timer's start and stop are told to its user's connections and to the project's audience;
    # what follows of a stop (streak, boards, badges) to the user's own.
    by_pair = 2 * (habits.connections_each + habits.project_audience) + habits.connections_each
    by_room = (reactions + lines + 2 * joins) * habits.room_size
    return Demand(
        users=users,
        online=online,
        connections=online * habits.connections_each,
        arrivals=at_peak(habits.arrivals_a_day),
        pairs=pairs,
        reads=at_peak(habits.reads_a_day),
        reactions=reactions,
        lines=lines,
        joins=joins,
        deliveries=pairs * by_pair + by_room,
        events=5 * pairs + reactions + lines + 2 * joins,
        places=online * habits.places_each / 3,  # three of a project are online at once, or more
        pairs_a_day=active * habits.pairs_a_day,
        lines_a_day=lines * DAY_S / habits.peak_to_mean,
    )


def positions_of(demand: Demand) -> float:
    """Channels whose position is looked up in Postgres a second, by all instances."""
    return (demand.online + demand.places) / POSITION_CHECK_S


def busy(who: str, demand: Demand, costs: Costs, habits: Habits, instances: float) -> float:
    """Processors that `who` (server, postgres, redis) keeps busy at the peak.

    What a connection costs Postgres by staying is the looking up of positions, and measured so.
    """
    by_what = {
        "instance_{}_us_a_second": instances,
        "connection_{}_us_a_second": 0.0 if who == "postgres" else demand.connections,
        "place_{}_us_a_second": 0.0 if who == "postgres" else demand.places,
        "connect_{}_us": demand.arrivals,
        "subscribe_{}_us": demand.arrivals * habits.places_each,
        "pair_{}_us": demand.pairs,
        "read_{}_us": demand.reads,
        "reaction_{}_us": demand.reactions,
        "reaction_each_{}_us": demand.reactions * habits.room_size,
        "chat_{}_us": demand.lines,
        "chat_each_{}_us": demand.lines * habits.room_size,
        "join_{}_us": demand.joins,
        "join_each_{}_us": demand.joins * habits.room_size,
    }
    us = sum(costs[name.format(who)] * count for name, count in by_what.items())
    # Told to a project's audience; in the measured pair nobody else listens.
    if who == "postgres":
        us += positions_of(demand) * costs["position_postgres_us"]
    if who == "server":
        us += costs["reaction_each_server_us"] * demand.pairs * 2 * habits.project_audience
    return us / 1e6


def hops_of(instances: int, habits: Habits) -> float:
    """To how many other instances an event goes, on average: to those that have a follower of its
    channel, which are never more than it has followers, however many instances there are."""
    followers = habits.project_audience + habits.connections_each
    reached: float = 1 - (1 - 1 / instances) ** followers
    return (instances - 1) * reached


def instances_for(
    demand: Demand, costs: Costs, habits: Habits, bounds: Bounds
) -> tuple[int, float]:
    """How many instances serve that, and how many processors they keep busy together."""
    instances = 1
    while True:
        heard = demand.events * hops_of(instances, habits) * costs["hint_server_us"]
        # Each hears of all others every second.
        known = instances * (instances - 1) * costs["hint_server_us"]
        own = busy("server", demand, costs, habits, instances) + (heard + known) / 1e6
        if (
            own / instances <= bounds.instance_share
            and demand.connections / instances <= bounds.connections
        ):
            return instances, own
        instances += 1 + instances // 100


def plan_for(
    users: float, costs: Costs, habits: Habits = Habits(), bounds: Bounds = Bounds()
) -> Plan:
    """What it takes to serve so many users at their peak."""
    demand = demand_of(users, habits)
    instances, processors = instances_for(demand, costs, habits, bounds)
    hint, listener = costs["hint_redis_us"], costs["hint_listener_redis_us"]
    hints = demand.events * (hint + hops_of(instances, habits) * listener)
    beats = instances * (hint + instances * listener)
    alone = instances == 1
    redis = busy("redis", demand, costs, habits, instances) + (
        0.0 if alone else (hints + beats) / 1e6
    )
    # Of each board there are those by day, week and month, and for all time.
    redis_gib = (
        users * habits.active_a_month * 4 * habits.boards_each * costs["board_row_bytes"]
        + demand.places * costs["place_bytes"]
    ) / GIB
    kept = (
        demand.pairs_a_day
        * (
            habits.answers_kept_d * costs["pair_short_lived_bytes"]
            + habits.log_kept_d * costs["pair_log_bytes"]
        )
        + demand.lines_a_day * habits.log_kept_d * costs["event_log_bytes"]
    )
    network = (
        demand.deliveries * costs["delivery_bytes"]
        + demand.reads * costs["read_bytes"]
        + demand.connections * costs["connection_bytes_a_second"]
    )
    away = demand.online * habits.away * costs["away_word_bytes"]
    return Plan(
        demand=demand,
        instances=instances,
        instance_processors=processors,
        instance_memory_gib=(
            instances * costs["instance_mib"] / 1024
            + demand.connections * costs["connection_kib"] / 2**20
        ),
        redis_processors=redis,
        redis_memory_gib=redis_gib,
        redis_shards=max(
            ceil(redis / bounds.redis_share), ceil(redis_gib / bounds.redis_memory_gib)
        ),
        postgres_processors=busy("postgres", demand, costs, habits, instances),
        wal_mib_a_second=demand.pairs * costs["pair_wal_bytes"] / 2**20,
        disk_kept_gib=kept / GIB,
        disk_a_year_gib=demand.pairs_a_day * YEAR_D * costs["pair_facts_bytes"] / GIB,
        network_mbit=network * 8 / 1e6,
        away_mib_a_second=0.0 if alone else away * instances / 2**20,
    )


def strains_of(plan: Plan, bounds: Bounds = Bounds()) -> dict[str, float]:
    """How many times over one of each is used at the peak; what is the most breaks first."""
    return {
        "one instance, its connections": plan.demand.connections / bounds.connections,
        "one instance, its processor": plan.instance_processors / bounds.instance_share,
        "one Redis, its processor": plan.redis_processors / bounds.redis_share,
        "one Redis, its memory": plan.redis_memory_gib / bounds.redis_memory_gib,
        "one Postgres, its processors": plan.postgres_processors
        / (bounds.postgres_processors * bounds.postgres_share),
        "one disk, what is written ahead": plan.wal_mib_a_second / bounds.wal_mib_a_second,
        "one Redis, who is away (to all)": plan.away_mib_a_second / bounds.redis_mib_a_second,
    }


# -- as a document

_ASSUMED: tuple[tuple[str, Callable[[Habits, Bounds], str]], ...] = (
    ("users who are active in a month, and on a day", lambda h, b:
        f"{h.active_a_month:.0%}, {h.active_a_day:.0%}"),
    ("users online at the peak, and the connections of one", lambda h, b:
        f"{h.online_at_peak:.0%}, {h.connections_each}"),
    ("the busiest hour, to the mean of the day", lambda h, b: f"{h.peak_to_mean:.0f} times"),
    ("timers that an active user starts and stops a day", lambda h, b: f"{h.pairs_a_day:.0f}"),
    ("REST reads, and connections begun, of one", lambda h, b:
        f"{h.reads_a_day:.0f}, {h.arrivals_a_day:.0f}"),
    ("who is online and in a room, and how many a room has", lambda h, b:
        f"{h.in_rooms:.0%}, {h.room_size:.0f}"),
    ("reactions, lines of chat and joins of somebody in a room, an hour", lambda h, b:
        f"{h.reactions_an_hour:.0f}, {h.lines_an_hour:.0f}, {h.joins_an_hour:.0f}"),
    ("others online on the project that one tracks on", lambda h, b:
        f"{h.project_audience:.0f}"),
    ("boards that one is on, by day, week, month and for all time", lambda h, b:
        f"{h.boards_each:.0f}"),
    ("who is online and away", lambda h, b: f"{h.away:.0%}"),
    ("an instance is full at", lambda h, b:
        f"{b.instance_share:.0%} of a processor, {b.connections:,.0f} connections"),
    ("a Redis shard is full at", lambda h, b:
        f"{b.redis_share:.0%} of a processor, {b.redis_memory_gib:.0f} GiB"),
    ("a Postgres is full at", lambda h, b:
        f"{b.postgres_share:.0%} of {b.postgres_processors:.0f} processors"),
)  # fmt: skip
_ROWS: tuple[tuple[str, Callable[[Plan], str]], ...] = (
    ("online at the peak", lambda p: f"{p.demand.online:,.0f}"),
    ("live connections", lambda p: f"{p.demand.connections:,.0f}"),
    ("timer commands a second", lambda p: number(2 * p.demand.pairs)),
    ("REST reads a second", lambda p: number(p.demand.reads)),
    ("events delivered a second", lambda p: number(p.demand.deliveries)),
    ("**instances**", lambda p: f"{p.instances:,}"),
    ("their processors, kept busy", lambda p: number(p.instance_processors)),
    ("their memory, GiB", lambda p: number(p.instance_memory_gib)),
    ("**Redis shards**", lambda p: f"{p.redis_shards:,}"),
    ("their processors, kept busy", lambda p: number(p.redis_processors)),
    ("their memory, GiB", lambda p: number(p.redis_memory_gib)),
    ("**Postgres, processors kept busy**", lambda p: number(p.postgres_processors)),
    ("written ahead, MiB a second", lambda p: number(p.wal_mib_a_second)),
    ("log and remembered answers, GiB", lambda p: number(p.disk_kept_gib)),
    ("entries and what is derived, GiB a year", lambda p: number(p.disk_a_year_gib)),
    ("network to clients, Mbit a second", lambda p: number(p.network_mbit)),
    ("positions asked for a second", lambda p: number(positions_of(p.demand))),
    ("who is away, MiB a second to all instances", lambda p: number(p.away_mib_a_second)),
)


def number(value: float) -> str:
    """Two digits that count."""
    if value >= 100:
        digits = len(str(int(value))) - 2
        return f"{round(value, -digits):,.0f}"
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def tables(costs: Costs) -> str:
    """The model's three tables in Markdown: what is assumed, what it takes, what breaks first."""
    plans = [plan_for(users, costs) for users in SIZES]
    head = " | ".join(f"{users:,}" for users in SIZES)
    rule = "---:|" * len(SIZES)
    lines = ["| assumed | |", "|---|---:|"]
    lines += [f"| {name} | {told(Habits(), Bounds())} |" for name, told in _ASSUMED]
    lines += ["", f"| users | {head} |", f"|---|{rule}"]
    lines += [f"| {name} | {' | '.join(map(told, plans))} |" for name, told in _ROWS]
    lines += ["", f"| how many times over | {head} |", f"|---|{rule}"]
    strains = [strains_of(plan) for plan in plans]
    for name in strains[0]:
        cells = (
            f"**{number(strain[name])}**" if strain[name] > 1 else number(strain[name])
            for strain in strains
        )
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def read_costs(path: Path | None = None) -> Costs:
    """The costs as they were measured last."""
    costs: Costs = report.read_report(path or report.results_of("costs"))["costs"]
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/SCALING.md")
    parser.add_argument("--costs", type=Path, default=report.results_of("costs"))
    given = parser.parse_args()
    told = tables(read_costs(given.costs))
    print(told)
    if given.write:
        report.put_between(DOCUMENT, BEGIN, END, told)


if __name__ == "__main__":
    main()
