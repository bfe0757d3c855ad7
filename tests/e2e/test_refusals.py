"""Requests that the server refuses permanently, and tasks that one worker cannot do: no task fails more than once, and
no run that another worker can continue fails."""

from __future__ import annotations

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule
from tests.e2e.test_encryption import NEW, OLD, SampleCodec, keys, start, updating_notes_rule
from zarf.dev.process import wait_until

LENGTH = f"SELECT length(notes) FROM sales.orders WHERE id = '{ORDER}'"


def fan_of_updates(width: int, size: int) -> Rule:
    """Each result has the old and the new value, so that all results together are larger than one answer."""
    rule = Rule(text="x" * size)
    return rule.fork(None, *(rule.update(f"update {number}", "notes", "{{text}}") for number in range(width)))


def test_results_that_are_larger_than_one_answer(rig: Rig) -> None:
    """They take several tasks, and each action is performed once."""
    worker = rig.worker().wait_ready()
    rule = fan_of_updates(80, 50_000)

    assert rig.run(rule) == "COMPLETED"

    assert rig.value(LENGTH) == "50000"
    assert rig.value("SELECT count(*) FROM workflow.action_effects") == "80"
    assert worker.metrics().value("workflow_worker_actions_total", action_type="update_field", outcome="done") == 80
    kinds = rig.kinds(rule.workflow_id)
    assert (kinds["MARKER_RECORDED"], kinds["WORKFLOW_TASK_FAILED"], kinds["WORKFLOW_TASK_TIMED_OUT"]) == (80, 0, 0)
    assert kinds["WORKFLOW_TASK_COMPLETED"] >= 3


@pytest.mark.parametrize("settings", [{}, {"ICHOR_PAYLOAD_KEYS": keys(new=NEW)}], ids=["no key", "another key"])
def test_runs_that_a_worker_cannot_read(rig: Rig, settings: dict[str, str]) -> None:
    """Such runs stay open, the other runs of the queue do not wait, and a worker with the key continues them."""
    worker = rig.worker(**settings).wait_ready()
    locked = [updating_notes_rule() for _ in range(20)]
    for rule in locked:
        start(rig, rule, SampleCodec("old", OLD))
    plain = updating_notes_rule()

    assert rig.run(plain) == "COMPLETED"
    wait_until(lambda: worker.log.read_text().count("Workflow task failed") >= 20, "the tasks to fail")
    assert worker.is_ready()
    assert "A poll failed" not in worker.log.read_text()

    assert worker.stop() == 0
    rig.worker(ICHOR_PAYLOAD_KEYS=keys(new=NEW, old=OLD)).wait_ready()
    assert rig.wait_all_ended(21) == {"COMPLETED": 21}
    for rule in locked:
        assert rig.kinds(rule.workflow_id)["WORKFLOW_TASK_FAILED"] == 1


def test_activities_that_a_worker_cannot_read(rig: Rig) -> None:
    """Such activities are left to a worker with the key, and the attempts do not count."""
    settings = {"ICHOR_PAYLOAD_KEYS": keys(old=OLD), "ICHOR_WORKER_DISPATCH": "activity"}
    rig.worker(ICHOR_WORKER_MODE="workflow", **settings).wait_ready()
    without = rig.worker(ICHOR_WORKER_MODE="activity").wait_ready()
    rule = Rule()
    rule.chain(rule.condition("check"))
    start(rig, rule, SampleCodec("old", OLD))
    refused = "temporal_activity_execution_failed_total"
    wait_until(lambda: without.metrics().value(refused) >= 4, "four attempts")
    without.wait_log("Activity is left to another worker")
    assert without.stop() == 0
    rig.worker(ICHOR_WORKER_MODE="activity", **settings).wait_ready()
    assert rig.ended(rule.workflow_id) == "COMPLETED"


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_names_of_any_length(rig: Rig, dispatch: str) -> None:
    rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule = Rule("r" * 5000)
    rule.chain(rule.condition("c" * 5000), rule.delay("d" * 5000, "1ms"), rule.notify("n" * 5000, "done"))
    status = rig.run(rule)
    assert (status, rig.kinds(rule.workflow_id)["WORKFLOW_TASK_FAILED"]) == ("COMPLETED", 0)
