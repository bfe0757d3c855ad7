"""A Temporal frontend without a cost of its own: it answers each poll of the queue with the first task of a new run, up
to a number of runs, and each call takes as long as the simulated distance.
`python -m tests.e2e.frontend PORT SECONDS INPUT RUNS`; INPUT is a file with the rule."""

from __future__ import annotations

import asyncio
import itertools
import sys
import uuid
from pathlib import Path

import grpc
from temporalio.api.enums.v1 import EventType, TaskQueueKind
from temporalio.api.workflowservice.v1 import PollWorkflowTaskQueueRequest, PollWorkflowTaskQueueResponse

SERVICE = "temporal.api.workflowservice.v1.WorkflowService"
HELD = 60.0  # seconds that a poll without a task is held


class Frontend:
    def __init__(self, distance: float, document: bytes, runs: int) -> None:
        self.distance = distance
        self.runs = runs
        self.numbers = itertools.count(1)
        self.task = PollWorkflowTaskQueueResponse()
        self.task.workflow_type.name = "ExecuteGraphWorkflow"
        self.task.started_event_id = 3
        self.task.attempt = 1
        started = self.task.history.events.add(event_id=1, event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
        attributes = started.workflow_execution_started_event_attributes
        attributes.workflow_type.name = "ExecuteGraphWorkflow"
        payload = attributes.input.payloads.add(data=document)
        payload.metadata["encoding"] = b"json/plain"
        self.task.history.events.add(
            event_id=2, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
        ).workflow_task_scheduled_event_attributes.attempt = 1
        self.task.history.events.add(
            event_id=3, event_type=EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED
        ).workflow_task_started_event_attributes.scheduled_event_id = 2
        self.task.history.events[0].event_time.GetCurrentTime()

    async def answer(self, _request: bytes, _context: object) -> bytes:
        await asyncio.sleep(self.distance)
        return b""

    async def hold(self, _request: bytes, _context: object) -> bytes:
        await asyncio.sleep(HELD)
        return b""

    async def poll(self, request: bytes, context: object) -> bytes:
        if PollWorkflowTaskQueueRequest.FromString(request).task_queue.kind == TaskQueueKind.TASK_QUEUE_KIND_STICKY:
            return await self.hold(request, context)
        await asyncio.sleep(self.distance)
        number = next(self.numbers)
        if number > self.runs:
            return await self.hold(request, context)
        self.task.task_token = str(number).encode()
        self.task.workflow_execution.workflow_id = f"far-{number}"
        self.task.workflow_execution.run_id = str(uuid.UUID(int=number))
        return self.task.SerializeToString()


async def serve(port: int, frontend: Frontend) -> None:
    methods = {
        "GetSystemInfo": frontend.answer,
        "DescribeNamespace": frontend.answer,
        "PollWorkflowTaskQueue": frontend.poll,
        "PollActivityTaskQueue": frontend.hold,
        "RespondWorkflowTaskCompleted": frontend.answer,
        "ShutdownWorker": frontend.answer,
    }
    handlers = {name: grpc.unary_unary_rpc_method_handler(method) for name, method in methods.items()}
    server = grpc.aio.server()
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    port, distance, document, runs = sys.argv[1:]
    asyncio.run(serve(int(port), Frontend(float(distance), Path(document).read_bytes(), int(runs))))
