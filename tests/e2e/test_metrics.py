"""What /metrics tells equals what happened, number by number."""

from __future__ import annotations

from typing import Any

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.metrics import Metrics
from zarf.dev.process import wait_until

RUNS = 3
# What the panels of the dashboard that Temporal publishes for the Go SDK ask for (temporalio/dashboards,
# sdk/temporal-go-sdk-otel.json).
PUBLISHED = (
    "temporal_activity_execution_cancelled",
    "temporal_activity_execution_failed",
    "temporal_activity_execution_latency_seconds_bucket",
    "temporal_activity_poll_no_task",
    "temporal_activity_schedule_to_start_latency_seconds_bucket",
    "temporal_activity_schedule_to_start_latency_seconds_count",
    "temporal_activity_succeed_endtoend_latency_seconds_bucket",
    "temporal_local_activity_execution_latency_seconds_bucket",
    "temporal_local_activity_succeed_endtoend_latency_seconds_bucket",
    "temporal_long_request",
    "temporal_long_request_latency_seconds_bucket",
    "temporal_request",
    "temporal_request_latency_seconds_bucket",
    "temporal_sticky_cache_hit",
    "temporal_sticky_cache_miss",
    "temporal_sticky_cache_size",
    "temporal_sticky_cache_total_forced_eviction",
    "temporal_worker_task_slots_available",
    "temporal_worker_task_slots_used",
    "temporal_workflow_completed",
    "temporal_workflow_endtoend_latency_seconds_bucket",
    "temporal_workflow_failed",
    "temporal_workflow_task_execution_failed",
    "temporal_workflow_task_execution_latency_seconds_bucket",
    "temporal_workflow_task_queue_poll_empty",
    "temporal_workflow_task_queue_poll_succeed",
    "temporal_workflow_task_replay_latency_seconds_bucket",
    "temporal_workflow_task_schedule_to_start_latency_seconds_bucket",
)


def rule_of_three(number: int) -> Rule:
    """Two conditions and a write, one after the other."""
    rule = Rule(f"rule {number}")
    return rule.chain(rule.condition("one"), rule.condition("two"), rule.update("note", "notes", "done"))


def run_all(rig: Rig, *rules: Rule) -> None:
    for rule in rules:
        rig.start_quickly(rule)
    for rule in rules:
        rig.ended(rule.workflow_id)


def compare(metrics: Metrics, expected: dict[str, float], **labels: Any) -> None:
    found = {name: metrics.value(name, **labels) for name in expected}
    assert found == expected


def test_actions_inside_the_workflow_task(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    run_all(rig, *(rule_of_three(number) for number in range(RUNS)))
    metrics = worker.metrics()
    compare(
        metrics,
        {
            "temporal_workflow_completed": RUNS,
            "temporal_workflow_failed": 0,
            "temporal_workflow_canceled": 0,
            "temporal_workflow_continue_as_new": 0,
            "temporal_workflow_endtoend_latency_seconds_count": RUNS,
            "temporal_workflow_task_queue_poll_succeed": RUNS,
            "temporal_workflow_task_schedule_to_start_latency_seconds_count": RUNS,
            "temporal_workflow_task_execution_latency_seconds_count": RUNS,
            "temporal_workflow_task_execution_failed": 0,
            "temporal_workflow_task_replay_latency_seconds_count": 0,
            "workflow_worker_workflow_tasks_answered": RUNS,
            "temporal_local_activity_total": RUNS * 3,
            "temporal_local_activity_execution_failed": 0,
            "temporal_local_activity_execution_latency_seconds_count": RUNS * 3,
            "temporal_local_activity_succeed_endtoend_latency_seconds_count": RUNS * 3,
            "temporal_activity_task_received": 0,
            "temporal_activity_execution_latency_seconds_count": 0,
            "temporal_sticky_cache_size": 0,
            "temporal_worker_start": 1,
        },
        namespace="default",
        task_queue=rig.queue,
    )
    assert metrics.value("temporal_request", operation="RespondWorkflowTaskCompleted") == RUNS
    assert metrics.value("temporal_request_latency_seconds_count", operation="RespondWorkflowTaskCompleted") == RUNS
    assert metrics.value("workflow_worker_actions", action_type="evaluate_condition", outcome="done") == RUNS * 2
    assert metrics.value("workflow_worker_actions", action_type="update_field", outcome="done") == RUNS
    assert metrics.value("workflow_worker_actions") == RUNS * 3


def test_actions_as_activities(rig: Rig) -> None:
    worker = rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    run_all(rig, *(rule_of_three(number) for number in range(RUNS)))
    metrics = worker.metrics()
    tasks = RUNS * 4  # one at the start, and one after each activity
    compare(
        metrics,
        {
            "temporal_workflow_completed": RUNS,
            "temporal_workflow_task_execution_latency_seconds_count": tasks,
            "temporal_sticky_cache_hit": RUNS * 3,
            "temporal_sticky_cache_miss": 0,
            "temporal_local_activity_total": 0,
            "temporal_activity_task_received": RUNS * 3,
            "temporal_activity_execution_failed": 0,
            "temporal_activity_execution_cancelled": 0,
            "temporal_activity_execution_latency_seconds_count": RUNS * 3,
            "temporal_activity_schedule_to_start_latency_seconds_count": RUNS * 3,
            "temporal_activity_succeed_endtoend_latency_seconds_count": RUNS * 3,
        },
    )
    assert metrics.value("workflow_worker_actions", dispatch="activity", outcome="done") == RUNS * 3
    assert metrics.value("temporal_worker_task_slots_used", worker_type="ActivityWorker") == 0
    assert metrics.value("temporal_worker_task_slots_available", worker_type="ActivityWorker") == 100


def test_what_fails_and_what_is_replayed(rig: Rig) -> None:
    first = rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    waiting, failing = Rule("waiting"), Rule("failing")
    waiting.chain(waiting.condition("one"), waiting.delay("wait", "5s"), waiting.condition("two"))
    failing.chain(failing.update("note", "no_such_column", "done"))
    run_all(rig, failing)
    rig.start_quickly(waiting)
    wait_until(lambda: rig.has(waiting.workflow_id, "TIMER_STARTED"), "the delay")
    assert first.metrics().value("temporal_workflow_failed") == 1
    assert first.metrics().value("temporal_activity_execution_failed") == 1
    assert first.stop() == 0

    second = rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    assert rig.ended(waiting.workflow_id) == "COMPLETED"
    metrics = second.metrics()
    compare(
        metrics,
        {
            "temporal_sticky_cache_miss": 1,
            "temporal_workflow_task_replay_latency_seconds_count": 1,
            "temporal_workflow_endtoend_latency_seconds_count": 1,
        },
    )
    assert metrics.value("temporal_workflow_endtoend_latency_seconds_sum") >= 2


def test_the_dashboard_that_temporal_publishes_finds_everything(rig: Rig) -> None:
    worker = rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    run_all(rig, rule_of_three(0))
    metrics = worker.metrics()
    for name in PUBLISHED:
        assert all("namespace" in sample.labels for sample in metrics.samples(name))
        assert metrics.value(name) >= 0


def test_every_metric_is_told_of(rig: Rig) -> None:
    metrics = rig.worker().wait_ready().metrics()
    assert {name for name, family in metrics.families.items() if not family.documentation} == set()
    assert "unknown" not in metrics.types.values()
