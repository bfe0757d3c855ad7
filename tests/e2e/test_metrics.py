"""/metrics agrees with what happened, number by number, and has the metrics that dashboards and the runbook use."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.e2e.certificates import Authority
from tests.e2e.conftest import open_rig
from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.metrics import Metrics
from zarf.dev.process import ROOT, StackError, wait_until
from zarf.dev.stack import Stack
from zarf.dev.worker import Worker

RUNS = 3
GRAPH, ACTION = "ExecuteGraphWorkflow", "ExecuteActionActivity"
Numbers = dict[str, float]


def series(name: str, **labels: str) -> str:
    return f"{name}{{{','.join(f'{key}={value}' for key, value in sorted(labels.items()))}}}"


def of_queue(queue: str, **numbers: float) -> Numbers:
    return {series(f"temporal_{name}", task_queue=queue): number for name, number in numbers.items()}


def of_workflows(queue: str, type_: str = GRAPH, **numbers: float) -> Numbers:
    return {
        series(f"temporal_{name}", task_queue=queue, workflow_type=type_): number for name, number in numbers.items()
    }


def of_activities(queue: str, **numbers: float) -> Numbers:
    labels = {"task_queue": queue, "workflow_type": GRAPH, "activity_type": ACTION}
    return {series(f"temporal_{name}", **labels): number for name, number in numbers.items()}


def of_actions(queue: str, dispatch: str, **numbers: float) -> Numbers:
    labels = {"task_queue": queue, "dispatch": dispatch, "outcome": "done"}
    return {
        series("workflow_worker_actions_total", action_type=name, **labels): number for name, number in numbers.items()
    }


def answered(queue: str, number: float, type_: str = GRAPH) -> Numbers:
    return {
        series("workflow_worker_workflow_tasks_answered_total", task_queue=queue, workflow_type=type_): number,
        **requests(RespondWorkflowTaskCompleted=number),
    }


def requests(**numbers: float) -> Numbers:
    return {
        series(f"temporal_request{what}", operation=name): number
        for name, number in numbers.items()
        for what in ("_total", "_latency_seconds_count")
    }


def happened(metrics: Metrics) -> Numbers:
    """Every nonzero number that depends only on what happened: no gauges, no times, of requests only answers."""
    found = {}
    for name, family in metrics.families.items():
        if family.type == "gauge" or name.endswith(("_poll_empty_total", "_no_task_total", "_loop_lateness_seconds")):
            continue
        for sample in family.samples:
            labels = {key: value for key, value in sample.labels.items() if key != "namespace"}
            follows = labels.get("operation", "Respond").startswith("Respond")
            if sample.value != 0 and follows and not sample.name.endswith(("_sum", "_bucket")):
                found[series(sample.name, **labels)] = sample.value
    return found


def compare(worker: Worker, *parts: Numbers) -> Metrics:
    """Waits for the numbers: the server reports the end of a run before the worker gets the reply to its answer."""
    expected: Numbers = {}
    for part in parts:
        expected |= part
    try:
        wait_until(lambda: happened(worker.metrics()) == expected, "the numbers", 20)
    except StackError:
        assert happened(worker.metrics()) == expected
    return worker.metrics()


def rule_of_three(number: int) -> Rule:
    """Two conditions and an update in a chain."""
    rule = Rule(f"rule {number}")
    return rule.chain(rule.condition("one"), rule.condition("two"), rule.update("note", "notes", "done"))


def run_all(rig: Rig, rules: Iterable[Rule]) -> None:
    started = [rig.start_quickly(rule) for rule in rules]
    for workflow_id in started:
        assert rig.ended(workflow_id) == "COMPLETED"


def test_actions_inside_the_workflow_task(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    run_all(rig, map(rule_of_three, range(RUNS)))
    metrics = compare(
        worker,
        of_queue(rig.queue, worker_start_total=1, workflow_task_queue_poll_succeed_total=RUNS),
        of_workflows(
            rig.queue,
            workflow_completed_total=RUNS,
            workflow_endtoend_latency_seconds_count=RUNS,
            workflow_task_schedule_to_start_latency_seconds_count=RUNS,
            workflow_task_execution_latency_seconds_count=RUNS,
        ),
        answered(rig.queue, RUNS),
        of_activities(
            rig.queue,
            local_activity_total=RUNS * 3,
            local_activity_execution_latency_seconds_count=RUNS * 3,
            local_activity_succeed_endtoend_latency_seconds_count=RUNS * 3,
        ),
        of_actions(rig.queue, "local", evaluate_condition=RUNS * 2, update_field=RUNS),
    )
    assert metrics.value("temporal_sticky_cache_size") == 0
    assert metrics.value("temporal_worker_task_slots_used") == 0
    assert metrics.value("temporal_worker_task_slots_available", worker_type="WorkflowWorker") == 100
    assert metrics.value("workflow_worker_ready") == 1
    assert 1 <= metrics.value("workflow_worker_database_connections") <= 10
    assert metrics.value("workflow_worker_database_waiting") == 0
    assert {sample.labels["namespace"] for sample in metrics.samples()} == {"default"}


def test_actions_as_activities(rig: Rig) -> None:
    worker = rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    run_all(rig, map(rule_of_three, range(RUNS)))
    tasks = RUNS * 4  # one at the start, and one after each activity
    metrics = compare(
        worker,
        of_queue(rig.queue, worker_start_total=1, workflow_task_queue_poll_succeed_total=tasks),
        of_workflows(
            rig.queue,
            workflow_completed_total=RUNS,
            workflow_endtoend_latency_seconds_count=RUNS,
            workflow_task_schedule_to_start_latency_seconds_count=tasks,
            workflow_task_execution_latency_seconds_count=tasks,
            sticky_cache_hit_total=RUNS * 3,
        ),
        answered(rig.queue, tasks),
        of_activities(
            rig.queue,
            activity_task_received_total=RUNS * 3,
            activity_execution_latency_seconds_count=RUNS * 3,
            activity_schedule_to_start_latency_seconds_count=RUNS * 3,
            activity_succeed_endtoend_latency_seconds_count=RUNS * 3,
        ),
        requests(RespondActivityTaskCompleted=RUNS * 3),
        of_actions(rig.queue, "activity", evaluate_condition=RUNS * 2, update_field=RUNS),
    )
    assert metrics.value("temporal_worker_task_slots_used", worker_type="ActivityWorker") == 0
    assert metrics.value("temporal_worker_task_slots_available", worker_type="ActivityWorker") == 100


def test_each_queue_has_its_own_numbers(rig: Rig) -> None:
    other = f"{rig.queue}-other"
    worker = rig.worker(ICHOR_TEMPORAL_TASK_QUEUE=f"{rig.queue},{other}").wait_ready()
    run_all(rig, [rule_of_three(0)])
    elsewhere = rule_of_three(1)
    rig.temporal.start_workflow(elsewhere.workflow_id, rig.write(elsewhere), other)
    assert rig.ended(elsewhere.workflow_id) == "COMPLETED"
    parts = []
    for queue in (rig.queue, other):
        parts += [
            of_queue(queue, worker_start_total=1, workflow_task_queue_poll_succeed_total=1),
            of_workflows(
                queue,
                workflow_completed_total=1,
                workflow_endtoend_latency_seconds_count=1,
                workflow_task_schedule_to_start_latency_seconds_count=1,
                workflow_task_execution_latency_seconds_count=1,
            ),
            answered(queue, 1),
            of_activities(
                queue,
                local_activity_total=3,
                local_activity_execution_latency_seconds_count=3,
                local_activity_succeed_endtoend_latency_seconds_count=3,
            ),
            of_actions(queue, "local", evaluate_condition=2, update_field=1),
        ]
    compare(worker, *parts, requests(RespondWorkflowTaskCompleted=2))


def test_failures_and_replays(rig: Rig) -> None:
    first = rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    waiting, failing = Rule("waiting"), Rule("failing")
    # Longer than it takes to read the first worker's metrics and to stop that worker.
    waiting.chain(waiting.condition("one"), waiting.delay("wait", "12s"), waiting.condition("two"))
    failing.chain(failing.update("note", "no_such_column", "done"))
    assert rig.run(failing) == "FAILED"
    rig.start(waiting)
    wait_until(lambda: rig.has(waiting.workflow_id, "TIMER_STARTED"), "the delay")
    compare(
        first,
        of_queue(rig.queue, worker_start_total=1, workflow_task_queue_poll_succeed_total=4),
        of_workflows(
            rig.queue,
            workflow_failed_total=1,
            workflow_endtoend_latency_seconds_count=1,
            workflow_task_schedule_to_start_latency_seconds_count=4,
            workflow_task_execution_latency_seconds_count=4,
            sticky_cache_hit_total=2,
        ),
        answered(rig.queue, 4),
        of_activities(
            rig.queue,
            activity_task_received_total=2,
            activity_execution_failed_total=1,
            activity_execution_latency_seconds_count=2,
            activity_schedule_to_start_latency_seconds_count=2,
            activity_succeed_endtoend_latency_seconds_count=1,
        ),
        requests(RespondActivityTaskCompleted=1, RespondActivityTaskFailed=1),
        of_actions(rig.queue, "activity", evaluate_condition=1),
        {
            series(
                "workflow_worker_actions_total",
                task_queue=rig.queue,
                action_type="update_field",
                dispatch="activity",
                outcome="refused",
            ): 1
        },
    )
    assert first.stop() == 0

    second = rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    assert rig.ended(waiting.workflow_id) == "COMPLETED"
    metrics = compare(
        second,
        of_queue(rig.queue, worker_start_total=1, workflow_task_queue_poll_succeed_total=2),
        of_workflows(
            rig.queue,
            workflow_completed_total=1,
            workflow_endtoend_latency_seconds_count=1,
            workflow_task_schedule_to_start_latency_seconds_count=2,
            workflow_task_execution_latency_seconds_count=2,
            workflow_task_replay_latency_seconds_count=1,
            sticky_cache_hit_total=1,
            sticky_cache_miss_total=1,
        ),
        answered(rig.queue, 2),
        of_activities(
            rig.queue,
            activity_task_received_total=1,
            activity_execution_latency_seconds_count=1,
            activity_schedule_to_start_latency_seconds_count=1,
            activity_succeed_endtoend_latency_seconds_count=1,
        ),
        requests(RespondActivityTaskCompleted=1),
        of_actions(rig.queue, "activity", evaluate_condition=1),
    )
    # By the server's clock: at least the delay.
    assert metrics.value("temporal_workflow_endtoend_latency_seconds_sum") >= 12


def test_foreign_types_share_one_series(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    name = f"foreign-{rig.name}"
    rig.temporal.cli("workflow", "start", "--type", name, "--task-queue", rig.queue, "--workflow-id", name)
    failed = "temporal_workflow_task_execution_failed_total"
    wait_until(
        lambda: any(sample.value for sample in worker.metrics().samples(failed, workflow_type="other")),
        "the task to fail",
    )
    rig.temporal.cli("workflow", "terminate", "--workflow-id", name)
    metrics = worker.metrics()
    assert metrics.value(failed, workflow_type="other", failure_reason="WorkflowError") >= 1
    assert metrics.value(failed, workflow_type=GRAPH) == 0
    assert name not in {value for sample in metrics.samples() for value in sample.labels.values()}


# ---- consumers of the metrics ----

# The metrics and labels in the panels of Temporal's dashboard for its Go and Java SDKs (temporalio/dashboards,
# sdk/temporal-go-java-sdks-tally.json), except those for the threads of Java workflows.
PUBLISHED = {
    "temporal_activity_execution_cancelled_total": "activity_type",
    "temporal_activity_execution_failed_total": "activity_type",
    "temporal_activity_execution_latency_seconds_bucket": "activity_type",
    "temporal_activity_poll_no_task_total": "task_queue",
    "temporal_activity_schedule_to_start_latency_seconds_bucket": "task_queue",
    "temporal_activity_schedule_to_start_latency_seconds_count": "task_queue",
    "temporal_activity_succeed_endtoend_latency_seconds_bucket": "activity_type",
    "temporal_local_activity_execution_failed_total": "activity_type",
    "temporal_local_activity_execution_latency_seconds_bucket": "activity_type",
    "temporal_local_activity_succeed_endtoend_latency_seconds_bucket": "activity_type",
    "temporal_long_request_failure_total": "status_code",
    "temporal_long_request_latency_seconds_bucket": "operation",
    "temporal_request_failure_total": "status_code",
    "temporal_request_latency_seconds_bucket": "operation",
    "temporal_request_total": "operation",
    "temporal_sticky_cache_hit_total": "namespace",
    "temporal_sticky_cache_miss_total": "task_queue",
    "temporal_sticky_cache_size": "namespace",
    "temporal_sticky_cache_total_forced_eviction_total": "task_queue",
    "temporal_worker_task_slots_available": "worker_type",
    "temporal_worker_task_slots_used": "worker_type",
    "temporal_workflow_completed_total": "workflow_type",
    "temporal_workflow_endtoend_latency_seconds_bucket": "workflow_type",
    "temporal_workflow_failed_total": "workflow_type",
    "temporal_workflow_task_execution_failed_total": "workflow_type",
    "temporal_workflow_task_execution_latency_seconds_bucket": "workflow_type",
    "temporal_workflow_task_queue_poll_empty_total": "task_queue",
    "temporal_workflow_task_queue_poll_succeed_total": "task_queue",
    "temporal_workflow_task_replay_latency_seconds_bucket": "workflow_type",
    "temporal_workflow_task_schedule_to_start_latency_seconds_bucket": "task_queue",
}


def with_metric(worker: Worker, name: str) -> Metrics:
    """The page of a worker, once it has that metric."""

    def asked() -> Metrics | None:
        found = worker.metrics()
        return found if name in found.families else None

    return wait_until(asked, name, find_fault=worker.process.fault) or worker.metrics()


@pytest.fixture(scope="module")
def pages(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> list[Metrics]:
    """The pages of workers that together produce every metric: work, failing polls, a certificate."""
    folder = tmp_path_factory.mktemp("pages")
    authority = Authority(folder)
    with open_rig(stack, "pages of metrics", folder) as rig:
        good = rig.worker().wait_ready()
        run_all(rig, [rule_of_three(0)])
        webhook = Rule("webhook")
        webhook.chain(webhook.action("call", "call_webhook", {"url": "https://127.0.0.1/"}))
        assert rig.ended(rig.start_quickly(webhook)) == "FAILED"  # its address is not allowed
        refused = rig.worker(ICHOR_TEMPORAL_TASK_QUEUE="/_sys/reserved").wait_live()
        wary = rig.worker(
            ICHOR_TEMPORAL_TLS_CA_FILE=str(authority.certificate),
            ICHOR_DB_DISABLE_TLS="false",
            ICHOR_DB_CA_FILE=str(authority.certificate),
        ).wait_live()
        return [
            with_metric(good, "temporal_long_request_latency_seconds"),
            with_metric(refused, "temporal_long_request_failure_total"),
            with_metric(wary, "temporal_request_failure_total"),
        ]


def names(pages: Iterable[Metrics]) -> set[str]:
    return {name for page in pages for name in page.families}


def named_in(file: Path) -> set[str]:
    found = re.findall(r"\b(?:temporal|workflow_worker)_[a-z_]+[a-z]\b", file.read_text())
    return {name.removesuffix("_bucket") for name in found}


def test_promtool_reports_nothing(pages: list[Metrics]) -> None:
    promtool = ROOT / ".tools" / "promtool"
    assert promtool.exists(), "zarf/dev/setup brings it"
    for page in pages:
        done = subprocess.run(
            [promtool, "check", "metrics"], input=page.page, text=True, capture_output=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_metric_is_documented(pages: list[Metrics]) -> None:
    for page in pages:
        assert {name for name, family in page.families.items() if not family.documentation} == set()
        assert "unknown" not in {family.type for family in page.families.values()}


def test_the_temporal_dashboard_finds_its_metrics(pages: list[Metrics]) -> None:
    for name, label in PUBLISHED.items():
        found = [sample for page in pages for sample in page.samples(name)]
        assert found, name
        assert all({"namespace", label} <= sample.labels.keys() for sample in found), name


def test_our_dashboard_finds_its_metrics(pages: list[Metrics]) -> None:
    shown = named_in(ROOT / "zarf/k8s/prod/workflow-worker/workflow-worker-dashboard.json")
    assert len(shown) > 20
    assert shown - names(pages) == set()


def test_the_runbook_names_exactly_our_metrics(pages: list[Metrics]) -> None:
    documented = named_in(ROOT / "docs/operations.md")
    assert documented - names(pages) == set()
    assert {name for name in names(pages) if name.startswith("workflow_worker_")} - documented == set()
