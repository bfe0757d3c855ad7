"""Checks a spec and fills in its defaults."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from codegen import entities, name_collisions, naming, settings, variants
from codegen.actions import Actions
from codegen.definitions import Definitions
from codegen.json_values import Json
from codegen.key_reader import Keys, nameless
from codegen.reader import Mapping, Node, Scalar, kind_of, last_mark, read
from codegen.reference_decoder import faults_of
from codegen.report import Mark, Report, SpecError, did_you_mean, shown
from codegen.services import Services
from codegen.spec import Action, Field, Spec

SPEC_VERSION = "1"


# File names that Meson and ninja read as one word.
FILE_NAME = re.compile(r"[A-Za-z0-9_.+-]+")


def files_of(specs: list[Path]) -> list[Path]:
    """Replaces each folder with the files in it that are, or look like, specs of actions."""
    return [path for spec in specs for path in (_in_folder(spec) if spec.is_dir() else [spec])]


def _in_folder(folder: Path) -> list[Path]:
    found = (path for path in folder.iterdir() if path.suffix.lower() in (".yaml", ".yml"))
    return sorted(path for path in found if path.name[0] != "." and path.name not in (settings.FILE, entities.FILE))


def load(paths: list[Path], root: Path) -> Spec:
    """Reads and checks the files. Raises SpecError, which holds every fault."""
    report = Report()
    checker = _Checker(report, settings_beside(paths, root))
    for path in paths:
        name = shown(path, root)
        before = len(report.errors)
        if path.suffix.lower() in (".yaml", ".yml") and path.suffix != ".yaml":
            report.error(Mark(name, 1, 1), "not read: the name of a spec must end in .yaml; rename it")
            checker.unread()
            continue
        if not FILE_NAME.fullmatch(path.name):
            report.error(
                Mark(name, 1, 1), f"'{path.name}': the name of a spec must consist of letters, digits, _, - and ."
            )
        try:
            node = read(path.read_bytes(), name, report)
        except OSError as fault:
            report.error(Mark(name, 1, 1), f"cannot be read: {fault.strerror}")
            node = None
        if node is not None:
            checker.open(node, name)
        elif len(report.errors) == before:
            report.error(Mark(name, 1, 1), "the file is empty; it needs 'spec_version' and 'actions'")
        else:
            checker.unread()
    spec = checker.finish(tuple(shown(path, root) for path in paths))
    if report:
        raise SpecError(report)
    return spec


def settings_beside(paths: list[Path], root: Path) -> settings.Settings | None:
    """Returns the settings of spec/settings.yaml. Ignores its faults, which settings.py reports."""
    for file in sorted({path.parent / settings.FILE for path in paths}):
        if file.exists():
            with contextlib.suppress(SpecError):
                return settings.load(file, root, alone=True)
    return None


class _Checker:
    def __init__(self, report: Report, beside: settings.Settings | None) -> None:
        self.report = report
        self.definitions = Definitions(report)
        self.services = Services(beside, report)
        self.entries: dict[str, tuple[Scalar, Node, str]] = {}
        self.removed: dict[str, tuple[Scalar, str]] = {}
        self.unavailable: dict[str, tuple[Scalar, str]] = {}

    def unread(self) -> None:
        """Records that a file is unreadable, so that missing definitions and services may be in it."""
        self.definitions.complete = False
        self.services.complete = False

    def open(self, node: Node, file: str) -> None:
        if not isinstance(node, Mapping):
            self.report.error(node.mark, f"a spec must be a mapping, this is {kind_of(node)}")
            self.unread()
            return
        keys = Keys(node, "spec", self.report)
        version = keys.take("spec_version", required=True)
        if version is not None and not (
            isinstance(version, Scalar) and version.text == SPEC_VERSION and version.kind == "number"
        ):
            text = version.text if isinstance(version, Scalar) else ""
            without = " without quotes" if text == SPEC_VERSION else ""
            found = f"not '{text}'" if text else f"this is {kind_of(version)}"
            keys.error(version.mark, f"'spec_version' must be {SPEC_VERSION}{without}, {found}")
        self.services.open(keys)
        self.definitions.open(keys)
        for key, reasons in (("removed", self.removed), ("unavailable", self.unavailable)):
            for name, value in getattr(keys.mapping(key), "entries", ()):
                self.reason(f"{key} action '{name.text}'", name, value, reasons)
        actions = keys.take("actions", required=True)
        if actions is not None:
            self.definitions.use(actions)
        listed = keys.mapping("actions")
        if listed is not None and not nameless(listed, "action", ("summary", "group", "effects"), self.report):
            for name, value in listed.entries:
                self.entry(name, value, file)
        meant = keys.close()
        self.services.complete &= "services" not in meant
        self.definitions.complete &= "definitions" not in meant

    def entry(self, name: Scalar, value: Node, file: str) -> None:
        if name.text in self.entries:
            first = self.entries[name.text][0].mark
            self.report.error(name.mark, f"action '{name.text}' is already in {first.file}:{first.line}")
        elif not naming.ACTION.fullmatch(name.text):
            near = naming.snake_case(name.text)
            advice = f"; did you mean '{near}'?" if naming.ACTION.fullmatch(near) else ""
            self.report.error(
                name.mark,
                f"action '{name.text}': a name has 3 to 48 small letters, digits and _, a letter first{advice}",
            )
        else:
            self.entries[name.text] = (name, value, file)

    def reason(self, what: str, name: Scalar, value: Node, found: dict[str, tuple[Scalar, str]]) -> None:
        if not (isinstance(value, Scalar) and value.kind == "string" and value.text.strip()):
            self.report.error(value.mark, f"{what}: must give the reason, this is {kind_of(value)}")
        elif name.text in found:
            first = found[name.text][0].mark
            self.report.error(name.mark, f"{what} is already in {first.file}:{first.line}")
        else:
            found[name.text] = (name, value.text.strip())

    def finish(self, files: tuple[str, ...]) -> Spec:
        for name in self.removed.keys() & self.entries.keys():
            there = self.entries[name][0].mark
            self.report.error(
                self.removed[name][0].mark,
                f"removed action '{name}' is in {there.file}:{there.line}; names must not be reused",
            )
        for name in sorted(self.unavailable.keys() & self.entries.keys()):
            there = self.entries[name][0].mark
            self.report.error(
                self.unavailable[name][0].mark, f"unavailable action '{name}' is in {there.file}:{there.line}"
            )
        self.definitions.report_unused()
        settings.check_once(self.services.settings, self.report)
        found = tuple(self.actions())
        services = tuple(self.services.found[name] for name in sorted(self.services.found))
        names = {name: key.mark for name, (key, _, _) in self.entries.items()}
        name_collisions.check(names, found, services, self.report)
        removed = tuple((name, reason) for name, (_, reason) in sorted(self.removed.items()))
        unavailable = tuple((name, reason) for name, (_, reason) in sorted(self.unavailable.items()))
        return Spec(files, services, found, removed, unavailable)

    def actions(self) -> list[Action]:
        """Checks the entries, and the examples of entries that have no fault."""
        found: list[Action] = []
        actions = Actions(self.definitions, self.services, self.report)
        for _, (name, node, file) in sorted(self.entries.items()):
            before = len(self.report.errors)
            action = actions.action(name, node, file)
            if action is not None:
                found.append(action)
                if len(self.report.errors) == before and not self.is_unclear(name.mark, node):
                    self.try_examples(action)
        return found

    def is_unclear(self, mark: Mark, node: Node) -> bool:
        """Whether the reader found a fault in an entry or in the definitions that it uses."""
        places = [(mark, last_mark(node))]
        places += [(part.mark, last_mark(part)) for part in self.definitions.reached(node)]
        return any(first <= unclear <= last for unclear in self.report.unclear for first, last in places)

    def try_examples(self, action: Action) -> None:
        for example in action.examples:
            what = f"action '{action.name}': example '{example.title}'"
            unknown = list(unknown_keys(action.config, example.config))
            for path, near in unknown:
                self.report.error(example.mark, f"{what}: there is no field '{path}'{near}")
            if unknown:  # unknown keys may cause the other faults
                continue
            gives = "; ".join(faults_of(action, example.config)) or None
            if gives != example.fault:
                expected = "be valid" if example.fault is None else f'give "{example.fault}"'
                found = "is valid" if gives is None else f'gives "{gives}"'
                advice = "; if that is intended, add it as 'fault'" if example.fault is None else ""
                self.report.error(example.mark, f"{what} should {expected}, but {found}{advice}")


def unknown_keys(fields: tuple[Field, ...], value: Json, path: str = "") -> Iterator[tuple[str, str]]:
    """Keys of an object that belong to no field, each with a suggestion. The decoder ignores such keys, so an example
    that has one shows nothing."""
    by_key = {lower: field for field in fields for _, lower in field.keys}
    for key, member in value.items() if isinstance(value, dict) else ():
        field, inner = by_key.get(key.lower()), [member]
        if field is None:
            yield path + key, did_you_mean(key, [name for other in fields for name, _ in other.keys])
            continue
        place = path + key
        while field.of is not None:
            inner = [element for part in inner for element in elements(part)]
            field, place = field.of, place + field.every
        for part in inner:
            if field.choice is not None:
                variant = variants.of_value(field, part)
                known = (field.choice, *((variant.fields or ()) if variant is not None else ()))
                yield from unknown_keys(known, part, place + ".")
            elif field.fields is not None:
                yield from unknown_keys(field.fields, part, place + ".")


def elements(value: Json) -> list[Json]:
    """The elements of a list, or the values of a map."""
    return value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
