"""The reference of the actions: for a terminal, and as Markdown."""

from __future__ import annotations

import textwrap

from codegen.spec import Action, Field, Spec
from codegen.values import Json, Number, duration_text, json_text

MODES = {"sync": "answers at once", "async": "answers later, by token", "human": "is answered by people"}
EFFECTS = {"pure": "changes nothing", "read": "reads", "write": "writes", "external": "reaches outside"}


def type_text(field: Field) -> str:
    """The type in words."""
    if field.type == "list" and field.of is not None:
        inner = type_text(field.of)
        return f"list of {inner}"
    if field.type == "string" and field.format:
        return field.format.upper()
    return {"uuid": "UUID", "any": "anything"}.get(field.type, field.type)


def facts(field: Field, part: str) -> list[str]:
    """What holds of a field besides its type."""
    found: list[str] = []
    if part == "result":
        return [*([] if field.required else ["not always there"]), *life(field)]
    if field.required and field.when is None:
        found.append("required")
    elif field.when is not None:
        value = shown(field.when.value)
        found.append(f"{'required' if field.required else 'counts'} where {field.when.field} is {value}")
    if field.default is not None:
        found.append(f"default {shown(field.default)}")
    if field.values:
        found.append("one of " + ", ".join(field.values))
    if field.pattern:
        found.append(f"matches {field.pattern}")
    found += bounds(field)
    ruled = field.required or field.values or field.pattern or bounds(field)
    if (field.check_only and ruled) or (field.of is not None and field.of.check_only):
        found.append("not enforced at run time")
    if field.template or (field.of is not None and field.of.template):
        found.append("may hold {{templates}}")
    if field.some_of:
        found.append(f"with something in {' or '.join(field.some_of)}")
    if field.context_key:
        found.append("names a key of the context")
    if field.aliases:
        found.append("also as " + ", ".join(field.aliases))
    return found + life(field)


def life(field: Field) -> list[str]:
    found = [f"since {field.since}"] if field.since else []
    return [*found, f"deprecated: {field.deprecated}"] if field.deprecated else found


def bounds(field: Field) -> list[str]:
    found: list[str] = []
    if field.bounds.least is not None:
        found.append(f"at least {field.bounds.least}")
    if field.bounds.most is not None:
        found.append(f"at most {field.bounds.most}")
    unit = "items" if field.type == "list" else "characters"
    if field.bounds.min_size:
        found.append(f"{field.bounds.min_size} {unit} or more")
    if field.bounds.max_size:
        found.append(f"{field.bounds.max_size} {unit} at most")
    return found


def shown(value: Json) -> str:
    return value if isinstance(value, str) else value.text if isinstance(value, Number) else json_text(value)


def rows(fields: tuple[Field, ...], prefix: str = "") -> list[tuple[str, Field]]:
    """Every field under its path, outer ones first."""
    found: list[tuple[str, Field]] = []
    for field in fields:
        path = prefix + field.name
        found.append((path, field))
        inner: Field | None = field
        while inner is not None and inner.type == "list":
            inner, path = inner.of, path + "[]"
        if inner is not None and inner.fields is not None:
            found += rows(inner.fields, path + ".")
    return found


def awaited(action: Action) -> str:
    timing = action.timing
    usual = duration_text(timing.start_to_close_ms)
    if action.mode != "human":
        return f"May take {usual}"
    if timing.field is None:
        return f"An answer is awaited for {usual}"
    unit = duration_text(timing.unit_ms)
    return f"An answer is awaited as long as {timing.field} says, in units of {unit}, else {usual}"


def traits(action: Action) -> list[str]:
    """How it runs, a sentence each."""
    needs = f"Needs {', '.join(action.needs)}." if action.needs else "Needs no service."
    where = "inside the workflow task" if action.dispatch == "local" else "as an activity"
    timing = action.timing
    attempts = "one attempt" if timing.retry_attempts == 1 else f"{timing.retry_attempts} attempts"
    attempts += " to ask" if action.mode == "human" else ""
    retry = ""
    if timing.retry_attempts > 1:
        first, last = duration_text(timing.retry_initial_ms), duration_text(timing.retry_maximum_ms)
        factor = timing.retry_coefficient.removesuffix(".0")
        retry = f", {first} apart at first, then {factor} times longer each, up to {last}"
    again = "Running twice does no harm." if action.idempotent else "Must not run twice."
    read = f" Reads {', '.join(action.context_names)} of the context." if action.context_names else ""
    since = f" Since {action.since}." if action.since else ""
    return [
        *([f"Deprecated: {action.deprecated}"] if action.deprecated else []),
        f"Group {action.group}; {MODES[action.mode]}, {EFFECTS[action.effects]}, runs {where}. {needs} {again}{read}",
        f"{awaited(action)}; {attempts}{retry}.{since}",
    ]


