"""The folder of actions outside of this repository that is also built, run and tested: ACTIONS=FOLDER of make."""

from __future__ import annotations

import os
from pathlib import Path

from zarf.dev.process import ROOT

ACTIONS = Path(os.environ["WORKER_ACTIONS"]) if os.environ.get("WORKER_ACTIONS") else None
# The folder that contains the build folders and .run.
HOME = ACTIONS or ROOT
SPECS = [folder / "spec" for folder in (ROOT, ACTIONS) if folder]


def build_folder(name: str) -> str:
    """The path of the build folder with this name."""
    return str(ACTIONS / name) if ACTIONS else name


def options() -> list[str]:
    """Options for `meson setup`."""
    return [f"-Dactions={ACTIONS}"] if ACTIONS else []
