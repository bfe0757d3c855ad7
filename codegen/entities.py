"""Generates the table of the ERP's entities from spec/entities.yaml. `validate` finds the fields of a trigger in it."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if not __package__:  # Meson runs this file by path
    sys.path[0] = str(ROOT)

from codegen import render  # noqa: E402
from codegen.reader import Mapping, Node, Scalar, kind_of, read  # noqa: E402
from codegen.report import Mark, Report, SpecError, all_of, did_you_mean  # noqa: E402

FILE = "entities.yaml"  # in spec/; not a spec of actions
TYPES = ("any", "boolean", "decimal", "integer", "list", "string", "timestamp", "uuid")
TABLE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
COLUMN = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    may_be_null: bool


@dataclass(frozen=True)
class Entity:
    name: str
    columns: tuple[Column, ...]


def _column(table: str, name: Scalar, node: Node, report: Report) -> Column | None:
    what = f"{table}.{name.text}"
    if not COLUMN.fullmatch(name.text):
        report.error(name.mark, f"{what}: a column must consist of small letters, digits and _")
    if not isinstance(node, Scalar) or node.kind != "string":
        report.error(node.mark, f"{what}: must be a type, this is {kind_of(node)}")
        return None
    kind = node.text.removesuffix("?")
    if kind not in TYPES:
        known = all_of(TYPES)
        report.error(node.mark, f"{what}: unknown type '{kind}'{did_you_mean(kind, TYPES) or f'; there are {known}'}")
        return None
    return Column(name.text, kind, node.text.endswith("?"))


def _entity(name: Scalar, node: Node, report: Report) -> Entity:
    if not TABLE.fullmatch(name.text):
        report.error(name.mark, f"'{name.text}' must be a table like sales.orders")
    if not isinstance(node, Mapping) or not node.entries:
        report.error(node.mark, f"{name.text}: must be a mapping of columns and types, this is {kind_of(node)}")
        return Entity(name.text, ())
    columns = [_column(name.text, column, kind, report) for column, kind in node.entries]
    return Entity(name.text, tuple(column for column in columns if column is not None))


def load(path: Path, file: str = "") -> list[Entity]:
    """Reads the entities. Raises SpecError, which holds every fault."""
    report = Report()
    node = read(path.read_bytes(), file or path.name, report)
    found: list[Entity] = []
    if isinstance(node, Mapping):
        found = [_entity(name, columns, report) for name, columns in node.entries]
    elif not report:
        report.error(Mark(file or path.name, 1, 1), "must be a mapping of tables")
    if report:
        raise SpecError(report)
    return found


def table(entities: list[Entity], file: str) -> str:
    return render.environment().get_template("entities.c.j2").render(file=file, entities=entities)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="entities", description="Generates C from a list of entities.")
    parser.add_argument("spec", type=Path, metavar="SPEC")
    parser.add_argument("--table", type=Path, metavar="FILE", required=True)
    options = parser.parse_args(arguments)
    file = f"spec/{options.spec.name}"
    try:
        entities = load(options.spec, file)
    except SpecError as fault:
        print(fault, file=sys.stderr)
        return 1
    render.write({options.table.name: table(entities, file)}, options.table.parent)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
