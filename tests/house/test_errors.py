"""What handlers say when they fail is what the spec says that they do."""

from __future__ import annotations

import re

import pytest

from codegen import checker
from codegen.spec import Action
from zarf.dev.process import ROOT

ACTIONS = checker.load(checker.files_of([ROOT / "spec"]), ROOT).actions
# The text of an outcome: its own, or what stands in front of that of the database.
SAID = re.compile(
    r'action_(?:refuse|retry)\(\s*call,\s*((?:"(?:[^"\\]|\\.)*"\s*)+)'
    r'|action_database_failed\(\s*call,\s*\w+,\s*"([^"]*)"'
    r'|doing = "([^"]*)"'
    r'|action_user\(\s*call,\s*"([^"]*)"'
    r'|\.name = "([^"]*)"'  # of a decision
)
PLACE = re.compile(r"%(?:\.\*)?(?:s|zu|lld)|\{\w+\}")
NO_USER = "no user: the event names none"  # of action_user
OF_EVERY_ACTION = "out of the memory budget of this task"


def sources(action: Action) -> str:
    return without_marks("".join(path.read_text() for path in sorted((ROOT / "handlers").glob(f"{action.name}*.c"))))


def shared(action: Action) -> str:
    """The code of the ERP's tables that its handler includes, directly or by way of other such code."""
    handlers = sorted((ROOT / "handlers").glob(f"{action.name}*.c"))
    found: dict[str, str] = {}
    names = included("".join(path.read_text() for path in handlers))
    while names:
        name = names.pop()
        path = ROOT / "src" / f"{name}.c"
        if name not in found and path.exists():
            found[name] = without_marks(path.read_text())
            names += included(found[name] + path.with_suffix(".h").read_text())
    return "".join(found.values())


def included(code: str) -> list[str]:
    return re.findall(r'#include "((?:erp|http|secrets)/\w+)\.h"', code)


def without_marks(code: str) -> str:
    return re.sub(r'PUBLIC\(((?:"(?:[^"\\]|\\.)*"\s*)+)\)', r"\1", code)


def literal(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)))


def texts_in(code: str) -> list[str]:
    """The texts in code, with `%` for what differs."""
    found = []
    for own, database, doing, user, decision in SAID.findall(code):
        user = user or decision
        text = literal(own) if own else f"{user}: {NO_USER}" if user else f"{database or doing}: %s"
        text = PLACE.sub("%", text)
        if text.replace("%", "").strip() and OF_EVERY_ACTION not in text:
            found.append(text)
    return found


def same(declared: str, text: str) -> bool:
    """Does a declared text stand for that of the code? What differs may hold more."""
    pattern = ".+".join(re.escape(part) for part in PLACE.split(declared))
    return re.fullmatch(pattern, text, re.DOTALL) is not None


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_what_a_handler_says_is_in_the_spec(action: Action) -> None:
    declared = [error.text for error in action.errors]
    assert [text for text in texts_in(sources(action)) if not any(same(one, text) for one in declared)] == []


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_what_is_in_the_spec_is_said(action: Action) -> None:
    code = texts_in(sources(action) + shared(action))
    unsaid = [error.text for error in action.errors if not any(same(error.text, text) for text in code)]
    known = re.sub(r'"\s*\n\s*"', "", sources(action) + shared(action)).replace('\\"', '"')
    assert [text for text in unsaid if not all(part in known for part in PLACE.split(text))] == []


def test_there_are_some() -> None:
    assert sum(len(action.errors) for action in ACTIONS) > 10
