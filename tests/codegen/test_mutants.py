"""Generated tests notice a wrong decoder: each mutant of a decoder must fail the test that was generated with it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from codegen import render, settings
from tests.codegen.support import ROOT, load

SPEC = """
spec_version: 1
actions:
  weigh:
    summary: Has of every decision that a decoder takes at least one.
    group: core
    effects: read
    config:
      text: {type: string, default: salt, doc: Has a default.}
      count: {type: integer, default: 4, min: -2, max: 9, aliases: [amount, old-count], doc: Has older names.}
      share: {type: number, min: 0.5, doc: Has a flag.}
      exact: {type: decimal, default: 1.50, max: 99.5, template: true, doc: Is exact.}
      code: {type: string, pattern: "^[A-F]{2,3}-[0-9]*[^0-9A-Z]?$", doc: Has a form.}
      note: {type: string, min_length: 2, max_length: 5, template: true, aliases: [remark], doc: Has a length.}
      flag: {type: boolean, default: true, doc: Is a switch.}
      open: {type: boolean, aliases: [ajar], doc: Has a flag.}
      colour: {type: enum, values: [red, green, blue], default: green, doc: Is one of three.}
      kind: {type: enum, values: [a, b], required: true, strict: check, doc: Or another.}
      size: {type: enum, values: [small, large], texts: {invalid: "no size {value}"}, doc: Or none.}
      id: {type: uuid, required: true, aliases: [key], texts: {missing: no id}, doc: Must be there.}
      at: {type: timestamp, required: true, strict: check, doc: Must be saved.}
      lasting: {type: duration, doc: Has a flag.}
      one: {type: string, one_of: [x, y], doc: Is one of two.}
      form: {type: string, format: uuid, doc: Is a text.}
      hue: {type: integer, required: true, when: {colour: red}, doc: Only with red.}
      tags: {type: list, min_items: 1, max_items: 3, of: {type: string, max_length: 4, strict: check}, doc: Are short.}
      place:
        type: object
        aliases: [where]
        some_of: [xs, ys]
        doc: Has members.
        fields:
          xs: {type: list, of: {type: integer}, doc: Some.}
          ys: {type: list, required: true, of: {type: enum, values: [low, high], name: height}, doc: Must hold some.}
      rates:
        type: map
        min_items: 2
        max_items: 3
        key_pattern: "^[a-z]{2,3}[0-9]*$"
        doc: Have names.
        of: {type: number, min: 0.25, texts: {invalid: "rate {key}"}}
      marks:
        type: map
        required: true
        strict: check
        key_pattern: "^[a-c]$"
        texts: {key: "no mark {key}"}
        doc: Must hold some.
        of: {type: scalar}
      free: {type: object, doc: Anything.}
      any: {type: any, aliases: [all], doc: Anything at all.}
      sort:
        type: variant
        tag: by
        doc: Is of two kinds.
        variants:
          name: {text: {type: string, required: true, max_length: 4, doc: Is short.}}
          rank: {from: {type: integer, default: 2, doc: Has a default.}, to: {type: integer, doc: Has a flag.}}
      token: {type: string, secret: true, template: late, doc: Is a secret.}
      page: {type: string, format: url, doc: Is a URL.}
      pause: {type: duration, min: 5m, max: 2h, default: 6m, doc: Is bounded.}
      until: {type: timestamp, max: "2027-01-01T00:00:00Z", strict: check, doc: Is bounded too.}
      span: {type: duration, default: 3h, doc: Is long.}
    rules:
      - {field: token, requires: [page, free]}
      - {field: free, excludes: [form], text: no form}
      - {at_least_one_of: [page, any], strict: check}
      - {compare: pause <= span, text: too long}
    examples:
      - title: Least
        config: {id: 5cf37266-3473-4006-984f-9325122678b7, kind: a, at: "2026-02-10T21:18:31Z", marks: {a: 1}, any: 1}
