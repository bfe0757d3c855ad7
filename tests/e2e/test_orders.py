"""Rules that create orders, tasks and purchases, as the ERP's pages and default rules use them."""

from __future__ import annotations

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import USERS, Json, Rule

ORDER = "c1af4465-06f1-42fc-a101-0f154a9f2968"  # SO-2026-1044: 7 deck brushes; 5, 8 and 40 are in stock
BRUSH = "1a6b03b8-9989-42db-adea-51d4ebb11591"
PLACE = "81626d40-0cc2-4286-9d8d-9774018578bc"
ANY = "2f8f1d0e-27a5-44a3-92cf-0c7f4f6f2b11"
SUPPLIER, SUPPLIED = "6a1f8f5b-0001-4d53-9f1d-1f9d3a1c7e01", "00000001-0000-4000-8000-0000000000aa"


@pytest.mark.parametrize("dispatch", ["auto", "activity"])
def test_the_button_that_releases_an_order(rig: Rig, dispatch: str) -> None:
    rig.worker(ICHOR_WORKER_DISPATCH=dispatch).wait_ready()
    rule = Rule(entity_id=ORDER)
    config = {"order_id": "{{entity_id}}", "valid_from_statuses": [ANY]}
    release = rule.action("release", "release_to_picking", config)
    note = rule.update("note", "notes", "{{release.tasks_created}} tasks")
    rule.edge(None, release)
    rule.edge(release, note, "released")

    assert rig.run(rule) == "COMPLETED"

    order = "SELECT s.name, o.notes, o.updated_by FROM sales.orders o JOIN sales.order_fulfillment_statuses s"
    assert rig.query(f"{order} ON s.id = o.order_fulfillment_status_id WHERE o.id = '{ORDER}'") == [
        ["PICKING", "2 tasks", USERS[0]]
    ]
    tasks = "SELECT quantity_to_pick, status, created_by FROM inventory.pick_tasks ORDER BY quantity_to_pick"
    assert rig.query(tasks) == [["2", "pending", USERS[0]], ["5", "pending", USERS[0]]]
    events = "SELECT entity_name FROM workflow.cascade_outbox ORDER BY seq"
    assert [name for (name,) in rig.query(events)] == ["orders", "pick_tasks", "pick_tasks", "orders"]


def test_stock_is_bought_and_shelved(rig: Rig) -> None:
    """A rule orders goods that are short; another rule creates tasks for people to put away the received goods."""
    rig.query(
        f"INSERT INTO procurement.supplier_products VALUES ('{SUPPLIED}', '{SUPPLIER}', '{BRUSH}', 'B-1', 1, 99, 5,"
        " 0.34, true, '2026-01-05', '2026-01-05')"
    )
    rig.worker().wait_ready()
    buying = Rule(entity_name="inventory_items", product_id=BRUSH, reorder_quantity=60)
    config = {
        "source_from_event": True,
        "default_line_item_status_id": ANY,
        "purchase_order_status_id": ANY,
        "delivery_warehouse_id": ANY,
        "delivery_location_id": PLACE,
        "currency_id": ANY,
    }
    buying.chain(buying.action("buy", "create_purchase_order", config))
    assert rig.run(buying) == "COMPLETED"
    (line, order, quantity, total), *more = rig.query(
        "SELECT l.id, o.id, l.quantity_ordered, o.total_amount FROM procurement.purchase_order_line_items l"
        " JOIN procurement.purchase_orders o ON o.id = l.purchase_order_id"
    )
    assert (quantity, total, more) == ("60", "20.40", [])

    config = {
        "source_from_po": True,
        "location_strategy": "po_delivery",
        "reference_number": "PO-RCV-{{purchase_order_id}}",
    }
    event: Json = {
        "event_type": "on_update",
        "entity_name": "purchase_order_line_items",
        "entity_id": line,
        "supplier_product_id": SUPPLIED,
        "purchase_order_id": order,
        "quantity_received": 25,
    }
    for changes in ({"quantity_received": {"old_value": 5, "new_value": 25}}, {"notes": {"new_value": "x"}}):
        shelving = Rule(**event, field_changes=changes)
        shelving.chain(shelving.action("shelve", "create_put_away_task", config))
        assert rig.run(shelving) == "COMPLETED"
    assert rig.query("SELECT product_id, location_id, quantity, reference_number FROM inventory.put_away_tasks") == [
        [BRUSH, PLACE, "20", f"PO-RCV-{order}"]
    ]
