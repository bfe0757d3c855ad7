"""Rules on stock, orders and purchases. All of them take from, and add to, the same two rows of stock."""

from __future__ import annotations

import uuid
from random import Random

from tests.chaos.planned_run import APPROVERS, Effect, Run

TRADED = "5c0e7f5e-2f0b-4f0e-9d53-6a0e6f0c7a11"  # a product that only the chaos run uses
AT_FIRST = 100000  # the quantity of the product in each location
# Ids of the sample data.
PLACE = "81626d40-0cc2-4286-9d8d-9774018578bc"
OTHER_PLACE = "4483681d-af79-44c6-975c-f10c20679f4d"
WAREHOUSE = "b2458243-0272-4b99-a457-19d5e9ce0959"

SUPPLIER = "8f1d3f6a-3f5b-4a39-bb7e-0f5d4f1d9c01"
OFFER = "0b0f4d1e-5d0c-4c8e-8f39-9f8f8a6a3b02"
ANY_ID = "c7c2f3f4-54f5-4c6d-92d4-6a4b1c0e5d03"  # of a row that nothing reads
NOW = "now() AT TIME ZONE 'UTC'"


def trade_rows() -> list[str]:
    """SQL for the rows that the shapes below share."""
    stock = ", ".join(
        f"('{uuid.uuid5(uuid.UUID(TRADED), place)}', '{TRADED}', '{place}', {AT_FIRST}, {'0, ' * 8}{NOW}, {NOW})"
        for place in (PLACE, OTHER_PLACE)
    )
    return [
        f"INSERT INTO products.products (id, name) VALUES ('{TRADED}', 'Anchor')",
        "INSERT INTO inventory.inventory_items (id, product_id, location_id, quantity, reserved_quantity,"
        " allocated_quantity, minimum_stock, maximum_stock, reorder_point, economic_order_quantity, safety_stock,"
        f" avg_daily_usage, created_date, updated_date) VALUES {stock}",
        "INSERT INTO procurement.supplier_products (id, supplier_id, product_id, supplier_part_number,"
        " min_order_quantity, max_order_quantity, lead_time_days, unit_cost, is_primary_supplier, created_date,"
        f" updated_date) VALUES ('{OFFER}', '{SUPPLIER}', '{TRADED}', 'A-1', 1, 999, 3, 12.35, true, {NOW}, {NOW})",
    ]


def stock_moves(run: Run, random: Random) -> None:
    """Reserves stock, then commits a part of it and releases the rest."""
    quantity = random.randint(2, 9)
    commit = random.randint(1, quantity - 1)
    stock = {"product_id": TRADED, "location_id": PLACE}
    reserve = run.trade("reserve", "reserve_inventory", {**stock, "quantity": quantity}, reserved_quantity=quantity)
    run.add_stock_result("reserve", reserve, "reserve_inventory")
    run.rule.chain(
        run.rule.action("enough", "check_inventory", {"product_id": TRADED, "threshold": 1}),
        reserve,
        run.trade(
            "commit", "commit_allocation", {**stock, "quantity": commit},
            reserved_quantity=-commit, allocated_quantity=commit,
        ),
        run.update("between", more=" {{commit.quantity_committed}}", expected=f" {commit}"),
        run.trade(
            "release", "release_reservation", {**stock, "quantity": quantity - commit},
            reserved_quantity=commit - quantity,
        ),
        run.notify("after"),
    )  # fmt: skip


def receipts(run: Run, random: Random) -> None:
    quantity = random.randint(1, 9)
    run.rule.trigger["quantity_received"] = quantity
    received, shelved, audited = (run.value(name) for name in ("receive", "shelve", "audit"))
    stock = {"product_id": TRADED, "location_id": PLACE}
    run.rule.chain(
        run.trade(
            "receive", "receive_inventory", {**stock, "quantity": quantity, "reference_number": received},
            Effect("receive", "inventory.inventory_transactions", "id", received),
            quantity=quantity,
        ),
        run.trade(
            "shelve", "create_put_away_task", {**stock, "location_strategy": "static", "reference_number": shelved},
            Effect("shelve", "inventory.put_away_tasks", "id", shelved),
        ),
        run.trade(
            "audit", "log_audit_entry", {"entity_name": "orders", "action": "received", "message": audited},
            Effect("audit", "workflow.audit_log", "id", audited),
        ),
        run.update("after", more=" {{receive.quantity_received}} {{shelve.output}}", expected=f" {quantity} created"),
    )  # fmt: skip


def purchases(run: Run, random: Random) -> None:
    order, line, other = run.value("order"), run.value("order", ".line"), run.value("other")
    lines = [
        {"product_id": TRADED, "quantity_ordered": random.randint(1, 9), "line_item_status_id": ANY_ID, "notes": line}
        for _ in range(random.randint(1, 3))
    ]
    total = sum(int(str(each["quantity_ordered"])) for each in lines) * 1235
    ids = {
        "purchase_order_status_id": ANY_ID, "delivery_warehouse_id": WAREHOUSE, "delivery_location_id": PLACE,
        "currency_id": ANY_ID,
    }  # fmt: skip
    run.rule.chain(
        run.trade(
            "order", "create_purchase_order", {**ids, "notes": order, "line_items": lines},
            Effect("order", "procurement.purchase_orders", "id", order),
            Effect("order", "procurement.purchase_order_line_items", "id", line, times=len(lines)),
        ),
        run.trade(
            "approve", "approve_purchase_order", {"purchase_order_id": "{{order.purchase_order_id}}"},
            Effect("approve", "procurement.purchase_orders", "approved_by", order, APPROVERS[0]),
        ),
        run.trade(
            "other", "create_purchase_order", {**ids, "notes": other, "line_items": [{**lines[0], "notes": other}]},
            Effect("other", "procurement.purchase_orders", "id", other),
            Effect("other", "procurement.purchase_order_line_items", "id", other),
        ),
        run.trade(
            "reject", "reject_purchase_order",
            {"purchase_order_id": "{{other.purchase_order_id}}", "rejection_reason": "chaos"},
            Effect("reject", "procurement.purchase_orders", "rejected_by", other, APPROVERS[0]),
        ),
        run.update(
            "after", more=" {{order.total_amount}} {{approve.output}}",
            expected=f" {f'{total / 100:.2f}'.rstrip('0').rstrip('.')} approved",
        ),
    )  # fmt: skip


