"""Runs that the Go worker started and this worker continues: first the server has a history of the Go worker
(go_worker.py plays it from recordings), then only this worker runs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.e2e.go_worker import GoWorker
from tests.e2e.rig import Rig

Json = dict[str, Any]
MARKS = ("MarkExecutionRunning",)

# The rule `live`: A checks, B updates; then C notifies in parallel to D, which updates, and E, which notifies after D;
# F notifies when both have ended.
NOTICES = {"C": "first", "E": "second of 1", "F": "joined"}


def replayed(rig: Rig, workflow_id: str) -> Json:
    """The engine's state after the whole history: the Go worker's part and this worker's part."""
    file = rig.folder / "history.json"
    file.write_text(json.dumps({"events": rig.temporal.history(workflow_id)}))
    done = rig.command("replay", "--json", file)
    assert done.returncode == 0, done.stdout
    found: Json = json.loads(done.stdout)[0]
    return found


def states(rig: Rig, workflow_id: str) -> dict[str, str]:
    return {action["name"]: action["state"] for action in replayed(rig, workflow_id)["actions"]}


def alerts(rig: Rig) -> list[str]:
    return [message for (message,) in rig.query("SELECT message FROM workflow.alerts ORDER BY 1")]


def finish(rig: Rig, go: GoWorker) -> str:
    """Lets this worker finish the rule; returns the status of the run."""
    rig.worker().wait_ready()
    return rig.ended(go.workflow_id)


@pytest.mark.parametrize(
    "done",
    ["", "A", "AB", "ABC", "ABCD", "ABCDE", "ABCDEF"],
    ids=lambda done: f"after_{done}" if done else "at_the_beginning",
)
@pytest.mark.parametrize("name", ["s-live", "h-live"])
def test_at_every_action(rig: Rig, name: str, done: str) -> None:
    """Actions that the Go worker performed are not repeated; all others run once: waits, branches, joins."""
    marks = MARKS if name == "h-live" and done else ()
    go = GoWorker(rig, name).play(*done, *marks)
    if set("AB") <= set(done):
        assert len(go.children) == 2

    assert finish(rig, go) == "COMPLETED"

    assert set(states(rig, go.workflow_id).values()) == {"finished"}
    assert alerts(rig) == sorted(text for action, text in NOTICES.items() if action not in done)
    order = rig.query("SELECT coalesce(notes, ''), priority FROM sales.orders WHERE number = 'SO-2026-1042'")
    noted, raised = "" if "B" in done else "order SO-2026-1042", "standard" if "D" in done else "high"
    assert order == [[noted, raised]]
    for child in go.children:
        assert rig.temporal.status(child) == "COMPLETED"


def test_of_a_lost_workflow_task(rig: Rig) -> None:
    """The Go worker is killed while it has a workflow task, which times out after ten seconds."""
    go = GoWorker(rig, "s-live").play(lose_task=True)

    assert finish(rig, go) == "COMPLETED"

    assert "WORKFLOW_TASK_TIMED_OUT" in rig.kinds(go.workflow_id)
    assert alerts(rig) == sorted(NOTICES.values())


def test_abandoned_branches(rig: Rig) -> None:
    """The run has ended, but its branches have not."""
    go = GoWorker(rig, "h-live-forget").play("A", *MARKS, "MarkExecutionCompleted")
    assert rig.temporal.status(go.workflow_id) == "COMPLETED"
    assert [rig.temporal.status(child) for child in go.children] == ["RUNNING", "RUNNING"]

    rig.worker().wait_ready()

    assert [rig.ended(child) for child in go.children] == ["COMPLETED", "COMPLETED"]
    assert alerts(rig) == ["left", "right"]


def test_branches_not_awaited_yet(rig: Rig) -> None:
    """The run is still open: this worker waits for the branches, so that no branch is lost."""
    go = GoWorker(rig, "h-live-forget").play("A", *MARKS)

    assert finish(rig, go) == "COMPLETED"

    assert [rig.temporal.status(child) for child in go.children] == ["COMPLETED", "COMPLETED"]
    assert alerts(rig) == ["left", "right"]
    assert states(rig, go.workflow_id) == {"A": "finished", "B": "finished", "C": "finished"}


