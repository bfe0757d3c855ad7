"""Stands in for the Go worker on a live server: answers its tasks as in recorded histories, so that the server has a
history of the Go worker. Then it stops, and this worker continues the run."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from google.protobuf.json_format import ParseDict
from temporalio.api.command.v1 import (
    Command,
    CompleteWorkflowExecutionCommandAttributes,
    RecordMarkerCommandAttributes,
    ScheduleActivityTaskCommandAttributes,
    StartChildWorkflowExecutionCommandAttributes,
    StartTimerCommandAttributes,
    UpsertWorkflowSearchAttributesCommandAttributes,
)
from temporalio.api.common.v1 import Payloads, WorkflowExecution
from temporalio.api.enums.v1 import CommandType, EventType, PendingActivityState, PendingWorkflowTaskState
from temporalio.api.failure.v1 import ApplicationFailureInfo, Failure
from temporalio.api.history.v1 import History, HistoryEvent
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
    PollActivityTaskQueueRequest,
    PollActivityTaskQueueResponse,
    PollWorkflowTaskQueueRequest,
    PollWorkflowTaskQueueResponse,
    RespondActivityTaskCompletedRequest,
    RespondActivityTaskFailedRequest,
    RespondWorkflowTaskCompletedRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from tests.e2e.rig import Rig

Json = dict[str, Any]
HISTORIES = Path(__file__).parents[1] / "replay" / "histories"
IDENTITY = "7@ichor@"
ENDS = {
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED,
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED,
    EventType.EVENT_TYPE_TIMER_FIRED,
}


def value_of(payloads: Payloads) -> Any:
    return json.loads(payloads.payloads[0].data) if payloads.payloads else None


def purpose(activity_type: str, given: Payloads) -> str:
    """The name of the action of an activity, or of the lifecycle activity."""
    value = value_of(given)
    named = isinstance(value, dict) and "action_name" in value
    return str(value["action_name"]) if named else activity_type


def purpose_of(task: PollActivityTaskQueueResponse) -> str:
    return purpose(task.activity_type.name, task.input)


@dataclass
class Batch:
    """The commands of one workflow task, as the events they made, and the activities that had ended by then."""

    after: Counter[int]
    events: list[HistoryEvent] = field(default_factory=list)


class Recording:
    """One recorded history: its batches, and the results of its activities."""

    def __init__(self, file: Path, replaced: tuple[str, str]) -> None:
        history: Json = json.loads(file.read_text())
        self.events = list(ParseDict(history, History(), ignore_unknown_fields=True).events)
        old, new = (text.encode() for text in replaced)
        for payloads in self._payloads():
            for payload in payloads.payloads:
                payload.data = payload.data.replace(old, new)
        self.input = self.events[0].workflow_execution_started_event_attributes.input
        self.batches = list(self._batches())
        self.results = dict(self._results())

    def _payloads(self) -> Iterator[Payloads]:
        for event in self.events:
            yield event.workflow_execution_started_event_attributes.input
            yield event.activity_task_scheduled_event_attributes.input
            yield event.activity_task_completed_event_attributes.result
            yield event.start_child_workflow_execution_initiated_event_attributes.input
            yield event.workflow_execution_completed_event_attributes.result

    def _batches(self) -> Iterator[Batch]:
        ended: Counter[int] = Counter()
        seen: Counter[int] = Counter()
        batch: Batch | None = None
        for event in self.events:
            if event.event_type in ENDS:
                seen[event.event_type] += 1
            elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED:
                ended = seen.copy()
            elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                if batch and batch.events:
                    yield batch
                batch = Batch(ended)
            elif batch and command_of(event):
                batch.events.append(event)
        if batch and batch.events:
            yield batch

    def _results(self) -> Iterator[tuple[str, Payloads]]:
        scheduled: dict[int, str] = {}
        for event in self.events:
            if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                fields = event.activity_task_scheduled_event_attributes
                scheduled[event.event_id] = purpose(fields.activity_type.name, fields.input)
            elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                ended = event.activity_task_completed_event_attributes
                yield scheduled[ended.scheduled_event_id], ended.result


# From an event to the command that made it


def schedule_activity(event: HistoryEvent) -> Command:
    fields = event.activity_task_scheduled_event_attributes
    attributes = ScheduleActivityTaskCommandAttributes(
        activity_type=fields.activity_type,
        input=fields.input,
        schedule_to_close_timeout=fields.schedule_to_close_timeout,
        schedule_to_start_timeout=fields.schedule_to_start_timeout,
        start_to_close_timeout=fields.start_to_close_timeout,
        heartbeat_timeout=fields.heartbeat_timeout,
        retry_policy=fields.retry_policy,
    )
    return Command(
        command_type=CommandType.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK,
        schedule_activity_task_command_attributes=attributes,
    )


def start_timer(event: HistoryEvent) -> Command:
    attributes = StartTimerCommandAttributes(
        start_to_fire_timeout=event.timer_started_event_attributes.start_to_fire_timeout
    )
    return Command(command_type=CommandType.COMMAND_TYPE_START_TIMER, start_timer_command_attributes=attributes)


def start_branch(event: HistoryEvent) -> Command:
    fields = event.start_child_workflow_execution_initiated_event_attributes
    attributes = StartChildWorkflowExecutionCommandAttributes(
        workflow_id=fields.workflow_id,
        workflow_type=fields.workflow_type,
        input=fields.input,
        parent_close_policy=fields.parent_close_policy,
    )
    return Command(
        command_type=CommandType.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION,
        start_child_workflow_execution_command_attributes=attributes,
    )


def record_marker(event: HistoryEvent) -> Command:
    fields = event.marker_recorded_event_attributes
    attributes = RecordMarkerCommandAttributes(marker_name=fields.marker_name, details=fields.details)
    return Command(command_type=CommandType.COMMAND_TYPE_RECORD_MARKER, record_marker_command_attributes=attributes)


def upsert(event: HistoryEvent) -> Command:
    fields = event.upsert_workflow_search_attributes_event_attributes
    attributes = UpsertWorkflowSearchAttributesCommandAttributes(search_attributes=fields.search_attributes)
    return Command(
        command_type=CommandType.COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
        upsert_workflow_search_attributes_command_attributes=attributes,
    )


def complete(event: HistoryEvent) -> Command:
    fields = event.workflow_execution_completed_event_attributes
    attributes = CompleteWorkflowExecutionCommandAttributes(
        result=fields.result if fields.result.payloads else None,
    )
    return Command(
        command_type=CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
        complete_workflow_execution_command_attributes=attributes,
    )


COMMANDS: dict[int, Callable[[HistoryEvent], Command]] = {
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: schedule_activity,
    EventType.EVENT_TYPE_TIMER_STARTED: start_timer,
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED: start_branch,
    EventType.EVENT_TYPE_MARKER_RECORDED: record_marker,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: upsert,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: complete,
}


def command_of(event: HistoryEvent) -> Command | None:
    make = COMMANDS.get(event.event_type)
    return make(event) if make else None


class GoWorker:
    """One rule, started by the Go worker."""

    def __init__(self, rig: Rig, name: str, timers_last: timedelta | None = None) -> None:
        """timers_last: the duration of timers, which replaces the recorded one."""
        recorded: Json = json.loads((HISTORIES / f"{name}.json").read_text())
        started = ParseDict(recorded, History(), ignore_unknown_fields=True).events[0]
        old = value_of(started.workflow_execution_started_event_attributes.input)["execution_id"]
        self.execution_id = str(uuid.uuid4())
        self._replaced = (old, self.execution_id)
        self._name = name
        self._rig = rig
        self._timers_last = timers_last
        self._queue = TaskQueue(name=rig.queue)
        self._recordings = {"": Recording(HISTORIES / f"{name}.json", self._replaced)}
        self.input: Json = value_of(self._recordings[""].input)
        self.workflow_id = f"workflow-{self.input['rule_id']}-{self.execution_id}"
        self.done: set[str] = set()  # completed actions and lifecycle activities
        self.children: list[str] = []
        self._answered: Counter[str] = Counter()  # batches, by workflow
        self._activities: dict[tuple[str, str], str] = {}  # workflow and activity id -> purpose
        self._client: Client

    # The interface of tests

    def play(self, *names: str, ask: str = "", lose_task: bool = False) -> GoWorker:
        """Starts the rule, performs these actions (and lifecycle activities) and all workflow tasks that follow, then
        stops. ask: an action that it also starts and that a person completes. lose_task: it only takes the first
        workflow task, and then stops."""
        file = self._rig.folder / f"{self.execution_id}.json"
        file.write_text(json.dumps(self.input))
        self._rig.temporal.start_workflow(self.workflow_id, file, self._rig.queue)
        asyncio.run(self._play(set(names), ask, lose_task))
        return self

    def action_id(self, name: str) -> str:
        return next(str(action["id"]) for action in self.input["graph"]["actions"] if action["name"] == name)

    # Playing

    async def _play(self, names: set[str], ask: str, lose_task: bool) -> None:
        self._client = await Client.connect(self._rig.temporal.address, identity=IDENTITY)
        async with asyncio.timeout(60):
            if lose_task:
                await self._poll_workflow_task()
                return
            while not await self._step(names):
                await asyncio.sleep(0.02)
            if ask:
                assert purpose_of(await self._poll_activity()) == ask

    async def _step(self, names: set[str]) -> bool:
        """Answers one task. Returns True when no task is left."""
        quiet = names == self.done
        for workflow_id in [self.workflow_id, *self.children]:
            described = await self._describe(workflow_id)
            if described is None:
                quiet = False
                continue
            if described.HasField("pending_workflow_task"):
                quiet = False
                if (
                    described.pending_workflow_task.state
                    == PendingWorkflowTaskState.PENDING_WORKFLOW_TASK_STATE_SCHEDULED
                ):
                    await self._answer(await self._poll_workflow_task())
            for pending in described.pending_activities:
                wanted = self._activities.get((workflow_id, pending.activity_id)) in names - self.done
                if wanted and pending.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED:
                    await self._act(names)
        return quiet

    async def _describe(self, workflow_id: str) -> DescribeWorkflowExecutionResponse | None:
        request = DescribeWorkflowExecutionRequest(
            namespace="default", execution=WorkflowExecution(workflow_id=workflow_id)
        )
        try:
            return await self._client.workflow_service.describe_workflow_execution(request)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return None
            raise

    async def _poll_workflow_task(self) -> PollWorkflowTaskQueueResponse:
        request = PollWorkflowTaskQueueRequest(namespace="default", task_queue=self._queue, identity=IDENTITY)
        return await self._client.workflow_service.poll_workflow_task_queue(request)

    def _recording(self, task: PollWorkflowTaskQueueResponse) -> Recording:
        if task.workflow_execution.workflow_id == self.workflow_id:
            return self._recordings[""]
        given = value_of(task.history.events[0].workflow_execution_started_event_attributes.input)
        start = given["start_action"]["name"]
        if start not in self._recordings:
            self._recordings[start] = Recording(HISTORIES / f"{self._name}-{start}.json", self._replaced)
        return self._recordings[start]

    async def _answer(self, task: PollWorkflowTaskQueueResponse) -> None:
        if not task.task_token:
            return
        workflow_id = task.workflow_execution.workflow_id
        recording = self._recording(task)
        ended = Counter(event.event_type for event in task.history.events if event.event_type in ENDS)
        commands: list[Command] = []
        if self._answered[workflow_id] < len(recording.batches):
            batch = recording.batches[self._answered[workflow_id]]
            if batch.after <= ended:
                self._answered[workflow_id] += 1
                commands = list(self._commands(workflow_id, task.started_event_id, batch.events))
        await self._client.workflow_service.respond_workflow_task_completed(
            RespondWorkflowTaskCompletedRequest(
                namespace="default", task_token=task.task_token, commands=commands, identity=IDENTITY
            )
        )

    def _commands(self, workflow_id: str, started: int, events: Iterable[HistoryEvent]) -> Iterator[Command]:
        """The Go SDK names activities and timers after the ids of the events that they will make."""
        for number, event in enumerate(events, started + 2):
            command = command_of(event)
            assert command
            if command.HasField("schedule_activity_task_command_attributes"):
                activity = command.schedule_activity_task_command_attributes
                activity.activity_id = str(number)
                activity.task_queue.CopyFrom(self._queue)
                self._activities[workflow_id, activity.activity_id] = purpose(
                    activity.activity_type.name, activity.input
                )
            elif command.HasField("start_timer_command_attributes"):
                timer = command.start_timer_command_attributes
                timer.timer_id = str(number)
                if self._timers_last:
                    timer.start_to_fire_timeout.FromTimedelta(self._timers_last)
            elif command.HasField("start_child_workflow_execution_command_attributes"):
                child = command.start_child_workflow_execution_command_attributes
                child.workflow_id = child.workflow_id.replace(*self._replaced)
                child.task_queue.CopyFrom(self._queue)
                self.children.append(child.workflow_id)
            yield command

    # Activities

    async def _poll_activity(self) -> PollActivityTaskQueueResponse:
        request = PollActivityTaskQueueRequest(namespace="default", task_queue=self._queue, identity=IDENTITY)
        return await self._client.workflow_service.poll_activity_task_queue(request)

    async def _act(self, names: set[str]) -> None:
        task = await self._poll_activity()
        name = purpose_of(task)
        if name not in names:
            await self._give_back(task)
            return
        self.done.add(name)
        result = next((one.results[name] for one in self._recordings.values() if name in one.results), None)
        if result is None:
            await self._fail(task)
            return
        await self._client.workflow_service.respond_activity_task_completed(
            RespondActivityTaskCompletedRequest(
                namespace="default",
                task_token=task.task_token,
                result=result if result.payloads else None,
                identity=IDENTITY,
            )
        )

    async def _fail(self, task: PollActivityTaskQueueResponse) -> None:
        """Fails an activity at its last attempt."""
        failure = Failure(message="boom", application_failure_info=ApplicationFailureInfo(non_retryable=True))
        await self._client.workflow_service.respond_activity_task_failed(
            RespondActivityTaskFailedRequest(
                namespace="default", task_token=task.task_token, failure=failure, identity=IDENTITY
            )
        )

    async def _give_back(self, task: PollActivityTaskQueueResponse) -> None:
        """Fails a task that arrived instead of another one, so that it is retried."""
        await self._client.workflow_service.respond_activity_task_failed(
            RespondActivityTaskFailedRequest(namespace="default", task_token=task.task_token, identity=IDENTITY)
        )
