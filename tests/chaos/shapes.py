"""The rules of the runs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from random import Random

from tests.chaos.held_shapes import held
from tests.chaos.people_shapes import approval, people, resolving, waiting
from tests.chaos.planned_run import APPROVERS, SHARED_CUSTOMER, Json, Run
from tests.chaos.trade_shapes import adjustments, picking, purchases, receipts, records, stock_moves, transfers
from tests.e2e.rules import Rule

NEVER: Json = {"conditions": [{"field_name": "total", "operator": "less_than", "value": 0}]}


def chain_of_updates(run: Run, _: Random) -> None:
    """Updates of different rows and columns. The value of the last one contains the results of the first ones."""
    run.rule.chain(
        run.check("check"),
        run.update("note"),
        run.update("raise", "priority"),
        run.update("shared", "notes", "sales.customers", SHARED_CUSTOMER),
        run.update("again", "notes", more=" {{note.records_affected}} {{raise.output}}", expected=" 1 success"),
    )


def updates_of_one_row(run: Run, _: Random) -> None:
    """Updates whose order matters: the row must end with the value of the last one."""
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
    """Three alerts, of which the third resolves the first two."""
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


def references(run: Run, _: Random) -> None:
    run.rule.chain(
        run.check("check"),
        run.update_reference("customer"),
        run.update("note"),
        run.update("raise", "priority"),
        run.notify("done"),
    )


def mixture(run: Run, random: Random) -> None:
    """A chain of random actions, with a wait."""
    makers: list[Callable[[str], str]] = [
        run.update, run.update, run.notify, run.alert, run.check, run.mail,
        lambda name: run.update(name, "priority"),
        lambda name: run.allocate(name, 1),
        lambda name: run.rule.delay(name, f"{random.randint(1, 1500)}ms"),
    ]  # fmt: skip
    run.rule.chain(*(random.choice(makers)(f"step{number}") for number in range(1, random.randint(6, 10))))


Shape = Callable[[Run, Random], None]
SHAPES: tuple[Shape, ...] = (
    chain_of_updates, updates_of_one_row, parallel_branches, conditions, alerts, notifications, allocations, approval,
    references, mixture, stock_moves, receipts, purchases, transfers, adjustments, picking,
    records, held, people, waiting, resolving,
)  # fmt: skip


def draw_shapes(count: int, random: Random) -> list[Shape]:
    """One run in twenty asks a person, one in thirty asks another run. The other shapes are equally frequent. The order
    is random."""
    pairs = max(count // 30, 1)
    shapes: list[Shape] = [approval] * max(count // 20, 1) + [waiting, resolving] * pairs
    others = [shape for shape in SHAPES if shape not in (approval, waiting, resolving)]
    shapes += [others[number % len(others)] for number in range(count - len(shapes))]
    random.shuffle(shapes)
    return shapes


def new_run(number: int, shape: Shape, random: Random) -> Run:
    order = str(uuid.UUID(int=random.getrandbits(128), version=4))
    rule = Rule(f"Chaos {number:03d}", entity_id=order, number=f"chaos {number:03d}")
    rule.execution_id = str(uuid.UUID(int=random.getrandbits(128), version=4))
    return Run(number, shape.__name__.replace("_", " "), rule, order)


def make_runs(count: int, seed: int) -> list[Run]:
    random = Random(f"shapes {seed}")
    runs = [(new_run(number, shape, random), shape) for number, shape in enumerate(draw_shapes(count, random), 1)]
    askers, answerers = ([run for run, shape in runs if shape is wanted] for wanted in (waiting, resolving))
    for asker, answerer in zip(askers, answerers, strict=True):
        asker.answered_by, answerer.answers = answerer, asker
    for run, shape in sorted(runs, key=lambda pair: pair[1] is resolving):  # after the runs whose requests they answer
        shape(run, random)
    return [run for run, _ in runs]
