"""The report of `make run`, on handmade histories."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from zarf.dev import check
from zarf.dev.history import failure_text, read_run
from zarf.dev.samples import compare, samples

Json = dict[str, Any]


def coded(value: Any) -> Json:
    return {"payloads": [{"data": base64.b64encode(json.dumps(value).encode()).decode()}]}


def event(number: int, kind: str, **fields: Any) -> Json:
    return {
        "eventId": str(number),
        "eventTime": f"2026-06-17T09:12:44.{number:03}456789Z",
        "eventType": f"EVENT_TYPE_{kind}",
        "someEventAttributes": fields,
    }


def sample(stem: str) -> Any:
    return next(sample for sample in samples() if sample.file.stem == stem)


def local(number: int, node: Json, result: Json) -> Json:
    data = coded({"ActivityID": node["id"], "ActivityType": node["action_type"]})
    return event(number, "MARKER_RECORDED", markerName="LocalActivity", details={"data": data, "result": coded(result)})


def history_of_release() -> tuple[Json, list[Json]]:
    """A history in which plan_delivery is an activity and all other actions are local; the last one fails."""
    rule = sample("release-paid-order").rule
    paid, plan, reward, lines, note = rule["graph"]["actions"]
    output = {"action_id": plan["id"], "result": {"output": "success", "records_affected": 1}, "success": True}
    return rule, [
        event(1, "WORKFLOW_EXECUTION_STARTED"),
        event(2, "WORKFLOW_TASK_COMPLETED"),
        local(3, paid, {"output": "true"}),
        local(4, reward, {"output": "success", "records_affected": 1, "execution_time_ms": 3}),
        local(5, lines, {"output": "success", "records_affected": 3, "execution_time_ms": 0}),
        event(6, "ACTIVITY_TASK_SCHEDULED", activityId=plan["id"]),
        event(7, "ACTIVITY_TASK_STARTED", scheduledEventId="6"),
        event(18, "ACTIVITY_TASK_COMPLETED", scheduledEventId="6", result=coded(output)),
        event(19, "ACTIVITY_TASK_SCHEDULED", activityId=note["id"]),
        event(20, "ACTIVITY_TASK_FAILED", scheduledEventId="19", failure={"message": "boom"}),
        event(21, "WORKFLOW_EXECUTION_FAILED", failure={"message": "execute action note_release: boom"}),
    ]


def test_reads_local_actions_and_activities() -> None:
    run = read_run(*history_of_release())
    steps = run.named()
    assert (steps["check_paid"].how, steps["check_paid"].output) == ("local", "true")
    assert (steps["plan_delivery"].how, steps["plan_delivery"].output) == ("activity", "success")
    assert steps["note_release"].failure == "boom"
    assert (run.close, run.failure) == ("WORKFLOW_EXECUTION_FAILED", "execute action note_release: boom")


def test_what_is_not_as_expected_is_named() -> None:
    rule, history = history_of_release()
    run = read_run(rule, history)
    expected = sample("release-paid-order").expected
    rows = [question["rows"] for question in expected["database"]]
    faults = compare(expected, "FAILED", run, rows)
    assert [fault.split()[0] for fault in faults] == ["status", "actions", "actions"]
    assert "note_release" in faults[1] + faults[2]
    wrong = [*rows[:-1], [["0", "3"]]]
    assert any("lines that may be picked" in fault for fault in compare(expected, "FAILED", run, wrong))


def test_failures_are_told_once() -> None:
    failure = {"message": "a: b: c", "cause": {"message": "b: c", "cause": {"message": "why"}}}
    assert failure_text(failure) == "a: b: c: why"


@pytest.mark.parametrize(
    ("result", "output", "counted"),
    [
        ("OK", "[====] Synthesis: Tested: 12 | Passing: 12 | Failing: 0 | Crashing: 0", (12, 0)),
        ("FAIL", "[====] Synthesis: Tested: 12 | Passing: 9 | Failing: 2 | Crashing: 1", (9, 3)),
        ("FAIL", "\x1b[0;34m[====] \x1b[0mSynthesis: Tested: \x1b[1m5\x1b[0m | Passing: \x1b[1m5\x1b[0m", (4, 1)),
        ("OK", "no words of Criterion's", (1, 0)),
        ("TIMEOUT", "", (0, 1)),
    ],
)
def test_c_tests_are_counted_one_by_one(tmp_path: Any, result: str, output: str, counted: tuple[int, int]) -> None:
    log = tmp_path / "testlog.json"
    log.write_text(json.dumps({"name": "x", "result": result, "stdout": "", "stderr": output}) + "\n")
    assert check.count_meson(log) == check.Count(*counted)
