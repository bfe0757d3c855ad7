"""Builds WorkflowInput documents (the JSON that the ERP starts a workflow with)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from itertools import pairwise
from typing import Any

Json = dict[str, Any]
NOBODY = "00000000-0000-0000-0000-000000000000"

# Rows of zarf/dev/sample.sql.
ORDER = "0ecaf828-e2f7-4553-8fcc-69d79561a0d1"
ORDER_RULE = "d4e9fa63-3313-43f0-9fa0-57702e2677a6"
USERS = ("f3c95789-ace1-4954-ac5d-6baed2eac902",)

ALWAYS_TRUE: Json = {"conditions": [{"field_name": "total", "operator": "greater_than", "value": 1}]}


class Rule:
    """A rule on order SO-2026-1042; actions and edges are added one by one."""

    def __init__(self, name: str = "End to end", new_id: Callable[[], uuid.UUID] = uuid.uuid4, **trigger: Any) -> None:
        self.new_id = new_id
        self.actions: list[Json] = []
        self.edges: list[Json] = []
        self.trigger: Json = {
            "number": "SO-2026-1042",
            "total": 1849.5,
            "event_type": "on_create",
            "entity_name": "orders",
            "entity_id": ORDER,
            "user_id": USERS[0],
            "timestamp": "2026-06-17 09:12:44.108233 +0000 UTC",
            **trigger,
        }
        self.name = name
        self.more: Json = {}  # further members of the input
        self.execution_id = str(new_id())

    def action(self, name: str, kind: str, config: Json) -> str:
        """Adds an action and returns its id."""
        node = {"id": str(self.new_id()), "name": name, "description": "", "action_type": kind}
        self.actions.append({**node, "action_config": config, "is_active": True, "deactivated_by": NOBODY})
        return str(node["id"])

    def condition(self, name: str, config: Json = ALWAYS_TRUE) -> str:
        return self.action(name, "evaluate_condition", config)

    def update(self, name: str, field: str, value: Any, **more: Any) -> str:
        config = {"target_entity": "sales.orders", "target_field": field, "new_value": value, **more}
        return self.action(name, "update_field", config)

    def notify(self, name: str, message: str) -> str:
        config = {"recipients": list(USERS), "title": "Test", "message": message, "priority": "low"}
        return self.action(name, "send_notification", config)

    def delay(self, name: str, duration: str) -> str:
        return self.action(name, "delay", {"duration": duration})

    def edge(self, source: str | None, target: str, output: str | None = None, kind: str = "sequence") -> None:
        edge: Json = {"id": str(self.new_id()), "source_action_id": source, "target_action_id": target}
        edge |= {"edge_type": kind if source else "start", "sort_order": len(self.edges) + 1}
        self.edges.append(edge | ({"source_output": output} if output else {}))

    def path(self, *actions: str | None) -> Rule:
        """Adds an edge from each action to the next; None stands for the start."""
        for source, target in pairwise(actions):
            assert target
            self.edge(source, target)
        return self

    def fork(self, source: str | None, *targets: str) -> Rule:
        for target in targets:
            self.edge(source, target)
        return self

    def join(self, target: str, *sources: str) -> Rule:
        for source in sources:
            self.edge(source, target)
        return self

    def deactivate(self, *actions: str) -> Rule:
        for action in self.actions:
            action["is_active"] = action["is_active"] and action["id"] not in actions
        return self

    def chain(self, *actions: str) -> Rule:
        """Adds a start edge to the first action, and an edge from each action to the next."""
        return self.path(None, *actions)

    def lean(self) -> Rule:
        """Omits what the worker does not read, so that a rule of 5,000 actions is small enough to start."""
        for member in (*self.actions, *self.edges):
            for key in ("description", "deactivated_by"):
                member.pop(key, None)
        for edge in self.edges:
            edge.pop("id", None)
        return self

    @property
    def workflow_id(self) -> str:
        return f"workflow-{ORDER_RULE}-{self.trigger['entity_id']}-{self.execution_id}"

    def document(self) -> Json:
        return {
            "rule_id": ORDER_RULE,
            "rule_name": self.name,
            "execution_id": self.execution_id,
            "graph": {"actions": self.actions, "edges": self.edges},
            "trigger_data": self.trigger,
            **self.more,
        }


def chain_of_conditions(length: int) -> Rule:
    rule = Rule(f"{length} conditions")
    return rule.chain(*(rule.condition(f"check_{number}") for number in range(1, length + 1)))


def fan_of_conditions(width: int) -> Rule:
    """A fork into `width` conditions, and their join."""
    rule = Rule(f"{width} wide")
    fork, join = rule.condition("fork"), rule.condition("join")
    wide = [rule.condition(f"check_{number}") for number in range(1, width + 1)]
    return rule.chain(fork).fork(fork, *wide).join(join, *wide)


def nested_forks(depth: int) -> Rule:
    """Forks nested in branches of forks, each joined again."""
    rule = Rule(f"{depth} deep")
    innermost = rule.condition("0")
    rule.chain(innermost)
    levels = []
    for level in range(1, depth + 1):
        left, right, other = (rule.condition(f"{level} {name}") for name in ("left", "right", "other"))
        rule.fork(innermost, left, right, other)
        levels.append((rule.condition(f"{level} join"), left, other))
        innermost = right
    for join, left, other in reversed(levels):
        rule.join(join, left, other, innermost)
        innermost = join
    return rule
