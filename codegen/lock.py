"""The lock: what saved rules rely on. spec/actions.lock.json holds each action as the last `make lock` saw it. A spec
that would break rules saved since then is refused, unless it declares the break."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codegen import lock_schema, schema
from codegen.compare import Compared
from codegen.json_values import Json, Number, json_lines, json_text
from codegen.report import Mark, Report, SpecError, near, shown
from codegen.spec import Action, Spec

VERSION = Number("1")
ADVICE = "an intended break needs `breaking: REASON` in the entry of the action, then `make lock`"


@dataclass
class Lock:
    actions: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)  # the line of each action in the file


def entry_of(action: Action) -> dict[str, Json]:
    entry: dict[str, Json] = {
        "schema_sha256": digest(action),
        "group": action.group,
        "mode": action.mode,
        "config": lock_schema.of_config(action.config),
        **({"rules": lock_schema.of_relations(action.relations)} if action.relations else {}),
        "outputs": [name for name, _ in action.outputs],
        "result": lock_schema.of_result(action.result),
    }
    return entry | ({"breaking": action.breaking} if action.breaking else {})


def digest(action: Action) -> str:
    """The hash of the schema of an action's config without descriptions."""
    compared = without_texts(schema.schema_of(action))
    return hashlib.sha256(json_text(compared).encode()).hexdigest()


def without_texts(value: Json) -> Json:
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if not (key == "description" and isinstance(item, str))}
        return {key: without_texts(item) for key, item in kept.items()}
    return [without_texts(item) for item in value] if isinstance(value, list) else value


def text_of(spec: Spec) -> str:
    """The text that `make lock` writes."""
    actions: dict[str, Json] = {action.name: entry_of(action) for action in spec.actions}
    return json_lines({"lock_version": VERSION, "actions": actions}, 2, deep=4) + "\n"


def read(path: Path, name: str, report: Report) -> Lock:
    """Reads the lock from a file; empty if there is no file."""
    if not path.exists():
        return Lock()
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        value = json.loads(text, parse_int=Number, parse_float=Number)
    except RecursionError:
        value = None
    except json.JSONDecodeError as fault:
        advice = "after a merge, take one side of the file, then run `make lock`"
        report.error(Mark(name, fault.lineno, fault.colno), f"not valid JSON: {fault.msg}; {advice}")
        return Lock()
    changed = f"not as `make lock` writes it; undo the change: git checkout {name}"
    if not is_lock(value):
        report.error(Mark(name, 1, 1), changed)
        return Lock()
    actions: dict[str, dict[str, Any]] = value["actions"]
    starts = {line.split('"')[1]: index + 1 for index, line in enumerate(text.splitlines()) if line[:5] == '    "'}
    for action in (action for action, entry in actions.items() if not is_entry(entry)):
        report.error(Mark(name, starts.get(action, 1), 5), f"action '{action}': {changed}")
    return Lock(actions, {action: starts.get(action, 1) for action in actions})


def is_lock(value: Any) -> bool:
    return isinstance(value, dict) and value.get("lock_version") == VERSION and isinstance(value.get("actions"), dict)


def is_entry(entry: Any) -> bool:
    kinds = {"schema_sha256": str, "group": str, "config": dict, "outputs": list, "result": dict}
    return (
        isinstance(entry, dict)
        and all(isinstance(entry.get(key), kind) for key, kind in kinds.items())
        and isinstance(entry.get("mode", ""), str)
        and isinstance(entry.get("breaking", ""), str)
        and isinstance(entry.get("rules", []), list)
        and all(isinstance(output, str) for output in entry["outputs"])
        and all(lock_schema.is_field(item) for item in (*entry["config"].values(), *entry["result"].values()))
    )


def check(spec: Spec, path: Path, root: Path) -> list[str]:
    """Raises SpecError for changes that break saved rules; returns notices of other changes."""
    report = Report()
    name = shown(path, root)
    lock = read(path, name, report)
    if report:
        raise SpecError(report)
    actions = {action.name: action for action in spec.actions}
    removed = dict(spec.removed)
    for known in lock.actions:
        if known in actions:
            if not compare(actions[known], lock.actions[known], report):
                report.advice.add(f"{name}: {ADVICE}")
        elif known not in removed:
            report.error(
                Mark(name, lock.lines[known], 5),
                f"action '{known}' is gone, and saved rules may use it: restore it, or give the reason under 'removed'"
                + renamed(known, lock, spec),
            )
    if report:
        raise SpecError(report)
    found = list(changes(spec, lock))
    return [f"{name}: run `make lock`: {', '.join(found)}"] if found else []


def renamed(gone: str, lock: Lock, spec: Spec) -> str:
    """A hint that names the new action with the same config or a similar name."""
    new = {action.name: action for action in spec.actions if action.name not in lock.actions}
    config = lock.actions[gone]["config"]
    same = (name for name, action in new.items() if config and lock_schema.of_config(action.config) == config)
    now = next(same, None) or near(gone, new)
    return f"; if it was renamed to '{now}', keep the old name: rules use it" if now else ""


def compare(action: Action, entry: dict[str, Any], report: Report) -> bool:
    """Whether every saved rule works as before. Reports every break."""
    used_up = action.breaking is not None and action.breaking == entry.get("breaking")
    if action.breaking is not None and not used_up:
        return True
    advice = "; its 'breaking' belongs to an earlier change" if used_up else ""
    compared = Compared()
    compared.config(entry["config"], action.config, "", action.mark)
    compared.relations(entry.get("rules", []), entry["config"], action.relations, "")
    compared.result(entry["result"], action.result, "", action.mark)
    for output in entry["outputs"]:
        if output not in dict(action.outputs):
            compared.broken(action.mark, f"output '{output}' is gone")
    for output, _ in action.outputs:
        if output not in entry["outputs"]:
            compared.broken(action.mark, f"output '{output}' is new, and no rule has an edge for it")
    if entry.get("mode", action.mode) != action.mode:
        compared.broken(action.mark, f"its mode was {entry['mode']} and is {action.mode}")
    if entry["group"] == "core" and action.group != "core":
        compared.broken(action.mark, "it is no longer in the group core")
    for mark, what, remedy in compared.breaks:
        report.error(mark, f"action '{action.name}': {what}, which would break saved rules{remedy}{advice}")
    return not compared.breaks


def changes(spec: Spec, lock: Lock) -> Iterator[str]:
    for action in spec.actions:
        if action.name not in lock.actions:
            yield f"action '{action.name}' is new"
        elif lock.actions[action.name] != entry_of(action):
            yield f"action '{action.name}' has changed"
    for known in sorted(lock.actions.keys() - {action.name for action in spec.actions}):
        yield f"action '{known}' is removed"
