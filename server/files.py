"""How many files the process may have open: each live connection is one."""

import structlog

log = structlog.get_logger(__name__)

# What ten thousand connections need, with what the process needs itself.
ENOUGH = 10_240


def raise_limit() -> int | None:
    """Let the process have as many open files as it may; how many, or None where nobody counts.

    Many systems begin with 1,024, for the sake of old programs, and allow far more.
    """
    try:
        import resource
    except ImportError:  # Windows
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS says "unlimited" and refuses it.
    for wanted in (hard, ENOUGH):
        if wanted in (soft, resource.RLIM_INFINITY) or soft == resource.RLIM_INFINITY:
            continue
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):
            continue
        return wanted
    return None if soft == resource.RLIM_INFINITY else soft


def prepare() -> None:
    """Raise the limit, and say so where it stays low."""
    most = raise_limit()
    if most is not None and most < ENOUGH:
        log.warning(
            "few files may be open, and each live connection needs one:"
            " raise LimitNOFILE of the service, or `ulimit -Hn`",
            most=most,
            wanted=ENOUGH,
        )
