"""Two worker processes perform every action that writes at the same time: its rows exist once, and both runs get the
same result."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.planned_run import APPROVERS, PRODUCT
from tests.chaos.trade_shapes import ANY_ID, NOW, OTHER_PLACE, PLACE, SUPPLIER, TRADED, WAREHOUSE, trade_rows
from tests.e2e.conftest import open_rig
from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, Rule
from zarf.dev.history import read_run
from zarf.dev.process import wait_until
from zarf.dev.stack import Stack

Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    config: Json
    row: str = ""  # SQL that inserts the rows on which the action works


def number(value: int) -> str:
    """The id of a row of this test."""
    return f"00000000-0000-4000-8000-{value:012d}"


def purchase(id_: str) -> str:
    return (
        "INSERT INTO procurement.purchase_orders (id, order_number, supplier_id, purchase_order_status_id,"
        " delivery_warehouse_id, order_date, expected_delivery_date, currency_id, requested_by, created_by, updated_by,"
        f" created_date, updated_date) VALUES ('{id_}', 'PO-{id_[-2:]}', '{SUPPLIER}', '{ANY_ID}', '{WAREHOUSE}',"
        f" {NOW}, {NOW}, '{ANY_ID}', '{APPROVERS[1]}', '{APPROVERS[1]}', '{APPROVERS[1]}', {NOW}, {NOW})"
    )


def adjustment(id_: str) -> str:
    return (
        "INSERT INTO inventory.inventory_adjustments (id, product_id, location_id, adjusted_by, quantity_change,"
        f" reason_code, notes, adjustment_date, created_date, updated_date) VALUES ('{id_}', '{TRADED}', '{PLACE}',"
        f" '{APPROVERS[1]}', 3, 'cycle_count', '', {NOW}, {NOW}, {NOW})"
    )


def transfer(id_: str, status: str) -> str:
    return (
        "INSERT INTO inventory.transfer_orders (id, product_id, from_location_id, to_location_id, requested_by,"
        f" quantity, status, transfer_date, created_date, updated_date) VALUES ('{id_}', '{TRADED}', '{PLACE}',"
        f" '{OTHER_PLACE}', '{APPROVERS[1]}', 2, '{status}', {NOW}, {NOW}, {NOW})"
    )


PICKED = (
    f"INSERT INTO sales.orders (id, number) VALUES ('{number(20)}', 'twice');"
    " INSERT INTO sales.order_line_items (id, order_id, product_id, product, quantity)"
    f" VALUES ('{number(21)}', '{number(20)}', '{TRADED}', 'Anchor', 2)"
)
REQUEST = (
    "INSERT INTO workflow.approval_requests (approval_request_id, execution_id, action_name, approvers, task_token)"
    f" VALUES ('{number(30)}', (SELECT id FROM workflow.automation_executions), 'other', '{{}}', '')"
)


def stock(id_: str) -> str:
    """A product of its own, which no other action moves."""
    columns = "reserved_quantity, allocated_quantity, minimum_stock, maximum_stock, reorder_point"
    more = "economic_order_quantity, safety_stock, avg_daily_usage"
    return (
        f"INSERT INTO products.products (id, name) VALUES ('{id_}', 'Anchor {id_[-2:]}');"
        f" INSERT INTO inventory.inventory_items (id, product_id, location_id, quantity, {columns}, {more},"
        f" created_date, updated_date) VALUES ('{id_}', '{id_}', '{PLACE}', 20, 9, {'0, ' * 7} {NOW}, {NOW})"
    )


def of_stock(id_: str, quantity: int, **more: str) -> Case:
    return Case({"product_id": id_, "location_id": PLACE, "quantity": quantity, **more}, stock(id_))


ASKS: Json = {"approvers": list(APPROVERS), "approval_type": "any", "timeout_hours": 24}
ORDERED: Json = {
    "purchase_order_status_id": ANY_ID, "delivery_warehouse_id": WAREHOUSE, "delivery_location_id": PLACE,
    "currency_id": ANY_ID, "notes": "twice",
    "line_items": [{"product_id": TRADED, "quantity_ordered": 2, "line_item_status_id": ANY_ID}] * 2,
}  # fmt: skip
ALERT: Json = {"alert_type": "twice", "severity": "high", "title": "Twice", "message": "twice"}

CASES = {
    "allocate_inventory": Case(
        {"inventory_items": [{"product_id": PRODUCT, "quantity": 1}], "allocation_mode": "allocate"}
    ),
    "approval_request": Case(ASKS),
    "approve_inventory_adjustment": Case({"adjustment_id": number(1)}, adjustment(number(1))),
    "approve_purchase_order": Case({"purchase_order_id": number(2)}, purchase(number(2))),
    "approve_transfer_order": Case({"transfer_order_id": number(3)}, transfer(number(3), "pending")),
    "claim_transfer_order": Case({"transfer_order_id": number(4)}, transfer(number(4), "approved")),
    "commit_allocation": of_stock(number(41), 2),
    "create_alert": Case({**ALERT, "recipients": {"users": list(APPROVERS)}}),
    "create_entity": Case({"target_entity": "sales.customers", "fields": {"name": "Twice", "tier": "new"}}),
    "create_purchase_order": Case(ORDERED),
    "create_put_away_task": Case(
        {"product_id": TRADED, "location_id": PLACE, "location_strategy": "static", "reference_number": "twice"}
    ),
    "execute_transfer_order": Case({"transfer_order_id": number(5)}, transfer(number(5), "in_transit")),
    "human_verification": Case(ASKS),
    "log_audit_entry": Case({"entity_name": "orders", "action": "twice", "message": "twice"}),
    "manager_approval": Case(ASKS),
    "manual_review": Case(ASKS),
    "receive_inventory": of_stock(number(44), 3, reference_number="twice"),
    "reject_inventory_adjustment": Case(
        {"adjustment_id": number(6), "rejection_reason": "twice"}, adjustment(number(6))
    ),
    "reject_purchase_order": Case({"purchase_order_id": number(7), "rejection_reason": "twice"}, purchase(number(7))),
    "reject_transfer_order": Case(
        {"transfer_order_id": number(8), "rejection_reason": "twice"}, transfer(number(8), "pending")
    ),
    "release_reservation": of_stock(number(42), 3),
    "release_to_picking": Case({"order_id": number(20)}, PICKED),
    "reserve_inventory": of_stock(number(43), 4),
    "resolve_approval_request": Case({"approval_request_id": number(30), "resolution": "approved"}, REQUEST),
    "seek_approval": Case(ASKS),
    "send_notification": Case({"recipients": list(APPROVERS), "title": "Twice", "message": "twice", "priority": "low"}),
    "transition_status": Case(
        {"target_entity": "sales.orders", "status_field": "priority", "to_status": "twice",
         "valid_from_statuses": ["standard"]}
    ),
    "update_field": Case({"target_entity": "sales.orders", "target_field": "notes", "new_value": "twice"}),
}  # fmt: skip
ASKING = {kind for kind, case in CASES.items() if case.config is ASKS}
DECIDING = set(CASES) - ASKING

TOOK_EFFECT = "Action already took effect; using its stored result"

# Writes to the ledger and to the requests wait for this lock.
LEDGER = "LOCK TABLE workflow.action_effects, workflow.approval_requests IN SHARE MODE"
TABLES = """
SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1
"""
# Without the payload of events and the token of the attempt that waits, which differ each time.
ROWS = "SELECT '{0}', (to_jsonb(t) - '{{task_token,payload,seq}}'::text[])::text FROM {0} t"
DIFFERENT = re.compile(r"2\d{3}-\d\d-\d\d[ T][0-9:.]+|execution_time_ms\W+\d+")


@pytest.fixture
def once(stack: Stack, tmp_path: Path) -> Iterator[Rig]:
    """Another database, in which one worker performs what two workers perform in the database of `rig`."""
    folder = tmp_path / "once"
    folder.mkdir()
    with open_rig(stack, "two_workers_once", folder) as made:
        yield made


def prepare(rig: Rig, rule: Rule) -> None:
    rig.insert_execution(rule.execution_id)
    for statement in [*trade_rows(), *(case.row for case in CASES.values() if case.row)]:
        rig.query(statement)


def rows(rig: Rig) -> dict[str, list[str]]:
    """All rows in the database, by table, without times."""
    found: dict[str, list[str]] = {}
    for table, row in rig.query(" UNION ALL ".join(ROWS.format(table) for (table,) in rig.query(TABLES))):
        found.setdefault(table, []).append(DIFFERENT.sub("then", row))
    return {table: sorted(listed) for table, listed in found.items()}


def results(rig: Rig, rule: Rule, workflow_id: str) -> dict[str, Json]:
    """The results of the actions that have ended, by type."""
    run = read_run(rule.document(), rig.temporal.history(workflow_id))
    assert not any(step.failure for step in run.steps.values()), run.steps
    return {step.type: step.result for step in run.steps.values() if step.result}


def start(rig: Rig, rule: Rule, queue: str) -> str:
    """Starts a run. Returns the workflow's id, which ends with the id of the execution. The effects of all runs
    have the same keys."""
    workflow_id = f"{queue}-{rule.execution_id}"
    rig.temporal.start_workflow(workflow_id, rig.write(rule), queue)
    return workflow_id


def requests(rig: Rig) -> int:
    return int(rig.value("SELECT count(*) FROM workflow.approval_requests WHERE action_name <> 'other'"))


def test_every_action_that_writes(rig: Rig, once: Rig) -> None:
    listed = json.loads(rig.command("actions", "--json").stdout)
    assert set(CASES) == {action["name"] for action in listed if action["effects"] == "write"}
    rule = Rule("Twice", entity_id=ORDER, quantity_received=2)
    rule.fork(None, *(rule.action(kind, kind, case.config) for kind, case in CASES.items()))
    queues = (rig.queue, f"{rig.queue}-other")
    for each in (rig, once):
        prepare(each, rule)
    before = rows(rig)
    workers = [rig.worker(ICHOR_TEMPORAL_TASK_QUEUE=queue, ICHOR_DB_CONNECTIONS="40") for queue in queues]
    for worker in [*workers, once.worker()]:
        worker.wait_ready()

    with rig.locked(LEDGER):
        runs = [start(rig, rule, queue) for queue in queues]
        both = 2 * len(CASES)
        rig.wait_blocked(min(both, rig.pgbouncer.connections) if rig.pgbouncer else both)
    runs.append(start(once, rule, once.queue))

    def ended() -> bool:
        return all(set(results(rig, rule, run)) == DECIDING for run in runs) and requests(once) == len(ASKING)

    wait_until(ended, "the end of all actions that ask nobody")
    first, second, alone = (results(rig, rule, run) for run in runs)
    assert first == second
    assert {kind: result["output"] for kind, result in first.items()} == {
        kind: result["output"] for kind, result in alone.items()
    }
    lines = [json.loads(line) for worker in workers for line in worker.log.read_text().splitlines()]
    stored = {line["action_type"] for line in lines if line["msg"] == TOOK_EFFECT}
    assert stored == DECIDING  # an action that had no time left in its task may have done so twice
    found, expected = rows(rig), rows(once)
    assert {table for table in found if found[table] != before.get(table)} >= {
        "workflow.action_effects",
        "sales.orders",
    }
    for table in sorted({*found, *expected} - {"workflow.worker_turns"}):  # depends on the times of sweeps
        assert found.get(table) == expected.get(table), table
    for run in runs:  # nobody will answer
        rig.temporal.cli("workflow", "terminate", "--workflow-id", run)
