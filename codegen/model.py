"""The parts of the C code for an action. This module makes all decisions; the templates only write them out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from codegen import naming
from codegen.c_text import c_string, c_text
from codegen.field_grammar import COLLECTIONS
from codegen.json_values import Json, Number, duration_ms, json_text
from codegen.pattern import Piece
from codegen.spec import Action, Field, Relation, Service, Spec, Transaction, When

# The C type of each type, and the function that reads a value.
SIMPLE = {
    "string": ("struct text", "decode_text"),
    "integer": ("int64_t", "decode_integer"),
    "number": ("double", "decode_number"),
    "decimal": ("struct text", "decode_decimal"),
    "boolean": ("bool", "decode_boolean"),
    "uuid": ("struct uuid", "decode_uuid"),
    "timestamp": ("int64_t", "decode_timestamp"),
    "duration": ("int64_t", "decode_duration"),
}
SECRET = ("struct secret_text", "decode_secret")
UNITS = {
    "timestamp": "Microseconds since 1970, UTC.",
    "duration": "Milliseconds.",
    "decimal": "An exact decimal number.",
}
EMPTY = {"list": "JSON_ARRAY", "map": "JSON_OBJECT"}  # these count as absent; for other types an empty text
# Types whose value shows whether the field is absent.
SELF_EVIDENT = ("string", "decimal", "scalar", "any", "list", "map")
# Types that stay JSON.
JSON_TYPES = ("scalar", "any")


@dataclass(frozen=True)
class Constant:
    name: str
    text: str


@dataclass(frozen=True)
class Enum:
    tag: str
    comment: str
    constants: tuple[Constant, ...]
    other: str | None  # the constant for any other text
    table: str  # the table of its texts


@dataclass(frozen=True)
class Member:
    name: str
    type: str
    comment: str
    flag: str | None  # has_NAME, where the value does not show absence


@dataclass(frozen=True)
class Struct:
    tag: str
    comment: str
    members: tuple[Member, ...]
    union: tuple[Member, ...] = ()  # the members of the union behind `members`; one of them is in use


@dataclass(frozen=True)
class StringTable:
    name: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class PieceTable:
    name: str
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    name: str
    settings: tuple[tuple[str, str], ...]  # member, C expression


@dataclass(frozen=True)
class RelationTable:
    """Rules across the fields of one object, each as members and C expressions."""

    name: str
    rows: tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True)
class Step:
    """Reads, or writes, one member."""

    kind: str  # call | choice | any | any_object | object | list
    member: str
    key: str
    rule: str
    condition: str  # C expression, '' without a condition
    function: str  # reader or writer
    type: str  # C type of the member
    flag: str | None
    present: str  # C expression, '' if always present (in a result)
    table: str  # names of an enum
    key_member: str = ""  # the member of the config that holds the key
    suffix: str = ""  # what follows in the key


@dataclass(frozen=True)
class ObjectFunction:
    name: str
    tag: str
    steps: tuple[Step, ...]
    initial: tuple[tuple[str, str], ...]  # members that are not zero if absent
    relations: str = ""  # the table of rules across its fields
    cases: tuple[tuple[str, str, str], ...] = ()  # of a variant with fields: constant, reader, member

    @property
    def named_by_config(self) -> bool:
        """Whether the config names one of the keys of the object."""
        return any(step.key_member for step in self.steps)


@dataclass(frozen=True)
class ListFunction:
    name: str
    tag: str
    item: str
    step: Step
    entries: bool  # of a map: each item has a key and a value


@dataclass(frozen=True)
class NeededService:
    """A service that a handler needs."""

    name: str
    type: str
    constant: str
    in_transaction: bool  # the handler gets a session of an open transaction
    whole_type: str  # of the service itself


@dataclass
class ActionModel:
    spec: Action
    name: str
    upper: str
    enums: list[Enum] = field(default_factory=list)
    structs: list[Struct] = field(default_factory=list)  # in the order that C needs
    tables: list[StringTable] = field(default_factory=list)
    pieces: list[PieceTable] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    relations: list[RelationTable] = field(default_factory=list)
    readers: list[ObjectFunction | ListFunction] = field(default_factory=list)
    writers: list[ObjectFunction | ListFunction] = field(default_factory=list)
    services: list[NeededService] = field(default_factory=list)
    transaction: Transaction | None = None  # in which the handler runs
    headers: list[str] = field(default_factory=list)
    output: Enum | None = None
    references: list[tuple[str, str]] = field(default_factory=list)  # path, kind
    deprecations: list[tuple[str, str]] = field(default_factory=list)  # path, what to use instead


def service_constant(service: Service) -> str:
    return f"SERVICE_{service.name.upper()}"


def constants_of(action: str, tag: str, values: tuple[str, ...]) -> tuple[Constant, ...]:
    return tuple(Constant(naming.constant(action, tag, value), value) for value in values)


def has_other(field_: Field) -> bool:
    """Whether the enum has a constant for any other text."""
    return field_.type == "enum" and field_.check_only


def is_other(item: Field) -> bool:
    """Whether that constant also stands for an absent field."""
    return has_other(item) and item.required and item.when is None


def flag_of(item: Field) -> str | None:
    """The member that shows whether a field of a config is present, if the value does not show it."""
    if item.default is not None or item.type in SELF_EVIDENT or (item.type == "object" and item.fields is None):
        return None
    if is_other(item) or (item.required and not item.check_only and item.when is None):
        return None
    return f"has_{item.c_name}"


def result_flag_of(item: Field) -> str | None:
    """The member that shows whether a field of a result is present, if the value does not show it."""
    plain = item.type in SELF_EVIDENT or (item.type == "object" and item.fields is None)
    return None if item.required or plain else f"has_{item.c_name}"


def type_of(action: Action, item: Field) -> str:
    """The C type of a member."""
    if item.type in JSON_TYPES or (item.type == "object" and item.fields is None):
        return "struct json_value"
    if item.secret:
        return SECRET[0]
    if item.type in SIMPLE:
        return SIMPLE[item.type][0]
    return f"{'enum' if item.type == 'enum' else 'struct'} {action.name}_{item.tag}"


def build(spec: Spec, action: Action) -> ActionModel:
    return _Builder(spec, action).build()


class _Builder:
    def __init__(self, spec: Spec, action: Action) -> None:
        self.services = {service.name: service for service in spec.services}
        self.action = action
        self.model = ActionModel(action, action.name, action.name.upper())
        self.taken: set[str] = set()

    def build(self) -> ActionModel:
        model, action = self.model, self.action
        needed = [self.services[name] for name in action.needs]
        model.services = [self.needed(service) for service in needed]
        model.headers = sorted({service.header for service in needed})
        if model.transaction is not None:
            model.headers = sorted({*model.headers, model.transaction.header})
        model.output = Enum(
            f"{action.name}_output",
            "The output of the action.",
            constants_of(action.name, "output", tuple(name for name, _ in action.outputs)),
            None,
            f"{action.name}_outputs",
        )
        self.reader(action.config, "config", "", action.name, action.relations)
        self.writer(action.result, "result", "")
        model.references = references(action.config)
        model.deprecations = deprecations(action.config)
        return model

    def needed(self, service: Service) -> NeededService:
        transaction = service.transaction if self.action.effects == "write" else None
        kind = service.type
        if transaction is not None:
            self.model.transaction = transaction
            kind = transaction.type
        return NeededService(service.name, kind, service_constant(service), transaction is not None, service.type)

    def unique(self, name: str) -> str:
        found, number = name, 2
        while found in self.taken:
            found, number = f"{name}_{number}", number + 1
        self.taken.add(found)
        return found

    def table(self, name: str, items: tuple[str, ...]) -> str:
        for table in self.model.tables:
            if table.items == items:
                return table.name
        found = self.unique(name)
        self.model.tables.append(StringTable(found, items))
        return found

    # Reading.

    def reader(
        self, fields: tuple[Field, ...], tag: str, prefix: str, doc: str, relations: tuple[Relation, ...]
    ) -> None:
        steps = tuple(self.read_step(item, prefix, {f.name: f for f in fields}) for item in fields)
        initial = tuple((item.c_name, self.initial(item)) for item in fields if self.initial(item))
        members = tuple(self.member(item) for item in fields)
        self.model.structs.append(Struct(f"{self.action.name}_{tag}", "" if tag == "config" else doc, members))
        table = self.relations(relations, fields, steps, tag)
        self.model.readers.append(ObjectFunction(f"read_{tag}", f"{self.action.name}_{tag}", steps, initial, table))

    def relations(
        self, relations: tuple[Relation, ...], fields: tuple[Field, ...], steps: tuple[Step, ...], tag: str
    ) -> str:
        """Adds the table of rules across fields; returns its name, '' without any."""
        if not relations:
            return ""
        by_name = {item.name: (item, step.rule) for item, step in zip(fields, steps, strict=True)}
        name = self.unique(f"relations_{tag}")
        rows = tuple(tuple(relation_settings(relation, by_name)) for relation in relations)
        self.model.relations.append(RelationTable(name, rows))
        return name

    def read_step(self, item: Field, prefix: str, siblings: dict[str, Field]) -> Step:
        path = prefix + item.c_name
        kind, type_, function = self.shape(item, path)
        rule = self.rule(item, path)
        condition = self.condition(item.when, siblings) if item.when else ""
        return Step(kind, item.c_name, item.name, rule, condition, function, type_, flag_of(item), "", "")

    def shape(self, item: Field, path: str) -> tuple[str, str, str]:
        """The kind of step, its C type and function. Inner types are built first."""
        tag = f"{self.action.name}_{item.tag}"
        match item.type:
            case "enum":
                self.enum(item, tag)
                return "choice", f"enum {tag}", "decode_choice"
            case "any":
                return "any", "struct json_value", ""
            case "scalar":
                return "call", "struct json_value", "decode_scalar"
            case "object" if item.fields is None:
                return "any_object", "struct json_value", "decode_any_object"
            case "object":
                assert item.fields is not None
                self.reader(item.fields, item.tag, path + "_", item.doc, item.relations)
                return "object", f"struct {tag}", f"read_{item.tag}"
            case "list" | "map":
                self.list_reader(item, path)
                return "list", f"struct {tag}", f"read_{item.tag}"
            case "variant":
                self.variant_reader(item, path)
                return "object", f"struct {tag}", f"read_{item.tag}"
        type_, function = SECRET if item.secret else SIMPLE[item.type]
        return "call", type_, function

    def variant_reader(self, item: Field, path: str) -> None:
        choice = item.choice
        assert choice is not None
        with_fields = [variant for variant in item.variants if variant.fields]
        for variant in with_fields:
            self.reader(variant.fields or (), variant.tag, f"{path}_{variant.c_name}_", "", ())
        step = self.read_step(choice, path + "_", {})
        constants = {
            constant.text: constant.name for constant in constants_of(self.action.name, choice.tag, choice.values)
        }
        cases = tuple((constants[variant.name], f"read_{variant.tag}", variant.c_name) for variant in with_fields)
        union = tuple(
            Member(variant.c_name, f"struct {self.action.name}_{variant.tag}", "", None) for variant in with_fields
        )
        tag = f"{self.action.name}_{item.tag}"
        self.model.structs.append(Struct(tag, item.doc, (self.member(choice),), union))
        self.model.readers.append(ObjectFunction(f"read_{item.tag}", tag, (step,), (), "", cases))

    def list_reader(self, item: Field, path: str) -> None:
        assert item.of is not None
        kind, type_, function = self.shape(item.of, path + "_item")
        rule = self.rule(item.of, path + "_item", element=True)
        element = self.list_struct(item, type_)
        step = Step(kind, "", "", rule, "", function, type_, None, "", "")
        tag = f"{self.action.name}_{item.tag}"
        self.model.readers.append(ListFunction(f"read_{item.tag}", tag, element, step, item.type == "map"))

    def list_struct(self, item: Field, type_: str) -> str:
        """Adds the struct of a list or map; returns the type of its items."""
        tag = f"{self.action.name}_{item.tag}"
        if item.type == "map":
            entry = f"{self.action.name}_{naming.entry(item.tag)}"
            pair = (Member("key", "struct text", "", None), Member("value", type_, "", None))
            self.model.structs.append(Struct(entry, "", pair))
            type_ = f"struct {entry}"
        members = (Member("items", f"const {type_} *", "", None), Member("count", "size_t", "", None))
        self.model.structs.append(Struct(tag, item.doc, members))
        return type_

    def enum(self, item: Field, tag: str) -> None:
        constants = constants_of(self.action.name, item.tag, item.values)
        other = naming.constant(self.action.name, item.tag, "other") if has_other(item) else None
        table = self.table(f"values_{item.tag}", item.values)
        self.model.enums.append(Enum(tag, item.doc, constants, other, table))

    def member(self, item: Field) -> Member:
        return Member(item.c_name, type_of(self.action, item), comment_of(item), flag_of(item))

    def initial(self, item: Field) -> str:
        """The C value of an absent member, '' for zero."""
        if item.default is None:
            return naming.constant(self.action.name, item.tag, "other") if is_other(item) else ""
        return self.literal(item, item.default)

    def literal(self, item: Field, value: Json) -> str:
        match value:
            case bool():
                return "true" if value else ""
            case Number():
                if item.type == "decimal":
                    return f"TEXT({c_string(value.plain)})"
                return c_number(item.type, value) if value.decimal != 0 else ""
            case str() if item.type == "enum":
                constants = constants_of(self.action.name, item.tag, item.values)
                name = next(constant.name for constant in constants if constant.text == value)
                return name if name != constants[0].name else ""
            case str() if item.type == "duration":
                milliseconds = duration_ms(value)
                return str(milliseconds) if milliseconds else ""
            case str():
                return f"TEXT({c_text(value)})"
        raise AssertionError(json_text(value))

    def condition(self, when: When, siblings: dict[str, Field]) -> str:
        other = siblings[when.field]
        member = f"->{other.c_name}"
        if isinstance(when.value, bool):
            # An absent boolean is false.
            return f"{'' if when.value else '!'}out{member}"
        if other.type == "string":
            return f"text_is(out{member}, {c_string(when.value)})"
        constants = constants_of(self.action.name, other.tag, other.values)
        name = next(constant.name for constant in constants if constant.text == when.value)
        flag = flag_of(other)
        present = f"out->{flag} && " if flag else ""
        return f"{present}out{member} == {name}"

    def rule(self, item: Field, path: str, element: bool = False) -> str:
        name = self.unique(f"rule_{path}")
        settings: list[tuple[str, str]] = [] if element else [("key", c_string(item.name))]
        if item.aliases:
            settings.append(("aliases", names_literal(item.aliases)))
        for member, text in (
            ("missing", item.texts.missing),
            ("invalid", item.texts.invalid),
            ("invalid_key", item.texts.key),
        ):
            if text is not None:
                settings.append((member, c_text(text)))
        for member, said in (
            ("required", item.required),
            ("check_only", item.check_only),
            ("templated", item.template_in_place),
        ):
            if said:
                settings.append((member, "true"))
        if item.empty is not None and not element:
            settings.append(("empty_is_absent", EMPTY.get(item.type, "JSON_STRING")))
        if item.nil_is_absent and not element:
            settings.append(("nil_is_absent", "true"))
        settings += self.value_settings(item, path)
        self.model.rules.append(Rule(name, tuple(settings)))
        return name

    def value_settings(self, item: Field, path: str) -> list[tuple[str, str]]:
        settings: list[tuple[str, str]] = []
        if item.some_of:
            settings.append(("some_of", names_literal(item.some_of)))
        if item.values:
            settings += [("values", self.table(f"values_{path}", item.values)), ("value_count", str(len(item.values)))]
        for text, pieces in ((item.pattern, item.pieces), (item.key_pattern, item.key_pieces)):
            if text is not None:
                settings += [("pieces", self.piece_table(pieces, path)), ("piece_count", str(len(pieces)))]
                if text == item.pattern or item.texts.key is None:  # otherwise no message shows the pattern
                    settings.append(("pattern", c_text(text)))
        if item.taken:
            settings.append(("taken", names_literal(item.taken)))
        if item.format is not None:
            settings.append(("format", f"FORMAT_{item.format.upper()}"))
        for member, bound in (("min", item.bounds.min), ("max", item.bounds.max)):
            if bound is not None:
                settings.append((member, c_string(bound)))
        for member, size in (("min_size", item.bounds.min_size), ("max_size", item.bounds.max_size)):
            if size:
                settings.append((member, str(size)))
        return settings

    def piece_table(self, pieces: tuple[Piece, ...], path: str) -> str:
        rows = tuple(
            f"{{{c_string(piece.pairs())}, {piece.minimum}, {'SIZE_MAX' if piece.maximum is None else piece.maximum},"
            f" {'true' if piece.inverted else 'false'}}}"
            for piece in pieces
        )
        for table in self.model.pieces:
            if table.rows == rows:
                return table.name
        name = self.unique(f"pieces_{path}")
        self.model.pieces.append(PieceTable(name, rows))
        return name

    # Writing.

    def writer(self, fields: tuple[Field, ...], tag: str, doc: str) -> None:
        steps = tuple(self.write_step(item) for item in fields)
        members = tuple(
            Member(item.c_name, type_of(self.action, item), comment_of(item), result_flag_of(item)) for item in fields
        )
        if tag == "result":
            assert self.model.output is not None
            output = Member(
                "output", f"enum {self.model.output.tag}", "The output through which the run continues.", None
            )
            members = (*members, output)
            table = f"{self.action.name}_outputs"
            steps = (*steps, Step("choice", "output", "output", "", "", "", output.type, None, "", table))
        self.model.structs.append(Struct(f"{self.action.name}_{tag}", doc, members))
        self.model.writers.append(ObjectFunction(f"write_{tag}", f"{self.action.name}_{tag}", steps, ()))

    def write_step(self, item: Field) -> Step:
        kind, function, table = self.write_shape(item)
        present = ""
        if not item.required:
            flag = result_flag_of(item)
            counted = dict.fromkeys(COLLECTIONS, ".count > 0")
            evident = {"string": ".data != NULL", "decimal": ".data != NULL", **counted}
            tail = evident.get(item.type, ".type != JSON_NULL")
            present = f"result->{flag}" if flag else f"result->{item.c_name}{tail}"
        key_field = self.action.key_field if item.key_from is not None else None
        return Step(
            kind,
            item.c_name,
            item.name,
            "",
            "",
            function,
            type_of(self.action, item),
            None,
            present,
            table,
            "" if key_field is None else key_field.c_name,
            item.suffix,
        )

    def write_shape(self, item: Field) -> tuple[str, str, str]:
        match item.type:
            case "enum":
                self.enum(item, f"{self.action.name}_{item.tag}")
                return "choice", "", self.table(f"values_{item.tag}", item.values)
            case "object" if item.fields is None:
                return "call", "encode_any_object", ""
            case "object":
                assert item.fields is not None
                self.writer(item.fields, item.tag, item.doc)
                return "object", f"write_{item.tag}", ""
            case "list" | "map":
                assert item.of is not None
                kind, function, table = self.write_shape(item.of)
                type_ = type_of(self.action, item.of)
                element = self.list_struct(item, type_)
                step = Step(kind, "", "", "", "", function, type_, None, "", table)
                tag = f"{self.action.name}_{item.tag}"
                self.model.writers.append(ListFunction(f"write_{item.tag}", tag, element, step, item.type == "map"))
                return "list", f"write_{item.tag}", ""
            case "boolean":
                return "boolean", "json_boolean", ""
        return "call", f"encode_{item.type}", ""


def relation_settings(relation: Relation, fields: dict[str, tuple[Field, str]]) -> Iterator[tuple[str, str]]:
    yield "kind", f"RELATION_{relation.kind.upper()}"
    if relation.field:
        yield "field", f"&{fields[relation.field][1]}"
    others = ", ".join(f"&{fields[name][1]}" for name in relation.others)
    yield "others", f"(const struct decode_rule *const[]){{{others}, NULL}}"
    if relation.kind == "compare":
        left, right = fields[relation.field][0], fields[relation.others[0]][0]
        if left.type in ("timestamp", "duration"):
            yield "values", f"RELATION_{left.type.upper()}S"
        for member, item in (("field_default", left), ("other_default", right)):
            if item.default is not None:
                text = item.default.text if isinstance(item.default, Number) else str(item.default)
                yield member, c_string(text)
    if relation.text is not None:
        yield "text", c_text(relation.text)
    if relation.check_only:
        yield "check_only", "true"


def names_literal(names: tuple[str, ...]) -> str:
    listed = ", ".join(c_string(name) for name in names)
    return f"(const char *const[]){{{listed}, NULL}}"


def comment_of(item: Field) -> str:
    """The comment on a member for authors of handlers."""
    facts = [item.doc, UNITS.get(item.type, "")]
    if item.type in ("integer", "duration") and item.bounds.min is not None and item.bounds.max is not None:
        facts.append(f"{item.bounds.min} to {item.bounds.max}.")
    if item.secret:
        facts.append("Filled in by secret_reveal().")
    if item.pattern is not None:
        facts.append(f"Matches {item.pattern}.")
    if item.key_pattern is not None:
        facts.append(f"Keys match {item.key_pattern}.")
    if item.deprecated:
        facts.append(f"Deprecated: {item.deprecated}")
    return " ".join(fact for fact in facts if fact)


def deprecations(fields: tuple[Field, ...], prefix: str = "") -> list[tuple[str, str]]:
    """Paths of deprecated fields, under each name of a key, and what to use instead."""
    found: list[tuple[str, str]] = []
    for item in fields:
        for key in (item.name, *item.aliases):
            path = prefix + key
            if item.deprecated:
                found.append((path, item.deprecated))
            inner: Field | None = item
            while inner is not None and inner.of is not None:
                inner, path = inner.of, path + inner.every
            if inner is not None:
                for part in (inner, *inner.variants):
                    found += deprecations(part.fields or (), path + ".")
    return list(dict.fromkeys(found))


def references(fields: tuple[Field, ...], prefix: str = "") -> list[tuple[str, str]]:
    """Paths of texts that refer to the context, under each name of a key, and the kind of reference."""
    found: list[tuple[str, str]] = []
    for item in fields:
        for key in (item.name, *item.aliases):
            found += _references(item, prefix + key)
    return found


def _references(item: Field, path: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if item.template:
        kind = "LATE" if item.late else "TYPED" if item.typed else "TEMPLATE"
        found.append((path, f"REFERENCE_{kind}"))
    if item.context_key:
        found.append((path, "REFERENCE_CONTEXT_KEY"))
    if item.of is not None:
        found += _references(item.of, path + item.every)
    for part in (item, *item.variants):
        found += references(part.fields or (), path + ".")
    return list(dict.fromkeys(found))


def c_number(kind: str, value: Number) -> str:
    if kind == "integer":
        whole = int(value.decimal)
        return "INT64_MIN" if whole == -(2**63) else str(whole)
    text = value.text
    return text if any(char in text for char in ".eE") else text + ".0"
