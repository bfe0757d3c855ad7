"""The checked spec, with defaults filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from codegen.json_values import Json
from codegen.pattern import Piece
from codegen.report import Mark

# The actions that the engine (src/engine) performs itself; they have no handler.
ENGINE_ACTIONS = ("delay", "wait_for")


@dataclass(frozen=True)
class When:
    """The condition of a field: an earlier field has a certain value."""

    field: str
    value: str | bool


@dataclass(frozen=True)
class ContextName:
    """A name that an action reads from the context besides the names in its config."""

    mark: Mark
    name: str
    type: str = "any"
    required: bool = False
    when: When | None = None  # the configs for which the action reads the name
    by_default: bool = True  # whether it also reads the name when that field is absent
    late: str | None = None  # the late name in a text for which it reads this name
    others: tuple[str, ...] = ()  # names that can replace it


@dataclass(frozen=True)
class ColumnUse:
    """A part of a config that names columns of a table."""

    mark: Mark
    table: str  # the field that names the table
    kind: str  # "column": the field is one; "columns": a list of them; "keys": the keys of a map, with their values
    within: str | None  # the list of objects that have the field; None: the config itself
    name: str
    value: str | None  # the sibling field whose value is written to the column, or compared with it
    rows: str | None  # the field of the result that holds rows of these columns
    unless: When | None  # the config for which that value is another


@dataclass(frozen=True)
class Texts:
    missing: str | None = None
    invalid: str | None = None
    key: str | None = None  # of a map


# Values that count as absent in a rule across fields, regardless of the type of the field.
EMPTIES: tuple[Json, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Relation:
    """A rule across fields of one object."""

    mark: Mark
    kind: str  # requires | excludes | at_least_one_of | compare
    field: str  # of requires and excludes: the condition; of compare: the lesser one; else ''
    others: tuple[str, ...]
    text: str | None
    check_only: bool

    @property
    def names(self) -> tuple[str, ...]:
        return (*([self.field] if self.field else []), *self.others)


@dataclass(frozen=True)
class Bounds:
    """The bounds as written; the type of the field decides which of them apply."""

    min: str | None = None
    max: str | None = None
    min_size: int | None = None
    max_size: int | None = None


@dataclass(frozen=True)
class Field:
    mark: Mark
    name: str  # the key; for an element, the name of its list or map
    type: str
    doc: str
    c_name: str
    tag: str  # name of its struct or enum, after the action's name
    required: bool  # in a result: always present
    default: Json  # None without a default
    check_only: bool
    template: bool
    context_key: bool
    aliases: tuple[str, ...]
    texts: Texts
    bounds: Bounds
    pattern: str | None
    pieces: tuple[Piece, ...]
    format: str | None
    values: tuple[str, ...]  # of enum, and of `one_of`
    when: When | None
    of: Field | None
    fields: tuple[Field, ...] | None  # None for an object of any fields
    late: bool = False  # the handler expands its templates
    sensitive: bool = False  # of a result: its value is not shown
    secret: bool = False  # may hold {{secret:NAME}}, which the handler fills in
    late_names: tuple[str, ...] = ()  # the names that the handler knows besides the context
    typed: bool = False  # a text that is a single template becomes the value itself
    choice: Field | None = None  # of a variant: its tag
    variants: tuple[Field, ...] = ()  # an object of fields for each value of the tag
    relations: tuple[Relation, ...] = ()  # rules across its fields
    some_of: tuple[str, ...] = ()  # lists of an object of which at least one must not be empty
    since: str | None = None  # the version that added it
    deprecated: str | None = None  # what to use instead
    key_pattern: str | None = None  # of a map
    key_pieces: tuple[Piece, ...] = ()
    taken: tuple[str, ...] = ()  # of a text that names a key of the result: the texts that it must not be
    key_from: str | None = None  # of a result: the field of the config that holds its key
    suffix: str = ""  # what follows the value of that field in the key

    @cached_property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """The names of the field, newest first, each also in lower case."""
        return tuple((name, name.lower()) for name in (self.name, *self.aliases))

    @cached_property
    def empty(self) -> str | list[str] | dict[str, str] | None:
        """The value that counts as absent, besides null."""
        if self.bounds.min_size == 0:
            return None
        if self.type in ("list", "map"):
            return ([] if self.type == "list" else {}) if self.required else None
        return "" if self.type in ("string", "enum", "uuid", "timestamp", "duration") else None

    def tree(self) -> Iterator[Field]:
        """The field itself and all fields in it."""
        yield self
        for inner in (*([] if self.of is None else [self.of]), *(self.fields or ()), *self.variants):
            yield from inner.tree()

    @property
    def every(self) -> str:
        """The text that stands for every element in a path."""
        return "[]" if self.type == "list" else "{}"

    @property
    def result_key(self) -> str:
        """The key of the field in the result, for people."""
        return self.name if self.key_from is None else f"<{self.key_from}>{self.suffix}"

    @property
    def template_in_place(self) -> bool:
        """Whether a template may stand in place of a value that is not a text, or that is a text with rules."""
        if self.type == "object":
            return self.typed
        return self.template and self.type not in ("scalar", "any")

    @property
    def nil_is_absent(self) -> bool:
        """Whether the nil UUID counts as absent."""
        return self.type == "uuid" and self.required


@dataclass(frozen=True)
class Library:
    mark: Mark
    name: str  # the name that pkg-config uses


@dataclass(frozen=True)
class Transaction:
    """How an action that writes uses a service: its handler gets a session of an open transaction."""

    header: str
    type: str  # of the session
    perform: str  # the function that runs the handler and commits


@dataclass(frozen=True)
class Service:
    mark: Mark
    name: str
    header: str
    type: str
    doc: str
    settings: str | None  # the group of settings that it is started with
    start: str
    stop: str
    health: str | None  # None: always available
    transaction: Transaction | None
    libraries: tuple[Library, ...]


@dataclass(frozen=True)
class Timing:
    start_to_close_ms: int
    retry_attempts: int
    retry_initial_ms: int
    retry_maximum_ms: int
    retry_coefficient: str
    field: str | None = None  # field of the config with the timeout, in units of unit_ms
    unit_ms: int = 0


@dataclass(frozen=True)
class Failure:
    """The message of a failed action; {names} stand for variable parts."""

    mark: Mark
    text: str
    doc: str
    retry: bool


@dataclass(frozen=True)
class Modification:
    """Columns of a table that an action writes. {NAME} stands for the name in that field of the config."""

    mark: Mark
    table: str
    create: tuple[str, ...]  # in a new row
    update: tuple[str, ...]  # in an existing row


@dataclass(frozen=True)
class Example:
    mark: Mark
    title: str
    config: Json
    fault: str | None


@dataclass(frozen=True)
class Action:
    mark: Mark
    name: str
    file: str
    summary: str
    doc: str
    group: str
    mode: str
    effects: str
    idempotent: bool
    dispatch: str
    needs: tuple[str, ...]
    outputs: tuple[tuple[str, str], ...]
    errors: tuple[Failure, ...]
    modifies: tuple[Modification, ...]
    timing: Timing
    asks: str | None  # field of the config with the people who may answer
    check: bool  # a handwritten function finds more faults of a config
    context: tuple[ContextName, ...] | None  # read besides the names in its config; None: everything
    unreadable: str  # precedes faults of a wrong JSON type when performing
    malformed: str  # precedes them when checking
    config: tuple[Field, ...]
    result: tuple[Field, ...]
    examples: tuple[Example, ...]
    since: str | None  # the version that added it
    deprecated: str | None  # what to use instead
    breaking: str | None  # reason for breaking saved rules, used once
    relations: tuple[Relation, ...] = ()  # rules across the fields of its config
    columns: tuple[ColumnUse, ...] = ()
    after_commit: bool = False  # a handwritten function runs after the commit of its transaction

    @property
    def context_names(self) -> list[str]:
        return sorted({name for item in self.context or () for name in (item.name, *item.others)})

    @property
    def context_needs(self) -> list[ContextName]:
        """The needed names that can be checked before the action runs."""
        return [item for item in self.context or () if item.required or item.type != "any"]

    @property
    def key_field(self) -> Field | None:
        """The field of the config that names keys of the result."""
        name = next((item.key_from for item in self.result if item.key_from is not None), None)
        return next((item for item in self.config if item.name == name), None)

    @property
    def secrets(self) -> list[Field]:
        """The fields of the action that may hold secrets."""
        return [item for field in self.config for item in field.tree() if item.secret]

    @property
    def has_handler(self) -> bool:
        return self.dispatch != "engine"


@dataclass(frozen=True)
class Spec:
    files: tuple[str, ...]  # as in errors
    services: tuple[Service, ...]  # sorted by name
    actions: tuple[Action, ...]  # sorted by name
    removed: tuple[tuple[str, str], ...]  # removed actions with reasons; sorted by name
    unavailable: tuple[tuple[str, str], ...] = ()  # types that no worker performs, with reasons; sorted by name
