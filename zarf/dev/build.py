"""`make build`: builds the worker and prints at most ten lines: the files written for new actions, notices of the lock,
and the program. Errors are printed in full.

    python3 -m zarf.dev.build [--jobs N] FOLDER [TARGET...]

The complete output is in FOLDER/build.log.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

from zarf.dev import added
from zarf.dev.process import ROOT
from zarf.dev.terminal import COLOURED, dim, red

PROGRAM = "src/cli/workflow-worker"
MOST_NOTICES = 8
NOTICE = re.compile(
    r": (written for (action|service) '\w+'; fill it in|run `make lock`: .*|not built: .*|needs the header of .*"
    r"|belongs to (action|service) .*)$"
)
# Build steps without information about a fault.
STEP = re.compile(
    r"^((ccache )?\S*(cc|clang) .* -c |\[\d+/\d+\]|ninja: |The Meson build system|Version: |Source dir: |Build dir: )"
)
FAULT = re.compile(r"\berror:|ERROR: |FAILED: |undefined reference")
COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")


class Build:
    """One build in a folder; its output goes into a log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "build.log"
        self.lines: list[str] = []

    def run(self, *command: str | Path) -> int:
        with subprocess.Popen(
            list(map(str, command)), cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, errors="replace",
        ) as process, self.log.open("a") as log:  # fmt: skip
            assert process.stdout
            for line in process.stdout:
                log.write(line)
                self.lines.append(line.rstrip("\n"))
                self.show_step(line.rstrip("\n"))
        self.show_step("")
        return process.returncode

    def show_step(self, line: str) -> None:
        """Shows the current step in one line if the output is a terminal."""
        if COLOURED and (line.startswith("[") or not line):
            print(f"\r\x1b[K{dim(line[:100])}", end="", flush=True)

    def notices(self) -> list[str]:
        """The notices. Each names its file by the path below the folder of the actions."""
        found = (line.removeprefix(f"{added.HOME}/") for line in map(plain, self.lines) if NOTICE.search(line))
        return list(dict.fromkeys(found))

    def faults(self) -> list[str]:
        """The output from the first fault on, without steps."""
        first = next((at for at, line in enumerate(self.lines) if FAULT.search(plain(line))), 0)
        return [line for line in self.lines[first:] if not STEP.match(plain(line))]


def plain(line: str) -> str:
    return COLOUR.sub("", line)


def build(name: str, jobs: str, targets: list[str]) -> Build | None:
    """Sets the folder up when it is new, and builds the targets. On failure prints the errors and returns None."""
    folder = ROOT / name
    made = Build(folder)
    made.log.unlink(missing_ok=True)
    code = 0
    if not (folder / "build.ninja").exists():
        code = made.run("meson", "setup", folder, *added.options())
    if code == 0:
        code = made.run("ninja", "-C", folder, *([f"-j{jobs}"] if jobs else []), *targets)
    if code == 0:
        return made
    print("\n".join(made.faults()), file=sys.stderr)
    print(red(f"not built; the whole output is in {made.log}"), file=sys.stderr)
    return None


def main() -> int:
    parser = argparse.ArgumentParser(prog="make build", description=__doc__)
    parser.add_argument("--jobs", default="")
    parser.add_argument("folder")
    parser.add_argument("target", nargs="*", default=[PROGRAM])
    options = parser.parse_args()
    began = time.monotonic()
    made = build(options.folder, options.jobs, options.target)
    if made is None:
        return 1
    notices = made.notices()
    for line in notices[:MOST_NOTICES]:
        print(line)
    if len(notices) > MOST_NOTICES:
        print(f"and {len(notices) - MOST_NOTICES} more of these in {made.log}")
    folder = options.folder.removeprefix(f"{added.HOME}/")
    print(f"{folder}/{options.target[0]}: built in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
