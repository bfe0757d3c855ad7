"""A random rule as a plan: its graph and how each action must end, without its configs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from random import Random

from tests.random_rules.sizes import Shape, Size

MOST_WAITS = 4  # delays and mails of a rule: each takes a workflow task


class Kind(Enum):
    CONDITION = "evaluate_condition"
    UPDATE = "update_field"
    NOTICE = "send_notification"
    ALERT = "create_alert"
    AUDIT = "log_audit_entry"
    LOOKUP = "lookup_entity"
    MAIL = "send_email"
    DELAY = "delay"


WEIGHTS = {
    Kind.CONDITION: 36, Kind.UPDATE: 12, Kind.NOTICE: 12, Kind.ALERT: 10, Kind.AUDIT: 12, Kind.LOOKUP: 12,
    Kind.MAIL: 3, Kind.DELAY: 3,
}  # fmt: skip
WAITS = (Kind.MAIL, Kind.DELAY)
CAN_FAIL = (Kind.ALERT, Kind.DELAY)  # immediately, although their configs are valid
EDGE_KINDS = ("sequence", "always", "true_branch", "false_branch", "whenever")
OUTPUTS = ("success", "true", "false", "found", "other")


class Fate(Enum):
    RUNS = "runs"
    FAILS = "fails"
    SKIPPED = "is skipped"
    NEVER = "never runs"


@dataclass
class Action:
    kind: Kind
    output: str
    active: bool = True
    fails: bool = False
    fate: Fate = Fate.NEVER
    behind_failure: bool = False
    reached: bool = False


@dataclass(frozen=True)
class Edge:
    source: int | None  # None: a start edge
    target: int
    kind: str = "start"
    output: str | None = None


@dataclass
class Plan:
    """Actions come in topological order."""

    actions: list[Action] = field(default_factory=list)
    incoming: list[list[Edge]] = field(default_factory=list)  # by target

    def edges(self) -> Iterator[Edge]:
        for edges in self.incoming:
            yield from edges

    def sources(self, target: int) -> list[int]:
        return [edge.source for edge in self.incoming[target] if edge.source is not None]


# The fates are computed independently of the engine, by looking back from each action, as in tests/engine/oracle.c.


def follows(edge: Edge, source: Action) -> bool:
    ran = source.fate is Fate.RUNS
    output = source.output if ran else None
    if edge.output is not None:
        return edge.output == (output or "success")
    for name in ("true", "false"):
        if edge.kind == f"{name}_branch":
            return output == name
    return True


def decide_fate(plan: Plan, target: int) -> None:
    action = plan.actions[target]
    wanted = False
    for edge in plan.incoming[target]:
        if edge.source is None:
            action.reached = wanted = True
            continue
        source = plan.actions[edge.source]
        if not source.reached:
            continue
        action.reached = True
        action.behind_failure |= source.behind_failure or source.fate is Fate.FAILS
        if source.fate in (Fate.RUNS, Fate.SKIPPED):
            wanted |= follows(edge, source)
    if wanted and not action.behind_failure:
        runs = Fate.FAILS if action.fails else Fate.RUNS
        action.fate = runs if action.active else Fate.SKIPPED


# Drawing


@dataclass(frozen=True)
class Habits:
    """The features of the rule besides its size; most rules have few of them."""

    branching: float  # the share of edges that ask for an output
    inactive: float
    failing: float

    @staticmethod
    def draw(random: Random) -> Habits:
        return Habits(random.choice((0, 0.05, 0.3)), random.choice((0, 0, 0, 0.08)), random.choice((0, 0, 0, 0, 0.04)))


def draw_action(random: Random, habits: Habits, waits: int) -> Action:
    kind = random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    if kind in WAITS and waits >= MOST_WAITS:
        kind = Kind.CONDITION
    output = {Kind.CONDITION: random.choice(("true", "true", "false")), Kind.LOOKUP: "found"}.get(kind, "success")
    fails = kind in CAN_FAIL and random.random() < habits.failing * 4
    return Action(kind, output, active=random.random() >= habits.inactive, fails=fails)


def draw_edge(random: Random, habits: Habits, plan: Plan, source: int, target: int) -> Edge:
    if random.random() >= habits.branching:
        return Edge(source, target, "sequence" if random.random() < 0.8 else "always")
    output = None
    if random.random() < 0.6:
        output = plan.actions[source].output if random.random() < 0.7 else random.choice(OUTPUTS)
    return Edge(source, target, random.choice(EDGE_KINDS), output)


def draw_sources(random: Random, size: Size, target: int, layer: range) -> list[int]:
    """Near sources make chains, far sources make joins of unequal length, the same source twice makes a double edge."""
    if size.shape is Shape.LAYERS:
        whole = random.random() < 0.1
        return list(layer) if whole else [random.choice(layer) for _ in range(random.randint(1, 3))]
    count = random.randint(2, 40) if size.shape is Shape.DENSE else 1
    if size.shape is Shape.ANY and random.random() < 0.25:
        count = random.randint(1, 4)
    reach = min(target, 3) if random.random() < 0.6 and size.shape is not Shape.DENSE else target
    return [target - 1 - random.randrange(reach) for _ in range(count)]


def draw_plan(random: Random, size: Size, scale: float) -> Plan:
    plan = Plan()
    habits = Habits.draw(random)
    count = max(1, round(random.randint(*size.actions) * scale))
    width = random.randint(1, max(2, count // 2))
    waits = 0
    for target in range(count):
        action = draw_action(random, habits, waits)
        waits += action.kind in WAITS
        plan.actions.append(action)
        edges: list[Edge] = []
        if target == 0 or random.random() < 0.05:
            edges.append(Edge(None, target))
        if target and random.random() < 0.98:
            start = max(0, (target - 1) // width * width + 1 - width)
            layer = range(start, max(start + 1, min(target, start + width)))
            sources = draw_sources(random, size, target, layer)
            edges += [draw_edge(random, habits, plan, source, target) for source in sources]
        plan.incoming.append(edges)
        decide_fate(plan, target)
    return plan
