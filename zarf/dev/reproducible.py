"""`make reproducible`: builds the release binary twice and compares the bytes.

    python3 -m zarf.dev.reproducible [--jobs N]

The two builds match the image's, use no compiler cache, and differ in everything that must not matter: folders, time,
time zone, locale, umask, user name, hash seed of Python and number of jobs. The compiler, the libraries and the Python
packages are those of this machine, so only machines with the same versions build the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from zarf.dev.process import ROOT, StackError
from zarf.dev.terminal import bold, progress

REPORT_INTERVAL = 10  # seconds
BINARY = "src/cli/workflow-worker"
OPTIONS = ["--buildtype", "release", "-Dstatic_grpc=true", "-Dtests=false"]


def copy_sources(folder: Path) -> None:
    """Copies the files that git tracks or would add, and the tools in .tools."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
            target.chmod((ROOT / name).stat().st_mode & 0o777)
    (folder / ".tools").symlink_to(ROOT / ".tools")


def run(command: list[str], folder: Path, environment: Mapping[str, str], umask: int) -> None:
    """Runs a build and prints ninja's last line every few seconds."""
    lines: list[str] = []
    reported = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "CCACHE_DISABLE": "1", **environment},
        umask=umask,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        assert running.stdout
        for line in running.stdout:
            lines.append(line.rstrip())
            if time.monotonic() - reported >= REPORT_INTERVAL:
                reported = time.monotonic()
                progress(f"  {lines[-1]}")
    if running.returncode != 0:
        raise StackError(f"{' '.join(command)} in {folder} failed:\n" + "\n".join(lines[-30:]))


def build(folder: Path, output: Path, environment: Mapping[str, str], umask: int, jobs: int) -> Path:
    progress(f"building {folder} in {output}")
    folder.mkdir(parents=True)
    copy_sources(folder)
    run(["meson", "setup", str(output), *OPTIONS], folder, environment, umask)
    run(["ninja", "-C", str(output), f"-j{jobs}", BINARY], folder, environment, umask)
    binary = output / BINARY
    subprocess.run(["strip", binary], check=True)
    return binary


def first_difference(one: bytes, other: bytes) -> str:
    if len(one) != len(other):
        return f"{len(one)} and {len(other)} bytes"
    offset = next(i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
    around = slice(max(offset - 32, 0), offset + 32)
    return f"from byte {offset} on: {one[around]!r} and {other[around]!r}"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="reproducible", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="of the second build; the first has one more"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="workflow-worker-") as work:
        here = {"TZ": "UTC", "LC_ALL": "C", "USER": "one", "PYTHONHASHSEED": "1"}
        there = {"TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "USER": "other", "PYTHONHASHSEED": "2"}
        one_folder, other_folder = Path(work) / "a", Path(work) / "another folder" / "deeper"
        first = build(one_folder, one_folder / "build", here, 0o022, options.jobs + 1)
        second = build(other_folder, Path(work) / "output", there, 0o077, options.jobs)
        one, other = first.read_bytes(), second.read_bytes()
        if one != other:
            raise StackError(f"the two binaries differ: {first_difference(one, other)}")
    print(f"{bold('the same bytes twice')}: {len(one)} bytes, SHA-256 {hashlib.sha256(one).hexdigest()}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackError as fault:
        sys.exit(f"reproducible: {fault}")
    except KeyboardInterrupt:
        sys.exit(130)
