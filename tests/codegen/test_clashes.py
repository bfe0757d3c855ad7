"""Names of C: those that are taken are known, and so are those that are made."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from codegen import clashes, render, settings, taken
from codegen.spec import Action
from tests.codegen import c_library
from tests.codegen.support import GOOD, ROOT, load

COMMENT = re.compile(r"/\*.*?\*/|\"(?:\\.|[^\"\\])*\"", re.DOTALL)
DECLARED = re.compile(r"^\s+(?:const )?(?:struct |enum )?\w+ \*?(\w+)(?: =|;|\[)", re.MULTILINE)
FUNCTION = re.compile(r"^\w[^\n(;]*\(([^{;]*)\)\n\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)


# Names that what is made uses for something, and that an action may have all the same.
_FREE = "before choice count data element encoder field items json list object out path place root size written"
FREE = _FREE.split()
FREE_ENTRY = """
  {name}:
    summary: Is called so.
    group: core
    effects: pure
    config:
      read_{name}: {{type: enum, values: [rule, names], doc: Its rule is called like a function.}}
      {name}: {{type: object, doc: Has its name., fields: {{rule: {{type: string, one_of: [a], doc: Another rule.}}}}}}
      {name}_rule: {{type: list, of: {{type: enum, values: [a, b]}}, doc: Its reader is called like a rule.}}
    result: {{{name}: {{type: list, doc: Has its name., of: {{type: string}}}}}}
    examples: [{{title: One, config: {{}}}}]
