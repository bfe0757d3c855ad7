"""`temporal worker list` shows the worker while it runs."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.process import wait_until


def listed(rig: Rig) -> list[Any]:
    """Temporal's list of the workers of this queue."""
    output = json.loads(rig.newer("worker", "list", "--output", "json", "--limit", "1000") or "[]")
    return [item for item in output or [] if rig.queue in json.dumps(item)]


def test_the_list_of_workers(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    rule = Rule()
    assert rig.run(rule.chain(rule.condition("check"))) == "COMPLETED"
    (found,) = wait_until(lambda: listed(rig), "the worker in the list")
    text = json.dumps(found)
    assert str(worker.process.pid) in text
    assert "workflow-worker" in text
    assert worker.stop() == 0
    wait_until(lambda: not listed(rig) or "unning" not in json.dumps(listed(rig)), "the worker to be gone from it")