def new_id(random: Random) -> str:
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def transfers(run: Run, random: Random) -> None:
    transfer, table = new_id(random), "inventory.transfer_orders"
    places = (PLACE, OTHER_PLACE) if random.random() < 0.5 else (OTHER_PLACE, PLACE)
    run.rows.append(
        "INSERT INTO inventory.transfer_orders (id, product_id, from_location_id, to_location_id, requested_by,"
        " quantity, status, transfer_date, created_date, updated_date) VALUES"
        f" ('{transfer}', '{TRADED}', '{places[0]}', '{places[1]}', '{APPROVERS[1]}', {random.randint(1, 9)},"
        f" 'pending', {NOW}, {NOW}, {NOW})"
    )
    config = {"transfer_order_id": transfer}
    run.rule.chain(
        run.trade(
            "approve", "approve_transfer_order", config, Effect("approve", table, "status", transfer, "approved")
        ),
        run.trade("claim", "claim_transfer_order", config, Effect("claim", table, "status", transfer, "in_transit")),
        run.update("between", more=" {{claim.output}}", expected=" claimed"),
        run.trade(
            "execute", "execute_transfer_order", config,
            Effect("execute", table, "status", transfer, "completed"),
            Effect("execute", "inventory.inventory_transactions", "id", transfer, times=2),
        ),
        run.update("after", more=" {{execute.output}}", expected=" executed"),
    )  # fmt: skip


def adjustments(run: Run, random: Random) -> None:
    """Two adjustments: one is approved, the other rejected."""
    found, lost = new_id(random), new_id(random)
    quantity = random.randint(1, 9)
    for row, change in ((found, quantity), (lost, -quantity)):
        run.rows.append(
            "INSERT INTO inventory.inventory_adjustments (id, product_id, location_id, adjusted_by, quantity_change,"
            f" reason_code, notes, adjustment_date, created_date, updated_date) VALUES ('{row}', '{TRADED}', '{PLACE}',"
            f" '{APPROVERS[1]}', {change}, 'cycle_count', '', {NOW}, {NOW}, {NOW})"
        )
    table = "inventory.inventory_adjustments"
    run.rule.chain(
        run.update("before"),
        run.trade(
            "approve", "approve_inventory_adjustment", {"adjustment_id": found},
            Effect("approve", table, "approval_status", found, "approved"),
            Effect("approve", "inventory.inventory_transactions", "id", found),
            quantity=quantity,
        ),
        run.trade(
            "reject", "reject_inventory_adjustment", {"adjustment_id": lost, "rejection_reason": "chaos"},
            Effect("reject", table, "approval_status", lost, "rejected"),
        ),
        run.update("after", more=" {{approve.output}} {{reject.output}}", expected=" approved rejected"),
    )  # fmt: skip


def picking(run: Run, random: Random) -> None:
    lines = [new_id(random) for _ in range(random.randint(1, 3))]
    for line in lines:
        run.rows.append(
            "INSERT INTO sales.order_line_items (id, order_id, product_id, product, quantity)"
            f" VALUES ('{line}', '{run.order}', '{TRADED}', 'Anchor', {random.randint(1, 9)})"
        )
    run.rule.chain(
        run.update("before"),
        run.trade(
            "pick", "release_to_picking", {"order_id": "{{entity_id}}"},
            Effect("pick", "sales.orders", "order_fulfillment_status_id", run.order),
            *(Effect("pick", "inventory.pick_tasks", "id", line) for line in lines),
        ),
        run.update(
            "after", more=" {{pick.output}} {{pick.tasks_created}}", expected=f" released {len(lines)}",
        ),
    )  # fmt: skip


def records(run: Run, random: Random) -> None:
    """Actions on any record: one creates a record, one changes a status; and a transfer is rejected."""
    transfer, table = new_id(random), "inventory.transfer_orders"
    made, status = run.value("create"), run.value("move")
    run.rows.append(
        "INSERT INTO inventory.transfer_orders (id, product_id, from_location_id, to_location_id, requested_by,"
        " quantity, status, transfer_date, created_date, updated_date) VALUES"
        f" ('{transfer}', '{TRADED}', '{PLACE}', '{OTHER_PLACE}', '{APPROVERS[1]}', 1, 'pending', {NOW}, {NOW}, {NOW})"
    )
    status_change = {"target_entity": "sales.orders", "status_field": "priority", "valid_from_statuses": ["standard"]}
    run.rule.chain(
        run.trade(
            "create", "create_entity", {"target_entity": "sales.customers", "fields": {"name": made, "tier": "new"}},
            Effect("create", "sales.customers", "name", None, made),
        ),
        run.trade(
            "move", "transition_status", {**status_change, "to_status": status},
            Effect("move", "sales.orders", "priority", run.order, status),
        ),
        run.trade(
            "reject", "reject_transfer_order", {"transfer_order_id": transfer, "rejection_reason": "chaos"},
            Effect("reject", table, "status", transfer, "rejected"),
        ),
        run.update("after", more=" {{move.from_status}} {{reject.output}}", expected=" standard rejected"),
    )  # fmt: skip