"""


def write_settings(folder: Path) -> None:
    """The header that is made of spec/settings.yaml."""
    (folder / "base").mkdir()
    values = settings.header(settings.load(ROOT / "spec/settings.yaml", alone=True))
    (folder / "settings/settings_values.h").write_text(values)


def test_what_the_checker_lets_pass_compiles(tmp_path: Path) -> None:
    spec = tmp_path / "free.yaml"
    spec.write_text("spec_version: 1\nactions:" + "".join(FREE_ENTRY.format(name=name) for name in FREE))
    loaded = load(spec)
    assert len(loaded.actions) == len(FREE)
    render.write(render.render(loaded, ["code"]), tmp_path / "generated")
    write_settings(tmp_path)
    body = render.environment().get_template("body.c.j2")
    for action in loaded.actions:
        (tmp_path / f"generated/body_{action.name}.c").write_text(body.render(action=action))
    files = sorted(map(str, (tmp_path / "generated").glob("*.c")))
    options = ["-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-fsyntax-only"]
    command = ["gcc", *options, f"-I{ROOT / 'src'}", f"-I{tmp_path}", *files]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_names_of_the_c_library_are_those_of_this_machine(tmp_path: Path) -> None:
    listed = {part.partition("]")[0]: set(part.split()[1:]) for part in taken.FILE.read_text().split("\n[")[1:]}
    missing = {section: names - listed[section] for section, names in c_library.found(tmp_path).items()}
    advice = "`python -m tests.codegen.c_library` adds them"
    assert missing == {section: set() for section in listed}, advice


def test_names_of_our_own_headers_are_those_that_the_compiler_sees(tmp_path: Path) -> None:
    folders = ("src/base", "src/settings", "src/action", "src/postgres", "src/smtp", "src/erp")
    headers = [path for folder in folders for path in sorted((ROOT / folder).glob("*.h"))]
    write_settings(tmp_path)
    (tmp_path / "all.c").write_text("".join(f'#include "{path}"\n' for path in headers))
    flags = subprocess.run(["pkg-config", "--cflags", "libpq"], text=True, capture_output=True, check=True).stdout
    command = ["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-S", "-o", "/dev/null", "-aux-info", str(tmp_path / "prototypes")]
    command += [f"-I{ROOT / 'src'}", f"-I{tmp_path}", *flags.split(), str(tmp_path / "all.c")]
    subprocess.run(command, check=True)
    prototypes = [line for line in (tmp_path / "prototypes").read_text().splitlines() if f"{ROOT}/src/" in line]
    functions = {name for line in prototypes for name in re.findall(r"(\w+) \(", line)[:1]}
    own = {name for name, owner in taken.names().ordinary.items() if owner.startswith(folders)}
    assert len(functions) > 200
    assert functions - own == set()
    others = own - functions
    assert {"action_catalog_all", "STATUS_OK", "JSON_NULL", "ERROR_IN"} <= others  # an object, constants, a macro
    said = [line for path in headers for line in path.open() if line.startswith(("extern", "typedef", "#define"))]
    words = {word for line in said for word in re.findall(r"\w+", line)}
    assert {name for name in others if not name.isupper()} <= words


@pytest.mark.parametrize("name", GOOD)
def test_what_is_made_is_called_as_the_checker_thinks(name: str) -> None:
    spec = load(GOOD[name])
    made = render.render(spec)
    for action in spec.actions:
        fields = [field for part in (action.config, action.result) for _, field in clashes.tagged(part)]
        ordinary = {*clashes.symbols(action.name), *clashes.output_constants(action)}
        ordinary |= {constant for field in fields for constant in clashes.field_constants(action, field)}
        tags = {f"{action.name}_{part}" for part in clashes.STRUCTS} | {
            f"{action.name}_{field.tag}" for field in fields
        }

        header = COMMENT.sub("", made[f"{action.name}.h"])
        assert set(re.findall(r"^(?:struct|enum) (\w+) \{", header, re.MULTILINE)) == tags
        assert {*re.findall(r"^    ([A-Z]\w+),", header, re.MULTILINE), *re.findall(r"#define (\w+)", header)} == {
            symbol for symbol in ordinary if symbol.isupper() or symbol.startswith("GENERATED_")
        }
        called = set(re.findall(r"^(?:extern )?(?:\w+ )*\*?(?:const )?(\w+)(?:\(|\[)", header, re.MULTILINE))
        assert called <= ordinary
        assert {action.name, *(f"{action.name}_{part}" for part in clashes.FUNCTIONS)} <= called

        private = re.findall(r"^static \w+ (?:\w+ )?(\w+)\(", made[f"{action.name}.c"], re.MULTILINE)
        assert set(private) == set(clashes.private_functions(action))
    services = COMMENT.sub("", made["services.h"])
    assert set(re.findall(r"\b(services_\w+)\(", services)) <= set(clashes.COMMON)
    assert set(re.findall(r"^(?:struct|enum) (\w+) \{", services, re.MULTILINE)) <= set(clashes.COMMON_TAGS)


def variables(code: str, called: str) -> set[str]:
    """What functions that call a function have of their own."""
    found: set[str] = set()
    for arguments, body in FUNCTION.findall(COMMENT.sub('""', code)):
        if re.search(rf"\b{called}\(", body):
            found |= set(re.findall(r"(\w+)(?:,|$)", arguments)) | set(DECLARED.findall(body))
    return found


PRIVATE = re.compile(r"^static (?:const )?(?:struct |enum )?\w+ \*?(?:const )?(\w+)(?:\(|\[)", re.MULTILINE)
OF_FIELDS = re.compile(r"\w+_(rule|values|pieces|names)(_\d+)?")  # made so that they do not clash


def around(action: Action, made: dict[str, str]) -> set[str]:
    """What the files of an action have besides what is called after it, or after its fields."""
    bodies = [render.environment().get_template(name).render(action=action) for name in ("body.c.j2", "body_test.c.j2")]
    texts = [made[form.format(action.name) + ".c"] for form in clashes.FILES] + bodies
    names = {
        name for text in texts for name in PRIVATE.findall(COMMENT.sub('""', text)) if not OF_FIELDS.fullmatch(name)
    }
    found = names | {word for text in texts for word in variables(text, action.name)}
    return found - {*clashes.private_functions(action), action.name, "does_what_it_is_for"}


def test_what_stands_around_a_call_of_an_action_is_known() -> None:
    found = {"read_config", "write_result"}
    for path in GOOD.values():
        spec = load(path)
        made = render.render(spec)
        found |= {word for action in spec.actions for word in around(action, made)}
    assert found == clashes.AROUND_ACTION


def test_what_stands_around_a_call_of_a_service_is_known() -> None:
    code = render.render(load(GOOD["bell"]))["services.c"]
    found = set().union(*(variables(code, f"tower_{verb}") for verb in ("start", "stop", "health")))
    assert found <= clashes.AROUND_SERVICE
    assert {"settings", "needs", "services", "error", "status"} <= found
