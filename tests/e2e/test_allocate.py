"""allocate_inventory: many runs that compete for the same stock, killed workers, and groups of actions."""

from __future__ import annotations

import signal

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import Rule
from zarf.dev.process import wait_until

# A product of the sample data with 4, 8 and 40 unallocated pieces.
BRUSH = "1a6b03b8-9989-42db-adea-51d4ebb11591"
FREE = 52
STOCK = f"FROM inventory.inventory_items WHERE product_id = '{BRUSH}'"
LEFT = f"SELECT sum(quantity - reserved_quantity - allocated_quantity) {STOCK}"
KEPT = "FROM workflow.allocation_results"


def allocating_rule(quantity: int, **more: object) -> Rule:
    rule = Rule()
    config = {"inventory_items": [{"product_id": BRUSH, "quantity": quantity}], "allocation_mode": "allocate"}
    return rule.chain(rule.action("take", "allocate_inventory", {**config, **more}))


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_fifty_runs_share_the_stock(rig: Rig, dispatch: str) -> None:
    """50 runs request 3 of 52 pieces each: 17 get them, and one piece is left."""
    for _ in range(2):
        rig.worker(ICHOR_WORKER_DISPATCH=dispatch)
    for worker in rig.workers:
        worker.wait_ready()

    rules = [allocating_rule(3, allocation_strategy=("fifo", "lifo")[number % 2]) for number in range(50)]
    for rule in rules:
        rig.start_quickly(rule)

    assert rig.wait_all_ended(50) == {"COMPLETED": 17, "FAILED": 33}
    assert rig.value(LEFT) == "1"
    assert rig.query(f"SELECT count(*), sum((allocation_data ->> 'total_allocated')::int) {KEPT}") == [["17", "51"]]
    assert rig.value(f"SELECT bool_and(reserved_quantity + allocated_quantity <= quantity) {STOCK}") == "t"
    failed = next(rule for rule in rules if rig.temporal.status(rule.workflow_id) == "FAILED")
    assert f"allocation failed: allocation failed for product {BRUSH}: Only 1 available, 3 requested" in rig.failure(
        failed.workflow_id
    )
    (scheduled,) = rig.events(failed.workflow_id, "ACTIVITY_TASK_SCHEDULED")
    assert scheduled["activityType"]["name"] == "ExecuteAsyncActionActivity"
    assert rig.kinds(failed.workflow_id)["ACTIVITY_TASK_STARTED"] == 1


def test_partial_allocation(rig: Rig) -> None:
    """60 runs request one of 52 pieces each: 8 runs get nothing, as their output shows."""
    rig.worker().wait_ready()
    for _ in range(60):
        rule = allocating_rule(1, allow_partial=True)
        short = rule.notify("short", "nothing left")
        rule.edge(rule.actions[0]["id"], short, "insufficient_stock")
        rig.start_quickly(rule)

    assert rig.wait_all_ended(60) == {"COMPLETED": 60}
    assert rig.value(LEFT) == "0"
    assert rig.query(f"SELECT allocation_data ->> 'status', count(*) {KEPT} GROUP BY 1 ORDER BY 1") == [
        ["failed", "8"],
        ["success", str(FREE)],
    ]
    assert rig.value("SELECT count(*) FROM workflow.alerts") == "8"


def test_killed_while_waiting_for_stock(rig: Rig) -> None:
    """The second attempt, by another worker, allocates the quantity once."""
    first = rig.worker().wait_ready()
    rule = allocating_rule(5)
    with rig.locked(f"SELECT 1 {STOCK} FOR UPDATE"):
        rig.start(rule)
        rig.wait_blocked()
        first.kill()
        rig.worker().wait_ready()

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert rig.value(LEFT) == str(FREE - 5)
    assert rig.value(f"SELECT count(*) {KEPT}") == "1"


def test_killed_before_the_answer_was_sent(rig: Rig) -> None:
    """The worker is killed after it allocated and before it answered: the next attempt returns the stored result."""
    first = rig.worker().wait_ready()
    rule = allocating_rule(5)
    rig.query(  # The commit waits, so the worker is killed during it; PostgreSQL completes it.
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END';"
        "CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON workflow.allocation_results"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()"
    )
    with rig.locked("SELECT pg_advisory_lock(42)"):
        rig.start(rule)
        rig.wait_blocked()
        first.process.send(signal.SIGSTOP)  # so it does not get the answer
    wait_until(lambda: rig.value(f"SELECT count(*) {KEPT}") == "1", "the commit")
    first.kill()
    rig.worker().wait_ready()

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert rig.value(LEFT) == str(FREE - 5)
    (started,) = rig.events(rule.workflow_id, "ACTIVITY_TASK_STARTED")
    assert started["attempt"] == 2


def test_a_core_worker_has_no_extended_actions(rig: Rig) -> None:
    rig.worker(ICHOR_WORKER_ACTIONS="core").wait_ready()
    taking = allocating_rule(1)
    alerting = Rule()
    alerting.chain(alerting.action("warn", "create_alert", {"message": "m", "recipients": {"users": [BRUSH]}}))
    noting = Rule()
    noting.chain(noting.condition("check"), noting.update("note", "notes", "core"))

    assert [rig.run(rule) for rule in (taking, alerting, noting)] == ["FAILED", "FAILED", "COMPLETED"]

    assert "no handler registered for type allocate_inventory" in rig.failure(taking.workflow_id)
    assert "no handler registered for type create_alert" in rig.failure(alerting.workflow_id)
    assert rig.value(LEFT) == str(FREE)
