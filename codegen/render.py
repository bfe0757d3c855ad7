"""Fills the templates and writes what changed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2

from codegen import document, model, rule_schema, schema
from codegen.c_text import c_comment, c_string, c_text
from codegen.json_values import json_lines, json_text
from codegen.model import ActionModel
from codegen.spec import Spec
from codegen.test_cases import cases_of

TEMPLATES = Path(__file__).parent / "templates"

# The files for all actions together, and for each action. Tests are a separate part: the worker builds without them.
PARTS = ("code", "tests")
COMMON_FILES: dict[str, tuple[str, ...]] = {
    "code": ("registry.c", "rule_schema.c", "services.h", "services.c", "actions.md"),
    "tests": (),
}
TEMPLATES_OF_ACTION: dict[str, dict[str, str | None]] = {
    "code": {"{}.h": "action.h.j2", "{}.c": "action.c.j2", "{}.schema.json": None},
    "tests": {"test_{}.c": "test_action.c.j2", "fuzz_{}.c": "fuzz_action.c.j2"},
}


def files_of(part: str, actions: Iterable[str]) -> list[str]:
    """The names of the files of a part."""
    return [*COMMON_FILES[part], *(form.format(name) for name in actions for form in TEMPLATES_OF_ACTION[part])]


def environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"c_string": c_string, "c_text": c_text, "c_comment": c_comment}
    return made


def render(spec: Spec, parts: Iterable[str] = PARTS) -> dict[str, str]:
    """Every file by its name."""
    jinja = environment()
    actions = [model.build(spec, action) for action in spec.actions]
    wanted = list(parts)
    made: dict[str, str] = {}
    for action in actions:
        made |= _action(jinja, action, wanted)
    return made | (_common(jinja, spec, actions) if "code" in wanted else {})


def _common(jinja: jinja2.Environment, spec: Spec, actions: list[ActionModel]) -> dict[str, str]:
    files = document.files_of(spec)
    services: dict[str, Any] = {
        "services": [
            {
                "name": item.name,
                "type": item.type,
                "doc": item.doc,
                "constant": model.service_constant(item),
                "settings": f"SETTINGS_{item.settings.upper()}" if item.settings else "",
                "start": item.start,
                "stop": item.stop,
                "health": item.health,
            }
            for item in spec.services
        ],
    }
    made: dict[str, str] = {}
    made["registry.c"] = jinja.get_template("registry.c.j2").render(
        files=files,
        headers=sorted(["generated/services.h", *(f"generated/{action.name}.h" for action in actions)]),
        actions=actions,
        unavailable=spec.unavailable,
        **_tables(actions),
    )
    made["rule_schema.c"] = jinja.get_template("rule_schema.c.j2").render(
        files=files, rule_schema=json_lines(rule_schema.rule_schema(spec), 2) + "\n"
    )
    made["services.h"] = jinja.get_template("services.h.j2").render(
        files=files,
        headers=sorted({service.header for service in spec.services}),
        **services,
    )
    made["services.c"] = jinja.get_template("services.c.j2").render(files=files, **services)
    made["actions.md"] = document.markdown(spec)
    return made


def _tables(actions: list[ActionModel]) -> dict[str, Any]:
    """The tables of the registry; one serves both catalogs if every action is in the core."""
    core = [action for action in actions if action.spec.group == "core"]
    tables = [("all_actions", actions)] if actions else []
    core_table = "all_actions"
    if core and len(core) < len(actions):
        tables.append(("core_actions", core))
        core_table = "core_actions"
    return {
        "tables": tables,
        "all_table": "all_actions" if actions else "NULL",
        "all_count": len(actions),
        "core_table": core_table if core else "NULL",
        "core_count": len(core),
    }


def _action(jinja: jinja2.Environment, action: ActionModel, parts: list[str]) -> dict[str, str]:
    name = action.name
    values: dict[str, Any] = {
        "spec": action.spec,
        "name": name,
        "upper": action.upper,
        "enums": [*action.enums, action.output],
        "structs": action.structs,
        "services": action.services,
        "transaction": action.transaction,
        "headers": action.headers,
        "outputs": [output for output, _ in action.spec.outputs],
        "tables": action.tables,
        "pieces": action.pieces,
        "rules": action.rules,
        "relations": action.relations,
        "readers": action.readers,
        "writers": action.writers,
        "references": action.references,
        "deprecations": action.deprecations,
        "examples": [
            {"title": example.title, "config": json_text(example.config), "fault": example.fault}
            for example in action.spec.examples
        ],
    }
    if "code" in parts:
        values["documentation"] = document.terminal(action.spec)
        values["json_schema"] = json_lines(schema.published(action.spec), 2) + "\n"
    if "tests" in parts:
        values["tests"] = cases_of(action)
    return {
        form.format(name): jinja.get_template(template).render(values) if template else values["json_schema"]
        for part in parts
        for form, template in TEMPLATES_OF_ACTION[part].items()
    }


def write(made: dict[str, str], folder: Path) -> list[str]:
    """Writes the files whose text changed; returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in sorted(made.items()):
        path = folder / name
        data = text.encode()
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
            written.append(name)
    return written
