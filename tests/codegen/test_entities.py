"""spec/entities.yaml: the table that is generated from it, and the messages for a bad file."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from codegen import entities
from codegen.report import SpecError
from tests.codegen.support import ROOT

SPEC = ROOT / "spec" / entities.FILE
BAD = [
    ("sales.orders: {id: uid}", "1:20: error: sales.orders.id: unknown type 'uid'; did you mean 'uuid'?"),
    ("sales.orders: {id: 5}", "1:20: error: sales.orders.id: must be a type, this is a number"),
    ("sales.orders: {Id: uuid}", "1:16: error: sales.orders.Id: a column must consist of small letters, digits and _"),
    ("orders: {id: uuid}", "1:1: error: 'orders' must be a table like sales.orders"),
    ("sales.orders: []", "1:15: error: sales.orders: must be a mapping of columns and types, this is a list"),
    ("- sales.orders", "1:1: error: must be a mapping of tables"),
]


@pytest.mark.parametrize(("text", "fault"), BAD, ids=[text for text, _ in BAD])
def test_says_what_is_wrong_and_where(text: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / "entities.yaml").write_text(text)
    with pytest.raises(SpecError) as caught:
        entities.load(tmp_path / "entities.yaml")
    assert caught.value.report.lines() == [f"entities.yaml:{fault}"]


def test_the_table_compiles(tmp_path: Path) -> None:
    assert entities.main([str(SPEC), "--table", str(tmp_path / "entities.c")]) == 0
    flags = ["-std=gnu17", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers", "-fsyntax-only"]
    subprocess.run(["gcc", *flags, f"-I{ROOT}/src", tmp_path / "entities.c"], check=True)


def test_knows_the_tables_that_the_worker_makes() -> None:
    """The tables of the business, with all columns that migrate creates."""
    known = {entity.name: {column.name for column in entity.columns} for entity in entities.load(SPEC)}
    code = (ROOT / "src/erp/schema_tables.c").read_text()
    found = 0
    for name, body in re.findall(r'TABLE\("(?!workflow\.)([\w.]+)",((?:[^"()]|"(?:[^"\\]|\\.)*"|\([^()]*\))*)\)', code):
        text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', body))
        columns = [part.split()[0] for part in re.split(r",(?![^(]*\))", text)]
        assert {column for column in columns if column.islower()} <= known[name], name
        found += 1
    assert found > 10
