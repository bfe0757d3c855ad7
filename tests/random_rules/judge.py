"""Compares the server's record of a run with what its rule says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from tests.random_rules.plan import Fate
from tests.random_rules.random_rule import RandomRule

MOST_TASK_FAILURES = 1
FAILURE_BYTES = 32 * 1024  # a longer failure is cut
ENDS = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: "COMPLETED",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: "FAILED",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: "TIMED_OUT",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: "TERMINATED",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: "CANCELED",
}
ACTIVITY_ENDS = {
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED: "activity_task_completed_event_attributes",
    EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED: "activity_task_failed_event_attributes",
    EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT: "activity_task_timed_out_event_attributes",
}


class Account:
    """What the histories of a run, and of the runs that continued it, say about its actions."""

    def __init__(self, histories: Sequence[Sequence[HistoryEvent]]) -> None:
        self.began: dict[str, int] = {}  # by id of the action; the number of the event
        self.ended: dict[str, int] = {}
        self.times: Counter[str] = Counter()
        self.task_failures = self.task_timeouts = self.events = 0
        self.status, self.failure = "RUNNING", ""
        self.histories = len(histories)
        for history in histories:
            scheduled: dict[int, str] = {}
            for event in history:
                self.events += 1
                self.read(event, scheduled)

    def read(self, event: HistoryEvent, scheduled: dict[int, str]) -> None:
        kind = event.event_type
        if kind == EventType.EVENT_TYPE_MARKER_RECORDED:
            marker = event.marker_recorded_event_attributes
            if marker.marker_name == "LocalActivity":
                action = json.loads(marker.details["data"].payloads[0].data)["ActivityID"]
                self.begin(action)
                self.ended[action] = self.events
        elif kind == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            scheduled[event.event_id] = event.activity_task_scheduled_event_attributes.activity_id
            self.begin(scheduled[event.event_id])
        elif kind in ACTIVITY_ENDS:
            self.ended[scheduled[getattr(event, ACTIVITY_ENDS[kind]).scheduled_event_id]] = self.events
        elif kind == EventType.EVENT_TYPE_TIMER_STARTED:
            self.begin(event.timer_started_event_attributes.timer_id)
        elif kind == EventType.EVENT_TYPE_TIMER_FIRED:
            self.ended[event.timer_fired_event_attributes.timer_id] = self.events
        elif kind == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            self.task_failures += 1
        elif kind == EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
            self.task_timeouts += 1
        elif kind in ENDS:
            self.status = ENDS[kind]
            self.failure = event.workflow_execution_failed_event_attributes.failure.message

    def begin(self, action: str) -> None:
        self.times[action] += 1
        self.began[action] = self.events


def judge(made: RandomRule, account: Account) -> Iterator[str]:
    expected = "FAILED" if made.fails else "COMPLETED"
    if account.status != expected:
        yield f"it is {account.status}, not {expected}: {account.failure[:300]}"
    if account.task_failures > MOST_TASK_FAILURES:
        yield f"{account.task_failures} workflow tasks failed"
    names = {action["id"]: action["name"] for action in made.rule.actions}
    for action in made.ids_of(Fate.RUNS, Fate.FAILS):
        if account.times[action] != 1:
            yield f"action {action} {names[action][:40]!r} ran {account.times[action]} times, not once"
        elif action not in account.ended:
            yield f"action {action} {names[action][:40]!r} began and did not end"
    for action in account.times.keys() - made.ids_of(Fate.RUNS, Fate.FAILS):
        yield f"action {action} {names.get(action, '')[:40]!r} ran, which it must not"
    yield from judge_failure(made, account)
    for edge in made.rule.edges:
        source, target = edge["source_action_id"], edge["target_action_id"]
        if source in account.ended and target in account.began and account.ended[source] > account.began[target]:
            yield f"action {target} began before {source} had ended"


def judge_failure(made: RandomRule, account: Account) -> Iterator[str]:
    """The failure must name exactly the actions that failed, as far as there is room."""
    if account.status != "FAILED" or len(account.failure) > FAILURE_BYTES // 2:
        return
    for action in made.ids:
        named = f" ({action}): " in account.failure
        if named != (action in made.ids_of(Fate.FAILS)):
            yield f"its failure {'names' if named else 'does not name'} action {action}: {account.failure[:300]}"
