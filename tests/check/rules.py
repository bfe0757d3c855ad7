"""Rules in the short form of the cases in tests/check."""

from __future__ import annotations

import copy
import re
import uuid
from typing import Any

Json = dict[str, Any]

USER = "f3c95789-ace1-4954-ac5d-6baed2eac902"
TRIGGER: Json = {
    "entity_name": "orders",
    "entity_id": "0ecaf828-e2f7-4553-8fcc-69d79561a0d1",
    "event_type": "on_update",
    "user_id": USER,
    "timestamp": "2026-06-17T09:12:44Z",
    "field_changes": {"status": {"old_value": "new", "new_value": "paid"}},
    "number": "SO-2026-1042",
    "status": "paid",
    "total": 1849.5,
    "quantity": 3,
    "price": "9.99",
    "comment": "",
    "discount": None,
    "urgent": True,
    "tags": ["new", "export"],
    "lines": [{"item": "Bolt", "count": 40}, {"item": "Nut", "count": 40}],
    "customer": {"name": "Ana Kovač", "city": "Split"},
    "created_at": "2026-02-10T21:18:31Z",
}
EDGE = re.compile(r"(\w+)(?:([-+])(\w+))?>(\w+)")


def condition(field: str) -> Json:
    return {"conditions": [{"field_name": field, "operator": "greater_than", "value": 1}]}


def config_of(kind: str, value: Any) -> Json:
    """A good config of a type; `value` distinguishes one config from another."""
    match kind:
        case "evaluate_condition" | "evaluate_conditions":
            return condition(value)
        case "update_field":
            return {"target_entity": "sales.orders", "target_field": "notes", "new_value": value}
        case "lookup_entity":
            names: Json = {"fields": ["name"], "output_key": "customer"}
            return {"entity": "sales.customers", "filter": {"id": "{{entity_id}}"}, **names}
        case "seek_approval":
            return {"approvers": [USER], "approval_type": "any"}
        case "create_alert":
            return {"message": value or "Hello", "recipients": {"users": [USER]}}
        case "check_inventory":
            return {"source_from_line_item": True} if value == "line" else {"product_id": USER}
        case "receive_inventory":
            return {"source_from_po": True, "location_id": USER}
        case "credit_check":
            return {}
    raise AssertionError(kind)


def notification(*names: str) -> Json:
    return {"recipients": [USER], "message": " ".join(f"{{{{{name}}}}}" for name in names), "priority": "low"}


def action(number: int, name: str, said: list[Any]) -> Json:
    kind, values = said[0], said[1:]
    active = not (values and values[-1] is False)
    values = [value for value in values if value is not False]
    if kind in ("reads", "send"):
        config = notification(*(f"{value}.records_affected" if kind == "reads" else value for value in values))
        kind = "send_notification"
    else:
        config = config_of(kind, values[0] if values else None)
    return {
        "id": identity(number),
        "name": name,
        "action_type": kind,
        "is_active": active,
        "action_config": config,
    }


def identity(number: int) -> str:
    return str(uuid.UUID(int=0xA0000000_0000_4000_8000_000000000000 + number))


def edge(said: str, ids: Json) -> Json:
    match = EDGE.fullmatch(said.strip())
    assert match, said
    source, sign, output, target = match.groups()
    made: Json = {"source_action_id": ids.get(source), "target_action_id": ids[target]}
    made["edge_type"] = "start" if source == "start" else output if sign == "+" else "sequence"
    return made | ({"source_output": output} if sign == "-" else {})


def document(rule: Json, trigger: Json | None = None) -> Json:
    actions = [action(number, name, said) for number, (name, said) in enumerate(rule["actions"].items())]
    ids = {item["name"]: item["id"] for item in actions}
    return {
        "rule_id": USER,
        "rule_name": "Case",
        "execution_id": USER,
        "trigger_data": copy.deepcopy(TRIGGER if trigger is None else trigger),
        "graph": {"actions": actions, "edges": [edge(said, ids) for said in rule["edges"].split(",")]},
    }


def change(rule: Json, key: str, value: Any) -> None:
    """`note.message`: the key `message` in the config of action `note`."""
    name, *path = key.split(".")
    target = next(item for item in rule["graph"]["actions"] if item["name"] == name)["action_config"]
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value


def case_of(base: Json, said: Json) -> Json:
    """The document of a case: a complete rule, or the base with other configs."""
    if "actions" in said:
        return document(said, said.get("trigger"))
    made = document(base)
    for key, value in said.items():
        change(made, key, value)
    return made
