"""The processor time for 200 actions. They are copies of this repository's actions under other names.

Processors differ, and other programs use them too. So the tests judge how many times longer the generator takes than a
loop that runs at about the same time. The loop takes a fifth of a second on an idle processor of 2023.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.codegen.support import ACTIONS, process
from tests.codegen.test_build import ENTRY, Copy

MANY = 200
LOOP = "n = 0\nfor i in range(10_000_000): n += i & 7"


def many_actions() -> str:
    head, begin, all_entries = (ACTIONS.read_text(encoding="utf-8").rstrip() + "\n\n").partition("\nactions:\n")
    entries = re.split(r"^(?=  \w+:\n)", all_entries, flags=re.MULTILINE)[1:]
    # Its check is in a file with the checks of actions of another spec.
    shared = next(number for number, entry in enumerate(entries) if entry.startswith("  seek_approval:"))
    entries[shared] = entries[shared].replace("    check: true\n", "")
    text = head + begin + "".join(entries)
    copied = [entry for entry in entries if "dispatch: engine" not in entry]  # the engine has a fixed set
    for number in range(len(entries), MANY):
        text += re.sub(r"^(  \w+):", rf"\1_{number}:", copied[number % len(copied)], count=1)
    return text


def seconds(work: Callable[[], object]) -> float:
    """The processor time of child processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def loop() -> None:
    subprocess.run([sys.executable, "-c", LOOP], check=True)


def test_making_200_actions(tmp_path: Path) -> None:
    spec = tmp_path / "many.yaml"
    spec.write_text(many_actions())
    out = tmp_path / "out"
    taken = min(seconds(lambda: process("--root", tmp_path, "--out", out, spec)) / seconds(loop) for _ in range(3))
    assert taken < 7  # 1.4 s on that processor
    assert len(list(out.glob("test_*.c"))) == MANY


@pytest.fixture
def large(tmp_path: Path) -> Copy:
    copy = Copy(tmp_path)
    copy.make(many_actions())
    assert len(copy.catalog()) == MANY
    return copy


def test_one_more(large: Copy) -> None:
    large.spec.write_text(large.spec.read_text() + ENTRY)
    assert seconds(large.catalog) / seconds(loop) < 12  # 2.4 s on that processor
    assert len(large.catalog()) == MANY + 1
