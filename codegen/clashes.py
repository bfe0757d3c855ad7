"""What the C of a spec is called, and who has that name already: the compiler would say so of C that nobody wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from codegen import naming, taken
from codegen.report import Mark, Report
from codegen.spec import Action, Field, Service

# What is made of each action, after its name.
FUNCTIONS = ("config_read", "result_write", "perform", "check")
OBJECTS = ("documentation", "json_schema", "outputs", "references", "deprecations", "context_names", "examples")
STRUCTS = ("config", "result", "services", "output")
FILES = ("{}", "test_{}", "fuzz_{}")
# What is made once.
COMMON = (
    *("services_settings", "services_start", "services_stop", "services_health"),
    *("SERVICE_COUNT", "SERVICES_ALL", "GENERATED_SERVICES_H", "SETTINGS_ALL", "BASE_SETTINGS_VALUES_H"),
)
COMMON_TAGS = ("services", "service_id", "settings", "settings_group", "settings_list")
COMMON_FILES = ("registry", "services")
# Other things of C where the function of an action is called, and where those of a service are.
_AROUND_ACTION = """
answer arena call config decoded decoder documents empty_result faults full_config full_result handed outcome
read_config read_good read_only result services write_result
"""
_AROUND_SERVICE = "error groups needs services settings status timeout_ms"
AROUND_ACTION = frozenset(_AROUND_ACTION.split())
AROUND_SERVICE = frozenset(_AROUND_SERVICE.split())


def symbols(action: str) -> list[str]:
    """Functions, objects and macros of an action, but for constants."""
    return [action, *(f"{action}_{part}" for part in FUNCTIONS + OBJECTS), f"GENERATED_{naming.upper(action)}_H"]


def output_constants(action: Action) -> list[str]:
    return [naming.constant(action.name, "output", output) for output, _ in action.outputs]


def field_constants(action: Action, field: Field) -> list[str]:
    if field.type != "enum":
        return []
    texts = [*field.values, "other"] if field.check_only else field.values
    return sorted({naming.constant(action.name, field.tag, text) for text in texts})


def private_functions(action: Action) -> list[str]:
    """Those that only the file of an action has: they read and write what it consists of."""
    found = ["read_config", "write_result"]
    for verb, fields in (("read", action.config), ("write", action.result)):
        found += [f"{verb}_{field.tag}" for _, field in tagged(fields) if field.type != "enum"]
    return found


def tagged(fields: tuple[Field, ...], prefix: str = "") -> list[tuple[str, Field]]:
    """Every field that makes a struct or an enum, with its path; inner ones first."""
    found: list[tuple[str, Field]] = []
    for field in fields:
        found += _tagged(prefix + field.name, field)
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


def check(
    names: Mapping[str, Mark],
    actions: Iterable[Action],
    services: Iterable[Service],
    groups: Iterable[str],
    report: Report,
) -> None:
    """`names` are those of all actions, also of those whose entry has faults; `groups` those of settings."""
    clashes = _Clashes(report)
    for group in groups:
        clashes.ordinary.setdefault(f"SETTINGS_{group.upper()}", f"the settings '{group}' make")
    for name, mark in sorted(names.items()):
        clashes.action(name, mark)
    for service in services:
        clashes.service(service)
    listed = list(actions)
    for action in listed:
        clashes.outputs(action)
    for action in listed:
        for verb, fields in (("read", action.config), ("write", action.result)):
            for path, field in tagged(fields):
                clashes.field(action, path, field, verb)


class _Clashes:
    """Who has each name, in words; later ones clash with earlier ones."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.taken = taken.names()
        self.ordinary = dict.fromkeys(COMMON, "every spec makes")
        self.tags = dict.fromkeys(COMMON_TAGS, "every spec makes")
        self.files = dict.fromkeys(COMMON_FILES, "every spec makes")

    def owner(self, name: str, tag: bool = False) -> str | None:
        """Who has a name before a spec says anything."""
        found = self.taken.tags.get(name) if tag else self.taken.ordinary.get(name)
        return self.taken.macros.get(name) or found

    def take(self, name: str, mine: str, tag: bool = False) -> str | None:
        """Takes a name; who has it already."""
        other = self.owner(name, tag) or (self.tags if tag else self.ordinary).setdefault(name, mine)
        return None if other == mine else other

    def action(self, name: str, mark: Mark) -> None:
        mine = f"action '{name}' ({mark.file}:{mark.line}) makes"
        if name in naming.KEYWORDS:
            self.error(mark, f"action '{name}'", f"its body is a function '{name}' in C, but that is a word of C")
            return
        if name in AROUND_ACTION:
            why = f"but what is made around it has another '{name}'"
            self.error(mark, f"action '{name}'", f"its body is a function '{name}' in C, {why}")
        for symbol in symbols(name):
            made = "its body is a function" if symbol == name else "it makes"
            self.made(mark, f"action '{name}'", f"{made} '{symbol}' in C", self.take(symbol, mine))
        for struct in STRUCTS:
            tag = f"{name}_{struct}"
            self.made(mark, f"action '{name}'", f"it makes a type '{tag}' in C", self.take(tag, mine, tag=True))
        for form in FILES:
            file = form.format(name)
            other = self.files.setdefault(file, mine)
            self.made(mark, f"action '{name}'", f"it makes a file '{file}.c'", None if other == mine else other)

    def made(self, mark: Mark, who: str, what: str, other: str | None) -> None:
        if other is not None:
            self.error(mark, who, f"{what}, which {other} already")

    def error(self, mark: Mark, who: str, what: str, advice: str = "call it otherwise") -> None:
        self.report.error(mark, f"{who}: {what}; {advice}")

    def service(self, service: Service) -> None:
        who = f"service '{service.name}'"
        mine = f"{who} ({service.mark.file}:{service.mark.line}) makes"
        constant = f"SERVICE_{naming.upper(service.name)}"
        self.made(service.mark, who, f"it makes '{constant}' in C", self.take(constant, mine))
        for name in dict.fromkeys((service.start, service.stop, service.health)):
            if name in AROUND_SERVICE:
                self.error(service.mark, who, f"it has a function '{name}', but what calls it has another '{name}'")
            elif name in self.ordinary:
                self.made(service.mark, who, f"it has a function '{name}'", self.ordinary[name])
        if service.name in self.files and service.name not in COMMON_FILES:
            self.made(service.mark, who, f"its file would be '{service.name}.c'", self.files[service.name])
        tag = service.type.removeprefix("struct ")
        if tag in self.tags and service.type != tag:
            self.made(service.mark, who, f"its type is '{service.type}'", self.tags[tag])

    def outputs(self, action: Action) -> None:
        for (output, _), constant in zip(action.outputs, output_constants(action), strict=True):
            mine = f"output '{output}' of action '{action.name}' makes"
            what = f"output '{output}' makes '{constant}' in C"
            self.made(action.mark, f"action '{action.name}'", what, self.take(constant, mine))

    def field(self, action: Action, path: str, field: Field, verb: str) -> None:
        mine = f"field '{path}' of action '{action.name}' makes"
        tag = f"{action.name}_{field.tag}"
        others = [(tag, self.take(tag, mine, tag=True))]
        if others[0][1] is None:  # else the rest is one fault with it
            others += [(constant, self.take(constant, mine)) for constant in field_constants(action, field)]
            if field.type != "enum":
                function = f"{verb}_{field.tag}"
                own = self.ordinary.get(function) if function in symbols(action.name) else None
                seen = self.taken.ordinary.get(function, "").startswith(taken.SEEN)
                others.append((function, own or (self.owner(function) if seen else None)))
        outer = "the list" if path.endswith("[]") else "it"
        advice = "give it a 'name'" if field.type in ("enum", "object") else f"give {outer} a 'c_name'"
        for name, other in others:
            if other is not None:
                what = f"field '{path}' makes '{name}' in C, which {other} already"
                self.error(field.mark, f"action '{action.name}'", what, advice)
