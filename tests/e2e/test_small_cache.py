"""Runs that are evicted from a small cache between any two of their tasks and rebuilt from their histories."""

from __future__ import annotations

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.process import wait_until

RUNS = 50


def make_rule(number: int) -> Rule:
    """Five workflow tasks: a fork of two, their join, and another action."""
    rule = Rule(f"rule {number}")
    first, left, right, join, last = (rule.condition(name) for name in ("first", "left", "right", "join", "last"))
    rule.chain(first).fork(first, left, right).join(join, left, right)
    return rule.path(join, last, rule.notify("notify", f"rule {number}"))


@pytest.mark.parametrize("cache", ["6KiB", "0"])
def test_fifty_runs(rig: Rig, cache: str) -> None:
    worker = rig.worker(ICHOR_WORKER_DISPATCH="activity", ICHOR_WORKER_CACHE_BYTES=cache).wait_ready()
    rules = [make_rule(number) for number in range(RUNS)]
    for rule in rules:
        rig.start_quickly(rule)

    assert rig.wait_all_ended(RUNS) == {"COMPLETED": RUNS}

    assert rig.query("SELECT count(*), count(DISTINCT message) FROM workflow.alerts") == [[str(RUNS)] * 2]
    # The server reports the last end before the worker gets the reply to its answer.
    wait_until(lambda: worker.metrics().value("temporal_workflow_completed_total") == RUNS, "all answers to be taken")
    metrics = worker.metrics()
    assert metrics.value("temporal_sticky_cache_size") == 0
    evicted = metrics.value("temporal_sticky_cache_total_forced_eviction_total")
    assert evicted == 0 if cache == "0" else evicted > RUNS
    for rule in rules[::10]:
        kinds = rig.kinds(rule.workflow_id)
        assert (kinds["ACTIVITY_TASK_SCHEDULED"], kinds["WORKFLOW_TASK_FAILED"]) == (len(rule.actions), 0)
