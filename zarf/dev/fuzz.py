"""`make fuzz`: every fuzz target for a while, from a corpus that is kept in .run/corpus.

    python3 -m zarf.dev.fuzz [--seconds N] [TARGET...]

A finding is left in .run/fuzz-TARGET-*; give that file to the target to see it again.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from zarf.dev.process import ROOT
from zarf.dev.say import green, progress, red

BUILD = "build-fuzz"


def build() -> bool:
    if not (ROOT / BUILD / "build.ninja").exists():
        options = [
            "-Db_sanitize=address,undefined",
            "-Db_lundef=false",
            "-Dfuzz=true",
            "-Dc_args=-fsanitize=fuzzer-no-link",
        ]
        made = subprocess.run(
            ["meson", "setup", BUILD, *options], cwd=ROOT, env={**os.environ, "CC": "clang"}, check=False
        )
        if made.returncode != 0:
            return False
    targets = [f"tests/fuzz/{source.stem}" for source in sorted((ROOT / "tests" / "fuzz").glob("fuzz_*.c"))]
    return subprocess.run(["ninja", "-C", BUILD, *targets], cwd=ROOT, check=False).returncode == 0


def targets() -> list[str]:
    return sorted(source.stem.removeprefix("fuzz_") for source in (ROOT / "tests" / "fuzz").glob("fuzz_*.c"))


def run(target: str, seconds: int) -> bool:
    corpus = ROOT / ".run" / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    log = ROOT / ".run" / f"fuzz-{target}.log"
    command: list[str | Path] = [ROOT / BUILD / "tests" / "fuzz" / f"fuzz_{target}", f"-max_total_time={seconds}"]
    command += ["-print_final_stats=1", "-timeout=20", f"-artifact_prefix={ROOT / '.run'}/fuzz-{target}-", corpus]
    with log.open("w") as output:
        done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)
    text = log.read_text(errors="replace")
    runs = next((line.split()[-1] for line in text.splitlines() if "number_of_executed_units" in line), "?")
    good = done.returncode == 0
    print(f"{green('clean ') if good else red('FAILED')}  {target:<10} {runs:>9} inputs" + ("" if good else f"  {log}"))
    if not good:
        print("\n".join(text.splitlines()[-40:]))
    return good


def fuzz(seconds: int, chosen: list[str]) -> tuple[int, int]:
    """How many targets were clean, and how many were not."""
    if not build():
        return 0, 1
    results = []
    for target in chosen:
        progress(f"fuzzing {target} for {seconds} s")
        results.append(run(target, seconds))
    return sum(results), len(results) - sum(results)


def main() -> int:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("target", nargs="*", help=", ".join(targets()))
    options = parser.parse_args()
    unknown = sorted(set(options.target) - set(targets()))
    if unknown:
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(targets())}")
    return 1 if fuzz(options.seconds, options.target or targets())[1] else 0


if __name__ == "__main__":
    sys.exit(main())
