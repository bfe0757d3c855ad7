"""Long histories and wide graphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.long_chain import LENGTH, NOTICE_EVERY, LongChain
from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule, chain_of_conditions, fan_of_conditions, nested_forks
from zarf.dev.history import attributes, payload
from zarf.dev.process import StackError, wait_until

Json = dict[str, Any]


def scheduled(history: list[Json]) -> list[str]:
    return [
        str(attributes(event)["activityId"])
        for event in history
        if event["eventType"] == "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED"
    ]


def checks(history: list[Json]) -> Iterator[Json]:
    """The inputs of the conditions."""
    for event in history:
        if event["eventType"] == "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED":
            given = payload(attributes(event)["input"])
            if given["action_type"] == "evaluate_condition":
                yield given


def test_a_long_chain_continues_as_new(long_chain: LongChain) -> None:
    """2,000 activities, about 12,000 events: over several runs each action runs once, in order."""
    rig, rule = long_chain.rig, long_chain.rule

    assert rig.ended(rule.workflow_id, 600) == "COMPLETED"

    histories = rig.histories(rule.workflow_id)
    assert len(histories) > 1
    assert sum(map(len, histories)) > 6 * LENGTH
    assert [action for history in histories for action in scheduled(history)] == [
        action["id"] for action in rule.actions
    ]
    for history in histories[:-1]:
        assert history[-1]["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW"
        assert len(history) < 11_000
    sizes = {len(str(given)) for history in histories for given in checks(history)}
    assert max(sizes) - min(sizes) < 20, "what an action is given grows with what came before it"
    assert rig.query("SELECT count(*), count(DISTINCT message) FROM workflow.alerts") == [
        [str(LENGTH // NOTICE_EVERY)] * 2
    ]
    assert Counter(rig.states(rule.workflow_id).values()) == {"finished": LENGTH}


@pytest.mark.parametrize(
    ("make", "size", "actions"),
    [(chain_of_conditions, 1000, 1000), (fan_of_conditions, 1000, 1002), (nested_forks, 60, 241)],
    ids=["chain", "fan-out", "nested-forks"],
)
def test_large_graphs(rig: Rig, make: Callable[[int], Rule], size: int, actions: int) -> None:
    """A wide graph does not turn local actions into activities."""
    rig.worker().wait_ready()
    rule = make(size)

    assert rig.run(rule) == "COMPLETED"

    kinds = rig.kinds(rule.workflow_id)
    assert (kinds["MARKER_RECORDED"], kinds["ACTIVITY_TASK_SCHEDULED"]) == (actions, 0)
    assert kinds["WORKFLOW_TASK_COMPLETED"] <= 3
    assert Counter(rig.states(rule.workflow_id).values()) == {"finished": actions}


def test_more_activities_than_may_be_pending(rig: Rig) -> None:
    """The server allows 2,000 pending activities per run: the others wait until some have ended."""
    rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    rule = Rule("wide")
    rule.fork(None, *(rule.update(f"note {number}", "notes", "x") for number in range(2020))).lean()

    def pending() -> int:
        return len(rig.temporal.describe(rule.workflow_id).get("pendingActivities", ()))

    def scheduled() -> int:
        try:
            return rig.kinds(rule.workflow_id)["ACTIVITY_TASK_SCHEDULED"]
        except StackError:  # the server is busy with the activities, and the history is long
            return 0

    with rig.locked(f"SELECT 1 FROM sales.orders WHERE id = '{ORDER}' FOR UPDATE"):
        rig.start(rule)
        wait_until(lambda: pending() == 1990, "as many activities as may be")
        assert rig.kinds(rule.workflow_id)["WORKFLOW_TASK_FAILED"] == 0
    wait_until(lambda: scheduled() == 2020, "the others", 120)
    assert pending() <= 1990
    assert rig.kinds(rule.workflow_id)["WORKFLOW_TASK_FAILED"] == 0
    rig.temporal.cli("workflow", "terminate", "--workflow-id", rule.workflow_id)
