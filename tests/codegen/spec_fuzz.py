"""Makes specs from good and bad ones by omitting, repeating, moving and mixing their parts. Each is read, or refused
with faults that have a place and a message. No other kind of exception may occur.

    python -m tests.codegen.spec_fuzz [--seconds N] [--seed N]

Prints the number of specs, and the first one that ends in another way, with its seed: `--seconds 0 --seed N` makes it
again.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from codegen import checker, render
from codegen.report import SpecError
from tests.codegen.support import BAD, HERE, ROOT, SMALL

FAULT = re.compile(r"spec\.yaml:\d+:\d+: error: .+")
GOOD = [*SMALL.values(), *sorted((HERE / "features").glob("*.yaml")), *sorted((ROOT / "spec").glob("[!s]*.yaml"))]
LARGEST = 20_000  # bytes of a spec, so that each takes milliseconds
WORDS = ["~", "null", "true", "0", "-1", "1e999", "[]", "{}", "''", '"\\u0000"', "!ref x", "&a", "*a", "|", ">", "- "]
WORDS += ["? ", "<<", "map", "list", "object", "string", "template: true", "9" * 400, "{" * 70, "[" * 70]
WORDS += ["\u202e", "\u2028", "\t", "\x00"]


def pieces() -> list[str]:
    """The specs from which others are made, with as many good ones as bad ones."""
    paths = [*BAD, *GOOD * (len(BAD) // len(GOOD))]
    return [text for path in paths if len(text := path.read_text(encoding="utf-8")) < LARGEST]


def _drop(lines: list[str], chance: random.Random, _: list[str]) -> None:
    at = chance.randrange(len(lines))
    del lines[at : at + chance.randint(1, 3)]


def _repeat(lines: list[str], chance: random.Random, _: list[str]) -> None:
    at = chance.randrange(len(lines))
    lines[at:at] = lines[at : at + chance.randint(1, 4)]


def _move(lines: list[str], chance: random.Random, _: list[str]) -> None:
    lines.insert(chance.randrange(len(lines)), lines.pop(chance.randrange(len(lines))))


def _indent(lines: list[str], chance: random.Random, _: list[str]) -> None:
    at = chance.randrange(len(lines))
    lines[at] = chance.choice(["  ", "    ", " "]) + lines[at] if chance.random() < 0.5 else lines[at][2:]


def _mix(lines: list[str], chance: random.Random, known: list[str]) -> None:
    other = chance.choice(known).splitlines(keepends=True)
    start = chance.randrange(len(other))
    at = chance.randrange(len(lines))
    lines[at:at] = other[start : start + chance.randint(1, 6)]


def _value(lines: list[str], chance: random.Random, _: list[str]) -> None:
    """Replaces the value behind a colon."""
    at = chance.randrange(len(lines))
    key, colon, _rest = lines[at].partition(": ")
    lines[at] = f"{key}{colon}{chance.choice(WORDS)}\n"


def _word(lines: list[str], chance: random.Random, _: list[str]) -> None:
    """Replaces a word with another one."""
    at = chance.randrange(len(lines))
    words = re.split(r"(\W+)", lines[at])
    words[chance.randrange(len(words))] = chance.choice(WORDS)
    lines[at] = "".join(words)


def _byte(lines: list[str], chance: random.Random, _: list[str]) -> None:
    at = chance.randrange(len(lines))
    place = chance.randint(0, len(lines[at]))
    lines[at] = (
        lines[at][:place] + chr(chance.choice([chance.randrange(128), 0xE9, 0xFEFF, 0x10FFFF])) + lines[at][place:]
    )


CHANGES: list[Callable[[list[str], random.Random, list[str]], None]] = [
    _drop, _repeat, _move, _indent, _mix, _value, _value, _word, _word, _byte,
]  # fmt: skip


def made(seed: int, known: list[str]) -> bytes:
    """The spec of a seed: always the same."""
    chance = random.Random(seed)
    lines = chance.choice(known).splitlines(keepends=True)
    for _ in range(chance.randint(1, 6)):
        if lines:
            chance.choice(CHANGES)(lines, chance, known)
    data = "".join(lines).encode("utf-8", "surrogatepass")[:LARGEST]
    if chance.random() < 0.05:
        data = data[: chance.randint(0, len(data))] + bytes([chance.randrange(256)])
    return data


def problem(data: bytes, folder: Path) -> str | None:
    """The fault in the way this spec is read; None if it has no fault."""
    path = folder / "spec.yaml"
    path.write_bytes(data)
    try:
        spec = checker.load([path], folder)
    except SpecError as fault:
        lines = fault.report.lines()
        wrong = [line for line in lines if not FAULT.fullmatch(line)]
        return None if lines and not wrong else f"faults without a place or words: {wrong or 'none at all'}"
    except Exception:
        return traceback.format_exc()
    try:
        render.render(spec, render.PARTS)
    except Exception:
        return f"the spec is good, but cannot be rendered:\n{traceback.format_exc()}"
    return None


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="spec_fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, help="of the first spec")
    options = parser.parse_args(arguments)
    known = pieces()
    seed = options.seed if options.seed is not None else time.time_ns() // 1_000_000
    end = time.monotonic() + options.seconds
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        while count == 0 or time.monotonic() < end:
            data = made(seed + count, known)
            found = problem(data, Path(folder))
            count += 1
            if found is not None:
                print(f"seed {seed + count - 1}:\n{found}\n{data.decode('utf-8', 'replace')}")
                return 1
    print(f"number_of_executed_units: {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
