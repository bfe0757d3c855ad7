"""Variants of an object by a tag: fields of type `variant`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from codegen import naming
from codegen.key_reader import Keys
from codegen.reader import Mapping, Scalar, kind_of
from codegen.spec import Bounds, Field, Texts

ReadFields = Callable[[Mapping], tuple[Field, ...]]


def read(keys: Keys, c_tag: str, read_fields: ReadFields) -> tuple[Field | None, tuple[Field, ...]]:
    """The field of the tag, an enum, and an object of fields for each of its values."""
    tag = keys.string("tag", required=True)
    node = keys.mapping("variants")
    if node is None and not keys.has("variants"):
        keys.miss("variants", "; each is a mapping of fields, which may be empty")
    if tag is not None and not naming.KEY.fullmatch(tag):
        keys.error(keys.mark_of("tag"), f"tag '{tag}' is not a valid key")
        tag = None
    if node is None or tag is None:
        return None, ()
    if len(node.entries) < 2:
        keys.error(node.mark, "'variants' must have two or more; for one, use an object with 'fields'")
    choice = choice_of(keys, tag, c_tag, tuple(key.text for key, _ in node.entries))
    found: list[Field] = []
    for key, value in node.entries:
        if not isinstance(value, Mapping):
            keys.error(value.mark, f"variant '{key.text}' must be a mapping of fields, this is {kind_of(value)}")
            continue
        fields = read_fields(value)
        for field in fields:
            if field.name.lower() == tag.lower() or tag.lower() in map(str.lower, field.aliases):
                keys.error(field.mark, f"'{field.name}' is the tag of the variants")
        found.append(variant_of(choice, key, c_tag, fields))
    check_names(keys, choice, found)
    return choice, tuple(found)


def choice_of(keys: Keys, tag: str, c_tag: str, values: tuple[str, ...]) -> Field:
    c_name = naming.c_name(tag)
    return Field(
        mark=keys.mark_of("tag"),
        name=tag,
        type="enum",
        doc="Which variant it is.",
        c_name=c_name,
        tag=f"{c_tag}_{c_name.strip('_')}",
        required=True,
        default=None,
        check_only=False,
        template=False,
        context_key=False,
        aliases=(),
        texts=Texts(),
        bounds=Bounds(),
        pattern=None,
        pieces=(),
        format=None,
        values=values,
        when=None,
        of=None,
        fields=None,
    )


def variant_of(choice: Field, key: Scalar, c_tag: str, fields: tuple[Field, ...]) -> Field:
    c_name = naming.c_name(key.text)
    tag = f"{c_tag}_{c_name.strip('_')}"
    return replace(
        choice, mark=key.mark, name=key.text, type="object", doc="", c_name=c_name, tag=tag, values=(), fields=fields
    )


def check_names(keys: Keys, choice: Field, variants: list[Field]) -> None:
    members: dict[str, str] = {}
    for variant in variants:
        if not naming.C_NAME.fullmatch(variant.c_name) or not naming.upper(variant.name):
            keys.error(variant.mark, f"variant '{variant.name}' has no letter for a name in C; rename it")
        other = members.setdefault(variant.c_name, variant.name)
        if other != variant.name:
            keys.error(variant.mark, f"variants '{other}' and '{variant.name}' are both '{variant.c_name}' in C")
    if choice.c_name == "as":
        keys.error(choice.mark, "tag 'as' is what the union of the variants is called in C; rename it")
    shared: dict[str, tuple[str, Field]] = {}
    for variant in variants:
        for field in variant.fields or ():
            first, like = shared.setdefault(field.name.lower(), (variant.name, field))
            if refers(field) != refers(like):
                said = f"'{field.name}' must refer to the context as it does in variant '{first}'"
                keys.error(field.mark, f"{said}: template and context_key")


def refers(field: Field) -> list[tuple[bool, bool, bool, bool, bool]]:
    """How a field and the fields in it refer to the context."""
    return [(one.template, one.late, one.typed, one.secret, one.context_key) for one in field.tree()]


def of_value(item: Field, value: object) -> Field | None:
    """The variant to which an object belongs."""
    name = value.get(item.choice.name) if isinstance(value, dict) and item.choice is not None else None
    return next((variant for variant in item.variants if variant.name == name), None)
