"""A handler says what its action does and fits on a screen; other code that it needs is a building block for all."""

from __future__ import annotations

import pytest

from zarf.dev.process import ROOT

LINES = 60
# The files that are older than this rule, with their largest length. Remove a file when it has become short enough.
LONGER = {
    "allocate_inventory.c": 110,
    "allocate_inventory_stock.c": 225,
    "create_alert.c": 160,
    "send_email.c": 65,
    "send_notification.c": 100,
    "update_field.c": 215,
    "update_field_reference.c": 195,
}
FILES = {path.name: path for path in sorted((ROOT / "handlers").glob("*.c"))}


@pytest.mark.parametrize("name", FILES)
def test_how_long_a_handler_is(name: str) -> None:
    lines = len(FILES[name].read_text(encoding="utf-8").splitlines())
    most = LONGER.get(name, LINES)
    assert lines <= most, (
        f"handlers/{name} has {lines} lines, more than {most}: which building block of src is missing?"
    )


def test_the_exceptions_are_needed() -> None:
    short = [name for name in LONGER if len(FILES[name].read_text(encoding="utf-8").splitlines()) <= LINES]
    assert not short, f"no longer exceptions: {short}"
