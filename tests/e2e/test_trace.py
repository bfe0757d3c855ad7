"""The trace context of the starter reaches activities and the log, as the SDKs' interceptors propagate it."""

from __future__ import annotations

import asyncio
import json

import pytest
from temporalio.api.common.v1 import Header, Payload, WorkflowType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import StartWorkflowExecutionRequest
from temporalio.client import Client

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CONTEXT = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "tracestate": "ichor=1"}


def json_plain(value: object) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(value).encode())


def start(rig: Rig, rule: Rule, header: dict[str, Payload]) -> None:
    async def begin() -> None:
        client = await Client.connect(rig.temporal.address)
        request = StartWorkflowExecutionRequest(
            namespace="default",
            workflow_id=rule.workflow_id,
            request_id=rule.execution_id,
            workflow_type=WorkflowType(name="ExecuteGraphWorkflow"),
            task_queue=TaskQueue(name=rig.queue),
            header=Header(fields=header),
        )
        request.input.payloads.append(json_plain(rule.document()))
        await client.workflow_service.start_workflow_execution(request)

    asyncio.run(begin())


def failing_rule() -> Rule:
    rule = Rule()
    return rule.chain(rule.condition("check"), rule.update("note", "no_such_column", "done"))


def traces(log: str, message: str) -> set[str]:
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return {line["trace_id"] for line in lines if line["msg"] == message}


@pytest.mark.parametrize(("dispatch", "message"), [("auto", "Action failed"), ("activity", "Action execution failed")])
def test_the_trace_reaches_activities_and_the_log(rig: Rig, dispatch: str, message: str) -> None:
    worker = rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule = failing_rule()
    start(rig, rule, {"_tracer-data": json_plain(CONTEXT), "other": json_plain("not ours")})
    assert rig.ended(rule.workflow_id) == "FAILED"
    for scheduled in rig.events(rule.workflow_id, "ACTIVITY_TASK_SCHEDULED"):
        assert set(scheduled["header"]["fields"]) == {"_tracer-data", "workflow-worker-attempts"}
    log = worker.log.read_text()
    assert traces(log, message) == {TRACE}
    assert traces(log, "worker started and ready") == {""}


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"_tracer-data": json_plain("no object")},
        {"_tracer-data": json_plain({"traceparent": "00-short"})},
        {"_tracer-data": json_plain({"traceparent": "x" * 5000})},
        {"_tracer-data": Payload(metadata={"encoding": b"binary/plain"}, data=b"\0")},
    ],
)
def test_without_a_readable_trace(rig: Rig, header: dict[str, Payload]) -> None:
    worker = rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    rule = failing_rule()
    start(rig, rule, header)
    assert rig.ended(rule.workflow_id) == "FAILED"
    assert traces(worker.log.read_text(), "Action execution failed") == {""}
