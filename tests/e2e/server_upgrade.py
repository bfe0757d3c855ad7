"""A newer version replaces Temporal on the same database while runs are open. `make test-servers` runs it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from tests.e2e.test_approval import asking_rule, complete, notes, start
from zarf.dev.process import wait_until
from zarf.dev.temporal_server import NEXT, TemporalServer, chosen


@pytest.fixture
def server(rig: Rig) -> TemporalServer:
    """A server for this test alone."""
    folder = rig.stack.folder / rig.name
    folder.mkdir()
    found = chosen(folder, ui=False)
    assert isinstance(found, TemporalServer)
    rig.temporal = found
    return found


def test_open_runs_continue(rig: Rig, server: TemporalServer) -> None:
    try:
        server.start()
        rig.worker().wait_ready()
        asking, waiting = asking_rule("approved"), Rule("waiting")
        start(rig, asking)
        first, last = waiting.condition("first"), waiting.condition("last")
        rig.start(waiting.chain(first, waiting.delay("wait", "30s"), last))
        wait_until(lambda: rig.has(waiting.workflow_id, "TIMER_STARTED"), "the timer")

        server.stop()
        server.programs = Path(os.environ[NEXT])
        server.start()
        assert rig.ended(waiting.workflow_id) == "COMPLETED"
        complete(rig, asking.workflow_id, "approved")
        assert rig.ended(asking.workflow_id) == "COMPLETED"
        assert notes(rig).startswith("approved: approved")
        later = Rule("later")
        assert rig.run(later.chain(later.condition("check"))) == "COMPLETED"
    finally:
        for worker in rig.workers:
            worker.stop()
        server.close()
