"""Lends another clone what `make setup` has installed in this one."""

from __future__ import annotations

import hashlib
from pathlib import Path

from zarf.dev.process import ROOT


def lend_python(root: Path) -> None:
    venv, ours = root / ".tools/venv", ROOT / ".tools/venv"
    venv.mkdir(parents=True)
    for part in ours.iterdir():
        if part.name != ".stamp":
            (venv / part.name).symlink_to(part)
    known = (root / "zarf/dev/requirements.txt").read_bytes() + f"{venv}\n".encode()
    (venv / ".stamp").write_text(f"{hashlib.sha256(known).hexdigest()}  -\n")


def lend_promtool(root: Path) -> None:
    (root / ".tools/promtool").symlink_to(ROOT / ".tools/promtool")
