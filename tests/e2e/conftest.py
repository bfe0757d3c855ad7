"""One stack for the whole session; per test a rig with its own database and task queue.

What takes long because it waits a lot (`long_chain`, `storm`) begins with the session and is looked at in its end; all
the other tests run beside it.
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
from zarf.dev.postgres import Postgres
from zarf.dev.stack import Stack

SAMPLE, QUIET = "sample_template", "quiet_template"
NUMBERS = itertools.count(1)
# What the sample's past has left: every alert and execution is one of the test's own.
NOTHING_YET = "TRUNCATE workflow.alerts, workflow.automation_executions CASCADE"
BACKGROUND = ("long_chain", "storm")
# Large, and with sanitizers beyond all patience.
collect_ignore = (
    ["test_growth.py", "test_long_life.py", "test_storm.py"] if "asan" in os.environ.get("WORKER_BUILD", "") else []
)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    name = "test-" + Path(os.environ.get("WORKER_BUILD") or "build").name
    with stacks.stack(name) as servers:
        servers.create_sample_database(SAMPLE)
        servers.postgres.query(f"CREATE DATABASE {QUIET} TEMPLATE {SAMPLE}", "postgres")
        servers.postgres.query(NOTHING_YET, QUIET)
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
    """The sample data, but for its alerts and executions."""
    with open_rig(stack, request.node.name, tmp_path) as made:
        yield made


@pytest.fixture
def sample_rig(stack: Stack, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """The sample data as `make run` has it."""
    with open_rig(stack, request.node.name, tmp_path, SAMPLE) as made:
        yield made


@pytest.fixture
def postgres(rig: Rig) -> Iterator[Postgres]:
    """One of the test's own, with the tables and the data that `rig` has; running."""
    folder = rig.stack.folder / f"{rig.name}-postgres"
    folder.mkdir()
    rig.postgres = Postgres(folder)
    rig.postgres.create()
    rig.postgres.start()
    rig.stack.create_sample_database(rig.name, rig.postgres)
    rig.postgres.query(NOTHING_YET, rig.name)
    yield rig.postgres
    for worker in rig.workers:
        worker.stop()
    rig.postgres.close()


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
    items.sort(key=lambda item: bool(needs(item)))


@pytest.fixture(scope="session", autouse=True)
def begin_early(request: pytest.FixtureRequest) -> None:
    for name in sorted(set().union(*map(needs, request.session.items))):
        request.getfixturevalue(name)
