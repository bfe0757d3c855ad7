"""Reads `context`: what an action reads of the context besides the names in its config."""

from __future__ import annotations

from codegen.fields import Fields
from codegen.json_values import Json
from codegen.key_reader import Keys
from codegen.reader import Mapping, Node, Scalar, Sequence, in_brackets, kind_of
from codegen.report import did_you_mean
from codegen.spec import ContextName, Field

TYPES = ("any", "boolean", "decimal", "integer", "list", "object", "string", "timestamp", "uuid")


def read(keys: Keys, fields: Fields, config: tuple[Field, ...]) -> tuple[ContextName, ...] | None:
    """The names that `context` lists; None means the whole context."""
    node = keys.take("context")
    if isinstance(node, Sequence):
        names = dict.fromkeys(name.text for name in keys.strings("context"))
        return tuple(ContextName(node.mark, name) for name in names)
    if isinstance(node, Mapping):
        return tuple(entry(keys, name, value, fields, config) for name, value in node.entries)
    if node is not None and not (isinstance(node, Scalar) and node.text in ("named", "all")):
        said = f"'context' must be named, all, a list of names or a mapping of them, this is {kind_of(node)}"
        keys.error(node.mark, said + in_brackets(node))
    return None if isinstance(node, Scalar) and node.text == "all" else ()


def entry(above: Keys, name: Scalar, node: Node, fields: Fields, config: tuple[Field, ...]) -> ContextName:
    what = f"{above.what}: 'context': '{name.text}'"
    if not isinstance(node, Mapping):
        above.report.error(node.mark, f"{what}: must be a mapping, like {{required: true}}, this is {kind_of(node)}")
        return ContextName(name.mark, name.text)
    keys = Keys(node, what, above.report, name.mark)
    kind = keys.choice("type", TYPES) or "any"
    required = bool(keys.boolean("required"))
    others = tuple(other.text for other in keys.strings("or"))
    by_name = {field.name: field for field in config}
    when = fields.when(keys, by_name, "there is no config field '{}'")
    by_default = when is None or value_without(by_name[when.field]) == when.value
    late = late_name(keys, config)
    if others and not required:
        keys.error(keys.mark_of("or"), "'or' names what may stand in for a required name; add 'required: true'")
    if keys.has("when") and keys.has("for"):
        keys.error(keys.mark_of("for"), "'for' and 'when' exclude each other")
    keys.close()
    return ContextName(name.mark, name.text, kind, required, when, by_default, late, others)


def value_without(field: Field) -> Json:
    """The value that a field has in a config that omits it."""
    return field.default if field.default is not None else False if field.type == "boolean" else ""


def late_name(keys: Keys, config: tuple[Field, ...]) -> str | None:
    """The name that the handler fills in and for which it reads the context."""
    late = keys.string("for")
    known = [name for field in config for part in field.tree() for name in part.late_names]
    if late is not None and late not in known:
        keys.error(keys.mark_of("for"), f"'for': no field has '{late}' in its 'late_names'{did_you_mean(late, known)}")
    return late
