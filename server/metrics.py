"""What can be watched: Prometheus metrics of this process."""

from collections.abc import Callable

from prometheus_client import REGISTRY, Counter, Gauge, Histogram

_SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

http_requests = Histogram(
    "http_request_duration_seconds",
    "Time from a request to its answer.",
    ["method", "route", "status"],
    buckets=(*_SHORT, 5.0, 10.0),
)
socket_events = Histogram(
    "focushub_socket_event_duration_seconds",
    "Time from an event to its ack.",
    ["event"],
    buckets=_SHORT,
)
socket_refusals = Counter(
    "focushub_socket_refusals_total", "Events answered with an error.", ["event", "code"]
)
turned_away = Counter(
    "focushub_turned_away_total",
    "Connections refused, or ended for how they behave: crowd, address, user, flood, malformed,"
    " slow.",
    ["why"],
)
connections = Gauge("focushub_connections", "Live connections on this instance.")
tasks = Gauge("focushub_tasks", "Tasks of the event loop; none of them is a connection's own.")
channels = Gauge("focushub_channels", "Channels with listeners on this instance.")
deliveries = Gauge("focushub_deliveries", "Channel events written to connections since the start.")
batches = Gauge("focushub_command_batches", "Batches committed since the start.")
commands = Gauge("focushub_commands", "Timer commands committed since the start.")
slow_clients = Gauge("focushub_slow_clients", "Connections dropped for not reading, so far.")
hints_dropped = Gauge("focushub_hints_dropped", "Hints that Redis did not take in time.")
redis_connected = Gauge("focushub_redis_connected", "1 while hints are received.")
replica_reads = Gauge("focushub_replica_reads", "Reads that the replica has answered, so far.")
replica_misses = Gauge("focushub_replica_misses", "Reads that it left to the primary, so far.")
jobs_waiting = Gauge("focushub_jobs_waiting", "Jobs that are due and wait.", ["kind"])
jobs_running = Gauge("focushub_jobs_running", "Jobs under way, on all instances.", ["kind"])
jobs_dead = Gauge("focushub_jobs_dead", "Jobs that have failed for good, and are kept.", ["kind"])
jobs_done = Counter("focushub_jobs_done_total", "Jobs that this instance has done.", ["kind"])
jobs_retried = Counter("focushub_jobs_retried_total", "Attempts that failed here.", ["kind"])
jobs_failed = Counter("focushub_jobs_failed_total", "Jobs that failed for good here.", ["kind"])
last_backup = Gauge(
    "focushub_last_backup_timestamp_seconds",
    "When `run.py backup` was last done, in seconds since 1970; 0 before the first time.",
)
loop_lag = Gauge("focushub_loop_lag_seconds", "How late the event loop woke up last.")

# Gauges by their type, which count since the start of the process.
SINCE_START = frozenset(
    (
        "focushub_deliveries",
        "focushub_command_batches",
        "focushub_commands",
        "focushub_slow_clients",
        "focushub_hints_dropped",
        "focushub_replica_reads",
        "focushub_replica_misses",
    )
)
# What several processes have of these is not added up. Whatever is counted in the database is the
# same for all; of the others, the one that is worst off says how it is.
TOGETHER: dict[str, Callable[[float, float], float]] = {
    "focushub_redis_connected": min,
    "focushub_loop_lag_seconds": max,
    "focushub_jobs_waiting": max,
    "focushub_jobs_running": max,
    "focushub_jobs_dead": max,
    "focushub_last_backup_timestamp_seconds": max,
    "process_start_time_seconds": min,
    "process_max_fds": min,
    "python_info": max,
}


# Finding a child of a metric costs more than using it.
_children: dict[str, Histogram] = {}


def count_event(event: str, code: str, seconds: float) -> None:
    """Note one event of a client."""
    child = _children.get(event)
    if child is None:
        child = _children[event] = socket_events.labels(event)
    child.observe(seconds)
    if code != "ok":
        socket_refusals.labels(event, code).inc()


__all__ = ["REGISTRY", "count_event"]
