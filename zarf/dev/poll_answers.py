"""Answers to polls as a server sends them; they are the seeds of the fuzz target `poll`."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf import json_format
from temporalio.api.history.v1 import History
from temporalio.api.workflowservice.v1 import PollActivityTaskQueueResponse, PollWorkflowTaskQueueResponse

from zarf.dev.process import ROOT

WORKFLOW = bytes(16)  # the bytes that follow an answer: see tests/fuzz/fuzz_poll.c
ACTIVITY = bytes([1]) + bytes(15)


def seeds() -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the seeds: the histories of tests/replay, each as a task, and the activities in them."""
    for path in sorted((ROOT / "tests/replay/histories").glob("*-*.json")):
        history = json_format.Parse(path.read_text(encoding="utf-8"), History(), ignore_unknown_fields=True)
        task = PollWorkflowTaskQueueResponse(task_token=b"token", attempt=1, started_event_id=3, history=history)
        task.workflow_execution.workflow_id = path.stem
        task.queries["1"].query_type = "graph_state"
        yield path.stem, task.SerializeToString() + WORKFLOW
        for event in history.events:
            scheduled = event.activity_task_scheduled_event_attributes
            if scheduled.activity_id:
                activity = PollActivityTaskQueueResponse(task_token=b"token", attempt=2, header=scheduled.header)
                activity.activity_id = scheduled.activity_id
                activity.activity_type.CopyFrom(scheduled.activity_type)
                activity.input.CopyFrom(scheduled.input)
                activity.retry_policy.CopyFrom(scheduled.retry_policy)
                yield f"{path.stem}-{event.event_id}", activity.SerializeToString() + ACTIVITY
                break
