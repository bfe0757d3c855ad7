"""Builds the documentation site in build/site from the same pages that the repository shows: README.md, docs/ and the
pages for maintainers, plus one page with the JSON Schema of each action.

    python3 -m zarf.dev.site [--out FOLDER]

The site needs no network: search runs in the browser, and nothing is loaded from other hosts.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from codegen import checker, schema
from codegen.json_values import json_lines
from zarf.dev.process import ROOT

# The title, the source and the name in the site.
PAGES = (
    ("Introduction", "README.md", "index.md"),
    ("The first run", "docs/first-run.md", "first-run.md"),
    ("Rules", "docs/rules.md", "rules.md"),
    ("Templates", "docs/templates.md", "templates.md"),
    ("Testing rules", "docs/testing-rules.md", "testing-rules.md"),
    ("Agents", "docs/agents.md", "agents.md"),
    ("Actions", "docs/actions.md", "actions.md"),
    ("Adding an action", "docs/adding-an-action.md", "adding-an-action.md"),
    ("The spec language", "docs/spec.md", "spec.md"),
    ("Operations", "docs/operations.md", "operations.md"),
    ("Runs in Temporal's UI", "docs/temporal-ui.md", "temporal-ui.md"),
    ("Temporal servers", "docs/servers.md", "servers.md"),
    ("Settings", "docs/settings.md", "settings.md"),
    ("Architecture", "ARCHITECTURE.md", "architecture.md"),
    ("Contributing", "CONTRIBUTING.md", "contributing.md"),
    ("Security", "SECURITY.md", "security.md"),
    ("Changes", "CHANGELOG.md", "changes.md"),
)
SECTIONS = (
    ("For rule authors", ("Rules", "Templates", "Testing rules", "Actions", "Agents")),
    ("For developers", ("The first run", "Adding an action", "The spec language")),
    ("For operators", ("Operations", "Runs in Temporal's UI", "Temporal servers", "Settings")),
    ("For maintainers", ("Architecture", "Contributing", "Security", "Changes")),
)
PALETTE = [
    {
        "media": f"(prefers-color-scheme: {scheme})",
        "scheme": name,
        "primary": "teal",
        "accent": "teal",
        "toggle": {"icon": icon, "name": f"Switch to {other} mode"},
    }
    for scheme, name, icon, other in (
        ("light", "default", "material/weather-night", "dark"),
        ("dark", "slate", "material/weather-sunny", "light"),
    )
]
STATES = re.compile(r"^```mermaid\nstateDiagram-v2\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
# Readable on a light and on a dark page.
INK = "#6b7f86"
LINK = re.compile(r"(\[[^\]]*\]\()([^)\s]+)(\))")


def moved(source: Path, link: str) -> str:
    """The target of a page's link within the site; "" if the target is not part of the site."""
    if link.startswith(("https://", "#")):
        return link
    path, hash_, anchor = link.partition("#")
    target = (source.parent / path).resolve().relative_to(ROOT)
    for _, page, name in PAGES:
        if str(target) == page:
            return f"{name}{hash_}{anchor}"
    if target.parts[:2] == ("docs", "pictures"):
        return "/".join(target.parts[1:])
    if target.parts[:2] == ("docs", "decisions"):
        return "/".join(["decisions", *target.parts[2:]] if len(target.parts) > 2 else ["decisions", "README.md"])
    return ""


def picture(diagram: str) -> str:
    """A state diagram as SVG, drawn by Graphviz: the forge draws Mermaid by itself, the site would have to load it."""
    look = f'color="{INK}" fontcolor="{INK}" fontname="sans-serif"'
    lines = ["digraph {", f"bgcolor=transparent; node [shape=box style=rounded fontsize=12 {look}];"]
    lines.append(f"edge [fontsize=10 {look}];")
    for number, (source, target, label) in enumerate(
        re.findall(r"^ +(\S+) --> ([^\s:]+)(?:: (.*))?$", diagram, re.MULTILINE)
    ):
        ends = []
        for name, role in ((source, "start"), (target, "end")):
            if name == "[*]":
                name = f"{role}{number}"
                lines.append(f'{name} [shape=point label="" width=0.12]')
            ends.append(name)
        lines.append(f'{ends[0]} -> {ends[1]} [label=" {label} "]')
    drawn = subprocess.run(["dot", "-Tsvg"], input="\n".join([*lines, "}"]), text=True, capture_output=True, check=True)
    return "\n" + re.sub(r"<!--.*?-->\n?", "", drawn.stdout[drawn.stdout.index("<svg") :], flags=re.DOTALL) + "\n"


