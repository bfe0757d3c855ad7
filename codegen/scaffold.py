"""Bodies of actions: which there are, and a first form of those that are missing."""

from __future__ import annotations

from pathlib import Path

from codegen.spec import Spec


def make(spec: Spec, root: Path) -> list[str]:
    return []


def listing(spec: Spec, root: Path) -> list[str]:
    return [action.name for action in spec.actions]