def terminal(action: Action) -> str:
    """Plain text, 100 columns at most where words allow."""
    lines = [f"{action.name}: {action.summary}", ""]
    for paragraph in (action.doc.replace("\n", " "), *traits(action)):
        if paragraph:
            lines += [*textwrap.wrap(paragraph, 98, initial_indent="  ", subsequent_indent="  ")]
    lines += ["", "Config"]
    lines += _rows(action.config, "config") or ["  nothing"]
    lines += ["", "Outputs"]
    lines += [f"  {name:<20} {doc}" for name, doc in action.outputs]
    lines += ["", "Result"]
    lines += _rows(action.result, "result")
    lines += ["  output               Which of the outputs it is."]
    if action.errors:
        lines += ["", "Errors"]
    for error in action.errors:
        lines += [f"  {error.text}"]
        again = " It is tried again." if error.retry else ""
        lines += textwrap.wrap(error.doc + again, 98, initial_indent="      ", subsequent_indent="      ")
    for example in action.examples:
        lines += ["", f"Example: {example.title}" if example.fault is None else f"Fault: {example.title}"]
        lines += ["  " + line for line in json_text(example.config, 2).splitlines()]
        if example.fault is not None:
            lines += textwrap.wrap(example.fault, 98, initial_indent="  -> ", subsequent_indent="     ")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _rows(fields: tuple[Field, ...], part: str) -> list[str]:
    lines: list[str] = []
    for path, field in rows(fields):
        about = ", ".join([type_text(field), *facts(field, part)])
        lines += [f"  {path}"]
        for text in (about, field.doc):
            lines += textwrap.wrap(
                text, 98, initial_indent="      ", subsequent_indent="      ", break_long_words=False
            )
    return lines


def files_of(spec: Spec) -> str:
    """Where it was read, in words."""
    return " and ".join(sorted(spec.files))


def markdown(spec: Spec) -> str:
    """The reference page of all actions."""
    lines = ["# Actions", "", f"Generated from {files_of(spec)}; edit that.", ""]
    lines += ["| action | group | what it does |", "|---|---|---|"]
    lines += [
        f"| [{a.name}](#{a.name}) | {a.group} | {_cell(a.summary)}{' Deprecated.' if a.deprecated else ''} |"
        for a in spec.actions
    ]
    for action in spec.actions:
        lines += ["", f"## {action.name}", "", action.summary, ""]
        if action.doc:
            lines += [action.doc, ""]
        lines += [" ".join(traits(action)), ""]
        if action.config:
            lines += ["| config | type | meaning |", "|---|---|---|"]
            lines += [_row(path, field, "config") for path, field in rows(action.config)]
            lines.append("")
        lines += ["| output | when |", "|---|---|"]
        lines += [f"| `{name}` | {_cell(doc)} |" for name, doc in action.outputs]
        if action.errors:
            lines += ["", "| error | when | tried again |", "|---|---|---|"]
            lines += [f"| `{_cell(e.text)}` | {_cell(e.doc)} | {'yes' if e.retry else 'no'} |" for e in action.errors]
        lines += ["", "| result | type | meaning |", "|---|---|---|"]
        lines += [_row(path, field, "result") for path, field in rows(action.result)]
        lines += ["| `output` | string | Which of the outputs it is. |"]
        for example in action.examples:
            lines += ["", f"{example.title}{'' if example.fault is None else ' (a fault)'}:", "", "```json"]
            lines += [json_text(example.config, 2), "```"]
            if example.fault is not None:
                lines += ["", f"gives `{example.fault}`"]
    return "\n".join(lines + services(spec)) + "\n"


def services(spec: Spec) -> list[str]:
    """What handlers are handed, and who needs it."""
    lines = ["", "## Services", "", "| service | what it is | settings | needed by |", "|---|---|---|---|"]
    for service in spec.services:
        needed = ", ".join(action.name for action in spec.actions if service.name in action.needs) or "nobody"
        lines.append(f"| {service.name} | {_cell(service.doc)} | {service.settings or 'none'} | {needed} |")
    return lines if spec.services else []


def _row(path: str, field: Field, part: str) -> str:
    about = "; ".join([type_text(field), *facts(field, part)])
    return f"| `{path}` | {_cell(about)} | {_cell(field.doc)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
