"""Changes of a run are recorded for other rules in workflow.cascade_outbox, with the lineage of the trigger."""

from __future__ import annotations

import json

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import ORDER, ORDER_RULE, USERS, Rule

BRUSH = "1a6b03b8-9989-42db-adea-51d4ebb11591"
LINEAGE = {
    "visited": [f"{ORDER_RULE}:{ORDER}"],
    "originating_execution_id": "7c0b4e68-6f0e-4a39-9a52-0f4d2a6f0c11",
}
PARAMS = "convert_from(decode(payload ->> 'RawParams', 'base64'), 'UTF8')"


def changing_rule() -> Rule:
    rule = Rule(__cascade_lineage=LINEAGE)
    items = [{"product_id": BRUSH, "quantity": 6}]
    return rule.chain(
        rule.update("note", "notes", "for {{number}}"),
        rule.action("take", "allocate_inventory", {"inventory_items": items, "allocation_mode": "reserve"}),
        rule.notify("notify", "done"),
    )


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_changes_are_recorded(rig: Rig, dispatch: str) -> None:
    rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()

    assert rig.run(changing_rule()) == "COMPLETED"

    rows = rig.query("SELECT domain, action, event_type, entity_name FROM workflow.cascade_outbox ORDER BY seq")
    stock = ["inventoryitem", "updated", "on_update", "inventory_items"]
    assert rows == [
        ["order", "updated", "on_update", "orders"],
        stock,
        stock,
        ["allocation_result", "created", "on_create", "allocation_results"],
    ]
    for (lineage,) in rig.query("SELECT lineage FROM workflow.cascade_outbox"):
        assert json.loads(lineage) == LINEAGE
    event = json.loads(rig.value(f"SELECT {PARAMS} FROM workflow.cascade_outbox WHERE domain = 'order'"))
    assert event == {
        "entityID": ORDER,
        "userID": USERS[0],
        "entity": {"id": ORDER, "notes": "for SO-2026-1042"},
    }


def test_an_erp_without_an_outbox(rig: Rig) -> None:
    rig.query("DROP TABLE workflow.cascade_outbox")
    worker = rig.worker().wait_ready()

    assert rig.run(changing_rule()) == "COMPLETED"

    (line,) = (
        line for line in worker.log.read_text().splitlines() if "Optional tables and columns of the database" in line
    )
    assert {key: json.loads(line)[key] for key in ("cascade_outbox", "approval_requests", "alerts_action_url")} == {
        "cascade_outbox": False,
        "approval_requests": True,
        "alerts_action_url": True,
    }


def test_recorded_once_though_performed_twice(rig: Rig) -> None:
    """The first worker is killed during the second action; the first action's change is recorded only once."""
    first = rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()
    rule = changing_rule()
    with rig.locked(f"SELECT 1 FROM inventory.inventory_items WHERE product_id = '{BRUSH}' FOR UPDATE"):
        rig.start(rule)
        rig.wait_blocked()
        first.kill()
        rig.worker(ICHOR_WORKER_DISPATCH="activity").wait_ready()

    assert rig.ended(rule.workflow_id) == "COMPLETED"
    assert rig.value("SELECT count(*) FROM workflow.cascade_outbox") == "4"
