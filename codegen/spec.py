"""The spec, checked: what was said, and the defaults of what was not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from codegen.json_values import Json
from codegen.pattern import Piece
from codegen.report import Mark


@dataclass(frozen=True)
class When:
    """A field counts only where a field before it has a value."""

    field: str
    value: str | bool


@dataclass(frozen=True)
class Texts:
    missing: str | None = None
    invalid: str | None = None


@dataclass(frozen=True)
class Bounds:
    """As written; which of them apply depends on the type."""

    least: str | None = None
    most: str | None = None
    min_size: int | None = None
    max_size: int | None = None


@dataclass(frozen=True)
class Field:
    mark: Mark
    name: str  # the key; the list's name for an element
    type: str
    doc: str
    c_name: str
    tag: str  # what its struct or enum is called after the action's name
    required: bool  # of a result: always there
    default: Json  # None: none
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
    fields: tuple[Field, ...] | None  # None of an object: anything
    late: bool = False  # its templates are left to the handler
    some_of: tuple[str, ...] = ()  # members of an object, of which at least one must hold something
    since: str | None = None  # the version that brought it
    deprecated: str | None = None  # what to use instead

    @cached_property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """What it is found under, the newest name first, and each without regard to case."""
        return tuple((name, name.lower()) for name in (self.name, *self.aliases))

    @cached_property
    def empty(self) -> str | list[str] | None:
        """What is as good as absent besides null."""
        if self.bounds.min_size == 0:
            return None
        if self.type == "list":
            return [] if self.required else None
        return "" if self.type in ("string", "enum", "uuid", "timestamp", "duration") else None


@dataclass(frozen=True)
class Library:
    mark: Mark
    name: str  # as pkg-config knows it


@dataclass(frozen=True)
class Service:
    mark: Mark
    name: str
    header: str
    type: str
    doc: str
    settings: str | None  # the group of settings that it is started from
    start: str
    stop: str
    health: str | None  # None: it is always well
    libraries: tuple[Library, ...]


@dataclass(frozen=True)
class Timing:
    start_to_close_ms: int
    retry_attempts: int
    retry_initial_ms: int
    retry_maximum_ms: int
    retry_coefficient: str
    field: str | None = None  # of the config: says start-to-close, in units of
    unit_ms: int = 0


@dataclass(frozen=True)
class Failure:
    """What a failed action says; {names} stand for what differs."""

    text: str
    doc: str
    retry: bool


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
    timing: Timing
    asks: str | None  # field of the config: lists who may answer
    context_all: bool
    context_names: tuple[str, ...]  # what it reads besides what its config names
    unreadable: str  # in front of decode faults of a wrong JSON type, when performing
    malformed: str  # likewise, when checking
    config: tuple[Field, ...]
    result: tuple[Field, ...]
    examples: tuple[Example, ...]
    since: str | None  # the version that brought it
    deprecated: str | None  # what to use instead
    breaking: str | None  # why it may break saved rules, once


@dataclass(frozen=True)
class Spec:
    files: tuple[str, ...]  # as errors name them
    services: tuple[Service, ...]  # sorted by name
    actions: tuple[Action, ...]  # sorted by name
    removed: tuple[tuple[str, str], ...]  # actions that are no more, and why; sorted by name
