"""Actions on tables that the rule names, in a whole run: later actions use what earlier ones find."""

from __future__ import annotations

from tests.e2e.rig import Rig
from tests.e2e.rules import USERS, Rule

TABLES = (
    "CREATE TABLE products.brands (id uuid PRIMARY KEY, name text NOT NULL, rank integer, weight numeric(9,3),"
    " status text);"
    "INSERT INTO products.brands VALUES ('11111111-1111-4111-8111-111111111111', 'Ant', 7, 1.250, 'new')"
)


def test_what_is_found_is_used(rig: Rig) -> None:
    rig.query(TABLES)
    rig.worker()
    rule = Rule("Records")
    find = rule.action(
        "find",
        "lookup_entity",
        {
            "entity": "products.brands",
            "filter": {"name": "Ant"},
            "fields": ["id", "rank", "weight"],
            "output_key": "brand",
        },
    )
    copy = rule.action(
        "copy",
        "create_entity",
        {
            "target_entity": "products.brands",
            "fields": {"name": "For {{number}}", "rank": "{{find.brand.rank}}", "weight": "{{find.brand.weight}}"},
        },
    )
    move = rule.action(
        "move",
        "transition_status",
        {
            "target_entity": "products.brands",
            "target_id": "{{find.brand.id}}",
            "status_field": "status",
            "to_status": "copied",
            "valid_from_statuses": ["new"],
        },
    )
    again = rule.action("again", "transition_status", rule.actions[-1]["action_config"])
    note = rule.action(
        "note",
        "log_audit_entry",
        {
            "entity_name": "brands",
            "entity_id": "{{copy.created_id}}",
            "action": "copied",
            "message": "{{find.brand.rank}} of {{move.from_status}}",
            "metadata": {"rank": "{{find.brand.rank}}", "brand": "{{find.brand}}"},
        },
    )
    rule.path(None, find, copy, move, again)
    rule.edge(again, note, "invalid_transition")

    assert rig.run(rule) == "COMPLETED"
    copied = "FROM products.brands WHERE name = 'For SO-2026-1042'"
    assert rig.value(f"SELECT concat_ws('|', rank, weight) {copied}") == "7|1.250"
    assert rig.value("SELECT status FROM products.brands WHERE name = 'Ant'") == "copied"
    entry = "SELECT concat_ws('|', message, user_id, execution_id, metadata) FROM workflow.audit_log"
    brand = '{"id": "11111111-1111-4111-8111-111111111111", "rank": 7, "weight": "1.250"}'
    assert rig.value(entry) == f'7 of new|{USERS[0]}|{rule.execution_id}|{{"rank": 7, "brand": {brand}}}'
    assert rig.value(f"SELECT entity_id = (SELECT id {copied}) FROM workflow.audit_log") == "t"
