"""The rules of the runs, each with the effects that it must have.

Every value that an action writes names run and action (`007.raise`), so that each row of the journal belongs to one.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.chaos.journal import Entry
from tests.e2e.rules import ORDER_RULE, Rule

Json = dict[str, Any]
APPROVERS = ("f3c95789-ace1-4954-ac5d-6baed2eac902", "cbf27734-ac10-4525-8b66-402800e03d2c")
# Of the sample data.
PRODUCT = "39f1a457-3eb0-4fee-a801-d0da86353bd4"
SHARED_CUSTOMER = "f1260ebc-7d56-4b56-b714-dc919b27dbdf"
NEVER: Json = {"conditions": [{"field_name": "total", "operator": "less_than", "value": 0}]}


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


@dataclass
class Run:
    number: int
    shape: str
    rule: Rule
    order: str
    effects: list[Effect] = field(default_factory=list)
    recipients: dict[str, int] = field(default_factory=dict)  # of each alert, by its message
    allocated: dict[str, int] = field(default_factory=dict)  # quantity by idempotency key
    asks: str = ""  # the action that asks people

    @property
    def name(self) -> str:
        return f"{self.number:03d}"

    def value(self, action: str, more: str = "") -> str:
        return f"{self.name}.{action}{more}"

    def id_of(self, action: str) -> str:
        return next(str(node["id"]) for node in self.rule.actions if node["name"] == action)

    def ancestors(self) -> dict[str, set[str]]:
        """Of each action, the names of those before it."""
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
        """Sets a column of the run's order, or of another row. `expected`: what a template in `more` becomes."""
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
        action = self.rule.action(name, "allocate_inventory", {**config, "reference_id": self.value(name)})
        key = f"{self.rule.execution_id}_{ORDER_RULE}_allocate_inventory_{action}"
        self.effects.append(Effect(name, "workflow.allocation_results", "id", key))
        self.allocated[key] = quantity
        return action

    def ask(self, name: str) -> str:
        self.asks = name
        self.effects.append(Effect(name, "workflow.approval_requests", "approval_request_id", self.value(name)))
        self.effects.append(Effect(name, "workflow.approval_requests", "status", self.value(name), "approved"))
        self.add_alert(name, len(APPROVERS))
        config: Json = {"approvers": list(APPROVERS), "approval_type": "any", "timeout_hours": 24}
        return self.rule.action(name, "seek_approval", {**config, "approval_message": self.value(name)})

    def mail(self, name: str) -> str:
        """External: no effect that is judged."""
        config = {"recipients": ["chaos@example.com"], "subject": "Chaos", "body": self.value(name)}
        return self.rule.action(name, "send_email", config)


def chain_of_updates(run: Run, _: Random) -> None:
    """Different rows and columns; the last has the results of the first in its value."""
    run.rule.chain(
        run.check("check"),
        run.update("note"),
        run.update("raise", "priority"),
        run.update("shared", "notes", "sales.customers", SHARED_CUSTOMER),
        run.update("again", "notes", more=" {{note.records_affected}} {{raise.output}}", expected=" 1 success"),
    )


def updates_of_one_row(run: Run, _: Random) -> None:
    """The order matters: the row must end with the value of the last."""
    run.rule.chain(*(run.update(name) for name in ("first", "second", "third", "fourth", "fifth")))


def parallel_branches(run: Run, random: Random) -> None:
    check, join = run.check("check"), run.update("join", more=" {{left2.records_affected}}", expected=" 1")
    run.rule.chain(check)
    for branch, column in (("left", "notes"), ("right", "priority")):
        steps = [run.update(f"{branch}{step}", column) for step in range(1, random.randint(2, 3) + 1)]
        run.rule.path(check, *steps, join)
    run.rule.path(check, run.notify("middle1"), run.update("middle2", "tier", "sales.customers", SHARED_CUSTOMER), join)


def conditions(run: Run, random: Random) -> None:
    """One branch of each condition is taken; the other must have no effect."""
    previous: str | None = None
    for number in range(1, 4):
        holds = random.random() < 0.5
        check = run.check(f"check{number}", None if holds else NEVER)
        run.rule.edge(previous, check)
        yes, no = (
            run.update(f"{word}{number}", times=int(holds is taken)) for word, taken in (("yes", True), ("no", False))
        )
        run.rule.edge(check, yes, "true")
        run.rule.edge(check, no, "false")
        previous = run.notify(f"after{number}")
        run.rule.join(previous, yes, no)


def alerts(run: Run, _: Random) -> None:
    """The third resolves the first two."""
    run.rule.chain(
        run.alert("alert1"),
        run.update("between"),
        run.alert("alert2"),
        run.alert("alert3", resolves=("alert1", "alert2")),
        run.update("counted", more=" {{alert3.resolved_count}}", expected=" 2"),
    )


def notifications(run: Run, random: Random) -> None:
    steps = []
    for number in range(1, random.randint(4, 7)):
        steps += [run.notify(f"notice{number}", APPROVERS[: random.randint(1, 2)])]
        steps += [run.update(f"update{number}", "priority")] if number % 2 else []
    run.rule.chain(*steps)


def allocations(run: Run, random: Random) -> None:
    run.rule.chain(
        run.update("before"),
        run.allocate("take1", random.randint(1, 5)),
        run.update("between", more=" {{take1.status}}", expected=" success"),
        run.allocate("take2", random.randint(1, 5)),
        run.notify("after"),
    )


def approval(run: Run, _: Random) -> None:
    ask, after = run.ask("ask"), run.update("after", more=" {{ask.output}}", expected=" approved")
    run.rule.chain(run.update("before"), ask)
    run.rule.edge(ask, after, "approved")
    run.rule.edge(ask, run.update("refused", times=0), "rejected")
    run.rule.path(after, run.notify("done"))


def references(run: Run, _: Random) -> None:
    run.rule.chain(
        run.check("check"),
        run.update_reference("customer"),
        run.update("note"),
        run.update("raise", "priority"),
        run.notify("done"),
    )


def mixture(run: Run, random: Random) -> None:
    """A chain of any actions, with a wait."""
    makers: list[Callable[[str], str]] = [
        run.update, run.update, run.notify, run.alert, run.check, run.mail,
        lambda name: run.update(name, "priority"),
        lambda name: run.allocate(name, 1),
        lambda name: run.rule.delay(name, f"{random.randint(1, 1500)}ms"),
    ]  # fmt: skip
    run.rule.chain(*(random.choice(makers)(f"step{number}") for number in range(1, random.randint(6, 10))))


SHAPES: tuple[Callable[[Run, Random], None], ...] = (
    chain_of_updates, updates_of_one_row, parallel_branches, conditions, alerts, notifications, allocations, approval,
    references, mixture,
)  # fmt: skip


def make_runs(count: int, seed: int) -> list[Run]:
    """As many of each shape, in random order."""
    random = Random(f"shapes {seed}")
    shapes = [SHAPES[number % len(SHAPES)] for number in range(count)]
    random.shuffle(shapes)
    runs = []
    for number, shape in enumerate(shapes, 1):
        order = str(uuid.UUID(int=random.getrandbits(128), version=4))
        rule = Rule(f"Chaos {number:03d}", entity_id=order, number=f"chaos {number:03d}")
        rule.execution_id = str(uuid.UUID(int=random.getrandbits(128), version=4))
        run = Run(number, shape.__name__.replace("_", " "), rule, order)
        shape(run, random)
        runs.append(run)
    return runs
