"""Writes the reference of the actions, as text for a terminal and as Markdown."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace

from codegen import relations
from codegen.json_values import Json, Number, duration_text, json_lines, json_text
from codegen.report import all_of
from codegen.spec import Action, Field, Modification, Spec, When

MODES = {"sync": "completes at once", "async": "completes later, by token", "human": "people answer it"}
EFFECTS = {
    "pure": "has no effects",
    "read": "reads the database",
    "write": "writes to the database",
    "external": "has external effects",
}
WHERE = {
    "local": "runs inside the workflow task",
    "activity": "runs as an activity",
    "engine": "performed by the engine, without a handler",
}
COLUMNS = 80  # the width of a terminal
ANY = "anything"
Quote = Callable[[str], str]


def code(text: str) -> str:
    """A text as inline code in Markdown."""
    ticks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    blank = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def type_text(field: Field) -> str:
    """The type as text."""
    if field.of is not None:
        inner = type_text(field.of)
        kind = field.of.type
        several = inner if inner == ANY else inner.replace(f"{kind} ", f"{kind}s ", 1) if field.of.of else inner + "s"
        return f"{field.type} of {several}"
    if field.type == "string" and field.format:
        return field.format.upper()
    return {"uuid": "UUID", "any": ANY}.get(field.type, field.type)


def facts(field: Field, part: str, quote: Quote = str) -> list[str]:
    """Facts about a field besides its type; names and values are quoted."""
    found: list[str] = []
    if part == "result":
        about = [*([] if field.required else ["not always present"]), *(["not shown"] if field.sensitive else [])]
        return [*about, *life(field)]
    if field.required and field.when is None:
        found.append("required")
    elif field.when is not None:
        other, value = quote(field.when.field), quote(shown(field.when.value))
        found.append(f"{'required' if field.required else 'counts'} where {other} is {value}")
    if field.default is not None:
        found.append(f"default {quote(shown(field.default))}")
    if field.required and field.type in ("string", "list", "map") and field.empty is None:
        found.append("may be empty")
    found += limits(field, quote)
    if field.of is not None:
        found += [f"each {limit}" for limit in limits(innermost(field.of), quote)]
    ruled = field.required or limits(field, quote)
    if (field.check_only and ruled) or (field.of is not None and field.of.check_only):
        found.append("not enforced at run time")
    inner = innermost(field)
    if inner.template:
        found.append(f"may hold {quote('{{templates}}')}" + (", one alone keeps its type" if inner.typed else ""))
    if inner.secret:
        found.append(f"may hold {quote('{{secret:NAME}}')}")
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
    """The innermost elements of nested lists and maps."""
    while field.of is not None:
        field = field.of
    return field


def limits(field: Field, quote: Quote) -> list[str]:
    """Limits on the values of a field."""
    found: list[str] = []
    if field.values:
        found.append("one of " + ", ".join(map(quote, field.values)))
    if field.pattern:
        found.append(f"matches {quote(field.pattern)}")
    if field.taken:
        found.append("none of " + ", ".join(map(quote, field.taken)))
    if field.key_pattern:
        found.append(f"keys match {quote(field.key_pattern)}")
    if field.bounds.min is not None:
        found.append(f"at least {field.bounds.min}")
    if field.bounds.max is not None:
        found.append(f"at most {field.bounds.max}")
    return found + sizes(field)


def sizes(field: Field) -> list[str]:
    unit = "item" if field.of is not None else "character"
    low, high = field.bounds.min_size, field.bounds.max_size
    if low and low == high:
        return [f"exactly {counted(low, unit)}"]
    found = [f"at least {counted(low, unit)}"] if low else []
    return [*found, f"at most {counted(high, unit)}"] if high else found


def counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def shown(value: Json) -> str:
    return value if isinstance(value, str) else value.text if isinstance(value, Number) else json_text(value)


def rows(fields: tuple[Field, ...], prefix: str = "") -> list[tuple[str, Field]]:
    """Every field with its path, outer fields first."""
    found: list[tuple[str, Field]] = []
    for field in fields:
        path = prefix + field.result_key
        found.append((path, field))
        inner = field
        while inner.of is not None:
            inner, path = inner.of, path + inner.every
        if inner.fields is not None:
            found += rows(inner.fields, path + ".")
        if inner.choice is not None:
            found += rows((inner.choice,), path + ".")
        for variant in inner.variants:
            found += [(place, in_variant(inner, variant, one)) for place, one in rows(variant.fields or (), path + ".")]
    return found


def in_variant(field: Field, variant: Field, inner: Field) -> Field:
    """A field of a variant, with the tag as its condition."""
    assert field.choice is not None
    return replace(inner, when=inner.when or When(field.choice.name, variant.name))


def time_limit(action: Action, quote: Quote) -> str:
    timing = action.timing
    usual = duration_text(timing.start_to_close_ms)
    if action.mode != "human":
        return f"May take {usual}"
    if timing.field is None:
        return f"Waits {usual} for an answer"
    unit = duration_text(timing.unit_ms)
    return f"Waits for an answer for {quote(timing.field)} times {unit}, or {usual} without it"


def traits(action: Action, quote: Quote = str) -> list[str]:
    """How the action runs, in a few lines."""
    needs = f"Needs {', '.join(map(quote, action.needs))}." if action.needs else "Needs no service."
    since = f" Since {action.since}." if action.since else ""
    deprecated = [f"Deprecated: {action.deprecated}"] if action.deprecated else []
    if not action.has_handler:
        return [*deprecated, f"Group {action.group}; {EFFECTS[action.effects]}; {WHERE[action.dispatch]}.{since}"]
    timing = action.timing
    attempts = "One attempt" if timing.retry_attempts == 1 else f"{timing.retry_attempts} attempts"
    attempts += " to ask" if action.mode == "human" else ""
    retry = ""
    if timing.retry_attempts > 1:
        first, last = duration_text(timing.retry_initial_ms), duration_text(timing.retry_maximum_ms)
        factor = timing.retry_coefficient.removesuffix(".0")
        retry = f"; {first} before the second, then {factor} times longer each time, up to {last}"
    again = "Safe to run twice." if action.idempotent else "Must not run twice."
    read = f" Reads {', '.join(map(quote, action.context_names))} of the context." if action.context_names else ""
    read += "".join(f" {need}." for need in context_needs(action, quote))
    return [
        *deprecated,
        f"Group {action.group}; {MODES[action.mode]}; {EFFECTS[action.effects]}; {WHERE[action.dispatch]}.",
        f"{needs} {again}{read}",
        f"{time_limit(action, quote)}.",
        f"{attempts}{retry}.{since}",
    ]


def context_needs(action: Action, quote: Quote) -> Iterator[str]:
    """What the action requires of the context."""
    groups: dict[str, list[str]] = {}
    for item in action.context or ():
        if not item.required:
            continue
        where = ""
        if item.when is not None:
            where = f" if {quote(item.when.field)} is {quote(shown(item.when.value))}"
        elif item.late is not None:
            where = f" if a text has {quote('{{' + item.late + '}}')}"
        groups.setdefault(where, []).append(" or ".join(map(quote, (item.name, *item.others))))
    for where, names in groups.items():
        yield f"Needs {all_of(names)}{where}"


def terminal(action: Action) -> str:
    """Plain text in 80 columns."""
    lines = _wrapped(f"{action.name}: {action.summary}", "", "  ")
    for paragraph in re.split(r"\n\s*\n", action.doc):
        lines += ["", *_wrapped(paragraph, "  ")] if paragraph else []
    lines += ["", *(line for trait in traits(action) for line in _wrapped(trait, "  ", "    "))]
    lines += ["", "Config", *(_rows(action.config, "config") or ["  nothing"])]
    across = list(relations.everywhere(action.config, action.relations))
    lines += (
        ["", "Rules across fields", *(part for text in across for part in _wrapped(text, "  ", "    "))]
        if across
        else []
    )
    lines += ["", "Outputs"]
    width = max(len(name) for name, _ in action.outputs)
    for name, doc in action.outputs:
        lines += _wrapped(doc, f"  {name:<{width}}  ", " " * (width + 4) if width < COLUMNS // 3 else "      ")
    lines += ["", "Result", *_rows(action.result, "result")]
    lines += ["  output", "      string", "      The name of the output."]
    if action.errors:
        lines += ["", "Errors"]
    for error in action.errors:
        lines += _wrapped(error.text, "  ", "    ")
        lines += _wrapped(error.doc + (" Retried." if error.retry else ""), "      ")
    if action.modifies:
        lines += ["", "Modifies"]
    for item in action.modifies:
        lines += [f"  {item.table}"]
        for event, columns in modified(item):
            lines += _wrapped(f"{event}: {', '.join(columns)}", "      ", "        ")
    for example in action.examples:
        lines += ["", f"Example: {example.title}" if example.fault is None else f"Fault: {example.title}"]
        lines += ["  " + line for line in _example(example.config)]
        if example.fault is not None:
            lines += _wrapped(example.fault, "  -> ", "     ")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def modified(item: Modification) -> list[tuple[str, tuple[str, ...]]]:
    both = (("created", item.create), ("updated", item.update))
    return [(event, columns) for event, columns in both if columns]


def _example(config: Json) -> list[str]:
    """JSON in lines that fit; json_lines() does not count the key before a value, so narrower widths are tried."""
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
    """The names of the spec files as text."""
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
        across = list(relations.everywhere(action.config, action.relations, code))
        lines += ["Rules across fields: " + "; ".join(across) + ".", ""] if across else []
        lines += ["| output | when |", "|---|---|"]
        lines += [f"| {code(name)} | {_cell(doc)} |" for name, doc in action.outputs]
        if action.errors:
            lines += ["", "| error | when | retried |", "|---|---|---|"]
            lines += [
                f"| {_cell(code(e.text))} | {_cell(e.doc)} | {'yes' if e.retry else 'no'} |" for e in action.errors
            ]
        lines += ["", "| result | type | meaning |", "|---|---|---|"]
        lines += [_row(path, field, "result") for path, field in rows(action.result)]
        lines += ["| `output` | string | The name of the output. |"]
        if action.modifies:
            lines += ["", "| modifies | | columns |", "|---|---|---|"]
            lines += [
                f"| {code(item.table)} | {event} | {', '.join(map(code, columns))} |"
                for item in action.modifies
                for event, columns in modified(item)
            ]
        for example in action.examples:
            lines += ["", f"{example.title}{'' if example.fault is None else ' (a fault)'}:", "", "```json"]
            lines += [json_lines(example.config, 2), "```"]
            if example.fault is not None:
                lines += ["", f"gives {code(example.fault)}"]
    return "\n".join(lines + unavailable(spec) + services(spec)) + "\n"


def unavailable(spec: Spec) -> list[str]:
    """The table of types that no worker performs."""
    lines = ["", "## Unavailable actions", "", "A rule that uses one of these fails: no worker performs them.", ""]
    lines += ["| action | why |", "|---|---|"]
    lines += [f"| {code(name)} | {_cell(reason)} |" for name, reason in spec.unavailable]
    return lines if spec.unavailable else []


def services(spec: Spec) -> list[str]:
    """The table of services."""
    lines = ["", "## Services", "", "| service | what it is | settings | needed by |", "|---|---|---|---|"]
    for service in spec.services:
        needed = ", ".join(code(action.name) for action in spec.actions if service.name in action.needs) or "none"
        lines.append(f"| {service.name} | {_cell(service.doc)} | {service.settings or 'none'} | {needed} |")
    return lines if spec.services else []


def _row(path: str, field: Field, part: str) -> str:
    about = "; ".join([type_text(field), *facts(field, part, code)])
    return f"| {code(path)} | {_cell(about)} | {_cell(field.doc)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
