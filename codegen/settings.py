"""Settings: `python codegen/settings.py SPEC [--header FILE] [--table FILE] [--docs FILE]` generates the struct of
settings, the table that drives their reader, and their documentation from spec/settings.yaml."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if not __package__:  # Meson runs this file by path
    sys.path[0] = str(ROOT)

from codegen import render  # noqa: E402
from codegen.key_reader import Keys  # noqa: E402
from codegen.reader import Mapping, Node, Scalar, kind_of, read  # noqa: E402
from codegen.report import Mark, Report, SpecError, did_you_mean, shown  # noqa: E402

FILE = "settings.yaml"  # in spec/; not a spec of actions
VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
FIELD = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
MOST_ALIASES = 3
MOST_IN_LIST = 64  # LIMIT_SETTINGS_LIST
# The C type of a member, and the bounds of numbers.
MEMBERS = {
    "text": "struct text",
    "path": "struct text",
    "address": "struct text",
    "host": "struct text",
    "relay": "struct text",
    "sender": "struct text",
    "uuid": "struct uuid",
    "list": "struct settings_list",
    "boolean": "bool",
    "choice": "int64_t",
    "duration": "int64_t",
    "bytes": "int64_t",
    "count": "int64_t",
}
BOUNDS = {"duration": (0, 366 * 24 * 3600 * 1000), "bytes": (0, 1 << 40)}
# The form of a default, as a description and as a pattern; src/settings/settings_value.c reads the default.
FORMS = {
    "address": ("host:port", r"\S+:[0-9]{1,5}"),
    "relay": ("smtp://host:port or smtps://host:port", r"smtps?://\S+"),
    "sender": ("an address like erp@example.com", r".+@.+"),
    "uuid": ("a UUID", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "boolean": ("true or false", r"true|false"),
    "duration": ("a duration like 90s or 7d", r"0|([0-9]+(\.[0-9]{1,9})?(ms|s|m|h|d))+"),
    "bytes": ("bytes like 4096 or 64 KiB", r"[0-9]+ *([KMG]iB)?"),
}


@dataclass(frozen=True)
class Setting:
    mark: Mark
    name: str
    group: str
    field: str
    type: str
    doc: str
    required: bool
    required_with: str
    default: str
    values: tuple[str, ...]
    min: int
    max: int
    secret: bool
    file: bool
    aliases: tuple[str, ...]
    file_aliases: tuple[str, ...]

    @property
    def file_name(self) -> str:
        return f"{self.name}_FILE" if self.file else ""

    @property
    def kind(self) -> str:
        return f"SETTING_{self.type.upper()}"

    @property
    def constants(self) -> list[str]:
        return [f"SETTINGS_{self.field}_{value}".upper().replace("-", "_") for value in self.values]

    @property
    def variables(self) -> list[str]:
        """Every variable that is read for the setting."""
        return [name for name in (self.name, self.file_name, *self.aliases, *self.file_aliases) if name]


@dataclass(frozen=True)
class Settings:
    file: str
    groups: tuple[tuple[str, str], ...]
    settings: tuple[Setting, ...]


def _bounds(keys: Keys, kind: str) -> tuple[int, int]:
    if kind == "list":
        return 0, keys.whole("most", 1, MOST_IN_LIST) or MOST_IN_LIST
    if kind != "count":
        return BOUNDS.get(kind, (0, 0))
    low, high = keys.whole("least", required=True), keys.whole("most", required=True)
    if low is not None and high is not None and low > high:
        keys.error(keys.mark_of("most"), f"'most' {high} is below 'least' {low}")
        return 0, low
    return low or 0, 1_000_000_000 if high is None else high


def _default(keys: Keys, setting: Setting) -> None:
    text = setting.default
    if not text:
        return
    mark = keys.mark_of("default")
    if setting.required or setting.required_with:
        keys.error(mark, "a required setting has no default")
    if setting.type == "choice" and setting.values and text not in setting.values:
        keys.error(mark, f"'default' is not one of the values{did_you_mean(text, setting.values)}")
    if setting.type == "count" and not (text.isdecimal() and setting.min <= int(text) <= setting.max):
        keys.error(mark, f"'default' must be a whole number from {setting.min} to {setting.max}, not '{text}'")
    words, form = FORMS.get(setting.type, ("", ".*"))
    if not re.fullmatch(form, text):
        keys.error(mark, f"'default' must be {words}, not '{text}'")


def _text(keys: Keys, key: str) -> str:
    """Reads a text; a scalar that looks like a number must be quoted."""
    node = keys.take(key)
    if isinstance(node, Scalar) and node.kind in ("number", "boolean"):
        keys.wrong(node, key, f'a text: write "{node.text}"')
        return ""
    return keys.string(key) or ""


def _setting(name: Scalar, node: Node, groups: list[str], report: Report, group: str = "") -> Setting | None:
    """Reads one setting. `group` is the group of the service, if any."""
    if not VARIABLE.fullmatch(name.text):
        upper = re.sub(r"[^A-Z0-9]+", "_", name.text.upper()).strip("_")
        advice = f"; did you mean '{upper}'?" if VARIABLE.fullmatch(upper) else ", like ICHOR_DB_HOST"
        report.error(name.mark, f"'{name.text}' is not a name of a variable{advice}")
    if not isinstance(node, Mapping):
        report.error(node.mark, f"setting '{name.text}' must be a mapping, this is {kind_of(node)}")
        return None
    keys = Keys(node, f"setting '{name.text}'", report, name.mark)
    kind = keys.choice("type", MEMBERS, required=True) or ""
    values = tuple(value.text for value in keys.strings("values", required=True)) if kind == "choice" else ()
    low, high = _bounds(keys, kind)
    made = Setting(
        mark=name.mark,
        name=name.text,
        group=group or keys.choice("group", groups, required=True) or "",
        field=keys.string("field", required=True) or "",
        type=kind,
        doc=keys.string("doc", required=True) or "",
        required=keys.boolean("required") or False,
        required_with=keys.string("required_with") or "",
        default=_text(keys, "default"),
        values=values,
        min=low,
        max=high,
        secret=keys.boolean("secret") or False,
        file=keys.boolean("file") or False,
        aliases=tuple(alias.text for alias in keys.strings("aliases")),
        file_aliases=tuple(alias.text for alias in keys.strings("file_aliases")),
    )
    if not kind:  # unknown type: its keys are unknown too
        keys.known |= {"values", "least", "most"}
    keys.close()
    if made.field and not FIELD.fullmatch(made.field):
        keys.error(keys.mark_of("field"), f"'{made.field}' is not a name of a member, like database_host")
    if made.doc.endswith("."):
        keys.error(keys.mark_of("doc"), "'doc' is used in lists and errors: leave out the period")
    if made.secret and kind not in ("text", "relay", ""):
        keys.error(keys.mark_of("secret"), "only a text or a relay can be a secret")
    if made.file_aliases and not made.file:
        keys.error(keys.mark_of("file_aliases"), "'file_aliases' needs 'file: true'")
    for key, aliases in (("aliases", made.aliases), ("file_aliases", made.file_aliases)):
        if len(aliases) > MOST_ALIASES:
            keys.error(keys.mark_of(key), f"at most {MOST_ALIASES} {key}")
    _default(keys, made)
    return made


def check_once(found: Iterable[Setting], report: Report) -> None:
    """Reports variables and members that several settings share, and references to later settings."""
    variables: dict[str, str] = {}
    fields: dict[str, str] = {}
    marks: dict[str, Mark] = {}

    def place(other: str, mark: Mark) -> str:
        there = marks[other]
        return f" in {there.file}:{there.line}" if there.file != mark.file else ""

    for setting in found:
        marks.setdefault(setting.name, setting.mark)
        what = f"setting '{setting.name}'"
        if setting.required_with and setting.required_with not in variables:
            report.error(setting.mark, f"{what}: no setting '{setting.required_with}' comes before it")
        for variable in setting.variables:
            if (other := variables.get(variable)) == setting.name:
                report.error(
                    setting.mark,
                    f"{what}: there is another setting of that name{place(other, setting.mark)}; rename it",
                )
            elif other:
                report.error(
                    setting.mark, f"{what}: '{variable}' is already read for '{other}'{place(other, setting.mark)}"
                )
            variables.setdefault(variable, setting.name)
        other = fields.setdefault(setting.field, setting.name)
        if setting.field and other != setting.name:
            report.error(
                setting.mark, f"{what}: field '{setting.field}' belongs to '{other}'{place(other, setting.mark)}"
            )


def of_service(service: Scalar, node: Mapping, groups: Iterable[str], report: Report) -> list[Setting]:
    """The settings of a service in a spec of actions; their group has its name."""
    if service.text in groups:
        report.error(service.mark, f"service '{service.text}': there is a group of settings of that name")
    made = [_setting(name, row, [], report, service.text) for name, row in node.entries]
    return [setting for setting in made if setting is not None]


def _services(path: Path, folders: Iterable[Path], root: Path) -> Iterator[tuple[Scalar, str, Mapping]]:
    """Name, description and settings of each service in the specs of the folders; the checker reports their other
    faults."""
    for file in (file for folder in folders for file in sorted(folder.glob("*.yaml"))):
        node = read(file.read_bytes(), shown(file, root), Report()) if file.name != path.name else None
        services = node.get("services") if isinstance(node, Mapping) else None
        for name, service in services.entries if isinstance(services, Mapping) else ():
            own = service.get("settings") if isinstance(service, Mapping) else None
            doc = service.get("doc") if isinstance(service, Mapping) else None
            if isinstance(own, Mapping):
                yield name, doc.text if isinstance(doc, Scalar) else name.text, own


def load(path: Path, root: Path = ROOT, alone: bool = False, added: Path | None = None) -> Settings:
    """Reads the settings of a file and, unless `alone`, of the services in the specs in the same folder and in those of
    a folder of actions outside of this repository. Raises SpecError, which holds every fault."""
    report = Report()
    file = shown(path, root)
    node = read(path.read_bytes(), file, report)
    groups: dict[str, str] = {}
    found: list[Setting | None] = []
    if isinstance(node, Mapping):
        keys = Keys(node, "settings", report)
        listed = keys.mapping("groups", required=True)
        for name, title in listed.entries if listed else ():
            groups[name.text] = title.text if isinstance(title, Scalar) else ""
        rows = keys.mapping("settings", required=True)
        found += [_setting(name, row, list(groups), report) for name, row in (rows.entries if rows else ())]
        keys.close()
        folders = [] if alone else [path.parent, *([added / "spec"] if added else [])]
        for name, doc, own in _services(path, folders, root):
            found += of_service(name, own, groups, report)
            groups[name.text] = doc.rstrip(".")
        check_once([setting for setting in found if setting is not None], report)
    elif not report:
        report.error(Mark(file, 1, 1), "must be a mapping of 'groups' and 'settings'")
    if report:
        raise SpecError(report)
    return Settings(file, tuple(groups.items()), tuple(setting for setting in found if setting is not None))


def part_of(settings: Settings, added: Path) -> Settings:
    """The settings of services in a folder of actions outside of this repository."""
    own = tuple(item for item in settings.settings if Path(item.mark.file).is_relative_to(added))
    files = sorted({str(Path(item.mark.file).relative_to(added)) for item in own})
    named = {item.group for item in own}
    return Settings(" and ".join(files), tuple(group for group in settings.groups if group[0] in named), own)


# ---- output ----


def fallback(setting: Setting) -> str:
    """What applies if the setting is missing."""
    if setting.required:
        return "required"
    if setting.required_with:
        return f"required with `{setting.required_with}`"
    return f"`{setting.default}`" if setting.default else "optional"


def _meaning(setting: Setting) -> str:
    about = setting.doc
    if setting.values:
        about += f" ({', '.join(setting.values)})"
    if setting.type == "count":
        about += f" ({setting.min} to {setting.max})"
    if setting.type == "list":
        about += f" ({setting.max} at most)"
    if setting.secret:
        about += "; a secret: never shown"
    return about.replace("|", "\\|").replace("<", "&lt;")


def _others(setting: Setting) -> str:
    return ", ".join(f"`{name}`" for name in setting.variables[1:])


def markdown(settings: Settings) -> str:
    lines = [
        "# Settings",
        "",
        f"Generated from {settings.file}; edit that, then `make docs`.",
        "",
        "All settings are environment variables; an empty one counts as not set. If several variables are read for one",
        "setting, the first one set applies, in the order of the table; a different value in another one is a warning.",
        "A variable in the last column that ends in `_FILE` or `_PATH` names a file with the value; a newline at its",
        "end is ignored. All missing and wrong values are reported together, before anything is opened; the exit code",
        "is then 2. `workflow-worker run --help` prints this list too.",
    ]
    for group, title in settings.groups:
        lines += ["", f"## {title}", "", "| variable | if not set | meaning | also read |", "|---|---|---|---|"]
        lines += [
            f"| `{setting.name}` | {fallback(setting)} | {_meaning(setting)} | {_others(setting)} |"
            for setting in settings.settings
            if setting.group == group
        ]
    return "\n".join(lines) + "\n"


def header(settings: Settings) -> str:
    values = {"file": settings.file, "groups": settings.groups, "settings": settings.settings, "members": MEMBERS}
    return render.environment().get_template("settings_values.h.j2").render(values)


def table(settings: Settings) -> str:
    return (
        render.environment().get_template("settings_table.c.j2").render(file=settings.file, settings=settings.settings)
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="settings", description="Generates C and documentation from a spec of settings."
    )
    parser.add_argument("spec", type=Path, metavar="SPEC")
    makers = {"header": header, "table": table, "docs": markdown}
    for name in makers:
        parser.add_argument(f"--{name}", type=Path, metavar="FILE")
    parser.add_argument(
        "--actions",
        type=Path,
        metavar="FOLDER",
        help="actions outside of this repository, whose services may have settings too; --docs then writes only those",
    )
    options = parser.parse_args(arguments)
    try:
        settings = load(options.spec, added=options.actions)
    except SpecError as fault:
        print(fault, file=sys.stderr)
        return 1
    for name, make in makers.items():
        path: Path | None = getattr(options, name)
        made = part_of(settings, options.actions) if name == "docs" and options.actions else settings
        if path is not None and made.settings:
            render.write({path.name: make(made)}, path.parent)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
