"""One stack for the whole session; for each test a rig with its own database and task queue.

Slow tests that mostly wait (`long_chain`, `storm`) start with the session and are checked at its end; all other tests
run meanwhile.

With WORKER_POOLER=1 every worker reaches PostgreSQL through PgBouncer in transaction mode.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.long_chain import LongChain
from tests.e2e.rig import Rig
from tests.e2e.storm import Storm
from zarf.dev import stack as stacks
from zarf.dev.pgbouncer import PREPARED_SINCE, PgBouncer, binary, version
from zarf.dev.postgres import Postgres
from zarf.dev.stack import Stack
from zarf.dev.temporal import Temporal

SAMPLE, QUIET = "sample_template", "quiet_template"
NUMBERS = itertools.count(1)
# Removes the alerts and executions of the sample data, so that all rows come from the test.
NOTHING_YET = "TRUNCATE workflow.alerts, workflow.automation_executions CASCADE"
BACKGROUND = ("long_chain", "storm")
# Too slow with sanitizers.
SLOW = ["test_growth.py", "test_long_life.py", "test_storm.py"] if "asan" in os.environ.get("WORKER_BUILD", "") else []
POOLED = bool(os.environ.get("WORKER_POOLER"))
POOL = 20  # connections of PgBouncer to each database, which the workers of a test share
# Tests of the connection without a pooler, or with a separate pooler.
DIRECT = ["test_database_address.py", "test_database_tls.py", "test_make_run.py", "test_pooler.py"] if POOLED else []


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    name = "test-" + Path(os.environ.get("WORKER_BUILD") or "build").name
    with stacks.stack(name) as servers:
        servers.create_sample_database(SAMPLE)
        servers.postgres.query(f"CREATE DATABASE {QUIET} TEMPLATE {SAMPLE}", "postgres")
        servers.postgres.query(NOTHING_YET, QUIET)
        if POOLED:
            servers.add_pooler(POOL)
        yield servers


@contextmanager
def open_rig(stack: Stack, test: str, folder: Path, template: str = QUIET) -> Iterator[Rig]:
    words = re.sub(r"[^a-z0-9]+", "_", test.lower()).strip("_")
    name = f"{words[:50]}_{next(NUMBERS)}"
    stack.postgres.query(f'CREATE DATABASE "{name}" TEMPLATE {template}', "postgres")
    made = Rig(stack, name, folder)
    try:
        yield made
    finally:
        made.close()
        stack.postgres.query(f'DROP DATABASE "{name}" WITH (FORCE)', "postgres")


@pytest.fixture
def rig(stack: Stack, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """A rig with the sample data, except alerts and executions."""
    with open_rig(stack, request.node.name, tmp_path) as made:
        yield made


@pytest.fixture
def sample_rig(stack: Stack, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """A rig with all of the sample data, as in `make run`."""
    with open_rig(stack, request.node.name, tmp_path, SAMPLE) as made:
        yield made


@pytest.fixture
def postgres(rig: Rig) -> Iterator[Postgres]:
    """A running PostgreSQL for this test alone, with the tables and data of `rig`."""
    folder = rig.stack.folder / f"{rig.name}-postgres"
    folder.mkdir()
    rig.postgres = Postgres(folder)
    rig.postgres.create()
    rig.postgres.start()
    rig.stack.create_sample_database(rig.name, rig.postgres)
    rig.postgres.query(NOTHING_YET, rig.name)
    own_pooler = PgBouncer(rig.postgres, folder / "pgbouncer", POOL) if POOLED else None
    if own_pooler:
        own_pooler.start()
        rig.pgbouncer = own_pooler
    yield rig.postgres
    for worker in rig.workers:
        worker.stop()
    if own_pooler:
        own_pooler.close()
    rig.postgres.close()


@pytest.fixture
def temporal(rig: Rig) -> Iterator[Temporal]:
    """A Temporal for this test alone, which keeps its workflows while it is stopped. It is not started yet."""
    rig.temporal = Temporal(rig.stack.folder, keep=True, name=f"{rig.name}-temporal")
    yield rig.temporal
    for worker in rig.workers:
        worker.stop()
    rig.temporal.close()


@pytest.fixture
def pgbouncer(rig: Rig, request: pytest.FixtureRequest) -> Iterator[PgBouncer]:
    """A PgBouncer in transaction mode between the workers of `rig` and PostgreSQL. Its parameter, which is
    optional, is the number of statements that it keeps prepared."""
    prepared = getattr(request, "param", 0)
    if prepared and version() < PREPARED_SINCE:
        pytest.skip(f"{binary()} prepares no statements: PGBOUNCER names a newer one")
    rig.pgbouncer = PgBouncer(rig.postgres, rig.stack.folder / f"{rig.name}-pgbouncer", prepared=prepared)
    rig.pgbouncer.start()
    yield rig.pgbouncer
    for worker in rig.workers:
        worker.stop()
    rig.pgbouncer.close()


# In the background


@pytest.fixture(scope="session")
def long_chain(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LongChain]:
    with open_rig(stack, "long_chain", tmp_path_factory.mktemp("long_chain")) as rig:
        yield LongChain(rig)


@pytest.fixture(scope="session")
def storm(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storm]:
    with open_rig(stack, "storm", tmp_path_factory.mktemp("storm")) as rig, Storm(rig) as made:
        yield made


def needs(item: pytest.Item) -> set[str]:
    return set(BACKGROUND) & set(getattr(item, "fixturenames", ()))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`collect_ignore` would not count for files that the command line names."""
    items[:] = [item for item in items if item.path.name not in SLOW + DIRECT]
    items.sort(key=lambda item: bool(needs(item)))


@pytest.fixture(scope="session", autouse=True)
def start_background(request: pytest.FixtureRequest) -> None:
    for name in sorted(set().union(*map(needs, request.session.items))):
        request.getfixturevalue(name)