def test_a_timer(rig: Rig) -> None:
    go = GoWorker(rig, "h-delay").play("A", *MARKS)
    assert rig.events(go.workflow_id, "TIMER_STARTED")[0]["timerId"] == "19"

    assert finish(rig, go) == "COMPLETED"

    assert len(rig.events(go.workflow_id, "TIMER_STARTED")) == 1
    assert states(rig, go.workflow_id) == {"A": "finished", "W": "finished", "B": "finished"}


def test_a_timer_in_a_branch(rig: Rig) -> None:
    go = GoWorker(rig, "h-delay-in-branch").play("A", *MARKS)

    assert finish(rig, go) == "COMPLETED"

    assert set(states(rig, go.workflow_id).values()) == {"finished"}
    assert states(rig, go.children[0])["W"] == "finished"


def test_an_inactive_action_that_was_started(rig: Rig) -> None:
    """Version 1 runs inactive actions, so this worker performs the action too, before the next ones."""
    go = GoWorker(rig, "s-inactive").play("A")

    assert finish(rig, go) == "COMPLETED"

    scheduled = [event["activityId"] for event in rig.events(go.workflow_id, "ACTIVITY_TASK_SCHEDULED")]
    assert scheduled == ["7", "13", go.action_id("B")]
    assert states(rig, go.workflow_id) == {"A": "finished", "X": "finished", "B": "finished"}


def test_a_branch_that_is_left_out(rig: Rig) -> None:
    """Where branches meet twice, the Go worker skips the second join; this worker does not."""
    go = GoWorker(rig, "h-tie").play("A", "B", *MARKS)

    assert finish(rig, go) == "COMPLETED"

    assert set(states(rig, go.workflow_id).values()) == {"finished"}
    for child in go.children:
        assert states(rig, child)["E"] == "waiting"


def test_cancel(rig: Rig) -> None:
    """When the parent is canceled, the server ends the branches."""
    go = GoWorker(rig, "h-delay-in-branch", timers_last=timedelta(hours=1)).play("A", "C", *MARKS)
    rig.temporal.cli("workflow", "cancel", "--workflow-id", go.workflow_id)

    assert finish(rig, go) == "CANCELED"

    assert rig.ended(go.children[0]) == "TERMINATED"


@pytest.mark.parametrize(("output", "behind"), [("approved", "B"), ("rejected", "C")])
def test_a_person_answers(rig: Rig, output: str, behind: str) -> None:
    """The Go worker asked the person; the answer names the activity id, as the main service does."""
    go = GoWorker(rig, "h-approval").play("A", *MARKS, ask="P")
    rig.worker().wait_ready()
    answer = {"action_id": "00000000-0000-0000-0000-000000000000", "action_name": "P", "success": True}
    rig.temporal.cli(
        *["activity", "complete", "--workflow-id", go.workflow_id, "--activity-id", "19"],
        *["--result", json.dumps({**answer, "result": {"output": output}})],
    )

    assert rig.ended(go.workflow_id) == "COMPLETED"

    dead = ({"B", "C"} - {behind}).pop()
    expected = {"A": "finished", "P": "finished", behind: "finished", dead: "dead"}
    assert states(rig, go.workflow_id) == expected


def test_a_run_that_the_go_worker_continued(rig: Rig) -> None:
    """The Go worker restarts the graph with its results; this worker continues where the run was."""
    go = GoWorker(rig, "h-continued.2").play()

    assert finish(rig, go) == "COMPLETED"

    carried = {action["name"]: action["how"] for action in replayed(rig, go.workflow_id)["actions"]}
    assert carried == {"A": "earlier", "B": "earlier", "C": "activity", "D": "activity", "E": "activity"}
