"""`make fuzz`: runs every fuzz target for a while, with a corpus kept in .run/corpus or $FUZZ_CORPUS.

    python3 -m zarf.dev.fuzz [--seconds N] [--seed N] [TARGET...]

The targets are those of tests/fuzz; one target for each action, action_NAME, which starts from the documents of its
generated test; and `specs`, which is Python. As many run in parallel as there are processors. A finding is stored in
.run/fuzz-TARGET-*; pass that file to the target's program to reproduce it. `specs` prints the seed of its finding.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from codegen import checker, test_cases
from codegen.json_values import json_text
from codegen.spec import Action
from zarf.dev import added, poll_answers
from zarf.dev.process import ROOT
from zarf.dev.terminal import green, progress, red

BUILD = added.build_folder("build-fuzz")
FOLDER = "tests/fuzz"
FUZZ = ROOT / FOLDER
KITCHEN = ROOT / "tests" / "codegen" / "kitchen"
PROCESSORS = os.cpu_count() or 1


@dataclass(frozen=True)
class Target:
    name: str
    folder: str = FOLDER  # the folder of its program within the build folder
    action: Action | None = None
    module: str = ""  # the module of a target in Python

    @property
    def in_spec(self) -> bool:
        """Whether it tests an action of spec/, not one of the generator's tests."""
        return self.action is not None and self.folder == FOLDER

    @property
    def program(self) -> str:
        return f"{self.folder}/fuzz_{self.name}"


def targets() -> dict[str, Target]:
    """Every target by its name."""
    found = [Target(source.stem.removeprefix("fuzz_")) for source in sorted(FUZZ.glob("fuzz_*.c"))]
    for specs, root, folder in ((added.SPECS, ROOT, FOLDER), ([KITCHEN], KITCHEN, "tests/codegen/kitchen")):
        spec = checker.load(checker.files_of(specs), root)
        found += [Target(f"action_{action.name}", folder, action) for action in spec.actions]
    found.append(Target("specs", module="tests.codegen.spec_fuzz"))
    return {target.name: target for target in found}


def build() -> bool:
    if not (ROOT / BUILD / "build.ninja").exists():
        options = [
            *added.options(),
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
    programs = [target.program for target in targets().values() if not target.module]
    return subprocess.run(["ninja", "-C", BUILD, *programs], cwd=ROOT, check=False).returncode == 0


def write_seeds(target: Target, folder: Path) -> Path:
    """Writes the seed inputs of the target; returns the folder that contains them."""
    folder.mkdir(parents=True, exist_ok=True)
    if target.action is not None:
        for number, (_, config) in enumerate(test_cases.documents(target.action)):
            (folder / f"{number}.json").write_text(json_text(config), encoding="utf-8")
    elif target.name == "takeover":
        for number in range(32):  # choices of a history, of its mutations, and of how its actions end
            (folder / str(number)).write_bytes(random.Random(number).randbytes(128))
    elif target.name == "poll":
        for name, data in poll_answers.seeds():
            (folder / name).write_bytes(data)
    elif (FUZZ / "seeds" / target.name).is_dir():
        return FUZZ / "seeds" / target.name
    return folder


def command_of(target: Target, seconds: int, seed: int | None) -> list[str | Path]:
    if target.module:
        first = [] if seed is None else ["--seed", str(seed)]
        return [sys.executable, "-m", target.module, "--seconds", str(seconds), *first]
    corpus = Path(os.environ.get("FUZZ_CORPUS") or ROOT / ".run" / "corpus") / target.name
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = write_seeds(target, ROOT / ".run" / "seeds" / target.name)
    options = [f"-seed={seed or 0}", f"-max_total_time={seconds}", "-print_final_stats=1", "-timeout=20"]
    return [
        ROOT / BUILD / target.program,
        *options,
        f"-artifact_prefix={ROOT / '.run'}/fuzz-{target.name}-",
        corpus,
        seeds,
    ]


def run(target: Target, seconds: int, seed: int | None) -> bool:
    progress(f"fuzzing {target.name} for {seconds} s")
    log = ROOT / ".run" / f"fuzz-{target.name}.log"
    with log.open("w") as output:
        done = subprocess.run(
            command_of(target, seconds, seed), cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    text = log.read_text(errors="replace")
    runs = next((line.split()[-1] for line in text.splitlines() if "number_of_executed_units" in line), "?")
    good = done.returncode == 0
    end = "" if good else f"  {log}\n" + "\n".join(text.splitlines()[-40:])
    print(f"{green('clean ') if good else red('FAILED')}  {target.name:<26} {runs:>9} inputs{end}", flush=True)
    return good


def fuzz(seconds: Callable[[Target], int], chosen: list[Target], seed: int | None) -> tuple[int, int]:
    """Runs each target for its time; returns how many targets were clean and how many were not. Without a seed, each
    call tries other inputs."""
    if not build():
        return 0, 1
    with ThreadPoolExecutor(PROCESSORS) as pool:
        results = list(pool.map(lambda target: run(target, seconds(target), seed), chosen))
    return sum(results), len(results) - sum(results)


def main() -> int:
    known = targets()
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--seed", type=int, help="repeats the inputs of a run on the same code")
    parser.add_argument("target", nargs="*", help=", ".join(known))
    options = parser.parse_args()
    unknown = sorted(set(options.target) - known.keys())
    if unknown:
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [known[name] for name in options.target or known]
    return 1 if fuzz(lambda _: options.seconds, chosen, options.seed)[1] else 0


if __name__ == "__main__":
    sys.exit(main())