def page_of(source: Path, in_decisions: bool = False) -> str:
    text = STATES.sub(lambda found: picture(found[1]), source.read_text(encoding="utf-8"))
    if in_decisions:
        return text

    def replace(match: re.Match[str]) -> str:
        link = moved(source, match[2])
        return f"{match[1]}{link}{match[3]}" if link else f"`{match[2].removeprefix('../')}`"

    # Text in code blocks that looks like a link stays unchanged.
    parts = re.split(r"(^```.*?^```\n)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(part if part.startswith("```") else LINK.sub(replace, part) for part in parts)


def schemas(folder: Path) -> list[dict[str, str]]:
    """Writes one page for each action; returns the entries of these pages in the navigation."""
    folder.mkdir()
    spec = checker.load(checker.files_of([ROOT / "spec"]), ROOT)
    entries = []
    for action in sorted(spec.actions, key=lambda action: action.name):
        text = json_lines(schema.published(action), 2)
        (folder / f"{action.name}.md").write_text(
            f"# Schema of {action.name}\n\nThe JSON Schema of its config, as `workflow-worker actions {action.name}"
            f" --json-schema` prints it. [What it does](../actions.md#{action.name}).\n\n```json\n{text}\n```\n",
            encoding="utf-8",
        )
        entries.append({action.name: f"schemas/{action.name}.md"})
    return entries


def write_sources(folder: Path) -> list[dict[str, object]]:
    """Writes the pages in the form that mkdocs expects; returns the navigation."""
    names = {}
    for title, source, name in PAGES:
        (folder / name).write_text(page_of(ROOT / source), encoding="utf-8")
        names[title] = name
    (folder / "pictures").mkdir()
    for path in sorted((ROOT / "docs/pictures").iterdir()):
        if path.suffix in (".svg", ".png"):
            shutil.copy(path, folder / "pictures")
    (folder / "decisions").mkdir()
    for path in sorted((ROOT / "docs/decisions").glob("*.md")):
        (folder / "decisions" / path.name).write_text(page_of(path, in_decisions=True), encoding="utf-8")
    navigation: list[dict[str, object]] = [{"Introduction": "index.md"}]
    for section, titles in SECTIONS:
        entries: list[dict[str, object]] = [{title: names[title]} for title in titles]
        if "Actions" in titles:
            entries.append({"Schemas": schemas(folder / "schemas")})
        if "Architecture" in titles:
            entries.append({"Decisions": "decisions/README.md"})
        navigation.append({section: entries})
    return navigation


def build(out: Path) -> int:
    with tempfile.TemporaryDirectory() as work:
        sources = Path(work) / "pages"
        sources.mkdir()
        config = {
            "site_name": "workflow-worker",
            "docs_dir": str(sources),
            "site_dir": str(out),
            "use_directory_urls": False,
            "nav": write_sources(sources),
            "theme": {
                "name": "material",
                "font": False,
                "palette": PALETTE,
                "features": ["navigation.sections", "navigation.top", "content.code.copy"],
            },
            "plugins": ["material/search"],
            "markdown_extensions": [
                "tables",
                {"toc": {"permalink": True}},
                "pymdownx.highlight",
                "pymdownx.superfences",
            ],
            "validation": {"links": {"not_found": "warn", "anchors": "warn", "unrecognized_links": "warn"}},
            "extra": {"generator": False},
        }
        path = Path(work) / "mkdocs.yml"
        path.write_text(yaml.safe_dump(config, sort_keys=False))
        command = [
            sys.executable,
            "-m",
            "mkdocs",
            "--quiet",
            "build",
            "--strict",
            "--clean",
            "--config-file",
            str(path),
        ]
        return subprocess.run(command, check=False, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}).returncode


def main() -> int:
    parser = argparse.ArgumentParser(prog="site", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "build/site")
    options = parser.parse_args()
    code = build(options.out.resolve())
    if code == 0:
        print(f"{options.out}/index.html")
    return code


if __name__ == "__main__":
    sys.exit(main())
