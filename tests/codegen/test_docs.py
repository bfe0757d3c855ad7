"""The pages in docs/: the reference equals the generated one; the page of the language has every key, with valid
examples."""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from codegen import checker, document, field_grammar, settings, spec_schema
from codegen.definitions import Definitions
from codegen.fields import Fields
from codegen.key_reader import Keys
from codegen.reader import Mapping, Node, Sequence, read
from codegen.report import Report
from codegen.spec import Action
from tests.codegen.support import BELL, GOOD, KITCHEN, ROOT, load, schema_faults

PAGE = (ROOT / "docs/spec.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml (\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
# The section with the keys of each kind of mapping, and the name of such a mapping in errors.
SECTIONS = {
    "Spec": r"spec",
    "Services": r"service '[^']*'",
    "Transactions": r"service '[^']*': 'transaction'",
    "Actions": r"action '[^']*'",
    "Retry": r".*: 'retry'",
    "Timeout from a field": r".*: 'timeout_from'",
    "Errors": r".*: error '[^']*'",
    "Context": r".*: 'context': '[^']*'",
    "Columns": r".*: 'columns'",
    "Modified columns": r".*: 'modifies'",
    "Texts of an action": r"action '[^']*': 'texts'",
    "Examples": r".*: example",
    "Rules across fields": r".*: 'rules'",
    "Texts of a field": r".*field '[^']*': 'texts'",
}


def test_the_reference_is_up_to_date() -> None:
    specs = checker.files_of([ROOT / "spec"])
    made = document.markdown(checker.load(specs, ROOT))
    assert (ROOT / "docs/actions.md").read_text(encoding="utf-8") == made, "make docs"


ALL = [action for path in GOOD.values() for action in load(path).actions]


@pytest.mark.parametrize("action", ALL, ids=lambda action: action.name)
def test_a_terminal_of_80_columns_has_it_whole(action: Action) -> None:
    page = document.terminal(action)
    assert [line for line in page.splitlines() if len(line) > 80 and " " in line.strip()] == []
    words = page.split()
    for text in (action.summary, action.doc, *(field.doc for _, field in document.rows(action.config))):
        assert " ".join(text.split()) in " ".join(words)


def test_paragraphs_stay_paragraphs() -> None:
    action = dataclasses.replace(load(BELL).actions[0], doc="One\nstill one.\n\nTwo.\n \nThree.")
    page = document.terminal(action)
    assert "\n\n  One still one.\n\n  Two.\n\n  Three.\n\n" in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [("^a*b*$", "`^a*b*$`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("^[`]{2}``$", "```^[`]{2}``$```")],
)
def test_code_in_markdown_keeps_every_character(text: str, shown: str) -> None:
    assert document.code(text) == shown


def test_the_reference_shows_patterns_and_words_of_the_spec_as_code() -> None:
    page = document.markdown(load(KITCHEN))
    assert "| `text_matched` | string; matches `^[A-Z]{2}-[0-9]+\\)?$` |" in page
    assert "| `fancy_only` | integer; required where `kind` is `fancy` |" in page
    assert "| `colours` | list of enums; each one of `red`, `2nd` |" in page
    assert "Needs `fridge`, `oven`." in page


def listed(section: str) -> list[str]:
    """The keys in the table of a section."""
    text = re.split(r"^#+ ", PAGE.partition(f"# {section}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    table = text.rpartition("| key |")[2].partition("\n\n")[0]
    return [key for keys in re.findall(r"^\| ((?:`\w+` )+)\|", table, re.MULTILINE) for key in re.findall(r"\w+", keys)]


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """The keys that the checker takes from each mapping, by the name of the mapping in errors."""
    found: dict[str, set[str]] = defaultdict(set)
    close = Keys.close

    def noted(keys: Keys, *arguments: Any) -> set[str]:
        found[keys.what] |= keys.known
        return close(keys, *arguments)

    monkeypatch.setattr(Keys, "close", noted)
    return found


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_has_the_keys_that_the_checker_takes(section: str, taken: dict[str, set[str]]) -> None:
    for spec in (KITCHEN, BELL, ROOT / "spec/actions.yaml"):
        load(spec)
    known = {key for what, keys in taken.items() if re.fullmatch(SECTIONS[section], what) for key in keys}
    assert known
    assert sorted(listed(section)) == sorted(known)


def test_the_page_has_the_grammar_of_fields() -> None:
    tables = [field_grammar.type_table(), *map(field_grammar.key_table, ("config", "result"))]
    assert [table for table in tables if f"\n\n{table}\n\n" not in PAGE] == []
    of_results = field_grammar.keys_of("result", *field_grammar.TYPES)
    said = " ".join(PAGE.split()).partition("Of the keys above")[2].partition(", and four of its own")[0]
    assert sorted(re.findall(r"`(\w+)`", said)) == sorted(
        {*of_results} - {"optional", "sensitive", "key_from", "suffix"}
    )


def test_the_page_has_the_keys_of_settings(taken: dict[str, set[str]]) -> None:
    settings.load(ROOT / "spec/settings.yaml", ROOT)
    known = {key for what, keys in taken.items() if re.fullmatch(r"setting '[^']*'", what) for key in keys}
    assert sorted(listed("Settings of a service")) == sorted(known - {"group"})


def test_the_page_has_the_c_of_settings() -> None:
    table = PAGE.partition("| type of a setting |")[2].partition("\n\n")[0]
    assert dict(re.findall(r"^\| `(\w+)` \| `([^`]+)`", table, re.MULTILINE)) == {
        kind: member.strip() for kind, member in settings.MEMBERS.items()
    }


def test_the_schema_for_editors_has_the_same_keys() -> None:
    schema = spec_schema.whole()
    assert set(schema["properties"]) == set(listed("Spec"))
    assert set(schema["$defs"]["service"]["properties"]) == set(listed("Services"))
    assert set(schema["$defs"]["setting"]["properties"]) == set(listed("Settings of a service"))
    assert set(schema["$defs"]["action"]["properties"]) == set(listed("Actions"))


def node_of(text: str, report: Report) -> Mapping:
    node = read(text.encode(), "docs/spec.md", report)
    assert isinstance(node, Mapping)
    return node


@pytest.mark.parametrize(("kind", "text"), BLOCKS, ids=[f"{kind} {number}" for number, (kind, _) in enumerate(BLOCKS)])
def test_examples_are_good(kind: str, text: str, tmp_path: Path) -> None:
    report = Report()
    if kind in ("config", "result"):
        Fields(Definitions(report), "demo", report).all(node_of(text, report), kind)
    else:
        if kind == "action":
            text = "spec_version: 1\nactions:\n  demo:\n" + re.sub("^", "    ", text, flags=re.MULTILINE)
        (tmp_path / "a.yaml").write_text(text)
        checker.load([tmp_path / "a.yaml"], tmp_path)
        assert schema_faults(node_of(text, report)) == []
    assert report.lines() == []


def keys_in(node: Node) -> set[str]:
    if isinstance(node, Mapping):
        return {key.text for key, _ in node.entries}.union(*(keys_in(value) for _, value in node.entries))
    return set().union(*map(keys_in, node.items)) if isinstance(node, Sequence) else set()


def test_examples_of_settings_are_good(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text((ROOT / "spec/settings.yaml").read_text())
    for number, (kind, text) in enumerate(BLOCKS):
        if kind == "spec":
            (tmp_path / f"{number}.yaml").write_text(text)
    found = settings.load(tmp_path / "settings.yaml", tmp_path)
    assert {"PRINTER_PASSWORD", "RINGER_NAME"} <= {setting.name for setting in found.settings}


@pytest.mark.parametrize("section", [*SECTIONS, "Settings of a service", "Fields", "Result fields"])
def test_every_key_has_an_example(section: str) -> None:
    shown = set().union(*(keys_in(node_of(text, Report())) for _, text in BLOCKS))
    assert set(listed(section)) - shown == set()
