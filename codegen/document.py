"""The reference of the actions: for a terminal, and as Markdown."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

from codegen.json_values import Json, Number, duration_text, json_lines, json_text
from codegen.spec import Action, Field, Spec

MODES = {"sync": "answers at once", "async": "answers later, by token", "human": "is answered by people"}
EFFECTS = {"pure": "changes nothing", "read": "reads", "write": "writes", "external": "reaches outside"}
COLUMNS = 80  # of a terminal
ANY = "anything"
Quote = Callable[[str], str]


def code(text: str) -> str:
    """As Markdown shows what is to be taken letter by letter."""
    ticks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    blank = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def type_text(field: Field) -> str:
    """The type in words."""
    if field.type == "list" and field.of is not None:
        inner = type_text(field.of)
        several = inner if inner == ANY else inner.replace("list ", "lists ", 1) if field.of.of else inner + "s"
        return f"list of {several}"
    if field.type == "string" and field.format:
        return field.format.upper()
    return {"uuid": "UUID", "any": ANY}.get(field.type, field.type)


def facts(field: Field, part: str, quote: Quote = str) -> list[str]:
    """What holds of a field besides its type; words of the spec are quoted."""
    found: list[str] = []
    if part == "result":
        return [*([] if field.required else ["not always there"]), *life(field)]
    if field.required and field.when is None:
        found.append("required")
    elif field.when is not None:
        other, value = quote(field.when.field), quote(shown(field.when.value))
        found.append(f"{'required' if field.required else 'counts'} where {other} is {value}")
    if field.default is not None:
        found.append(f"default {quote(shown(field.default))}")
    if field.required and field.type in ("string", "list") and field.empty is None:
        found.append("may be empty")
    found += limits(field, quote)
    if field.of is not None:
        found += [f"each {limit}" for limit in limits(innermost(field.of), quote)]
    ruled = field.required or limits(field, quote)
    if (field.check_only and ruled) or (field.of is not None and field.of.check_only):
        found.append("not enforced at run time")
    if field.template or (field.of is not None and field.of.template):
        found.append(f"may hold {quote('{{templates}}')}")
    if field.some_of:
        found.append(f"with something in {' or '.join(map(quote, field.some_of))}")
    if field.context_key:
        found.append("names a key of the context")
    if field.aliases:
        found.append("also as " + ", ".join(map(quote, field.aliases)))
    return found + life(field)


def life(field: Field) -> list[str]:
    found = [f"since {field.since}"] if field.since else []
    return [*found, f"deprecated: {field.deprecated}"] if field.deprecated else found


def innermost(field: Field) -> Field:
    """What the lists in a list hold in the end."""
    while field.of is not None:
        field = field.of
    return field


def limits(field: Field, quote: Quote) -> list[str]:
    """What narrows its values."""
    found: list[str] = []
    if field.values:
        found.append("one of " + ", ".join(map(quote, field.values)))
    if field.pattern:
        found.append(f"matches {quote(field.pattern)}")
    if field.bounds.least is not None:
        found.append(f"at least {field.bounds.least}")
    if field.bounds.most is not None:
        found.append(f"at most {field.bounds.most}")
    return found + sizes(field)


def sizes(field: Field) -> list[str]:
    unit = "item" if field.type == "list" else "character"
    least, most = field.bounds.min_size, field.bounds.max_size
    if least and least == most:
        return [f"exactly {counted(least, unit)}"]
    found = [f"{counted(least, unit)} or more"] if least else []
    return [*found, f"{counted(most, unit)} at most"] if most else found


def counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def shown(value: Json) -> str:
    return value if isinstance(value, str) else value.text if isinstance(value, Number) else json_text(value)


def rows(fields: tuple[Field, ...], prefix: str = "") -> list[tuple[str, Field]]:
    """Every field under its path, outer ones first."""
    found: list[tuple[str, Field]] = []
    for field in fields:
        path = prefix + field.name
        found.append((path, field))
        inner = field
        while inner.of is not None:
            inner, path = inner.of, path + "[]"
        if inner.fields is not None:
            found += rows(inner.fields, path + ".")
    return found


def awaited(action: Action, quote: Quote) -> str:
    timing = action.timing
    usual = duration_text(timing.start_to_close_ms)
    if action.mode != "human":
        return f"May take {usual}"
    if timing.field is None:
        return f"An answer is awaited for {usual}"
    unit = duration_text(timing.unit_ms)
    return f"An answer is awaited as long as {quote(timing.field)} says, in units of {unit}, else {usual}"


def traits(action: Action, quote: Quote = str) -> list[str]:
    """How it runs, in a few lines."""
    needs = f"Needs {', '.join(map(quote, action.needs))}." if action.needs else "Needs no service."
    where = "inside the workflow task" if action.dispatch == "local" else "as an activity"
    timing = action.timing
    attempts = "One attempt" if timing.retry_attempts == 1 else f"{timing.retry_attempts} attempts"
    attempts += " to ask" if action.mode == "human" else ""
    retry = ""
    if timing.retry_attempts > 1:
        first, last = duration_text(timing.retry_initial_ms), duration_text(timing.retry_maximum_ms)
        factor = timing.retry_coefficient.removesuffix(".0")
        retry = f", {first} apart at first, then {factor} times longer each, up to {last}"
    again = "Running twice does no harm." if action.idempotent else "Must not run twice."
    read = f" Reads {', '.join(map(quote, action.context_names))} of the context." if action.context_names else ""
    since = f" Since {action.since}." if action.since else ""
    return [
        *([f"Deprecated: {action.deprecated}"] if action.deprecated else []),
        f"Group {action.group}; {MODES[action.mode]}; {EFFECTS[action.effects]}; runs {where}.",
        f"{needs} {again}{read}",
        f"{awaited(action, quote)}.",
        f"{attempts}{retry}.{since}",
    ]


def terminal(action: Action) -> str:
    """Plain text, 80 columns at most where words allow."""
    lines = _wrapped(f"{action.name}: {action.summary}", "", "  ")
    for paragraph in re.split(r"\n\s*\n", action.doc):
        lines += ["", *_wrapped(paragraph, "  ")] if paragraph else []
    lines += ["", *(line for trait in traits(action) for line in _wrapped(trait, "  ", "    "))]
    lines += ["", "Config", *(_rows(action.config, "config") or ["  nothing"])]
    lines += ["", "Outputs"]
    width = max(len(name) for name, _ in action.outputs)
    for name, doc in action.outputs:
        lines += _wrapped(doc, f"  {name:<{width}}  ", " " * (width + 4) if width < COLUMNS // 3 else "      ")
    lines += ["", "Result", *_rows(action.result, "result")]
    lines += ["  output", "      string", "      Which of the outputs it is."]
    if action.errors:
        lines += ["", "Errors"]
    for error in action.errors:
        lines += _wrapped(error.text, "  ", "    ")
        lines += _wrapped(error.doc + (" It is tried again." if error.retry else ""), "      ")
    for example in action.examples:
        lines += ["", f"Example: {example.title}" if example.fault is None else f"Fault: {example.title}"]
        lines += ["  " + line for line in _example(example.config)]
        if example.fault is not None:
            lines += _wrapped(example.fault, "  -> ", "     ")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _example(config: Json) -> list[str]:
    """As wide as fits: the width of JSON text is that of its values, without the key in front."""
    for width in range(COLUMNS - 2, 0, -10):
        lines = json_lines(config, 2, width=width).splitlines()
        if max(map(len, lines)) <= COLUMNS - 2:
            break
    return lines


def _wrapped(text: str, first: str, others: str | None = None) -> list[str]:
    if text and "\n" not in text and len(first + text) <= COLUMNS:
        return [first + text]
    return textwrap.wrap(
        text,
        COLUMNS,
        initial_indent=first,
        subsequent_indent=first if others is None else others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _rows(fields: tuple[Field, ...], part: str) -> list[str]:
    lines: list[str] = []
    for path, field in rows(fields):
        about = "; ".join([type_text(field), *facts(field, part)])
        lines += [f"  {path}", *_wrapped(about, "      "), *_wrapped(field.doc, "      ")]
    return lines


def files_of(spec: Spec) -> str:
    """Where it was read, in words."""
    return " and ".join(sorted(spec.files))


def markdown(spec: Spec) -> str:
    """The reference page of all actions."""
    lines = ["# Actions", "", f"Generated from {files_of(spec)}; edit that, then `make docs`.", ""]
    lines += ["| action | group | what it does |", "|---|---|---|"]
    lines += [
        f"| [{a.name}](#{a.name}) | {a.group} | {_cell(a.summary)}{' Deprecated.' if a.deprecated else ''} |"
        for a in spec.actions
    ]
    for action in spec.actions:
        lines += ["", f"## {action.name}", "", action.summary, ""]
        if action.doc:
            lines += [action.doc, ""]
        lines += [" ".join(traits(action, code)), ""]
        if action.config:
            lines += ["| config | type | meaning |", "|---|---|---|"]
            lines += [_row(path, field, "config") for path, field in rows(action.config)]
            lines.append("")
        lines += ["| output | when |", "|---|---|"]
        lines += [f"| {code(name)} | {_cell(doc)} |" for name, doc in action.outputs]
        if action.errors:
            lines += ["", "| error | when | tried again |", "|---|---|---|"]
            lines += [
                f"| {_cell(code(e.text))} | {_cell(e.doc)} | {'yes' if e.retry else 'no'} |" for e in action.errors
            ]
        lines += ["", "| result | type | meaning |", "|---|---|---|"]
        lines += [_row(path, field, "result") for path, field in rows(action.result)]
        lines += ["| `output` | string | Which of the outputs it is. |"]
        for example in action.examples:
            lines += ["", f"{example.title}{'' if example.fault is None else ' (a fault)'}:", "", "```json"]
            lines += [json_lines(example.config, 2), "```"]
            if example.fault is not None:
                lines += ["", f"gives {code(example.fault)}"]
    return "\n".join(lines + services(spec)) + "\n"


def services(spec: Spec) -> list[str]:
    """What handlers are handed, and who needs it."""
    lines = ["", "## Services", "", "| service | what it is | settings | needed by |", "|---|---|---|---|"]
    for service in spec.services:
        needed = ", ".join(code(action.name) for action in spec.actions if service.name in action.needs) or "nobody"
        lines.append(f"| {service.name} | {_cell(service.doc)} | {service.settings or 'none'} | {needed} |")
    return lines if spec.services else []


def _row(path: str, field: Field, part: str) -> str:
    about = "; ".join([type_text(field), *facts(field, part, code)])
    return f"| {code(path)} | {_cell(about)} | {_cell(field.doc)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
