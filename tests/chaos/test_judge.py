"""The judge finds what is lost, repeated, late or wrong in invented journals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from random import Random

import pytest

from tests.chaos.held_shapes import held
from tests.chaos.journal import Entry
from tests.chaos.judge import EFFECTS, EVENTS, EXECUTIONS, STOCK, Evidence, Finding, Judge
from tests.chaos.people_shapes import approval
from tests.chaos.planned_run import Effect, Run
from tests.chaos.shapes import SHAPES, allocations, conditions, make_runs, updates_of_one_row

Change = Callable[[list[Entry]], list[Entry]]


def one_run(shape: Callable[[Run, Random], None], seed: int = 1) -> Run:
    name = shape.__name__.replace("_", " ")
    return next(run for run in make_runs(2 * len(SHAPES), seed) if run.shape == name)


def in_order(run: Run) -> list[Effect]:
    """The effects in an order that the rule allows."""
    ancestors = run.ancestors()
    return sorted(run.effects, key=lambda effect: len(ancestors[effect.action]))


def entry(number: int, table: str, column: str, row: str = "", old: str = "", new: str = "") -> Entry:
    return Entry(number, table, row, column, old, new, transaction=number, time=f"12:00:{number:02d}")


def journal_of(run: Run) -> list[Entry]:
    """The journal of a run that does everything right, with each effect in a separate transaction."""
    numbers = count(1)
    entries: list[Entry] = []
    for effect in in_order(run):
        if not effect.times:
            continue
        made = entry(next(numbers), effect.table, effect.column, effect.row or "a row", "", effect.new or "a value")
        entries.append(made)
        entries += [replace(made, number=next(numbers)) for _ in range(effect.times - 1)]
        if effect.table.startswith("sales."):
            event = entry(next(numbers), EVENTS, "event_type", effect.table.partition(".")[2], "", "on_update")
            entries.append(replace(event, transaction=made.transaction))
        for column, change in run.stock.get(made.row, {}).items() if effect.table == EFFECTS else ():
            moved = entry(next(numbers), STOCK, column, "item", "50", str(50 + change))
            entries.append(replace(moved, transaction=made.transaction))
    for status in ("running", "completed"):
        old = "" if status == "running" else "running"
        entries.append(entry(next(numbers), EXECUTIONS, "status", run.rule.execution_id, old, status))
    return entries


def evidence_of(run: Run, journal: Sequence[Entry]) -> Evidence:
    return Evidence(
        journal=journal,
        statuses={run.rule.workflow_id: "COMPLETED"},
        executions={run.rule.execution_id: "completed"},
        recipients=dict(run.recipients),
        accepted={run.rule.workflow_id: [correction.id for correction in run.corrections]},
    )


def judge(run: Run, journal: Sequence[Entry]) -> list[Finding]:
    return Judge([run], evidence_of(run, journal)).findings()


def of_action(run: Run, journal: Sequence[Entry], action: str) -> Entry:
    """The first entry of an action."""
    return next(entry for effect in run.effects if effect.action == action for entry in journal if effect.is_in(entry))


@pytest.mark.parametrize("shape", SHAPES)
def test_everything_is_right(shape: Callable[[Run, Random], None]) -> None:
    for seed in range(1, 20):
        run = one_run(shape, seed)
        assert judge(run, journal_of(run)) == []


@pytest.mark.parametrize("shape", SHAPES)
def test_each_effect_is_missed(shape: Callable[[Run, Random], None]) -> None:
    run = one_run(shape)
    journal = journal_of(run)
    for effect in run.effects:
        if effect.times:
            rest = [entry for entry in journal if not effect.is_in(entry)]
            assert ("lost", effect.action) in [(found.kind, found.action) for found in judge(run, rest)]


@pytest.mark.parametrize("shape", SHAPES)
def test_each_repetition_is_found(shape: Callable[[Run, Random], None]) -> None:
    run = one_run(shape)
    journal = journal_of(run)
    for effect in run.effects:
        if effect.times:
            done = next(entry for entry in journal if effect.is_in(entry))
            again = replace(done, number=len(journal) + 1, transaction=len(journal) + 1)
            found = [(finding.kind, finding.action) for finding in judge(run, [*journal, again])]
            assert ("repeated", effect.action) in found


def test_a_late_effect() -> None:
    """The first of five updates of a row is written after the second."""
    run = one_run(updates_of_one_row)
    journal = journal_of(run)
    first = of_action(run, journal, "first")

    (found,) = judge(run, [replace(entry, number=99) if entry == first else entry for entry in journal])

    assert (found.kind, found.action) == ("late", "first")
    assert f"before {of_action(run, journal, 'second').number} at" in found.expected
    assert found.seen.startswith("99 at ")


def test_a_repeated_effect_is_late_too() -> None:
    run = one_run(updates_of_one_row)
    journal = journal_of(run)
    again = replace(of_action(run, journal, "fourth"), number=99, transaction=99)

    assert [(found.kind, found.action) for found in judge(run, [*journal, again])] == [
        ("repeated", "fourth"),
        ("late", "fourth"),
    ]


def test_a_branch_that_is_not_taken() -> None:
    run = one_run(conditions)
    dead = next(effect for effect in run.effects if not effect.times)
    assert dead.row and dead.new
    wrong = entry(99, dead.table, dead.column, dead.row, "", dead.new)

    kinds = [(found.kind, found.action) for found in judge(run, [*journal_of(run), wrong])]

    assert ("unexpected", dead.action) in kinds


def test_a_value_of_a_wrong_result() -> None:
    """A template used a result that differs from that of the first attempt."""
    run = one_run(SHAPES[0])
    journal = [replace(e, new=e.new.replace(" 1 success", " 0 success")) for e in journal_of(run)]

    found = judge(run, journal)

    assert [(finding.kind, finding.action) for finding in found] == [("lost", "again"), ("unexpected", "again")]
    assert found[1].run == run.name


def test_an_event_is_lost_or_repeated() -> None:
    run = one_run(updates_of_one_row)
    journal = journal_of(run)
    event = next(entry for entry in journal if entry.table == EVENTS)

    assert [found.kind for found in judge(run, [e for e in journal if e != event])] == ["lost"]
    assert [found.kind for found in judge(run, [*journal, replace(event, number=99)])] == ["repeated"]


def test_stock_that_is_taken_twice() -> None:
    run = one_run(allocations)
    journal = journal_of(run)
    taken = next(entry for entry in journal if entry.table == STOCK)

    found = judge(run, [*journal, replace(taken, number=99, transaction=99)])

    assert [finding.kind for finding in found] == ["wrong"]
    assert found[0].seen.endswith(" in 99")


def test_stock_that_does_not_add_up() -> None:
    run = one_run(updates_of_one_row)
    evidence = replace(evidence_of(run, journal_of(run)), stock=["item -1 0 0 4"])

    (found,) = Judge([run], evidence).findings()

    assert (found.kind, found.seen) == ("wrong", "item -1 0 0 4")


def test_recipients() -> None:
    run = one_run(approval)
    evidence = evidence_of(run, journal_of(run))
    evidence = replace(evidence, recipients={**run.recipients, run.value("ask"): 4})

    (found,) = Judge([run], evidence).findings()

    assert str(found) == f"wrong: run {run.name} (approval), action ask: expected 2 recipients, seen 4"


def test_an_approval_that_is_asked_twice() -> None:
    run = one_run(approval)
    journal = journal_of(run)
    asked = of_action(run, journal, "ask")

    kinds = [found.kind for found in judge(run, [*journal, replace(asked, number=99, transaction=99)])]

    assert "repeated" in kinds


def test_a_new_token_asks_nobody_again() -> None:
    run = one_run(approval)
    kept = entry(99, "workflow.approval_requests", "status", run.value("ask"), "approved", "approved")
    assert judge(run, [*journal_of(run), kept]) == []


@pytest.mark.parametrize(
    ("status", "kind"), [("FAILED", "failed"), ("RUNNING", "open"), ("TERMINATED", "failed"), (None, "open")]
)
def test_a_run_that_is_not_completed(status: str | None, kind: str) -> None:
    run = one_run(updates_of_one_row)
    evidence = evidence_of(run, [])
    statuses = {run.rule.workflow_id: status} if status else {}
    evidence = replace(evidence, statuses=statuses, failures={run.rule.workflow_id: "(why)"})

    (found,) = Judge([run], evidence).findings()  # its effects are not counted as lost

    assert found.kind == kind
    assert found.seen == f"{status or 'not started'} (why)"


def test_the_row_of_an_execution() -> None:
    run = one_run(updates_of_one_row)
    evidence = evidence_of(run, journal_of(run))
    (found,) = Judge([run], replace(evidence, executions={run.rule.execution_id: "running"})).findings()
    assert (found.kind, found.seen) == ("wrong", "running")

    back = entry(99, EXECUTIONS, "status", run.rule.execution_id, "completed", "running")
    (found,) = judge(run, [*journal_of(run), back])
    assert found.kind == "late"


def test_corrections_that_are_lost_repeated_or_unknown() -> None:
    run = one_run(held)
    evidence = evidence_of(run, journal_of(run))
    first, second = evidence.accepted[run.rule.workflow_id]
    for accepted, kinds in (
        ([first], ["lost"]),
        ([first, second, second], ["repeated"]),
        ([first, second, "fail typo"], ["unexpected"]),
    ):
        seen = replace(evidence, accepted={run.rule.workflow_id: accepted})
        assert [finding.kind for finding in Judge([run], seen).findings()] == kinds
