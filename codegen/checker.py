"""Checks a spec and fills in its defaults."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from codegen import naming, settings
from codegen.definitions import Definitions
from codegen.fields import Fields
from codegen.judge import judge
from codegen.keys import Keys
from codegen.reader import Mapping, Node, Scalar, Sequence, kind_of, read
from codegen.report import Mark, Report, SpecError, did_you_mean, shown
from codegen.spec import Action, Example, Failure, Field, Service, Spec, Timing
from codegen.values import Number, json_from_node

SPEC_VERSION = "1"
MINUTE = 60_000
# By class of action: start-to-close, attempts.
TIMING = {"human": (7 * 24 * 60 * MINUTE, 1), "long": (30 * MINUTE, 3), "default": (5 * MINUTE, 3)}
MAX_SERVICES = 32


def files_of(specs: list[Path]) -> list[Path]:
    """Folders stand for the specs of actions in them."""
    return [
        path
        for spec in specs
        for path in (sorted(spec.glob("*.yaml")) if spec.is_dir() else [spec])
        if path.name != settings.FILE
    ]


def load(paths: list[Path], root: Path) -> Spec:
    """Reads and checks the files; SpecError tells all that is wrong with them."""
    report = Report()
    checker = _Checker(report, groups_beside(paths))
    for path in paths:
        name = shown(path, root)
        try:
            data = path.read_bytes()
        except OSError as fault:
            report.error(Mark(name, 1, 1), f"cannot be read: {fault.strerror}")
            continue
        node = read(data, name, report)
        if node is not None:
            checker.open(node, name)
        elif not report:
            report.error(Mark(name, 1, 1), "the file is empty; it needs 'spec_version' and 'actions'")
    spec = checker.finish(tuple(shown(path, root) for path in paths))
    if report:
        raise SpecError(report)
    return spec


def groups_beside(paths: list[Path]) -> list[str]:
    """The groups of settings of spec/settings.yaml; what is wrong with that file is told by who makes C of it."""
    for file in sorted({path.parent / settings.FILE for path in paths}):
        if file.exists():
            with contextlib.suppress(SpecError):
                return [name for name, _ in settings.load(file, alone=True).groups]
    return []


class _Checker:
    def __init__(self, report: Report, groups: list[str]) -> None:
        self.report = report
        self.groups = groups  # of settings; none: they are not known
        self.definitions = Definitions(report)
        self.services: dict[str, Service] = {}
        self.entries: dict[str, tuple[Scalar, Node, str]] = {}
        self.removed: dict[str, tuple[Scalar, str]] = {}

    def open(self, node: Node, file: str) -> None:
        if not isinstance(node, Mapping):
            self.report.error(node.mark, f"a spec must be a mapping, this is {kind_of(node)}")
            return
        keys = Keys(node, "spec", self.report)
        version = keys.take("spec_version", required=True)
        if version is not None and not (
            isinstance(version, Scalar) and version.text == SPEC_VERSION and version.kind == "number"
        ):
            keys.error(version.mark, f"'spec_version' must be {SPEC_VERSION}")
        for name, value in getattr(keys.mapping("services"), "entries", ()):
            self.service(name, value)
        definitions = keys.mapping("definitions")
        if definitions is not None:
            self.definitions.add(definitions)
        for name, value in getattr(keys.mapping("removed"), "entries", ()):
            self.removal(name, value)
        for name, value in getattr(keys.mapping("actions", required=True), "entries", ()):
            self.entry(name, value, file)
        keys.close()

    def entry(self, name: Scalar, value: Node, file: str) -> None:
        if name.text in self.entries:
            first = self.entries[name.text][0].mark
            self.report.error(name.mark, f"action '{name.text}' is already in {first.file}:{first.line}")
        elif not naming.ACTION.fullmatch(name.text):
            self.report.error(
                name.mark, f"action '{name.text}': a name must have 3 to 48 small letters, digits and _, a letter first"
            )
        elif name.text in naming.KEYWORDS or name.text in naming.TAKEN:
            self.report.error(
                name.mark, f"action '{name.text}': the name is taken in C, and its body is a function of that name"
            )
        else:
            self.entries[name.text] = (name, value, file)

    def removal(self, name: Scalar, value: Node) -> None:
        what = f"removed action '{name.text}'"
        if not (isinstance(value, Scalar) and value.kind == "string" and value.text.strip()):
            self.report.error(value.mark, f"{what}: say why, this is {kind_of(value)}")
        elif name.text in self.removed:
            first = self.removed[name.text][0].mark
            self.report.error(name.mark, f"{what} is already in {first.file}:{first.line}")
        else:
            self.removed[name.text] = (name, value.text.strip())

    def service(self, name: Scalar, node: Node) -> None:
        what = f"service '{name.text}'"
        if not isinstance(node, Mapping):
            self.report.error(node.mark, f"{what}: must be a mapping, this is {kind_of(node)}")
            return
        keys = Keys(node, what, self.report, name.mark)
        if naming.c_name_of(name.text) is None:
            keys.error(name.mark, "the name must be a name in C, of small letters, digits and _")
        header, kind, doc = (keys.string(key, required=True) or "" for key in ("header", "type", "doc"))
        if header and not re.fullmatch(r"[A-Za-z0-9_./-]+\.h", header):
            keys.error(keys.mark_of("header"), f"'header' must be as in #include \"...\", not '{header}'")
        if kind and not re.fullmatch(r"(struct )?[a-z_][a-z0-9_]*", kind):
            keys.error(keys.mark_of("type"), f"'type' must be like 'struct NAME', not '{kind}'")
        service = Service(
            name.mark,
            name.text,
            header,
            kind,
            doc,
            settings=self.group(name.text, keys),
            start=self.word(keys, "start") or f"{name.text}_start",
            stop=self.word(keys, "stop") or f"{name.text}_stop",
            health=self.word(keys, "health"),
            libraries=self.libraries(keys),
        )
        keys.close()
        if name.text in self.services:
            first = self.services[name.text].mark
            self.report.error(name.mark, f"{what} is already in {first.file}:{first.line}")
        elif len(self.services) == MAX_SERVICES:
            keys.error(name.mark, f"more than {MAX_SERVICES} services")
        else:
            self.services[name.text] = service

    def group(self, name: str, keys: Keys) -> str | None:
        node = keys.node.get("settings")
        if isinstance(node, Mapping):
            keys.take("settings")
            settings.of_service(name, node, self.report)
            return name
        group = self.word(keys, "settings")
        if group and self.groups and group not in self.groups:
            near = did_you_mean(group, self.groups)
            keys.error(keys.mark_of("settings"), f"'settings': spec/{settings.FILE} has no group '{group}'{near}")
        return group

    def word(self, keys: Keys, key: str) -> str | None:
        """A name in C."""
        text = keys.string(key)
        if text and naming.c_name_of(text) is None:
            keys.error(keys.mark_of(key), f"'{key}' must be a name in C, of small letters, digits and _, not '{text}'")
        return text

    def libraries(self, keys: Keys) -> tuple[str, ...]:
        found = keys.strings("libraries")
        for library in found:
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", library.text):
                keys.error(library.mark, f"'libraries': '{library.text}' is no name of a library, like hiredis")
        return tuple(sorted({library.text for library in found}))

    def finish(self, files: tuple[str, ...]) -> Spec:
        for name in self.removed.keys() & self.entries.keys():
            there = self.entries[name][0].mark
            self.report.error(
                self.removed[name][0].mark,
                f"removed action '{name}' is in {there.file}:{there.line}; names are not used again for something else",
            )
        self.functions()
        actions = [self.action(name, node, file) for _, (name, node, file) in sorted(self.entries.items())]
        self.definitions.report_unused()
        found = tuple(action for action in actions if action is not None)
        self.tags(found)
        if not self.report:
            for action in found:
                self.try_examples(action)
        removed = tuple((name, reason) for name, (_, reason) in sorted(self.removed.items()))
        return Spec(files, tuple(self.services[name] for name in sorted(self.services)), found, removed)

    def functions(self) -> None:
        """Functions of services are no actions, nor are files of services those of actions."""
        for service in self.services.values():
            for name in (service.name, service.start, service.stop, service.health):
                if name in self.entries:
                    there = self.entries[name][0].mark
                    self.report.error(
                        service.mark, f"service '{service.name}': '{name}' is an action in {there.file}:{there.line}"
                    )

    def action(self, name: Scalar, node: Node, file: str) -> Action | None:
        what = f"action '{name.text}'"
        if not isinstance(node, Mapping):
            self.report.error(node.mark, f"{what}: must be a mapping, this is {kind_of(node)}")
            return None
        keys = Keys(node, what, self.report, name.mark)
        fields = Fields(self.definitions, name.text, self.report)
        mode = keys.choice("mode", ("sync", "async", "human")) or "sync"
        effects = keys.choice("effects", ("pure", "read", "write", "external"), required=True) or "pure"
        idempotent = self.idempotent(keys, effects)
        context = self.context(keys)
        texts = self.texts(keys)
        config, result = keys.mapping("config"), keys.mapping("result")
        action = Action(
            mark=name.mark,
            name=name.text,
            file=file,
            summary=self.summary(keys),
            doc=keys.string("doc") or "",
            group=keys.choice("group", ("core", "extended"), required=True) or "core",
            mode=mode,
            effects=effects,
            idempotent=idempotent,
            dispatch=self.dispatch(keys, mode, effects, idempotent),
            needs=self.needs(keys),
            outputs=self.outputs(keys),
            errors=self.errors(keys),
            timing=self.timing(keys, mode, effects),
            asks=self.asks(keys, mode),
            context_all=context is None,
            context_names=context or (),
            unreadable=texts[0],
            malformed=texts[1],
            config=fields.all(config, "config") if config else (),
            result=fields.all(result, "result") if result else (),
            examples=self.examples(keys),
            since=keys.version("since"),
            deprecated=keys.string("deprecated"),
            breaking=keys.string("breaking"),
        )
        keys.close()
        self.output_clash(action)
        self.human_fields(action, keys)
        return action

    def summary(self, keys: Keys) -> str:
        summary = keys.string("summary", required=True) or ""
        if summary and (not summary.endswith(".") or "\n" in summary or len(summary) > 120):
            keys.error(
                keys.mark_of("summary"), "'summary' must be one sentence of at most 120 characters, with a period"
            )
        return summary

    def idempotent(self, keys: Keys, effects: str) -> bool:
        said = keys.boolean("idempotent")
        if said is None and effects in ("write", "external") and not keys.has("idempotent"):
            keys.error(
                keys.mark, f"'idempotent' is missing: with effects '{effects}', say whether running twice does no harm"
            )
        if said is False and effects in ("pure", "read"):
            keys.error(keys.mark_of("idempotent"), f"with effects '{effects}' an action is idempotent")
        return True if said is None else said

    def context(self, keys: Keys) -> tuple[str, ...] | None:
        """Names that it reads besides what its config names; None: it sees everything."""
        if isinstance(keys.node.get("context"), Sequence):
            return tuple(sorted({name.text for name in keys.strings("context")}))
        return None if keys.choice("context", ("named", "all")) == "all" else ()

    def dispatch(self, keys: Keys, mode: str, effects: str, idempotent: bool) -> str:
        local = mode == "sync" and effects != "external" and idempotent
        said = keys.choice("dispatch", ("local", "activity"))
        if said == "local" and not local:
            why = (
                f"mode is '{mode}'"
                if mode != "sync"
                else "effects are 'external'"
                if effects == "external"
                else "it is not idempotent"
            )
            keys.error(keys.mark_of("dispatch"), f"'dispatch' cannot be local: {why}")
        return said or ("local" if local else "activity")

    def needs(self, keys: Keys) -> tuple[str, ...]:
        found = keys.strings("needs")
        for need in found:
            if need.text not in self.services:
                keys.error(
                    need.mark, f"'needs': there is no service '{need.text}'{did_you_mean(need.text, self.services)}"
                )
        return tuple(sorted({need.text for need in found} & self.services.keys()))

    def outputs(self, keys: Keys) -> tuple[tuple[str, str], ...]:
        node = keys.mapping("outputs")
        if node is None:
            return (("success", "Action completed successfully."),)
        found: list[tuple[str, str]] = []
        for name, value in node.entries:
            if not naming.OUTPUT.fullmatch(name.text):
                keys.error(name.mark, f"output '{name.text}' must be of small letters, digits and _, a letter first")
            if isinstance(value, Scalar) and value.kind == "string" and value.text.strip():
                found.append((name.text, value.text.strip()))
            else:
                keys.error(value.mark, f"output '{name.text}': say what it means, this is {kind_of(value)}")
        if not node.entries and not self.report:
            keys.error(node.mark, "'outputs' is empty; without it there is one, 'success'")
        return tuple(found) or (("success", ""),)

    def errors(self, keys: Keys) -> tuple[Failure, ...]:
        found: list[Failure] = []
        for text, value in getattr(keys.mapping("errors"), "entries", ()):
            what = f"{keys.what}: error '{text.text}'"
            if not isinstance(value, Mapping):
                self.report.error(value.mark, f"{what}: must be a mapping with 'doc', this is {kind_of(value)}")
                continue
            if re.search(r"[{}]", re.sub(r"\{[a-z][a-z0-9_]*\}", "", text.text)):
                self.report.error(text.mark, f"{what}: braces stand around names, like {{why}}")
            inner = Keys(value, what, self.report, text.mark)
            found.append(Failure(text.text, inner.string("doc", required=True) or "", bool(inner.boolean("retry"))))
            inner.close()
        return tuple(found)

    def timing(self, keys: Keys, mode: str, effects: str) -> Timing:
        kind = "human" if mode == "human" else "long" if mode == "async" or effects == "external" else "default"
        timeout, attempts = TIMING[kind]
        timeout = keys.duration("timeout") or timeout
        field, unit = self.timeout_from(keys, mode)
        retry = keys.mapping("retry")
        if retry is None:
            return Timing(timeout, attempts, 1000, MINUTE, "2.0", field, unit)
        inner = Keys(retry, f"{keys.what}: 'retry'", self.report)
        coefficient = inner.scalar("coefficient", "number", "a number")
        if coefficient is not None and not 1 <= Number(coefficient.text).decimal <= 100:
            inner.error(coefficient.mark, f"'coefficient' must be from 1 to 100, not {coefficient.text}")
        timing = Timing(
            timeout,
            inner.whole("attempts", 1, 1000) or attempts,
            inner.duration("initial") or 1000,
            inner.duration("maximum") or MINUTE,
            str(float(coefficient.text)) if coefficient else "2.0",
            field,
            unit,
        )
        inner.close()
        if timing.retry_initial_ms > timing.retry_maximum_ms:
            inner.error(inner.mark_of("initial"), "'initial' is longer than 'maximum'")
        return timing

    def timeout_from(self, keys: Keys, mode: str) -> tuple[str | None, int]:
        """Field of the config, and the unit that it counts in."""
        node = keys.mapping("timeout_from")
        if node is None:
            return None, 0
        self.only_human(keys, "timeout_from", mode)
        inner = Keys(node, f"{keys.what}: 'timeout_from'", self.report)
        field, unit = inner.string("field", required=True), inner.duration("unit")
        if unit is None and not inner.has("unit"):
            inner.error(node.mark, "'unit' is missing")
        inner.close()
        return (field, unit) if field and unit else (None, 0)

    def asks(self, keys: Keys, mode: str) -> str | None:
        field = keys.string("asks")
        if field is not None:
            self.only_human(keys, "asks", mode)
        return field or None

    def only_human(self, keys: Keys, key: str, mode: str) -> None:
        if mode != "human":
            keys.error(keys.mark_of(key), f"'{key}' is for mode 'human', this is '{mode}'")

    def human_fields(self, action: Action, keys: Keys) -> None:
        """`timeout_from` and `asks` name fields that the engine can read, which knows no more than JSON."""
        fields = {field.name: field for field in action.config}
        wanted = (("timeout_from", action.timing.field, "an integer"), ("asks", action.asks, "a list of texts"))
        for key, name, kind in wanted:
            if name is None:
                continue
            field = fields.get(name)
            if field is None:
                keys.error(keys.mark_of(key), f"'{key}': there is no config field '{name}'{did_you_mean(name, fields)}")
            elif not (is_texts(field) if key == "asks" else field.type == "integer"):
                keys.error(keys.mark_of(key), f"'{key}': field '{name}' must be {kind}")
            elif field.aliases or field.template:
                keys.error(keys.mark_of(key), f"'{key}': field '{name}' must have no aliases and no templates")

    def texts(self, keys: Keys) -> tuple[str, str]:
        node = keys.mapping("texts")
        default = ("failed to parse config", "invalid configuration format")
        if node is None:
            return default
        inner = Keys(node, f"{keys.what}: 'texts'", self.report)
        texts = (inner.string("unreadable") or default[0], inner.string("invalid") or default[1])
        inner.close()
        return texts

    def examples(self, keys: Keys) -> tuple[Example, ...]:
        node = keys.sequence("examples")
        found: list[Example] = []
        for item in node.items if node else ():
            if not isinstance(item, Mapping):
                keys.error(item.mark, f"an example must be a mapping, this is {kind_of(item)}")
                continue
            inner = Keys(item, f"{keys.what}: example", self.report)
            config = inner.take("config", required=True)
            title = inner.string("title", required=True) or ""
            fault = inner.exactly("fault")
            inner.close()
            if config is not None:
                found.append(Example(inner.mark, title, json_from_node(config, self.report), fault))
        broken = node is None and keys.has("examples")
        if not broken and not any(example.fault is None for example in found) and not (node and self.report):
            keys.error(keys.mark, "'examples' must hold one of a good config")
        return tuple(found)

    def try_examples(self, action: Action) -> None:
        for example in action.examples:
            gives = "; ".join(judge(action, example.config)) or None
            if gives != example.fault:
                said = "to be good" if example.fault is None else f'to give "{example.fault}"'
                found = "is good" if gives is None else f'gives "{gives}"'
                self.report.error(
                    example.mark, f"action '{action.name}': example '{example.title}' is said {said}, but {found}"
                )

    def output_clash(self, action: Action) -> None:
        for field in action.result:
            if "output" in (field.name, field.c_name):
                self.report.error(field.mark, f"action '{action.name}': result field 'output' is made from 'outputs'")

    def tags(self, actions: tuple[Action, ...]) -> None:
        """Structs, enums and constants of all actions share the name space of C."""
        taken: dict[str, str] = {}
        for action in actions:
            for part in ("config", "result", "services", "output"):
                taken[f"{action.name}_{part}"] = f"the {part} of action '{action.name}'"
            for output, _ in action.outputs:
                taken[naming.constant(action.name, "output", output)] = f"an output of action '{action.name}'"
        for action in actions:
            for path, field in tagged(action.config + action.result):
                owner = f"'{path}' of action '{action.name}'"
                for name in c_names(action, field):
                    first = taken.setdefault(name, owner)
                    if first != owner:
                        advice = "give it a 'name'" if field.type in ("enum", "object") else "give it a 'c_name'"
                        self.report.error(
                            field.mark,
                            f"action '{action.name}': field '{path}' would be '{name}' in C, as is {first}; {advice}",
                        )


def is_texts(field: Field) -> bool:
    return field.of is not None and field.of.type in ("string", "uuid") and not field.of.template


def c_names(action: Action, field: Field) -> list[str]:
    """What a field adds to the name space of C."""
    names = [f"{action.name}_{field.tag}"]
    if field.type == "enum":
        texts = [*field.values, "other"] if field.check_only else field.values
        names += sorted({naming.constant(action.name, field.tag, text) for text in texts})
    return names


def tagged(fields: tuple[Field, ...], prefix: str = "") -> list[tuple[str, Field]]:
    """Every field that makes a struct or an enum, with its path; inner ones first."""
    found: list[tuple[str, Field]] = []
    for field in fields:
        path = prefix + field.name
        found += _tagged(path, field)
    return found


def _tagged(path: str, field: Field) -> list[tuple[str, Field]]:
    found: list[tuple[str, Field]] = []
    if field.fields is not None:
        found += tagged(field.fields, path + ".")
    if field.of is not None:
        found += _tagged(path + "[]", field.of)
    if field.type in ("enum", "list") or field.fields is not None:
        found.append((path, field))
    return found
