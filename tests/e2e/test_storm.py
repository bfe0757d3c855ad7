"""Workers are killed at random moments during 200 runs: all runs end, and no effect occurs twice."""

from __future__ import annotations

from collections import Counter

from tests.e2e.storm import KILLS, RUNS, Storm

# Longer than a lost task, a heartbeat timeout and another attempt together.
SAMPLE = 10


def test_storm(storm: Storm) -> None:
    statuses = storm.outcome()
    print(f"seed {storm.seed}: {storm.kills} kills")
    assert statuses == {"COMPLETED": RUNS}, f"seed {storm.seed}"
    assert storm.kills >= KILLS

    notices = Counter(
        {
            text: int(count)
            for text, count in storm.rig.query("SELECT message, count(*) FROM workflow.alerts GROUP BY 1")
        }
    )
    assert notices == storm.notices, f"seed {storm.seed}"
    assert set(notices.values()) == {1}
    assert storm.rig.value("SELECT count(*) FROM workflow.alert_recipients") == str(notices.total())
    updated = storm.rig.query("SELECT number, notes, priority FROM sales.orders WHERE number LIKE 'storm %'")
    assert sorted(updated) == sorted([f"storm {number}", f"storm {number}", "high"] for number in range(RUNS))

    for rule in storm.rules[:: RUNS // SAMPLE]:
        assert set(storm.rig.states(rule.workflow_id).values()) == {"finished"}
        kinds = storm.rig.kinds(rule.workflow_id)
        assert kinds["MARKER_RECORDED"] + kinds["ACTIVITY_TASK_COMPLETED"] + kinds["TIMER_FIRED"] == len(rule.actions)
