"""Draws the actions of a rule as a tree, each with its outcome."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from zarf.dev.history import Run, Step
from zarf.dev.terminal import bold, dim, displayable, green, red

Json = dict[str, Any]


@dataclass
class Line:
    branch: str  # the tree's part: "├─ true ─ "
    name: str
    step: Step | None  # None: a reference to a line below


class Tree:
    """Depth first; a join is drawn below its last branch, and the other branches refer to it."""

    def __init__(self, rule: Json, run: Run) -> None:
        self.run = run
        self.edges: dict[str, list[Json]] = {}
        for edge in sorted(rule["graph"]["edges"], key=lambda edge: (edge["sort_order"], edge["target_action_id"])):
            self.edges.setdefault(edge["source_action_id"] or "", []).append(edge)
        self.pending = Counter(edge["target_action_id"] for edges in self.edges.values() for edge in edges)
        self.lines: list[Line] = []

    def draw(self) -> list[Line]:
        for edge in self.edges.get("", []):
            self._node(edge["target_action_id"], "", "")
        return self.lines

    def _node(self, action: str, branch: str, indent: str) -> None:
        step = self.run.steps[action]
        self.pending[action] -= 1
        if self.pending[action] > 0:
            self.lines.append(Line(branch, f"↘ {step.name}", None))
            return
        self.lines.append(Line(branch, step.name, step))
        edges = self.edges.get(action, [])
        for edge in edges:
            last = edge is edges[-1]
            label = f"{edge['source_output']} ─ " if edge.get("source_output") else ""
            self._node(
                edge["target_action_id"],
                f"{indent}{'└' if last else '├'}─ {label}",
                indent + ("   " if last else "│  "),
            )


def milliseconds(value: float | None) -> str:
    if value is None:
        return ""
    return "< 1 ms" if value < 1 else f"{value:.0f} ms"


def result_text(step: Step) -> str:
    if step.failure:
        return red("failed")
    if not step.how:
        return dim("not run")
    rows = step.result.get("records_affected")
    detail = f" ({rows} row{'' if rows == 1 else 's'})" if isinstance(rows, int) else ""
    return green(step.output or "done") + dim(detail)


def draw(rule: Json, run: Run) -> list[str]:
    lines = Tree(rule, run).draw()
    width = max(len(line.branch + line.name) for line in lines)
    type_width = max(len(step.type) for step in run.steps.values())
    drawn = []
    for line in lines:
        head = dim(displayable(line.branch)) + (
            bold(line.name) if line.step and line.step.how else dim(displayable(line.name))
        )
        if not line.step:
            drawn.append(head)
            continue
        padding = " " * (width - len(line.branch + line.name))
        drawn.append(
            f"{head}{padding}  {line.step.type:<{type_width}}  {line.step.how or '-':<8}  "
            f"{milliseconds(line.step.milliseconds):>7}  {result_text(line.step)}".rstrip()
        )
    return drawn
