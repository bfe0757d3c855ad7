"""A Temporal frontend with queues: runs whose actions are activities, sticky queues that time out, and calls that take
as long as the simulated distance. It runs on a thread of the test, counts calls and tasks, and loses nothing."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.enums.v1 import CommandType, EventType, TaskQueueKind
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceResponse,
    GetWorkflowExecutionHistoryRequest,
    GetWorkflowExecutionHistoryResponse,
    PollActivityTaskQueueResponse,
    PollWorkflowTaskQueueRequest,
    PollWorkflowTaskQueueResponse,
    RespondActivityTaskCompletedRequest,
    RespondWorkflowTaskCompletedRequest,
    RespondWorkflowTaskCompletedResponse,
    RespondWorkflowTaskFailedRequest,
)

from zarf.dev.process import free_port

SERVICE = "temporal.api.workflowservice.v1.WorkflowService"
HELD = 60.0  # seconds that a poll without a task is held
TYPE = "ExecuteGraphWorkflow"


def now() -> Timestamp:
    stamp = Timestamp()
    stamp.GetCurrentTime()
    return stamp


@dataclass
class Run:
    number: int
    created: float
    events: list[HistoryEvent] = field(default_factory=list)
    sticky: str = ""
    sticky_seconds: float = 0.0
    scheduled: float = 0.0  # when its open workflow task was scheduled; 0: none is open
    serial: int = 0  # the serial number of its workflow task
    started: int = 0  # the started event of the task that a worker has; 0: none
    previous: int = 0  # the started event of the latest completed task
    attempt: int = 1
    dirty: bool = False  # something happened while a worker had a task
    activities: dict[int, Any] = field(default_factory=dict)  # scheduled event -> attributes
    closed: str = ""
    began: float = 0.0  # when its first task was taken

    @property
    def workflow_id(self) -> str:
        return f"run-{self.number}"

    @property
    def run_id(self) -> str:
        return str(uuid.UUID(int=self.number + 1))


class Queue:
    """Tasks that wait for a poll, or polls that wait for a task."""

    def __init__(self) -> None:
        self.tasks: deque[Any] = deque()
        self.polls: deque[asyncio.Future[Any]] = deque()

    def put(self, task: Any) -> None:
        while self.polls:
            poll = self.polls.popleft()
            if not poll.done():
                poll.set_result(task)
                return
        self.tasks.append(task)

    async def take(self) -> Any:
        if self.tasks:
            return self.tasks.popleft()
        poll: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.polls.append(poll)
        try:
            return await asyncio.wait_for(poll, HELD)
        except TimeoutError:
            return None


class QueueFrontend:
    """distance: the seconds that each call takes. times: whether answers say when tasks were scheduled and started."""

    def __init__(self, distance: float, times: bool = True) -> None:
        self.distance = distance
        self.times = times
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.runs: list[Run] = []
        self.numbers = itertools.count()
        self.normal, self.activities = Queue(), Queue()
        self.sticky: dict[str, Queue] = {}
        self.sticky_timeouts = self.failed_tasks = self.most_open = self.replays = 0
        self.failures: list[str] = []
        self.timers: list[tuple[Run, str, int]] = []
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.serve, name="frontend", daemon=True)

    # The thread

    def __enter__(self) -> QueueFrontend:
        self.thread.start()
        assert self.ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.listen())
        self.ready.set()
        self.loop.run_forever()

    async def listen(self) -> None:
        methods: dict[str, Callable[[bytes], Awaitable[bytes]]] = {
            "GetSystemInfo": self.nothing,
            "DescribeNamespace": self.describe,
            "ShutdownWorker": self.nothing,
            "PollWorkflowTaskQueue": self.poll_workflow,
            "PollActivityTaskQueue": self.poll_activity,
            "RespondWorkflowTaskCompleted": self.complete_task,
            "RespondWorkflowTaskFailed": self.fail_task,
            "RespondActivityTaskCompleted": self.complete_activity,
            "GetWorkflowExecutionHistory": self.history,
        }
        handlers = {name: grpc.unary_unary_rpc_method_handler(self.delayed(each)) for name, each in methods.items()}
        self.server = grpc.aio.server(options=[("grpc.max_receive_message_length", 8 << 20)])
        self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
        self.server.add_insecure_port(self.address)
        await self.server.start()

    def delayed(self, method: Callable[[bytes], Awaitable[bytes]]) -> Callable[[bytes, Any], Awaitable[bytes]]:
        async def call(request: bytes, context: Any) -> bytes:
            await asyncio.sleep(self.distance)
            try:
                return await method(request)
            except KeyError:
                await context.abort(grpc.StatusCode.NOT_FOUND, "not found")
                raise

        return call

    # What a test asks

    def start(self, documents: list[bytes]) -> None:
        """Starts a run of each rule."""
        for document in documents:
            self.loop.call_soon_threadsafe(self.begin, document)

    def fire(self) -> None:
        """Fires all timers."""
        self.loop.call_soon_threadsafe(self.fire_now)

    def fire_now(self) -> None:
        for run, timer_id, started in self.timers:
            attributes = self.add(run, EventType.EVENT_TYPE_TIMER_FIRED).timer_fired_event_attributes
            attributes.timer_id, attributes.started_event_id = timer_id, started
            self.schedule(run)

    def ended(self) -> int:
        return sum(bool(run.closed) for run in self.runs)

    # Runs

    def begin(self, document: bytes) -> None:
        run = Run(next(self.numbers), time.monotonic())
        self.runs.append(run)
        started = self.add(run, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
        attributes = started.workflow_execution_started_event_attributes
        attributes.workflow_type.name = TYPE
        attributes.workflow_id = run.workflow_id
        attributes.original_execution_run_id = attributes.first_execution_run_id = run.run_id
        attributes.input.payloads.add(data=document).metadata["encoding"] = b"json/plain"
        self.schedule(run)

    def add(self, run: Run, kind: Any) -> HistoryEvent:
        event = HistoryEvent(event_id=len(run.events) + 1, event_type=kind)
        if self.times:
            event.event_time.CopyFrom(now())
        run.events.append(event)
        return event

    def schedule(self, run: Run) -> None:
        """Schedules a workflow task, unless the run has one."""
        if run.closed or run.scheduled:
            run.dirty = run.dirty or bool(run.started)
            return
        run.scheduled = time.monotonic()
        run.serial += 1
        event = self.add(run, EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED)
        event.workflow_task_scheduled_event_attributes.attempt = run.attempt
        if run.sticky:
            self.sticky[run.sticky].put((run, run.serial))
            self.loop.call_later(run.sticky_seconds, self.time_out, run, run.serial)
        else:
            self.normal.put((run, run.serial))

    def time_out(self, run: Run, serial: int) -> None:
        if run.closed or run.serial != serial or run.started or not run.scheduled:
            return
        self.sticky_timeouts += 1
        self.add(run, EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT)
        run.sticky = ""
        run.scheduled = 0.0
        self.schedule(run)

    def open_runs(self) -> int:
        return sum(bool(run.began) and not run.closed for run in self.runs)

    # Workflow tasks

    async def nothing(self, _request: bytes) -> bytes:
        return b""

    async def describe(self, _request: bytes) -> bytes:
        return DescribeNamespaceResponse().SerializeToString()

    async def poll_workflow(self, request: bytes) -> bytes:
        asked = PollWorkflowTaskQueueRequest.FromString(request).task_queue
        sticky = asked.kind == TaskQueueKind.TASK_QUEUE_KIND_STICKY
        queue = self.sticky.setdefault(asked.name, Queue()) if sticky else self.normal
        while True:
            task = await queue.take()
            if task is None:
                return b""
            run, serial = task
            if not run.closed and run.serial == serial and not run.started:
                return self.hand_out(run, sticky).SerializeToString()

    def hand_out(self, run: Run, sticky: bool) -> PollWorkflowTaskQueueResponse:
        event = self.add(run, EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED)
        event.workflow_task_started_event_attributes.scheduled_event_id = event.event_id - 1
        run.started = event.event_id
        if not run.began:
            run.began = time.monotonic()
            self.most_open = max(self.most_open, self.open_runs())
        elif not sticky:
            self.replays += 1
        task = PollWorkflowTaskQueueResponse(
            task_token=f"{run.number}.{run.serial}".encode(),
            previous_started_event_id=run.previous,
            started_event_id=run.started,
            attempt=run.attempt,
        )
        task.workflow_execution.workflow_id, task.workflow_execution.run_id = run.workflow_id, run.run_id
        task.workflow_type.name = TYPE
        task.history.events.extend(run.events[run.previous if sticky else 0 :])
        if self.times:
            task.started_time.CopyFrom(now())
            task.scheduled_time.FromNanoseconds(
                task.started_time.ToNanoseconds() - int((time.monotonic() - run.scheduled) * 1e9)
            )
        return task

    def find(self, token: bytes) -> Run:
        number, serial = token.decode().split(".")
        run = self.runs[int(number)]
        if run.closed or run.serial != int(serial) or not run.started:
            raise KeyError(token)
        return run

    def end_task(self, run: Run, kind: Any) -> None:
        self.add(run, kind)
        run.scheduled, run.started = 0.0, 0

    async def complete_task(self, request: bytes) -> bytes:
        given = RespondWorkflowTaskCompletedRequest.FromString(request)
        run = self.find(given.task_token)
        run.previous = run.started
        self.end_task(run, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
        run.attempt = 1
        run.sticky = given.sticky_attributes.worker_task_queue.name
        run.sticky_seconds = given.sticky_attributes.schedule_to_start_timeout.ToMilliseconds() / 1000
        if run.sticky:
            self.sticky.setdefault(run.sticky, Queue())
        response = RespondWorkflowTaskCompletedResponse()
        for command in given.commands:
            self.obey(run, command, response)
        if run.dirty:
            run.dirty = False
            self.schedule(run)
        return response.SerializeToString()

    def obey(self, run: Run, command: Any, response: RespondWorkflowTaskCompletedResponse) -> None:
        if command.command_type == CommandType.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK:
            asked = command.schedule_activity_task_command_attributes
            event = self.add(run, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
            attributes = event.activity_task_scheduled_event_attributes
            attributes.activity_id = asked.activity_id
            attributes.activity_type.CopyFrom(asked.activity_type)
            attributes.input.CopyFrom(asked.input)
            run.activities[event.event_id] = asked
            if asked.request_eager_execution:
                response.activity_tasks.append(self.attempt_of(run, event.event_id))
            else:
                self.activities.put((run, event.event_id))
        elif command.command_type == CommandType.COMMAND_TYPE_START_TIMER:
            asked = command.start_timer_command_attributes
            event = self.add(run, EventType.EVENT_TYPE_TIMER_STARTED)
            event.timer_started_event_attributes.timer_id = asked.timer_id
            self.timers.append((run, asked.timer_id, event.event_id))
        elif command.command_type == CommandType.COMMAND_TYPE_RECORD_MARKER:
            event = self.add(run, EventType.EVENT_TYPE_MARKER_RECORDED)
            event.marker_recorded_event_attributes.marker_name = command.record_marker_command_attributes.marker_name
            for key, value in command.record_marker_command_attributes.details.items():
                event.marker_recorded_event_attributes.details[key].CopyFrom(value)
        elif command.command_type == CommandType.COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES:
            self.add(run, EventType.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED)
        elif command.command_type == CommandType.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION:
            self.add(run, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED)
            run.closed = "FAILED"
            self.failures.append(command.fail_workflow_execution_command_attributes.failure.message)
        else:
            assert command.command_type == CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION, command
            self.add(run, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED)
            run.closed = "COMPLETED"
        if run.closed:
            run.events.clear()

    async def fail_task(self, request: bytes) -> bytes:
        given = RespondWorkflowTaskFailedRequest.FromString(request)
        run = self.find(given.task_token)
        self.failed_tasks += 1
        self.failures.append(given.failure.message)
        self.end_task(run, EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)
        run.attempt += 1
        run.sticky = ""
        self.schedule(run)
        return b""

    async def history(self, request: bytes) -> bytes:
        given = GetWorkflowExecutionHistoryRequest.FromString(request)
        run = next(run for run in self.runs if run.run_id == given.execution.run_id)
        response = GetWorkflowExecutionHistoryResponse()
        response.history.events.extend(run.events)
        self.replays += 1
        return response.SerializeToString()

    # Activities

    def attempt_of(self, run: Run, scheduled: int) -> PollActivityTaskQueueResponse:
        asked = run.activities[scheduled]
        task = PollActivityTaskQueueResponse(
            task_token=f"{run.number}.{scheduled}".encode(),
            activity_id=asked.activity_id,
            activity_type=asked.activity_type,
            input=asked.input,
            header=asked.header,
            attempt=1,
            start_to_close_timeout=asked.start_to_close_timeout,
            heartbeat_timeout=asked.heartbeat_timeout,
            retry_policy=asked.retry_policy,
        )
        task.workflow_execution.workflow_id, task.workflow_execution.run_id = run.workflow_id, run.run_id
        task.workflow_type.name = TYPE
        if self.times:
            for stamp in (task.scheduled_time, task.current_attempt_scheduled_time, task.started_time):
                stamp.CopyFrom(now())
        return task

    async def poll_activity(self, _request: bytes) -> bytes:
        task = await self.activities.take()
        return self.attempt_of(*task).SerializeToString() if task else b""

    async def complete_activity(self, request: bytes) -> bytes:
        given = RespondActivityTaskCompletedRequest.FromString(request)
        number, scheduled = given.task_token.decode().split(".")
        run = self.runs[int(number)]
        del run.activities[int(scheduled)]
        if run.closed:
            return b""
        event = self.add(run, EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED)
        event.activity_task_started_event_attributes.scheduled_event_id = int(scheduled)
        event.activity_task_started_event_attributes.attempt = 1
        event = self.add(run, EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED)
        event.activity_task_completed_event_attributes.scheduled_event_id = int(scheduled)
        event.activity_task_completed_event_attributes.result.CopyFrom(given.result)
        self.schedule(run)
        return b""
