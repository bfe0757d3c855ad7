"""Actions that wait for a signal, sent with the official command line tool."""

from __future__ import annotations

import json

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule
from zarf.dev.process import wait_until


def rule_that_waits(timeout: str) -> Rule:
    rule = Rule()
    wait = rule.action(
        "wait",
        "wait_for",
        {
            "signal": "payment",
            "conditions": [
                {"field_name": "order", "operator": "equals", "value": "{{number}}"},
                {"field_name": "amount", "operator": "greater_than", "value": 100},
            ],
            "timeout": timeout,
        },
    )
    rule.edge(None, wait)
    rule.edge(
        wait, rule.update("paid", "notes", "paid {{wait.payload.amount}} by {{wait.payload.from.name}}"), "received"
    )
    rule.edge(wait, rule.update("late", "notes", "not paid"), "timed_out")
    return rule


def signal(rig: Rig, workflow_id: str, name: str, **payload: object) -> None:
    rig.temporal.cli(
        *["workflow", "signal", "--workflow-id", workflow_id, "--name", name, "--input", json.dumps(payload)]
    )


def notes(rig: Rig) -> str:
    return rig.value(f"SELECT notes FROM sales.orders WHERE id = '{ORDER}'")


def test_the_signal_that_matches_ends_the_wait(rig: Rig) -> None:
    """This holds even if a worker that has not seen the earlier signals continues the run."""
    first = rig.worker().wait_ready()
    rule = rule_that_waits("1h")
    workflow_id = rig.start(rule)
    wait_until(lambda: rig.has(workflow_id, "TIMER_STARTED"), "the wait")
    signal(rig, workflow_id, "payment", order="SO-2026-1042", amount=99)
    signal(rig, workflow_id, "payment", order="SO-2026-1041", amount=1000)
    signal(rig, workflow_id, "shipment", order="SO-2026-1042", amount=1000)
    assert first.stop() == 0
    rig.worker().wait_ready()
    assert rig.states(workflow_id) == {"wait": "running", "paid": "waiting", "late": "waiting"}

    signal(rig, workflow_id, "payment", order="SO-2026-1042", amount=1849.5, **{"from": {"name": "Nordwind"}})

    assert rig.ended(workflow_id) == "COMPLETED"
    assert notes(rig) == "paid 1849.5 by Nordwind"
    assert rig.kinds(workflow_id)["TIMER_CANCELED"] == 1


def test_a_signal_that_comes_first_and_one_that_never_comes(rig: Rig) -> None:
    early = rule_that_waits("1h")
    workflow_id = rig.start(early)
    signal(rig, workflow_id, "payment", order="SO-2026-1042", amount=200, **{"from": {"name": "Baker"}})
    rig.worker().wait_ready()
    assert rig.ended(workflow_id) == "COMPLETED"
    assert notes(rig) == "paid 200 by Baker"
    assert not rig.has(workflow_id, "TIMER_STARTED")

    late = rule_that_waits("1s")
    assert rig.run(late) == "COMPLETED"
    assert notes(rig) == "not paid"
