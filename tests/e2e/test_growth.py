"""Work and memory grow linearly with the graph: counts and bytes are checked, times are only printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.e2e.rig import Rig
from tests.e2e.rules import chain_of_conditions, fan_of_conditions
from zarf.dev import worker as program
from zarf.dev.worker import Worker

Figures = dict[int, dict[str, float]]  # by size of the graph
# 5,000 actions in a chain or 3,500 in parallel fit into the input of a run.
SHAPES = {"chain": (chain_of_conditions, (100, 1000, 5000)), "fan-out": (fan_of_conditions, (100, 1000, 3500))}
# The peak memory of a child starts with that of its parent, so a small process measures it.
MEASURE = """
import resource, subprocess, sys
with open(sys.argv[1], "wb") as output:
    subprocess.run(sys.argv[2:], stdout=output, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss, used.ru_utime + used.ru_stime)
"""


def cpu_ms(worker: Worker) -> float:
    used = Path(f"/proc/{worker.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(used[11]) + int(used[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def assert_in_line(figures: Figures, name: str, tolerance: float) -> None:
    """The cost of one more action is the same in small and in large graphs."""
    slopes = [
        (figures[larger][name] - figures[smaller][name]) / (larger - smaller)
        for smaller, larger in pairwise(sorted(figures))
    ]
    for slope in slopes:
        assert slope == pytest.approx(slopes[-1], rel=tolerance), f"{name} of one action more: {slopes}"


def show(capsys: pytest.CaptureFixture[str], title: str, figures: Figures) -> None:
    names = list(next(iter(figures.values())))
    with capsys.disabled():
        print(f"\n{title:<24}" + "".join(f"{name:>16}" for name in names))
        for size, row in figures.items():
            print(f"{size:>16,} actions" + "".join(f"{row[name]:>16,.0f}" for name in names))


@pytest.mark.parametrize("shape", SHAPES)
def test_history(rig: Rig, shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    worker = rig.worker().wait_ready()
    make, sizes = SHAPES[shape]
    figures: Figures = {}
    for size in sizes:
        rule = make(size).lean()
        before = cpu_ms(worker)
        assert rig.run(rule) == "COMPLETED"
        spent = cpu_ms(worker) - before
        events = [event for history in rig.histories(rule.workflow_id) for event in history]
        assert sum(event["eventType"] == "EVENT_TYPE_MARKER_RECORDED" for event in events) == len(rule.actions)
        size_of_all = sum(len(json.dumps(event)) for event in events)
        figures[size] = {"events": len(events), "bytes": size_of_all, "worker CPU ms": spent}
    show(capsys, f"server, {shape}", figures)
    assert_in_line(figures, "events", 0.02)
    assert_in_line(figures, "bytes", 0.05)


def simulate(file: Path, *options: str) -> dict[str, float]:
    output = file.with_suffix(".out")
    measured = subprocess.run(
        [sys.executable, "-c", MEASURE, output, program.binary(), "simulate", file, "--json", *options],
        env=program.environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    memory, seconds = measured.stdout.split()
    report = json.loads(output.read_text())
    assert report["status"] == "completed"
    assert set(report["executions"].values()) == {1}
    return {
        "executions": len(report["executions"]),
        "commands": report["commands"],
        "workflow tasks": report["workflow_tasks"],
        "memory KB": float(memory),
        "CPU ms": float(seconds) * 1000,
    }


@pytest.mark.parametrize(("shape", "sizes"), [("chain", (1000, 4000, 16_000)), ("fan-out", (1000, 10_000, 100_000))])
def test_simulated(tmp_path: Path, shape: str, sizes: tuple[int, ...], capsys: pytest.CaptureFixture[str]) -> None:
    make, _ = SHAPES[shape]
    figures: Figures = {}
    for size in sizes:
        file = tmp_path / f"{size}.json"
        file.write_text(json.dumps(make(size).lean().document()))
        figures[size] = simulate(file)
        file.unlink()
    show(capsys, f"simulate, {shape}", figures)
    for name in ("executions", "commands", "workflow tasks"):
        assert_in_line(figures, name, 0.02)
    *_, larger, largest = sizes
    assert figures[largest]["memory KB"] / figures[larger]["memory KB"] < 1.1 * largest / larger


def test_simulated_as_activities(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each activity needs a workflow task; the run continues as new repeatedly."""
    figures: Figures = {}
    for size in (500, 1000, 5000):
        file = tmp_path / f"{size}.json"
        file.write_text(json.dumps(chain_of_conditions(size).lean().document()))
        figures[size] = simulate(file, "--activities")
    show(capsys, "simulate, activities", figures)
    for name in ("executions", "commands", "workflow tasks"):
        assert_in_line(figures, name, 0.02)
