"""Rules with actions that fail and are held until people correct or skip them."""

from __future__ import annotations

from random import Random

from tests.chaos.planned_run import Run


def held(run: Run, random: Random) -> None:
    """Two branches stop at once. An update behind each of them writes the result of the correction."""
    run.rule.more = {"on_failure": "hold"}
    before, done, rows = run.update("before"), run.notify("done"), random.randint(2, 9)
    typo = run.correct("typo", "tier")
    void = run.skip("void", {"output": "success", "records_affected": rows})
    run.rule.chain(before)
    run.rule.path(before, typo, run.update("repaired", more=" {{typo.records_affected}}", expected=" 1"), done)
    skipped = run.update("skipped", "priority", more=" {{void.records_affected}}", expected=f" {rows}")
    run.rule.path(before, void, skipped, done)
