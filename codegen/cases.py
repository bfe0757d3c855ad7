"""Test cases."""

from __future__ import annotations

from codegen.model import ActionModel


def cases_of(action: ActionModel) -> list[object]:
    return []