"""
BODY = """
#include "generated/weigh.h"
enum action_outcome handle_weigh(struct action_call *call, const struct weigh_services *services,
                          const struct weigh_config *config, struct weigh_result *result)
{
    (void)call, (void)services, (void)config, (void)result;
    return ACTION_OUTCOME_DONE;
}
"""
OPTIONS = ["-std=gnu17", "-D_GNU_SOURCE", "-O0", "-w"]


ROW = r'\{"[^"]*", (?:[0-9]+|SIZE_MAX), (?:[0-9]+|SIZE_MAX), (?:true|false)\}'
# What is changed, at each of its places in turn, and the replacement.
CHANGES: tuple[tuple[str, str], ...] = (
    (r"^    \.\w+ = .*,\n", ""),  # of a rule
    (r"^        \.\w+ = .*,\n", ""),  # a member of a rule across fields
    (r"&rule_\w+, (?=.*NULL\})", ""),  # the rules of the fields
    (r"^    case \w+: .*\n", ""),  # a variant
    (r"^    out->\w+ = .*;\n", ""),  # a default
    (r"out->has_\w+ = (?=decode)", ""),
    (r"^ *out->has_\w+ = true;\n", ""),
    (r'"(amount|old-count|remark|ajar|key|where|all|xs|ys)", ', ""),  # one of several names
    (r"out->colour == \w+ && ", ""),
    (rf"{ROW},? ?", ""),
    (r'(?<=", )[0-9]+(?=, (?:[0-9]+|SIZE_MAX), (?:true|false)\})', "9"),
    (r"(?:[0-9]+|SIZE_MAX)(?=, (?:true|false)\})", "3"),
    (r"(?<=, )true(?=\})", "false"),
    (r'(?<=\{")[^"](?=[^"])', "!"),  # the first character of a run
    (r'[^"](?=", [0-9]+, (?:[0-9]+|SIZE_MAX), )', "~"),  # the last character of a run
)


def mutants(code: str) -> Iterator[tuple[str, str]]:
    """The changes, each with the changed text."""
    decoder, rest = code.split("bool weigh_config_read", 1)
    for pattern, other in CHANGES:
        for match in re.finditer(pattern, decoder, re.MULTILINE):
            changed = decoder[: match.start()] + other + decoder[match.end() :]
            if changed != decoder:
                line = decoder.count("\n", 0, match.start()) + 1
                yield f"line {line}: {match.group()!r} -> {other!r}", f"{changed}bool weigh_config_read{rest}"


class Bench:
    """The folder in which a decoder is built with its test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        spec = folder / "weigh.yaml"
        spec.write_text(SPEC)
        render.write(render.render(load(spec)), folder / "generated")
        (folder / "settings").mkdir()
        values = settings.header(settings.load(ROOT / "spec/settings.yaml"))
        (folder / "settings/settings_values.h").write_text(values)
        (folder / "body.c").write_text(BODY)
        self.includes = [f"-I{path}" for path in (folder, ROOT / "src", ROOT / "tests")]
        self.code = (folder / "generated/weigh.c").read_text()
        ours = [path for room in ("base", "action") for path in sorted((ROOT / "src" / room).glob("*.c"))]
        ours = [path for path in ours if not path.name.startswith("settings")]
        ours += [folder / "generated/test_weigh.c", folder / "body.c", ROOT / "tests/codegen/generated_support.c"]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            self.objects = list(pool.map(self.compile, ours))

    def compile(self, source: Path) -> Path:
        target = self.folder / f"{source.stem}.o"
        subprocess.run(["gcc", *OPTIONS, *self.includes, "-c", source, "-o", target], check=True)
        return target

    def passes(self, name: str, code: str) -> bool:
        """Whether the test of such a decoder passes."""
        source = self.folder / f"{name}.c"
        source.write_text(code)
        program = self.folder / name
        objects = [self.compile(source), *self.objects]
        subprocess.run(
            ["gcc", *objects, "-o", program, "-lcriterion", "-lcjson", "-lcrypto", "-lutf8proc", "-lm"], check=True
        )
        return subprocess.run([program, "--fail-fast", "-j1"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("mutants"))


def test_a_right_decoder_passes(bench: Bench) -> None:
    assert bench.passes("right", bench.code)


def test_no_wrong_decoder_passes(bench: Bench) -> None:
    made = list(mutants(bench.code))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        passing = pool.map(lambda pair: bench.passes(f"mutant_{pair[0]}", pair[1][1]), enumerate(made))
        alive = [title for (title, _), passed in zip(made, passing, strict=True) if passed]
    assert not alive, "\n".join(alive)
    assert len(made) > 100
