"""A journal of effects: triggers write a row for each value that a transaction writes, in the same transaction, so an
effect that is rolled back leaves no row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Query = Callable[[str], list[list[str]]]


@dataclass(frozen=True)
class Entry:
    """One value that was written. `row` is the value of the column that identifies the row (see WATCHED)."""

    number: int  # in the order of writing
    table: str
    row: str
    column: str
    old: str
    new: str
    transaction: int
    time: str


# Table, column that identifies its rows, and columns recorded on INSERT and on UPDATE. An UPDATE is recorded
# when it sets the column, even to its present value.
WATCHED: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("sales.orders", "id", (), ("notes", "priority", "customer_id", "order_fulfillment_status_id")),
    ("sales.customers", "id", ("name",), ("notes", "tier")),
    ("sales.order_line_items", "id", (), ("product",)),
    ("workflow.alerts", "message", ("id",), ("status",)),
    ("workflow.approval_requests", "approval_message", ("approval_request_id",), ("status",)),
    ("workflow.allocation_results", "idempotency_key", ("id",), ("allocation_data",)),
    ("workflow.action_effects", "action_id", ("action_type",), ()),
    ("workflow.audit_log", "message", ("id",), ()),
    ("inventory.inventory_items", "id", (), ("quantity", "reserved_quantity", "allocated_quantity")),
    ("inventory.inventory_transactions", "reference_number", ("id",), ()),
    ("inventory.inventory_adjustments", "id", (), ("approval_status",)),
    ("inventory.transfer_orders", "id", (), ("status",)),
    ("inventory.put_away_tasks", "reference_number", ("id",), ()),
    ("inventory.pick_tasks", "sales_order_line_item_id", ("id",), ()),
    ("procurement.purchase_orders", "notes", ("id",), ("approved_by", "rejected_by")),
    ("procurement.purchase_order_line_items", "notes", ("id",), ()),
    ("workflow.cascade_outbox", "entity_name", ("event_type",), ()),
    ("workflow.automation_executions", "id", (), ("status",)),
)

# A trigger takes up to `slowest` milliseconds, so that faults meet open transactions.
CREATE = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.settings (slowest integer NOT NULL);
INSERT INTO chaos.settings VALUES ({slowest});
CREATE TABLE chaos.journal (
    number bigserial PRIMARY KEY,
    table_name text NOT NULL,
    row_name text NOT NULL,
    column_name text NOT NULL,
    old_value text,
    new_value text,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    written timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE FUNCTION chaos.record() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) END;
    now_is jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO chaos.journal (table_name, row_name, column_name, old_value, new_value)
    VALUES (TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, coalesce(now_is ->> TG_ARGV[0], ''), TG_ARGV[1],
            was ->> TG_ARGV[1], now_is ->> TG_ARGV[1]);
    PERFORM pg_sleep(random() * slowest / 1000) FROM chaos.settings WHERE slowest > 0;
    RETURN NULL;
END $$;
"""
SELECT = """
SELECT number, table_name, row_name, column_name, coalesce(old_value, ''), coalesce(new_value, ''), transaction, written
FROM chaos.journal ORDER BY number
"""
# The number of recipients of each alert.
RECIPIENTS = """
SELECT a.message, count(*) FROM workflow.alerts a JOIN workflow.alert_recipients r ON r.alert_id = a.id GROUP BY 1
"""
# Impossible rows of stock: less than zero, more promised than present, or not the sum of the transactions.
STOCK = """
SELECT i.id, i.quantity, i.reserved_quantity, i.allocated_quantity, t.sum
FROM inventory.inventory_items i LEFT JOIN (
    SELECT product_id, location_id, sum(quantity) FROM inventory.inventory_transactions GROUP BY 1, 2
) t USING (product_id, location_id)
WHERE least(i.quantity, i.reserved_quantity, i.allocated_quantity) < 0
   OR i.reserved_quantity + i.allocated_quantity > i.quantity
   OR i.product_id = '{product}' AND i.quantity <> {at_first} + coalesce(t.sum, 0)
"""


def triggers() -> str:
    made = []
    for table, row, inserted, updated in WATCHED:
        events = [("INSERT", column) for column in inserted] + [(f"UPDATE OF {column}", column) for column in updated]
        for event, column in events:
            name = f"chaos_{event.split()[0].lower()}_{column}"
            call = f"chaos.record('{row}', '{column}')"
            made.append(f"CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {call};")
    return "\n".join(made)


def create(query: Query, slowest: int = 0) -> None:
    query(CREATE.format(slowest=slowest) + triggers())


def read(query: Query) -> list[Entry]:
    rows = query(SELECT)
    return [
        Entry(int(number), table, row, column, old, new, int(transaction), time)
        for number, table, row, column, old, new, transaction, time in rows
    ]
