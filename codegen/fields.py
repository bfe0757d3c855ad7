"""Checks fields of configs and results and resolves their references."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from codegen import field_grammar, naming, pattern, relations, variants
from codegen.definitions import Definitions
from codegen.field_grammar import TYPES
from codegen.json_values import Json, Number, duration_ms, json_from_node, timestamp_us
from codegen.key_reader import Keys
from codegen.pattern import Piece
from codegen.reader import Mapping, Node, Scalar, Sequence, kind_of, other_quotes
from codegen.report import Mark, Report, all_of, article, did_you_mean, near, one_of
from codegen.spec import Bounds, Field, Texts, When

# The kind of YAML scalar for a default.
WRITTEN = {
    **dict.fromkeys(("integer", "number", "decimal"), "number"),
    **dict.fromkeys(("string", "enum"), "string"),
    "boolean": "boolean",
}
THE_OTHER_WAY = {
    "required": "it is always present unless it has 'optional: true'",
    "optional": "it may be absent unless it has 'required: true'",
}
MAX_NESTING = 8
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")  # the name of a variable in templates
SUFFIX = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Role:
    """The place of a field."""

    part: str  # config | result
    element: bool
    path: str  # for messages
    depth: int

    @property
    def place(self) -> str:
        if self.part == "config":
            return field_grammar.ELEMENT if self.element else field_grammar.CONFIG
        return field_grammar.RESULT_ELEMENT if self.element else field_grammar.RESULT

    def inside(self, name: str) -> Role:
        return Role(self.part, False, f"{self.path}.{name}" if self.path else name, self.depth + 1)

    def each(self, every: str) -> Role:
        return Role(self.part, True, self.path + every, self.depth + 1)


class Fields:
    """Checks the fields of one action."""

    def __init__(self, definitions: Definitions, action: str, report: Report) -> None:
        self.definitions = definitions
        self.action = action
        self.report = report

    def all(self, node: Mapping, part: str, path: str = "", depth: int = 0) -> tuple[Field, ...]:
        role = Role(part, False, path, depth)
        found: dict[str, Field] = {}
        for key, value in node.entries:
            field = self.field(key.text, key.mark, value, role.inside(key.text), found)
            if field is not None:
                found[key.text] = field
        self.clashes(found)
        return tuple(found.values())

    def what(self, role: Role) -> str:
        return f"action '{self.action}': {'result ' if role.part == 'result' else ''}field '{role.path}'"

    def clashes(self, fields: dict[str, Field]) -> None:
        """Reports members that have the same name, and keys that differ only in case."""
        members: dict[str, str] = {}
        keys: dict[str, str] = {}
        for field in fields.values():
            self.members_clash(field, members)
            self.keys_clash(field, keys)

    def members_clash(self, field: Field, members: dict[str, str]) -> None:
        names = (field.c_name, "has_" + field.c_name)
        others = [(member, members.setdefault(member, field.name)) for member in names]
        for member, other in [found for found in others if found[1] != field.name][:1]:
            said = f"fields '{other}' and '{field.name}' are both '{member}' in C; give one a c_name"
            self.report.error(field.mark, f"action '{self.action}': {said}")

    def keys_clash(self, field: Field, keys: dict[str, str]) -> None:
        own: set[str] = set()
        for key in (field.name, *field.aliases):
            other = keys.setdefault(key.lower(), field.name)
            if other != field.name or key.lower() in own:
                again = "already" if other == field.name else f"and of '{field.name}'"
                said = f"'{key}' is a key of '{other}' {again} (upper and lower case are the same in a config)"
                self.report.error(field.mark, f"action '{self.action}': {said}")
            own.add(key.lower())

    def field(self, name: str, mark: Mark, node: Node, role: Role, before: dict[str, Field]) -> Field | None:
        what = self.what(role)
        if role.depth > MAX_NESTING:
            self.report.error(mark, f"{what}: nested deeper than {MAX_NESTING}")
            return None
        mapping = self.definitions.field(node, what, ())
        lost = mapping is None  # reported already
        if mapping is None:
            own = node.entries if isinstance(node, Mapping) else ()
            mapping = Mapping(node.mark, tuple(entry for entry in own if entry[0].text != "ref"))
        keys = Keys(mapping, what, self.report)
        kinds = [kind for kind in TYPES if role.part == "config" or kind not in field_grammar.NOT_IN_RESULTS]
        kind = keys.choice("type", kinds, required=not lost) or self.likely(keys)
        field = self.build(name, mark, kind, keys, role, before)
        if not keys.has("doc") and not role.element and not lost:
            keys.miss("doc", "; describe the field", mark)
        self.close(keys, kind, role)
        return field

    def likely(self, keys: Keys) -> str:
        """The known type that is closest to an unknown one, or ''."""
        node = keys.node.get("type")
        return (near(node.text, TYPES) if isinstance(node, Scalar) and node.kind == "string" else None) or ""

    def close(self, keys: Keys, kind: str, role: Role) -> None:
        said = keys.node.get("type")
        if not (
            kind and isinstance(said, Scalar) and said.text == kind
        ):  # unknown type: only a key that no type has is wrong
            keys.known.update(field_grammar.keys_of(role.place, *TYPES))
            keys.close()
            return
        keys.known.update(field_grammar.keys_of(role.place, kind))
        place = "an element" if role.element else f"a {role.part} field"
        reasons = [key.text for key, _ in keys.node.entries if key.text in field_grammar.KEYS]
        for key, why in THE_OTHER_WAY.items():
            if key in reasons and key not in keys.known and not role.element:
                keys.error(keys.mark_of(key), f"'{key}' is not allowed for {place}; {why}")
                keys.known.add(key)
        keys.close(reasons, f"is not allowed for {place} of type {kind}")

    def build(self, name: str, mark: Mark, kind: str, keys: Keys, role: Role, before: dict[str, Field]) -> Field:
        allowed = set(field_grammar.keys_of(role.place, kind)) if kind else {"of", "fields"}
        allowed.update(field_grammar.keys_of(role.place))
        c_name = self.c_name(name, mark, keys, role)
        values = self.values(kind, keys) if allowed & {"values", "one_of"} else ()
        text, pieces = self.pattern("pattern", keys) if "pattern" in allowed else (None, ())
        key_text, key_pieces = self.pattern("key_pattern", keys) if "key_pattern" in allowed else (None, ())
        form = keys.choice("format", field_grammar.FORMATS) if "format" in allowed else None
        template = self.template(kind, keys) if "template" in allowed else ""
        members = self.members(keys, role) if "fields" in allowed else None
        tag = self.tag(c_name, kind, keys, role)
        choice, kinds = self.variants(tag, keys, role) if "variants" in allowed else (None, ())
        field = Field(
            mark=mark,
            name=name,
            type=kind,
            doc=keys.string("doc") or "",
            c_name=c_name,
            tag=tag,
            required=self.required(keys, role),
            default=None,
            check_only="strict" in allowed and keys.choice("strict", ("always", "check")) == "check",
            template=template != "",
            context_key="context_key" in allowed and bool(keys.boolean("context_key")),
            aliases=self.aliases(keys) if "aliases" in allowed else (),
            texts=self.texts(kind, form == "uuid", keys, role) if "texts" in allowed else Texts(),
            bounds=self.bounds(kind, keys) if allowed & {"min", "min_length", "min_items"} else Bounds(),
            pattern=text,
            pieces=pieces,
            format=form,
            values=values,
            when=self.when(keys, before) if "when" in allowed else None,
            of=self.element(name, kind, keys, role) if "of" in allowed else None,
            fields=members,
            choice=choice,
            variants=kinds,
            late=template == "late",
            sensitive="sensitive" in allowed and bool(keys.boolean("sensitive")),
            secret="secret" in allowed and bool(keys.boolean("secret")),
            late_names=self.late_names(template, keys) if "late_names" in allowed else (),
            typed=template == "typed",
            some_of=self.some_of(keys, members or ()) if "some_of" in allowed else (),
            relations=relations.read(keys, members or (), role.path, self.report) if "rules" in allowed else (),
            since=keys.version("since") if "since" in allowed else None,
            deprecated=keys.string("deprecated") if "deprecated" in allowed else None,
            key_from=keys.string("key_from") if "key_from" in allowed else None,
            suffix=(keys.string("suffix") or "") if "suffix" in allowed else "",
            key_pattern=key_text,
            key_pieces=key_pieces,
        )
        if kind and "default" in allowed:
            field = replace(field, default=self.default(field, keys))
        if kind == "enum" and field.check_only and "OTHER" in map(naming.upper, values):
            keys.error(
                keys.mark_of("values"),
                "with 'strict: check', the constant OTHER stands for any other text; rename the value",
            )
        if field.deprecated and field.required and role.part == "config":
            keys.error(keys.mark_of("deprecated"), "a required field cannot be deprecated: every rule needs it")
        if field.secret:
            self.secret(template, keys)
        if field.template and field.context_key:
            keys.error(keys.mark_of("context_key"), "'context_key' and 'template' exclude each other")
        if field.suffix and not SUFFIX.fullmatch(field.suffix):
            keys.error(keys.mark_of("suffix"), f"suffix '{field.suffix}' must consist of letters, digits and _")
        if field.suffix and field.key_from is None:
            keys.error(keys.mark_of("suffix"), "'suffix' needs a 'key_from'")
        if field.sensitive and (field.key_from is not None or role.depth > 1):
            keys.error(keys.mark_of("sensitive"), "'sensitive' is for fields of the result itself, without 'key_from'")
        if field.key_from is not None and role.depth > 1:
            keys.error(keys.mark_of("key_from"), "'key_from' is for fields of the result itself")
        if field.template and field.fields is not None:
            keys.error(keys.mark_of("template"), "'template' is not for an object with 'fields'; give it to its fields")
        return field

    def secret(self, template: str, keys: Keys) -> None:
        for key in field_grammar.NOT_FOR_SECRETS:
            if keys.has(key):
                keys.error(keys.mark_of(key), f"'{key}' is not for a secret: its text is known only when it is sent")
        if template == "soon":
            keys.error(
                keys.mark_of("template"), "with 'secret', 'template' must be late: secret_reveal() fills in both"
            )

    def c_name(self, name: str, mark: Mark, keys: Keys, role: Role) -> str:
        if role.element:
            return name
        said = keys.string("c_name")
        found = naming.c_name(said or name)
        if said is not None and not naming.C_NAME.fullmatch(said):
            keys.error(keys.mark_of("c_name"), f"c_name '{said}' must consist of small letters, digits and _")
        elif not naming.KEY.fullmatch(name):
            near = naming.snake_case(name)
            advice = f"; did you mean '{near}'?" if naming.C_NAME.fullmatch(near) else ""
            keys.error(mark, f"a key must start with a letter and consist of letters, digits, _ and -{advice}")
        elif not naming.C_NAME.fullmatch(found):
            keys.error(mark, f"'{name}' has no letter for a name in C; add a 'c_name'")
        return found

    def tag(self, c_name: str, kind: str, keys: Keys, role: Role) -> str:
        tag = naming.singular(c_name) if role.element else c_name
        outer = role.path[:-2]
        while role.element and outer.endswith(("[]", "{}")):  # lists in lists
            outer, tag = outer[:-2], tag + "_item"
        if kind in ("enum", "object", "variant"):
            said = keys.string("name")
            if said is not None and not naming.C_NAME.fullmatch(said):
                keys.error(keys.mark_of("name"), f"name '{said}' must consist of small letters, digits and _")
            tag = said or tag
        return tag if role.part == "config" else f"result_{tag}"

    def template(self, kind: str, keys: Keys) -> str:
        """'' without templates, 'soon' for plain templates, else the word of the spec."""
        node = keys.take("template")
        if isinstance(node, Scalar) and node.kind == "boolean":
            return "soon" if node.text == "true" else ""
        word = field_grammar.TEMPLATE_WORDS.get(kind)
        if isinstance(node, Scalar) and node.kind == "string" and node.text == word:
            return node.text
        if node is not None:
            keys.wrong(node, "template", one_of(("true", "false", *([word] if word else []))))
        return ""

    def late_names(self, template: str, keys: Keys) -> tuple[str, ...]:
        """The names that the handler knows besides the context."""
        found = keys.strings("late_names")
        if keys.has("late_names") and template != "late":
            keys.error(keys.mark_of("late_names"), "'late_names' needs 'template: late'")
        for name in found:
            if not NAME.fullmatch(name.text):
                said = f"late name '{name.text}' must start with a letter and consist of letters, digits and _"
                keys.error(name.mark, said)
        return tuple(name.text for name in found)

    def some_of(self, keys: Keys, members: tuple[Field, ...]) -> tuple[str, ...]:
        by_name = {member.name: member for member in members}
        found = keys.strings("some_of")
        for name in found:
            member = by_name.get(name.text)
            if member is None:
                keys.error(name.mark, f"'some_of': no field '{name.text}'{did_you_mean(name.text, by_name)}")
            elif member.type not in ("list", "") or member.aliases or member.when is not None:
                keys.error(name.mark, f"'some_of': '{name.text}' must be a list, without aliases and 'when'")
        return tuple(name.text for name in found)

    def required(self, keys: Keys, role: Role) -> bool:
        if role.part == "result":
            return role.element or not keys.boolean("optional")
        return False if role.element else bool(keys.boolean("required"))

    def values(self, kind: str, keys: Keys) -> tuple[str, ...]:
        key = {"enum": "values", "string": "one_of"}.get(kind)
        if key is None:
            return ()
        node = keys.take(key, required=kind == "enum")
        if node is None:
            return ()
        found = self.definitions.values(node, f"{keys.what}: '{key}'", ())
        if isinstance(node, Sequence) and not node.items:
            keys.error(node.mark, f"'{key}' is empty")
        seen: dict[str, str] = {}
        for value in found:
            constant = naming.upper(value) if kind == "enum" else value
            if kind == "enum" and not constant:
                keys.error(node.mark, f"value '{value}' has no letter or digit for the name of a constant")
            elif constant in seen:
                clash = (
                    f"'{value}' appears twice"
                    if seen[constant] == value
                    else f"'{seen[constant]}' and '{value}' are both {constant} in C"
                )
                keys.error(node.mark, f"'{key}': {clash}")
            seen.setdefault(constant, value)
        return tuple(found)

    def pattern(self, key: str, keys: Keys) -> tuple[str | None, tuple[Piece, ...]]:
        text = keys.string(key)
        if text is None:
            return None, ()
        try:
            return text, pattern.parse(text)
        except pattern.PatternError as fault:
            keys.error(keys.mark_of(key), f"{key} '{text}': {fault}")
            return None, ()

    def bounds(self, kind: str, keys: Keys) -> Bounds:
        low, high = self.bound(kind, "min", keys), self.bound(kind, "max", keys)
        if low is not None and high is not None and in_order(kind, low) > in_order(kind, high):
            keys.error(keys.mark_of("max"), f"'max' {high} is below 'min' {low}")
        unit = {"string": "length", "list": "items", "map": "items"}.get(kind)
        if unit is None:
            return Bounds(min=low, max=high)
        smallest, largest = keys.whole(f"min_{unit}"), keys.whole(f"max_{unit}", minimum=1)
        if smallest is not None and largest is not None and smallest > largest:
            keys.error(keys.mark_of(f"max_{unit}"), f"'max_{unit}' {largest} is below 'min_{unit}' {smallest}")
        return Bounds(min_size=smallest, max_size=largest)

    def bound(self, kind: str, key: str, keys: Keys) -> str | None:
        if kind in field_grammar.TIMES:
            return self.time_bound(kind, key, keys)
        if kind not in field_grammar.NUMBERS:
            return None
        node = keys.scalar(key, "number", "a number")
        if node is None:
            return None
        value = Decimal(node.text)
        if kind == "integer" and not is_int64(value):
            keys.error(node.mark, f"'{key}' must be a whole number of 64 bits, not {node.text}")
            return None
        return str(int(value)) if kind == "integer" else node.text

    def time_bound(self, kind: str, key: str, keys: Keys) -> str | None:
        like = "90s, 1h30m or 7d" if kind == "duration" else "2026-02-10T21:18:31Z"
        node = keys.scalar(key, "string", f"a {kind} like {like}")
        if node is None:
            return None
        if (duration_ms if kind == "duration" else timestamp_us)(node.text) is None:
            keys.error(node.mark, f"'{key}' must be a {kind} like {like}, not '{node.text}'")
            return None
        return node.text

    def texts(self, kind: str, as_uuid: bool, keys: Keys, role: Role) -> Texts:
        node = keys.mapping("texts")
        if node is None:
            return Texts()
        inner = Keys(node, f"{keys.what}: 'texts'", self.report)
        missing = None if role.element else inner.exactly("missing")
        texts = Texts(missing, inner.exactly("invalid"), inner.exactly("key") if kind in ("map", "") else None)
        if kind == "map" and inner.has("key") and not keys.has("key_pattern"):
            inner.error(inner.mark_of("key"), "'key' needs a 'key_pattern'")
        others = {"missing": "is not allowed for an element", "key": "is only for a map"}
        for key in others.keys() - inner.known:
            if inner.has(key):
                inner.error(inner.mark_of(key), f"'{key}' {others[key]}")
            inner.known.add(key)
        inner.close()
        if "{value}" in (texts.invalid or "") and "{why}" in (texts.invalid or ""):
            inner.error(inner.mark_of("invalid"), "'invalid' may hold one of {value} and {why}")
        for key, text in (("missing", missing), ("invalid", texts.invalid), ("key", texts.key)):
            of_uuid = key == "invalid" and (as_uuid or kind == "uuid")
            self.placeholders(
                key, (text or "").replace(field_grammar.OF_UUID, "") if of_uuid else text or "", inner, role
            )
        return texts

    def placeholders(self, key: str, text: str, keys: Keys, role: Role) -> None:
        """Checks the placeholders in the text of a fault."""
        known = field_grammar.PLACEHOLDERS[key]
        rest = text
        for name in known:
            rest = rest.replace(name, "")
        if "{" in rest or "}" in rest:
            keys.error(keys.mark_of(key), f"'{key}' may hold {all_of(known)} and no other braces")
        if "{i}" in text and "[]" not in role.path:
            keys.error(keys.mark_of(key), f"'{key}': {{i}} is the index in a list, and the field is in none")
        if "{key}" in text and "{}" not in role.path and key != "key":
            keys.error(keys.mark_of(key), f"'{key}': {{key}} is the key in a map, and the field is in none")

    def aliases(self, keys: Keys) -> tuple[str, ...]:
        found = keys.strings("aliases")
        for alias in found:
            if not naming.KEY.fullmatch(alias.text):
                keys.error(alias.mark, f"alias '{alias.text}' is not a valid key")
        return tuple(alias.text for alias in found)

    def when(
        self,
        keys: Keys,
        before: dict[str, Field],
        unknown: str = "no field '{}' comes before this one",
        key: str = "when",
    ) -> When | None:
        node = keys.mapping(key)
        if node is None:
            return None
        if len(node.entries) != 1:
            keys.error(node.mark, f"'{key}' must name one field and its value")
            return None
        name, value = node.entries[0]
        other = before.get(name.text)
        if other is None:
            keys.error(name.mark, f"'{key}': {unknown.format(name.text)}{did_you_mean(name.text, before)}")
            return None
        if other.type == "":
            return None
        if other.secret:
            keys.error(name.mark, f"'{key}': '{name.text}' may hold a secret, which no condition can read")
            return None
        if other.type == "boolean" and isinstance(value, Scalar) and value.kind == "boolean":
            return When(name.text, value.text == "true")
        if other.type in ("string", "enum") and isinstance(value, Scalar) and value.kind == "string":
            if other.values and value.text not in other.values:
                keys.error(
                    value.mark,
                    f"'{key}': '{value.text}' is not a value of '{name.text}'{did_you_mean(value.text, other.values)}",
                )
            return When(name.text, value.text)
        if other.type in ("boolean", "string", "enum"):
            why = f"which cannot be {kind_of(value)}"
        else:
            why = "but the condition must be on a string, an enum or a boolean"
        keys.error(value.mark, f"'{key}': '{name.text}' is {article(other.type)}, {why}")
        return None

    def element(self, name: str, kind: str, keys: Keys, role: Role) -> Field | None:
        node = keys.take("of")
        if node is None and kind in field_grammar.COLLECTIONS:
            keys.miss("of", "; it describes the elements, like {type: string}")
        every = "{}" if kind == "map" else "[]"
        return None if node is None else self.field(name, node.mark, node, role.each(every), {})

    def members(self, keys: Keys, role: Role) -> tuple[Field, ...] | None:
        node = keys.mapping("fields")
        if node is None:
            return None
        if not node.entries:
            keys.error(node.mark, "'fields' is empty; without 'fields' any object is allowed")
        return self.all(node, role.part, role.path, role.depth)

    def variants(self, tag: str, keys: Keys, role: Role) -> tuple[Field | None, tuple[Field, ...]]:
        return variants.read(keys, tag, lambda node: self.all(node, role.part, role.path, role.depth))

    def default(self, field: Field, keys: Keys) -> Json:
        node = keys.take("default")
        if node is None:
            return None
        value = json_from_node(node, self.report)
        fault = default_fault(field, value, kind_of(node))
        if fault is not None:
            keys.error(node.mark, f"default {fault}{other_quotes(node, WRITTEN.get(field.type, ''))}")
            return None
        if field.required and not field.check_only:
            keys.error(keys.mark_of("default"), "a required field needs no default (unless it has 'strict: check')")
        return value


def is_int64(value: Decimal) -> bool:
    return value == int(value) and -(2**63) <= value < 2**63


def in_order(kind: str, text: str) -> Decimal:
    """A bound, or a value of the type, as a number that can be compared."""
    if kind == "duration":
        return Decimal(duration_ms(text) or 0)
    return Decimal(timestamp_us(text) or 0) if kind == "timestamp" else Decimal(text)


def default_fault(field: Field, value: Json, found: str) -> str | None:
    """Why a value cannot be the default of a field; `found` describes the value."""
    expected = {
        **{"string": str, "enum": str, "duration": str, "boolean": bool},
        **{"integer": Number, "number": Number, "decimal": Number},
    }
    if not isinstance(value, expected[field.type]):
        if field.type == "duration":
            return f"must be a text like 90s, 1h30m or 7d, this is {found}"
        return f"must be of type {field.type}, this is {found}"
    if isinstance(value, Number) and field.type == "integer" and not is_int64(value.decimal):
        return f"{value.text} is not a whole number of 64 bits"
    if isinstance(value, str) and field.values and value not in field.values:
        return f"'{value}' is not among its values{did_you_mean(value, field.values)}"
    if isinstance(value, str) and not value:
        return "is empty; leave it out"
    if field.type == "duration" and duration_ms(str(value)) is None:
        return f"'{value}' is not a duration like 90s, 1h30m or 7d"
    if field.type not in (*field_grammar.NUMBERS, "duration"):
        return None
    text, bounds = value.text if isinstance(value, Number) else str(value), field.bounds
    if bounds.min is not None and in_order(field.type, text) < in_order(field.type, bounds.min):
        return f"{text} is below 'min' {bounds.min}"
    if bounds.max is not None and in_order(field.type, text) > in_order(field.type, bounds.max):
        return f"{text} is above 'max' {bounds.max}"
    return None
