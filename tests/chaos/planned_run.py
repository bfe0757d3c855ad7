"""A run and the effects that it must have.

Every value that an action writes names the run and the action (`007.raise`), so each row of the journal belongs to one
action.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.journal import Entry
from tests.e2e.rules import ORDER_RULE, Rule

Json = dict[str, Any]
Change = dict[str, int]  # changes of the sums of columns of inventory.inventory_items
APPROVERS = ("f3c95789-ace1-4954-ac5d-6baed2eac902", "cbf27734-ac10-4525-8b66-402800e03d2c")
# Ids of the sample data.
SHARED_CUSTOMER = "f1260ebc-7d56-4b56-b714-dc919b27dbdf"
PRODUCT = "39f1a457-3eb0-4fee-a801-d0da86353bd4"


@dataclass(frozen=True)
class Effect:
    """What an action of a run writes: rows of the journal with these values. `row` or `new` None: any value."""

    action: str
    table: str
    column: str
    row: str | None = None
    new: str | None = None
    times: int = 1  # 0: on a branch that is not taken

    def is_in(self, entry: Entry) -> bool:
        return (
            (self.table, self.column) == (entry.table, entry.column)
            and self.row in (None, entry.row)
            and self.new in (None, entry.new)
        )

    def __str__(self) -> str:
        if self.new is None:
            return f"{self.table}.{self.column} of {self.row!r}"
        return f"{self.table}.{self.column} = {self.new!r}"


@dataclass(frozen=True)
class Correction:
    """An update that people send about a held action."""

    update: str  # the name of the workflow update
    input: Json

    @property
    def id(self) -> str:
        """The same id every time it is sent, so that Temporal accepts it once."""
        return f"{self.update} {self.input['action']}"


@dataclass
class Run:
    number: int
    shape: str
    rule: Rule
    order: str
    effects: list[Effect] = field(default_factory=list)
    recipients: dict[str, int] = field(default_factory=dict)  # of each alert, by its message
    stock: dict[str, Change] = field(default_factory=dict)  # what each action changes, by its id
    rows: list[str] = field(default_factory=list)  # SQL that makes the rows that the run starts from
    asks: dict[str, str] = field(default_factory=dict)  # the actions that ask people, and the answers
    corrections: list[Correction] = field(default_factory=list)
    answers: Run | None = None  # the run whose requests this run answers
    answered_by: Run | None = None  # the run that answers the requests of this one; None: people do

    @property
    def name(self) -> str:
        return f"{self.number:03d}"

    def value(self, action: str, more: str = "") -> str:
        return f"{self.name}.{action}{more}"

    def id_of(self, action: str) -> str:
        return next(str(node["id"]) for node in self.rule.actions if node["name"] == action)

    def ancestors(self) -> dict[str, set[str]]:
        """The names of the actions before each action."""
        names = {str(node["id"]): str(node["name"]) for node in self.rule.actions}
        sources: dict[str, set[str]] = {name: set() for name in names.values()}
        for edge in self.rule.edges:
            if edge["source_action_id"]:
                sources[names[edge["target_action_id"]]].add(names[edge["source_action_id"]])
        found: dict[str, set[str]] = {}

        def collect(name: str) -> set[str]:
            if name not in found:
                found[name] = set(sources[name]).union(*map(collect, sources[name]))
            return found[name]

        for name in sources:
            collect(name)
        return found

    # Actions. Each returns the action's id.

    def check(self, name: str, config: Json | None = None) -> str:
        return self.rule.condition(name, config) if config else self.rule.condition(name)

    def update(
        self, name: str, column: str = "notes", table: str = "sales.orders", row: str = "", more: str = "",
        times: int = 1, expected: str | None = None,
    ) -> str:  # fmt: skip
        """Sets a column of the run's order, or of another row. `expected`: the text of a template in `more`."""
        row = row or self.order
        self.effects.append(
            Effect(name, table, column, row, self.value(name, more if expected is None else expected), times)
        )
        conditions = [{"field_name": "id", "operator": "equals", "value": row}]
        return self.rule.update(
            name, column, self.value(name, more), target_entity=table,
            **({"conditions": conditions} if row != self.order else {}),
        )  # fmt: skip

    def update_reference(self, name: str) -> str:
        """Sets the order's customer to one that the action creates."""
        self.effects.append(Effect(name, "sales.customers", "name", None, self.value(name)))
        self.effects.append(Effect(name, "sales.orders", "customer_id", self.order))
        config: Json = {"reference_table": "sales.customers", "lookup_field": "name", "allow_create": True}
        config["create_config"] = {"tier": "standard"}
        return self.rule.update(
            name, "customer_id", self.value(name), field_type="foreign_key", foreign_key_config=config
        )

    def add_alert(self, name: str, recipients: int) -> None:
        self.effects.append(Effect(name, "workflow.alerts", "id", self.value(name)))
        self.recipients[self.value(name)] = recipients

    def notify(self, name: str, users: Sequence[str] = APPROVERS) -> str:
        self.add_alert(name, len(users))
        config: Json = {"recipients": list(users), "title": "Chaos", "message": self.value(name), "priority": "low"}
        return self.rule.action(name, "send_notification", config)

    def alert(self, name: str, resolves: Sequence[str] = ()) -> str:
        self.add_alert(name, 1)
        for resolved in resolves:
            self.effects.append(Effect(name, "workflow.alerts", "status", self.value(resolved), "resolved"))
        config: Json = {"alert_type": "chaos", "severity": "high", "title": "Chaos", "message": self.value(name)}
        config |= {"recipients": {"users": [APPROVERS[0]]}, "resolve_prior": bool(resolves)}
        return self.rule.action(name, "create_alert", config)

    def allocate(self, name: str, quantity: int) -> str:
        config: Json = {
            "inventory_items": [{"product_id": PRODUCT, "quantity": quantity}],
            "allocation_mode": "allocate",
        }
        action = self.trade(
            name, "allocate_inventory", {**config, "reference_id": self.value(name)}, allocated_quantity=quantity
        )
        self.add_stock_result(name, action, "allocate_inventory")
        return action

    def add_stock_result(self, name: str, action: str, kind: str) -> None:
        key = f"{self.rule.execution_id}_{ORDER_RULE}_{kind}_{action}"
        self.effects.append(Effect(name, "workflow.allocation_results", "id", key))

    def trade(self, name: str, kind: str, config: Json, *effects: Effect, **change: int) -> str:
        """An action with these effects and changes of stock. Its single record is an effect as well."""
        action = self.rule.action(name, kind, config)
        self.effects += [*effects, Effect(name, "workflow.action_effects", "action_type", action, kind)]
        if change:
            self.stock[action] = change
        return action

    def ask(self, name: str, kind: str = "seek_approval", answer: str = "approved") -> str:
        self.asks[name] = answer
        self.effects.append(Effect(name, "workflow.approval_requests", "approval_request_id", self.value(name)))
        self.effects.append(Effect(name, "workflow.approval_requests", "status", self.value(name), answer))
        self.add_alert(name, len(APPROVERS))
        config: Json = {"approvers": list(APPROVERS), "approval_type": "any", "timeout_hours": 24}
        return self.rule.action(name, kind, {**config, "approval_message": self.value(name)})

    def correct(self, name: str, column: str) -> str:
        """An update that fails because its column is misspelled, and that people retry with the right column."""
        action = self.update(name, column, "sales.customers", SHARED_CUSTOMER)
        good = self.rule.actions[-1]["action_config"]
        self.rule.actions[-1]["action_config"] = {**good, "target_field": f"{column}s"}
        self.corrections.append(Correction("retry", {"action": name, "config": good, "reason": "a misspelled column"}))
        return action

    def skip(self, name: str, result: Json) -> str:
        """An update that fails and that people replace by this result."""
        action = self.rule.update(name, "no_such_column", self.value(name))
        self.corrections.append(Correction("skip", {"action": name, "result": result, "reason": "done by hand"}))
        return action

    def mail(self, name: str) -> str:
        """A mail. It is external, so it has no effect that is judged."""
        config = {"recipients": ["chaos@example.com"], "subject": "Chaos", "body": self.value(name)}
        return self.rule.action(name, "send_email", config)
