"""Many runs on several workers under faults, judged by a journal of their effects.

    python3 -m tests.chaos.run [--seeds 1..10] [--seconds 50] [--runs 120] [--pooler]

The seed determines rules and faults. Exit code 1 if any effect is lost, repeated or late, or any run is not completed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests.chaos.chaos import Outcome, run_seed
from tests.chaos.judge import KINDS, count_kinds
from tests.chaos.shapes import SHAPES
from zarf.dev.process import StackError
from zarf.dev.terminal import bold, green, progress, red

RUNS = 120
SECONDS = 50.0
MOST_LINES = 40  # the largest number of findings that are printed


def print_outcome(outcome: Outcome) -> None:
    if outcome.good:
        progress(green(f"seed {outcome.seed}: all good"))
        return
    for line in [*map(str, outcome.findings[:MOST_LINES]), *outcome.crashes]:
        print(f"  {line}")
    if len(outcome.findings) > MOST_LINES:
        print(f"  and {len(outcome.findings) - MOST_LINES} more, all in {outcome.folder}/findings.txt")
    print(red(f"seed {outcome.seed} failed; logs of workers and servers, faults.log, journal.tsv: {outcome.folder}"))


def print_summary(outcomes: Sequence[Outcome]) -> None:
    kinds = [kind for kind in KINDS if kind not in ("failed", "open")]
    heads = [
        "seed",
        "runs",
        "completed",
        "failed",
        "open",
        *kinds,
        "asked",
        "corrected",
        "crashes",
        "faults",
        "seconds",
    ]
    rows = []
    for outcome in outcomes:
        counted = count_kinds(outcome.findings)
        rows.append(
            [str(outcome.seed), str(outcome.runs), str(outcome.statuses["COMPLETED"])]
            + [str(counted[kind]) for kind in KINDS]
            + [f"{outcome.asked}/{outcome.approvals}", f"{outcome.corrected}/{outcome.corrections}"]
            + [str(len(outcome.crashes))]
            + [str(outcome.faults), f"{outcome.seconds:.0f}"]
        )
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    print()
    for row, paint in [
        (heads, bold),
        *((row, green if o.good else red) for row, o in zip(rows, outcomes, strict=True)),
    ]:
        print(paint("  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))))


def read_seeds(words: Sequence[str]) -> list[int]:
    """Reads numbers and ranges: 1..10 3,7"""
    seeds = []
    for word in " ".join(words).replace(",", " ").split():
        first, _, last = word.partition("..")
        seeds += list(range(int(first), int(last or first) + 1))
    return seeds


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", nargs="+", default=["1"], help="numbers and ranges, such as 1..10")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long faults occur")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--pooler", action="store_true", help="PgBouncer between the workers and PostgreSQL")
    options = parser.parse_args(arguments)
    outcomes = []
    for seed in read_seeds(options.seeds):
        progress(f"seed {seed}: {options.runs} runs of {len(SHAPES)} shapes, {options.seconds:.0f} s of faults")
        outcomes.append(run_seed(seed, options.seconds, options.runs, options.pooler))
        print_outcome(outcomes[-1])
    print_summary(outcomes)
    return 0 if outcomes and all(outcome.good for outcome in outcomes) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackError as fault:
        sys.exit(f"chaos: {fault}")
    except KeyboardInterrupt:
        sys.exit(130)
