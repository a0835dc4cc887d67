"""Real servers for all tests: started once, in a folder of their own, and stopped at the end."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from server.instance import Instance, open_instance
from server.settings import Settings
from storage.embedded import Embedded
from tests.support import schemas
from tests.support.cluster import open_cluster
from tests.support.databases import Databases
from tests.support.folders import data_folder, open_folder
from tests.support.product import SECRET, Person, Product, serving


@pytest.fixture(autouse=True)
def documented() -> Iterator[None]:
    """Whatever the product says to a test is what its documents say that it says."""
    schemas.faults.clear()
    yield
    assert schemas.faults == []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--redis",
        choices=["single", "cluster"],
        default="single",
        help="what most tests have for their Redis: one server, or a Cluster of three primaries",
    )


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[Embedded]:
    """Postgres and Valkey, without fsync: what they lose in a crash is not asked here."""
    on_cluster = request.config.getoption("--redis") == "cluster"
    with open_folder() as folder, ExitStack() as stack:
        embedded = Embedded(folder, valkey=not on_cluster, durable=False)
        embedded.start()
        stack.callback(embedded.stop)
        if on_cluster:
            nodes = stack.enter_context(open_folder())
            embedded.redis_url = stack.enter_context(open_cluster(nodes)).url
        yield embedded


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of the test's own for a data directory."""
    with open_folder() as made:
        yield made


@pytest.fixture(scope="session")
async def databases(servers: Embedded) -> Databases:
    made = Databases(servers.database_url)
    await made.prepare()
    return made


@pytest.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    """A migrated database of the test's own."""
    url = await databases.make()
    yield url
    await databases.drop(url)


@pytest.fixture(scope="session")
async def shared_product(servers: Embedded, databases: Databases) -> AsyncIterator[Product]:
    """One `run.py` process that most tests share; each makes people of its own."""
    async with serving(await databases.make(), servers.redis_url) as product:
        yield product


@pytest.fixture
async def product(shared_product: Product) -> AsyncIterator[Product]:
    """The shared process; connections that the test's people opened are closed after it."""
    yield shared_product
    for person in shared_product.people:
        await person.close()
    shared_product.people.clear()


@pytest.fixture
async def ada(product: Product) -> Person:
    return await product.person("ada")


@pytest.fixture
async def bo(product: Product) -> Person:
    return await product.person("bo")


@pytest.fixture
async def instance(servers: Embedded, database_url: str) -> AsyncIterator[Instance]:
    """An instance inside the test's own process, on a database of its own."""
    settings = Settings(_env_file=None, rate_limits="off", data_dir=data_folder())  # type: ignore[call-arg]
    opened = await open_instance(settings, database_url, servers.redis_url, SECRET)
    # Who looks at what Redis holds means Redis, however busy the machine is.
    opened.services.boards.book.limit_s = 10
    yield opened
    await opened.close()


@pytest.fixture
async def quiet(instance: Instance) -> Instance:
    """The same with loops that stand still: the test takes their steps."""
    await instance.loops.close()
    return instance


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run of all tests fails if there was something in the documents that none of them met."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:  # one of several processes: the one that started it judges
        output["seen"] = schemas.seen()
    elif is_whole(session.config) and schemas.unseen():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a process has seen, when it ends."""
    schemas.note_seen(getattr(node, "workeroutput", {}).get("seen", [[], [], []]))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if is_whole(config) and (lacking := schemas.unseen()):
        terminalreporter.section("in the documents, and met by no test")
        for name in sorted(lacking):
            terminalreporter.line(name, red=True)


def is_whole(config: pytest.Config) -> bool:
    """Whether all tests run: no folder, no words and no mark was given."""
    chosen = config.option.keyword or config.option.markexpr or config.option.maxfail
    return not chosen and config.args == config.getini("testpaths")
