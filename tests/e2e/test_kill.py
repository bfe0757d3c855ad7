"""A worker is killed during a run: another finishes the run, and no effect occurs twice. storm.py has many runs."""

from __future__ import annotations

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule

ORDER_ROW = f"SELECT 1 FROM sales.orders WHERE id = '{ORDER}' FOR UPDATE"


def interrupted_rule() -> Rule:
    """Two notices, an update that a lock delays, and two more notices."""
    rule = Rule()
    return rule.chain(
        rule.condition("check"),
        rule.notify("first", "first"),
        rule.notify("second", "second"),
        rule.update("note", "notes", "done"),
        rule.notify("third", "third"),
        rule.notify("fourth", "fourth"),
    )


def assert_each_effect_once(rig: Rig) -> None:
    assert rig.query("SELECT message, count(*) FROM workflow.alerts GROUP BY 1 ORDER BY min(created_date), 1") == [
        [name, "1"] for name in ("first", "second", "third", "fourth")
    ]
    assert rig.value("SELECT count(*) FROM workflow.alert_recipients") == "4"
    assert rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'") == "done"


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_another_worker_finishes(rig: Rig, dispatch: str) -> None:
    first = rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule = interrupted_rule()
    with rig.locked(ORDER_ROW):
        rig.start(rule)
        rig.wait_blocked()
        assert rig.value("SELECT count(*) FROM workflow.alerts") == "2"
        first.kill()
        assert rig.temporal.status(rule.workflow_id) == "RUNNING"
        rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert_each_effect_once(rig)


def test_the_same_worker_started_again_finishes(rig: Rig) -> None:
    first = rig.worker().wait_ready()
    rule = interrupted_rule()
    with rig.locked(ORDER_ROW):
        rig.start(rule)
        rig.wait_blocked()
        first.kill()
    rig.worker().wait_ready()

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert_each_effect_once(rig)
