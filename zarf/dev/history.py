"""Reads the outcome of a rule's actions from a workflow's history as printed by the official command line tool."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Step:
    """One action of a rule and its outcome."""

    id: str
    name: str
    type: str
    how: str = ""  # "local": inside the workflow task; "activity"; "" when it did not run
    output: str = ""
    failure: str = ""
    result: Json = field(default_factory=dict)


@dataclass
class Run:
    steps: dict[str, Step]  # by action id, in the order of the graph's actions
    close: str = ""  # WORKFLOW_EXECUTION_COMPLETED, ...
    failure: str = ""

    def named(self) -> dict[str, Step]:
        return {step.name: step for step in self.steps.values()}


def payload(holder: Json | None) -> Any:
    """The first payload's value, or None without payloads."""
    payloads = (holder or {}).get("payloads") or []
    return json.loads(base64.b64decode(payloads[0].get("data", "")) or "null") if payloads else None


def failure_text(failure: Json | None) -> str:
    """The messages from the outermost to the innermost, without repetitions."""
    texts: list[str] = []
    while failure:
        message = failure.get("message", "")
        if message and not any(message in text for text in texts):
            texts.append(message)
        failure = failure.get("cause")
    return ": ".join(texts)


def attributes(event: Json) -> Json:
    for key, value in event.items():
        if key.endswith("EventAttributes"):
            found: Json = value
            return found
    return {}


def finish(step: Step, result: Any, failure: str) -> None:
    if isinstance(result, dict) and "action_id" in result and "result" in result:
        result = result["result"]
    step.result = result if isinstance(result, dict) else {}
    step.output = str(step.result.get("output", ""))
    step.failure = failure


def read_run(rule: Json, history: list[Json]) -> Run:
    """`rule` is the WorkflowInput that was started."""
    run = Run({node["id"]: Step(node["id"], node["name"], node["action_type"]) for node in rule["graph"]["actions"]})
    scheduled: dict[str, Step] = {}
    for event in history:
        kind = event["eventType"].removeprefix("EVENT_TYPE_")
        fields = attributes(event)
        if kind == "MARKER_RECORDED" and fields.get("markerName") == "LocalActivity":
            read_local(run, fields)
        elif kind == "ACTIVITY_TASK_SCHEDULED" and fields["activityId"] in run.steps:
            step = run.steps[fields["activityId"]]
            step.how = "activity"
            scheduled[event["eventId"]] = step
        elif kind.startswith("ACTIVITY_TASK_") and fields.get("scheduledEventId") in scheduled:
            if kind == "ACTIVITY_TASK_STARTED":
                continue
            finish(
                scheduled[fields["scheduledEventId"]],
                payload(fields.get("result")),
                failure_text(fields.get("failure")),
            )
        elif kind.startswith("WORKFLOW_EXECUTION_") and event is history[-1]:
            run.close = kind
            run.failure = failure_text(fields.get("failure"))
    return run


def read_local(run: Run, fields: Json) -> None:
    details = fields.get("details", {})
    data = payload(details.get("data")) or {}
    step = run.steps.get(data.get("ActivityID", ""))
    if not step:
        return
    step.how = "local"
    finish(step, payload(details.get("result")), failure_text(fields.get("failure")))
