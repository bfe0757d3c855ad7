"""A random valid rule, made entirely from one seed, and what its run must do."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.e2e.rules import ORDER, USERS, Rule
from tests.random_rules import content
from tests.random_rules.plan import Fate, Kind, Plan, draw_plan
from tests.random_rules.sizes import SIZES, Size

Json = dict[str, Any]
MOST_BYTES = 2 * 1024 * 1024 - 64 * 1024  # of the input of a run, with room for the additions of its next run
QUEUES = {"auto": 70, "both": 20, "activity": 10}  # weights by the way in which the workers perform short actions
DELAYS = ("1ms", "5ms", "20ms", "0.03s", "{{wait}}")


@dataclass
class RandomRule:
    seed: int
    size: Size
    queue: str
    plan: Plan
    rule: Rule
    document: bytes = b""
    ids: list[str] = field(default_factory=list)
    texts: Counter[str] = field(default_factory=Counter)  # digests of the texts that it writes, see digest()

    @property
    def fails(self) -> bool:
        return any(action.fate is Fate.FAILS for action in self.plan.actions)

    def ids_of(self, *fates: Fate) -> set[str]:
        return {name for name, action in zip(self.ids, self.plan.actions, strict=True) if action.fate in fates}


def digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def order_of(seed: int) -> str:
    """The record that starts the rule and that its actions write; some rules share a record."""
    return str(uuid.UUID(int=seed, version=4))


class Writer:
    """Writes the configs of a plan."""

    def __init__(self, random: Random, made: RandomRule, scale: float) -> None:
        self.random = random
        self.made = made
        self.scale = scale
        self.odd_names = random.random() < 0.3
        self.same_names = not self.odd_names and random.random() < 0.1

    def bytes_of(self, bounds: tuple[int, int]) -> int:
        return round(content.between(self.random, bounds) * self.scale)

    def name(self, index: int) -> str:
        if self.odd_names:
            return content.name(self.random)
        return f"a{index % 3}" if self.same_names else f"a{index}"

    def reference(self, index: int) -> tuple[str, str]:
        """A template that names the result of an action before this one, and its value."""
        sources = self.made.plan.sources(index)
        if not sources or self.odd_names or self.same_names:
            return "", ""
        source = self.random.choice(sources)
        action = self.made.plan.actions[source]
        return f"{{{{a{source}.output}}}}", action.output if action.fate is Fate.RUNS else ""

    def text(self, index: int) -> str:
        """A text for a table. It is unique to the run, and expected in the table if the action runs."""
        template, value = self.reference(index)
        # Without braces, which could form a template.
        more = content.text(self.random, self.bytes_of(self.made.size.config)).replace("{", "(").replace("}", ")")
        head = f"{self.made.seed}.{index}"
        if self.made.plan.actions[index].fate is Fate.RUNS:
            self.made.texts[digest(f"{head} {content.NUMBER} {value} {more}")] += 1
        return f"{head} {{{{number}}}} {template} {more}"

    def any_name(self) -> str:
        return f"{{{{{content.name(self.random)}}}}}"

    def config(self, index: int) -> Json:
        """A valid config; some configs are refused when they are performed."""
        action, random = self.made.plan.actions[index], self.random
        room = self.bytes_of(self.made.size.config)
        if action.kind is Kind.CONDITION:
            return content.condition(random, action.output == "true", room)
        if action.kind is Kind.UPDATE:
            new = random.choice(("high", "{{number}}", "{{big}}", self.any_name(), content.text(random, room)))
            return {"target_entity": "sales.orders", "target_field": "notes", "new_value": new}
        if action.kind is Kind.NOTICE:
            return {
                "recipients": list(USERS), "title": self.any_name(), "message": self.text(index), "priority": "low",
            }  # fmt: skip
        if action.kind is Kind.ALERT:
            users = ["{{number}}"] if action.fails else list(USERS)
            return {
                "alert_type": "random", "severity": "low", "title": "Random", "message": self.text(index),
                "recipients": {"users": users}, "context": {"value": content.value(random, room)},
            }  # fmt: skip
        if action.kind is Kind.AUDIT:
            return {
                "entity_name": "orders", "action": "random", "message": self.text(index),
                "metadata": {"value": content.value(random, room), "name": self.any_name()},
            }  # fmt: skip
        if action.kind is Kind.LOOKUP:
            return {
                "entity": "sales.orders", "filter": {"id": "{{entity_id}}"}, "fields": ["number", "total", "notes"],
                "output_key": random.choice(("order", "a", "success", "rows")),
            }  # fmt: skip
        if action.kind is Kind.MAIL:
            subject = random.choice(("{{number}}", "Random"))
            return {"recipients": ["random@example.com"], "subject": subject, "body": content.text(random, room)}
        return {"duration": "{{number}}" if action.fails else random.choice(DELAYS)}

    def write(self) -> None:
        made, random = self.made, self.random
        big = content.text(random, self.bytes_of(made.size.result))
        low, high = made.size.trigger
        fewest, most = made.size.fields
        room, fields = (low, round(high * self.scale)), (round(fewest * self.scale), round(most * self.scale))
        more = content.trigger(random, room, fields, odd=random.random() < 0.5)
        made.rule.trigger |= {"number": content.NUMBER, "total": content.TOTAL, "wait": "10ms", "big": big}
        made.rule.trigger |= more
        for index, action in enumerate(made.plan.actions):
            made.ids.append(made.rule.action(self.name(index), action.kind.value, self.config(index)))
            made.rule.actions[-1]["is_active"] = action.active
        edges = list(made.plan.edges())
        random.shuffle(edges)
        for edge in edges:
            source = None if edge.source is None else made.ids[edge.source]
            made.rule.edge(source, made.ids[edge.target], edge.output, edge.kind)
        made.rule.lean()
        made.document = json.dumps(made.rule.document(), ensure_ascii=random.random() < 0.5).encode()


def write_rule(seed: int, scale: float) -> RandomRule:
    """Writes a random rule. A smaller scale makes fewer actions with fewer bytes."""
    random = Random(f"random rule {seed}")
    size = random.choices(SIZES, [size.weight for size in SIZES])[0]
    queue = random.choices(list(QUEUES), list(QUEUES.values()))[0]

    def new_id() -> uuid.UUID:
        return uuid.UUID(int=random.getrandbits(128), version=4)

    order = ORDER if random.random() < 0.02 else order_of(seed)
    rule = Rule(f"Random {seed}", new_id, entity_id=order)
    rule.execution_id = str(new_id())
    made = RandomRule(seed, size, queue, draw_plan(random, size, scale), rule)
    Writer(random, made, scale).write()
    return made


def make_rule(seed: int) -> RandomRule:
    scale = 1.0
    while True:
        made = write_rule(seed, scale)
        if len(made.document) <= MOST_BYTES:
            return made
        scale *= 0.7
