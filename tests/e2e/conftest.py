"""One stack for the whole session; per test a rig with its own database and task queue."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.rig import Rig
from zarf.dev import stack as stacks
from zarf.dev.postgres import Postgres
from zarf.dev.stack import Stack

SAMPLE, QUIET = "sample_template", "quiet_template"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    name = "test-" + Path(os.environ.get("WORKER_BUILD") or "build").name
    with stacks.stack(name) as servers:
        servers.create_sample_database(SAMPLE)
        servers.postgres.query(f"CREATE DATABASE {QUIET} TEMPLATE {SAMPLE}", "postgres")
        servers.postgres.query("TRUNCATE workflow.alerts CASCADE", QUIET)
        yield servers


@contextmanager
def rig_with(template: str, stack: Stack, test: str, folder: Path) -> Iterator[Rig]:
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
    """The sample data, but for its alerts: every alert is one of the test's own."""
    with rig_with(QUIET, stack, request.node.name, tmp_path) as made:
        yield made


@pytest.fixture
def sample_rig(stack: Stack, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """The sample data as `make run` has it."""
    with rig_with(SAMPLE, stack, request.node.name, tmp_path) as made:
        yield made


@pytest.fixture
def postgres(rig: Rig) -> Iterator[Postgres]:
    """One of the test's own, with the tables and the sample data in it; running."""
    folder = rig.stack.folder / f"{rig.name}-postgres"
    folder.mkdir()
    rig.postgres = Postgres(folder)
    rig.postgres.create()
    rig.postgres.start()
    rig.stack.create_sample_database(rig.name, rig.postgres)
    yield rig.postgres
    for worker in rig.workers:
        worker.stop()
    rig.postgres.close()
