"""The folder of actions outside of this repository that is built, run and tested too: ACTIONS=FOLDER of make."""

from __future__ import annotations

import os
from pathlib import Path

from zarf.dev.process import ROOT

ACTIONS = Path(os.environ["WORKER_ACTIONS"]) if os.environ.get("WORKER_ACTIONS") else None
# Where build folders and .run are.
HOME = ACTIONS or ROOT
SPECS = [folder / "spec" for folder in (ROOT, ACTIONS) if folder]


def build_folder(name: str) -> str:
    """A build folder, by its name as Meson wants it in the root."""
    return str(ACTIONS / name) if ACTIONS else name


def options() -> list[str]:
    """For `meson setup`."""
    return [f"-Dactions={ACTIONS}"] if ACTIONS else []
